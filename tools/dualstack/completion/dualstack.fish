# SPDX-License-Identifier: GPL-2.0-only
# fish completion for dualstack(8). The columns come from the program itself.

set -l verdicts yes shared partial shadowed noaddr no
set -l protos tcp udp tcp4 tcp6 tcp46 udp4 udp6 udp46

# The last item of a list with commas, what stands before it kept.
function __dualstack_list
    set -l cur (commandline -ct | string replace -r '^(--[a-z0-9-]+=|[a-z0-9]+=)' '')
    set -l head (string match -r '^.*,' -- $cur)
    for item in $argv
        echo "$head$item"
    end
end

# Before the command, or without one.
function __dualstack_lists
    not __fish_seen_subcommand_from check explain who
end

function __dualstack_specs
    set -l cur (commandline -ct)
    if string match -q '*=*' -- $cur
        set -l head (string replace -r '=.*' '' -- $cur)
        for want in 46 4 6 4+ 6+ 4- 6- none free free:v6only free:reuseaddr free:reuseport 46@global 4+@global 6+@global none@global
            echo $head=$want
        end
    else
        printf '%s\n' tcp/ udp/
    end
end

complete -c dualstack -f
complete -c dualstack -n '__fish_is_first_token' -a check -d 'does a port serve the families that it should'
complete -c dualstack -n '__fish_is_first_token' -a explain -d 'who gets the clients of a port, and why'
complete -c dualstack -n '__fish_is_first_token' -a who -d 'who gets a packet to an address and port'
complete -c dualstack -n __dualstack_lists -a "$protos"
complete -c dualstack -n '__fish_seen_subcommand_from check' -a '(__dualstack_specs)'
complete -c dualstack -n '__fish_seen_subcommand_from explain' -a 'tcp/ udp/'
complete -c dualstack -n '__fish_seen_subcommand_from who' -a 'tcp/ udp/ from dev'
complete -c dualstack -n '__fish_seen_subcommand_from check' -s q -l quiet -d 'print nothing'
complete -c dualstack -n '__fish_seen_subcommand_from check' -l wait -x -d 'wait until all hold, so many seconds'
complete -c dualstack -n __dualstack_lists -s t -l tcp -d 'TCP sockets'
complete -c dualstack -n __dualstack_lists -s u -l udp -d 'UDP sockets'
complete -c dualstack -n __dualstack_lists -s l -l listening -d 'ignored: only such sockets are shown anyway'
complete -c dualstack -n __dualstack_lists -s 4 -l ipv4 -d 'what IPv4 clients reach'
complete -c dualstack -n __dualstack_lists -s 6 -l ipv6 -d 'what IPv6 clients reach'
complete -c dualstack -n __dualstack_lists -s p -l processes -d 'all processes, user and unit'
complete -c dualstack -n __dualstack_lists -s e -l extended -d 'v6only, uid, inode, queues too'
complete -c dualstack -s n -l numeric -d 'users by number'
complete -c dualstack -s o -l output -x -a '(__dualstack_list (dualstack --list-columns --raw 2>/dev/null))' -d columns
complete -c dualstack -l output-all -d 'all columns'
complete -c dualstack -l sort -x -a '(__dualstack_list (dualstack --list-columns --raw 2>/dev/null))' -d 'by these columns'
complete -c dualstack -l list-columns -d 'the columns, their types and meanings'
complete -c dualstack -s J -l json -d JSON
complete -c dualstack -s r -l raw -d 'one line a socket, a blank between fields'
complete -c dualstack -s P -l pairs -d 'KEY="value" pairs'
complete -c dualstack -s H -l no-header -d 'no line of headings'
complete -c dualstack -l noheadings -d 'no line of headings'
complete -c dualstack -l fold -d 'one row for a SO_REUSEPORT group'
complete -c dualstack -l no-fold -d 'each member of a group'
complete -c dualstack -l color -x -a 'auto always never' -d colours
complete -c dualstack -l watch -d 'rows that appear, disappear or change'
complete -c dualstack -l openmetrics -d 'metrics for Prometheus'
complete -c dualstack -s N -l net -x -a '(command ls /run/netns 2>/dev/null)' -d 'another network namespace'
complete -c dualstack -l source -x -a 'auto module bpf settings' -d 'where the data is from'
complete -c dualstack -s A -l all-netns -d 'all network namespaces'
complete -c dualstack -l file -r -F -d 'a saved table'
complete -c dualstack -l port -x -d ports
complete -c dualstack -l proto -x -a "(__dualstack_list $protos)" -d protocols
complete -c dualstack -l address -x -d 'addresses and prefixes'
complete -c dualstack -l dev -x -a '(__dualstack_list (command ls /sys/class/net))' -d interfaces
complete -c dualstack -l user -x -a '(__fish_complete_users)' -d users
complete -c dualstack -l process -x -a '(__dualstack_list (dualstack -rH -o comm 2>/dev/null | sort -u))' -d 'pids or patterns of names'
complete -c dualstack -l unit -x -a '(__dualstack_list (dualstack -rH -o unit 2>/dev/null | sort -u))' -d 'patterns of units'
complete -c dualstack -l v4 -x -a "(__dualstack_list $verdicts)" -d 'verdicts for IPv4'
complete -c dualstack -l v6 -x -a "(__dualstack_list $verdicts)" -d 'verdicts for IPv6'
complete -c dualstack -l verdict -x -a "(__dualstack_list $verdicts)" -d 'verdicts of either family'
complete -c dualstack -s h -l help -d help
complete -c dualstack -s V -l version -d version
