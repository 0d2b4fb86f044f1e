# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh

# Runs a command of apt; the archive may be updated under our feet, so try again with fresh lists.
apt_retry()
{
	for apt_try in 1 2 3 4; do
		"$@" && return 0
		[ "$apt_try" -lt 4 ] || break
		sleep $((apt_try * 2))
		[ "$(id -u)" -ne 0 ] || apt-get -qq update >&2 || true
	done
	return 1
}
