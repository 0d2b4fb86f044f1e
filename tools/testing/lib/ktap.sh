# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# KTAP from shell tests. One suite per script:
#
#	. ktap.sh
#	ktap_begin SUITE COUNT
#	ktap_run NAME COMMAND [ARG]...		passes where COMMAND exits 0; else its output is shown
#	ktap_is NAME GOT WANT			passes where both are the same text
#	ktap_skip NAME REASON
#	ktap_end				prints the suite's result; exits 0 or 1
#
# A script that dies before ktap_end does not keep its plan, which ktap-check notices.

ktap_number=0
ktap_failed=0

ktap_begin()
{
	ktap_suite=$1
	printf 'KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: %s\n  1..%d\n' "$1" "$2"
}

# $1: ok or "not ok", $2: name, $3: text behind it
ktap_result()
{
	ktap_number=$((ktap_number + 1))
	[ "$1" = ok ] || ktap_failed=$((ktap_failed + 1))
	printf '  %s %d %s%s\n' "$1" "$ktap_number" "$2" "${3-}"
}

# Shows text as comments, which KTAP readers ignore.
ktap_note()
{
	printf '%s\n' "$1" | sed 's/^/  # /'
}

ktap_skip()
{
	ktap_result ok "$1" " # SKIP $2"
}

ktap_run()
{
	ktap_name=$1
	shift
	if ktap_out=$("$@" 2>&1); then
		ktap_result ok "$ktap_name"
	else
		ktap_note "$* exited $?"
		ktap_note "$ktap_out"
		ktap_result 'not ok' "$ktap_name"
	fi
}

ktap_is()
{
	if [ "$2" = "$3" ]; then
		ktap_result ok "$1"
	else
		ktap_note "got:  $2"
		ktap_note "want: $3"
		ktap_result 'not ok' "$1"
	fi
}

ktap_end()
{
	if [ "$ktap_failed" -eq 0 ]; then
		echo "ok 1 $ktap_suite"
		exit 0
	fi
	echo "not ok 1 $ktap_suite"
	exit 1
}
