# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Boots user-mode Linux and looks for splats; for uml, the KUnit lane and the native benchmark. The
# script that sources this defines fail(), and sets cache and work, a directory for its files.
# shellcheck disable=SC2154 # cache and work

uml_splat_list=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../vm/splats

# $1: name of the kernel, $2: directory of the host that is its root, $3: timeout in seconds, $4...:
# further arguments of the kernel. The exit status of the kernel says nothing: only the files that
# it leaves count.
uml_boot()
{
	local rc=0

	# kmemleak does not find modules in user-mode Linux's memory; check-kasan looks for leaks.
	timeout -k 5 "$3" "$cache/kernels/$1/vmlinuz" rootfstype=hostfs rootflags="$2" rw init=/init \
		con=null con0=fd:0,fd:1 loglevel=8 panic=-1 kmemleak=off "${@:4}" \
		</dev/null >"$work/console" 2>&1 || rc=$?
	[ "$rc" -ne 124 ] || fail "timed out after $3 s"
}

# $1: log that the guest left; the console is searched, too
uml_splats()
{
	grep -Ev '^(#|$)' "$uml_splat_list" >"$work/splats"
	if cat "$1" "$work/console" | grep -E -f "$work/splats" >"$work/found"; then
		fail "the kernel's log shows: $(head -n 1 "$work/found")"
		tail -n 80 "$1" >&2
	fi
}
