# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # used by the scripts
# Sourced by scripts that run on the host; sources ktap.sh, too:
#
#	. "$(dirname "$(readlink -f "$0")")/../lib/common.sh"

here=$(dirname "$(readlink -f "$0")")	# the script's own directory
top=${here%/tools/*}
vm=$top/tools/testing/vm/vm
cache=${DUALSTACK_CACHE:-${XDG_CACHE_HOME:-${HOME-}/.cache}/dualstack}
# shellcheck source=ktap.sh
. "$top/tools/testing/lib/ktap.sh"

# Prints the `usage:` line of the script's comment.
usage()
{
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
}

die()
{
	echo "${here##*/}/${0##*/}: $*" >&2
	exit 2
}

# Sets work to a directory that is removed when the script ends.
make_work()
{
	work=$(mktemp -d) || exit
	trap 'rm -rf "$work"' EXIT
}

source_version()
{
	sed -n 's/^#define DUALSTACK_VERSION "\(.*\)"$/\1/p' "$top/module/version.h"
}
