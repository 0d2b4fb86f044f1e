# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh

# Runs an apt command. The archive may change meanwhile, so try again with new lists.
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
