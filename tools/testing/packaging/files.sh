# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash

# Prints every file of root $1 with its type and mode, to find what a package leaves behind. Files
# of dpkg, apt, the linker, depmod and the tests are left out.
files_of()
{
	local root=$1

	find "$root" -xdev \( -path "$root/proc" -o -path "$root/tmp" -o -path "$root/var/lib/dpkg" \
		-o -path "$root/var/lib/apt" -o -path "$root/var/cache" -o -path "$root/var/log" \
		-o -path "$root/root" \) -prune -o ! -name 'modules.*' ! -name '.apt.log' \
		-printf '%y %m %P\n' | LC_ALL=C sort
}
