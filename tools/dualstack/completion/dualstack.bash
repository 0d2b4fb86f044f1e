# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# bash completion for dualstack(8). Options, columns and their names come from the program itself.

_dualstack_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# The last item of a list with commas, what stands before it kept.
_dualstack_list()
{
	local cur=$2 head='' tail
	local -a found

	[[ $cur != +* ]] || head=+
	cur=${cur#+}
	tail=${cur##*,}
	head=$head${cur%"$tail"}
	mapfile -t found < <(compgen -W "$1" -- "$tail")
	COMPREPLY=("${found[@]/#/$head}")
	compopt -o nospace 2>/dev/null
}

_dualstack()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verdicts='yes shared partial shadowed noaddr no'
	local protos='tcp udp tcp4 tcp6 tcp46 udp4 udp6 udp46'

	# bash splits at "=": --v4=sha is three words
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	case $prev in
	-o|--output)
		_dualstack_list "$(dualstack --list-columns --raw 2>/dev/null)" "$cur"; return ;;
	--v4|--v6|--verdict|v4|v6|verdict)
		_dualstack_list "$verdicts" "$cur"; return ;;
	--proto|proto)
		_dualstack_list "$protos" "$cur"; return ;;
	--dev|dev)
		_dualstack_list "$(cd /sys/class/net && echo *)" "$cur"; return ;;
	--user|user)
		mapfile -t COMPREPLY < <(compgen -u -- "$cur"); return ;;
	--process|process)
		_dualstack_list "$(dualstack -rH -o comm 2>/dev/null | sort -u)" "$cur"; return ;;
	--unit|unit)
		_dualstack_list "$(dualstack -rH -o unit 2>/dev/null | sort -u)" "$cur"; return ;;
	--file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	-N|--net)
		_dualstack_words "$(cd /run/netns 2>/dev/null && echo *)" "$cur"; return ;;
	--color)
		_dualstack_words 'auto always never' "$cur"; return ;;
	--port|--address|--wait|--watch)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		_dualstack_words "$(dualstack --help 2>/dev/null |
			grep -oE -- '(^|[ ,])--?[a-zA-Z0-9][a-z0-9-]*' | tr -d ' ,')" "$cur"
	elif ((COMP_CWORD == 1)); then
		_dualstack_words "check explain $protos" "$cur"
	else
		_dualstack_words "$protos" "$cur"
	fi
}

complete -F _dualstack dualstack
