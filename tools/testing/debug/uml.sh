# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Boots user-mode Linux and looks for splats, for uml and for the KUnit lane. Who sources this has
# fail(), and sets cache and work, a directory for its own files.
# shellcheck disable=SC2154 # those two

uml_splat_list=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../vm/splats

# $1: name of the kernel, $2: directory of the host's that is its root, $3: seconds at most, $4...:
# further arguments of the kernel. It exits 0, or as the shell that started it saw fit: only files
# that it leaves count.
uml_boot()
{
	local rc=0

	# kmemleak does not know where user-mode Linux keeps modules: leaks are found by check-kasan.
	timeout -k 5 "$3" "$cache/kernels/$1/vmlinuz" rootfstype=hostfs rootflags="$2" rw init=/init \
		con=null con0=fd:0,fd:1 loglevel=8 panic=-1 kmemleak=off "${@:4}" \
		</dev/null >"$work/console" 2>&1 || rc=$?
	[ "$rc" -ne 124 ] || fail "timed out after $3 s"
}

# $1: the log that the guest left, beside the console
uml_splats()
{
	grep -Ev '^(#|$)' "$uml_splat_list" >"$work/splats"
	if cat "$1" "$work/console" | grep -E -f "$work/splats" >"$work/found"; then
		fail "the kernel's log shows: $(head -n 1 "$work/found")"
		tail -n 80 "$1" >&2
	fi
}
