# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Servers for the guest scripts. `serve NAME SPEC...` (see server.c) starts one and returns when its
# sockets exist; `stop NAME` ends it.
declare -A served

serve()
{
	local name=$1 line=
	shift
	rm -f "/tmp/$name.ready"
	mkfifo "/tmp/$name.ready"
	server "$@" >"/tmp/$name.ready" &
	served[$name]=$!
	read -r line <"/tmp/$name.ready"
	[ "$line" = ready ]
}

stop()
{
	kill "${served[$1]}" 2>/dev/null
	wait "${served[$1]}" 2>/dev/null
	unset "served[$1]"
}

fails() { ! "$@"; }

# The rows of a port, without columns that differ between runs.
rows()
{
	awk -v port="$1" '$2 == port { print $1, $3, $4, $5, $9 }' /proc/net/dualstack
}
