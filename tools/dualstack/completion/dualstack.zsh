#compdef dualstack
# SPDX-License-Identifier: GPL-2.0-only
# zsh completion for dualstack(8). The columns come from the program itself.

local -a columns verdicts protos
local curcontext=$curcontext state line ret=1
typeset -A opt_args

verdicts=(yes shared partial shadowed noaddr no)
protos=(tcp udp tcp4 tcp6 tcp46 udp4 udp6 udp46)

_arguments -s -S -C \
	'(-t --tcp)'{-t,--tcp}'[TCP sockets]' \
	'(-u --udp)'{-u,--udp}'[UDP sockets]' \
	'(-l --listening)'{-l,--listening}'[ignored, only such sockets are shown anyway]' \
	'(-4 --ipv4)'{-4,--ipv4}'[what IPv4 clients reach]' \
	'(-6 --ipv6)'{-6,--ipv6}'[what IPv6 clients reach]' \
	'(-p --processes)'{-p,--processes}'[all processes, user and unit]' \
	'(-e --extended)'{-e,--extended}'[v6only, uid, inode, queues too]' \
	'(-n --numeric)'{-n,--numeric}'[users by number]' \
	'(-o --output)'{-o,--output}'[columns]:columns:->columns' \
	'(-J --json -r --raw -P --pairs)'{-J,--json}'[JSON]' \
	'(-J --json -r --raw -P --pairs)'{-r,--raw}'[raw]' \
	'(-J --json -r --raw -P --pairs)'{-P,--pairs}'[KEY="value" pairs]' \
	'(-H --no-header)'{-H,--no-header}'[no headings]' \
	'*'{-N,--net}'[another network namespace]:namespace:->netns' \
	'(-N --net -A --all-netns --file)'{-A,--all-netns}'[all network namespaces]' \
	'--source[where the data is from]:source:(auto module bpf settings)' \
	'(-N --net -A --all-netns)--file[a saved table]:file:_files' \
	'(-q --quiet)'{-q,--quiet}'[check\: print nothing]' \
	'--wait[check\: wait until all hold]:seconds:' \
	'(--no-fold)--fold[one row for a SO_REUSEPORT group]' \
	'(--fold)--no-fold[each member of a group]' \
	'--color=-[colours]::when:(auto always never)' \
	'--watch=-[rows that appear, disappear or change]::seconds:' \
	'--openmetrics[metrics for Prometheus]' \
	'--output-all[all columns]' \
	'--sort[by these columns]:columns:->columns' \
	'--list-columns[the columns, their types and meanings]' \
	'--port[ports]:ports:' \
	'--proto[protocols]:protocols:_values -s , protocol $protos' \
	'--address[addresses and prefixes]:addresses:' \
	'--dev[interfaces]:interfaces:_net_interfaces' \
	'--user[users]:users:_users' \
	'--process[pids or patterns of names]:processes:' \
	'--unit[patterns of units]:units:' \
	'--v4[verdicts for IPv4]:verdicts:_values -s , verdict $verdicts' \
	'--v6[verdicts for IPv6]:verdicts:_values -s , verdict $verdicts' \
	'--verdict[verdicts of either family]:verdicts:_values -s , verdict $verdicts' \
	'(- *)'{-h,--help}'[help]' \
	'(- *)'{-V,--version}'[version]' \
	'1:command or word:(check explain who $protos)' \
	'*:word:->words' && ret=0

case $state in
columns)
	columns=(${(f)"$(dualstack --list-columns --raw 2>/dev/null)"})
	compset -P '+'
	_values -s , column $columns && ret=0
	;;
words)
	if (( words[(I)check] )); then
		if compset -P '*='; then
			_values want 46 4 6 4+ 6+ 4- 6- none free 46@global 4+@global none@global && ret=0
		else
			compadd -S '' -- tcp/ udp/ && ret=0
		fi
	elif (( words[(I)who] && CURRENT > 2 )); then
		compadd -- from dev && ret=0
	elif (( words[(I)explain] || words[(I)who] )); then
		compadd -S '' -- tcp/ udp/ && ret=0
	else
		compadd -- $protos && ret=0
	fi
	;;
netns)
	_values namespace ${(f)"$(ls /run/netns 2>/dev/null)"} && ret=0
	;;
esac
return ret
