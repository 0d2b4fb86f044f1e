#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: loads and unloads the module. Begins and ends with the module loaded.
# Environment: LOADS, the number of loads (100).
ko=${DUALSTACK_KO:-/test/dualstack.ko}
loads=${LOADS:-100}
table=/proc/net/dualstack
# shellcheck source=../lib/ktap.sh
. "$(dirname "$0")/ktap.sh"

loads()
{
	local i word

	# Busybox, since it starts fast and this kernel is emulated.
	for ((i = 1; i <= loads; i++)); do
		/vm/busybox insmod "$ko" || { echo "insmod, round $i"; return 1; }
		word=
		read -r word _ <"$table"
		[ "$word" = proto ] || { echo "no table, round $i"; return 1; }
		/vm/busybox rmmod dualstack || { echo "rmmod, round $i"; return 1; }
		[ ! -e "$table" ] || { echo "the file stays, round $i"; return 1; }
	done
}

# Existing namespaces get the file when the module is loaded, and lose it when it is unloaded.
namespaces()
{
	ip netns add old && insmod "$ko" && ip netns add new || return 1
	ip netns exec old cat "$table" && ip netns exec new cat "$table" || return 1
	rmmod dualstack || return 1
	! ip netns exec old test -e "$table" && ! ip netns exec new test -e "$table" || return 1
	ip netns del old && ip netns del new
}

# A namespace that was read ends while the module is loaded.
ends()
{
	insmod "$ko" && ip netns add a && ip netns exec a cat "$table" && ip netns del a &&
		rmmod dualstack
}

twice() { insmod "$ko" && ! insmod "$ko" && rmmod dualstack; }
debugfs_gone() { ! [ -e /sys/kernel/debug/dualstack ]; }

ktap_begin load 6
rmmod dualstack || exit 1
ktap_run "$loads loads and unloads in a row" loads
ktap_run 'namespaces older and newer than the module' namespaces
ktap_run 'a namespace that ends while it is loaded' ends
ktap_run 'a second load is refused, and harms nothing' twice
ktap_run 'nothing is left in debugfs' debugfs_gone
ktap_run 'it loads again' insmod "$ko"
ktap_end
