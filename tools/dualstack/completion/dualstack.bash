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

# tcp/ and udp/, to be followed by a port at once.
_dualstack_specs()
{
	_dualstack_words 'tcp/ udp/' "$1"
	compopt -o nospace 2>/dev/null
}

# The command in the words before the one that is completed, or nothing.
_dualstack_command()
{
	local i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		check|explain|who)	echo "${COMP_WORDS[i]}"; return ;;
		esac
	done
}

_dualstack_options()
{
	case $1 in
	check)		_dualstack_words '-q --quiet -J --json --wait -N --net --file -o --output
			-n --numeric' "$2" ;;
	explain)	_dualstack_words '-J --json -N --net --file -o --output -n --numeric' "$2" ;;
	who)		_dualstack_words '-J --json -N --net' "$2" ;;
	*)		_dualstack_words "$(dualstack --help 2>/dev/null |
				grep -oE -- '(^|[ ,])--?[a-zA-Z0-9][a-z0-9-]*' | tr -d ' ,' |
				grep -vx -e -qJ -e --wait) --tcp --udp --ipv4 --ipv6 --listening" "$2" ;;
	esac
}

_dualstack()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command
	local verdicts='yes shared partial shadowed noaddr no'
	local protos='tcp udp tcp4 tcp6 tcp46 udp4 udp6 udp46'
	local after=no wants='46 4 6 4+ 6+ 4- 6- none free 46@global 4+@global 6+@global none@global'

	# bash splits at "=": --v4=sha is three words
	if [[ $cur == = ]]; then
		cur=
		after=equals
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
		after=equals
	fi
	COMPREPLY=()
	command=$(_dualstack_command)
	if [[ $command$after == checkequals && $prev != -* ]]; then
		_dualstack_words "$wants" "$cur"
		return
	fi
	case $prev in
	-o|--output|--sort)
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
	--source)
		_dualstack_words 'auto module bpf settings' "$cur"; return ;;
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
		_dualstack_options "$command" "$cur"
	elif [[ $command == who && $prev == dev ]]; then
		_dualstack_words "$(cd /sys/class/net && echo *)" "$cur"
	elif [[ $command == who && $prev == */* ]]; then
		_dualstack_words 'from dev' "$cur"
	elif [[ -n $command ]]; then
		_dualstack_specs "$cur"
	elif ((COMP_CWORD == 1)); then
		_dualstack_words "check explain who $protos" "$cur"
	else
		_dualstack_words "$protos" "$cur"
	fi
}

complete -F _dualstack dualstack
