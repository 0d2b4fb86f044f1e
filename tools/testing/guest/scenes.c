// SPDX-License-Identifier: GPL-2.0-only
/* Sockets, the rows that the table must show for them, and packets that prove the verdicts. */
#include "guest.h"

#define DUMMY \
	"ip link add d0 type dummy && ip addr add 10.9.0.1/24 dev d0 && ip link set d0 up && " \
	"ip addr add fd99::1/64 dev d0 nodad && ip addr add fe80::9/64 dev d0 nodad"

/* More devices than fit into one RCU read section, or into the first allocation. */
#define MANY_DEVICES \
	"i=0; while [ $i -lt 400 ]; do " \
	"echo link add m$i type dummy; echo link set m$i up; " \
	"echo addr add 10.8.$((i / 250)).$((i % 250 + 1))/32 dev m$i; " \
	"echo addr add fd98::$i/128 dev m$i nodad; i=$((i + 1)); done | ip -batch -"

const struct scene scenes[] = {
	{
		.name = "no socket: a header alone",
	}, {
		.name = "tcp: :: takes both",
		.socks = { "tcp6 :: v6only=0" },
		.rows = { "tcp46 80 yes yes 0 0 #1 - :: queue=0/5" },
		.packets = { "tcp 127.0.0.1 1", "tcp 127.0.0.9 1", "tcp ::1 1" },
	}, {
		.name = "tcp: :: with v6only takes IPv6",
		.socks = { "tcp6 :: v6only=1" },
		.rows = { "tcp6 80 - yes 1 0 #1 - :: queue=0/5" },
		.packets = { "tcp 127.0.0.1 0", "tcp ::1 1" },
	}, {
		.name = "tcp: 0.0.0.0",
		.socks = { "tcp4 0.0.0.0" },
		.rows = { "tcp4 80 yes - - 0 #1 - 0.0.0.0 queue=0/5" },
		.packets = { "tcp 127.0.0.1 1", "tcp ::1 0" },
	}, {
		.name = "tcp: sshd's pair, 0.0.0.0 and :: with v6only",
		.socks = { "tcp4 0.0.0.0 port=22", "tcp6 :: v6only=1 port=22" },
		.rows = {
			"tcp4 22 yes - - 0 #1 - 0.0.0.0 queue=0/5",
			"tcp6 22 - yes 1 0 #2 - :: queue=0/5",
		},
		.packets = { "tcp 127.0.0.1 1", "tcp ::1 2" },
	}, {
		.name = "tcp: 127.0.0.1",
		.socks = { "tcp4 127.0.0.1" },
		.rows = { "tcp4 80 yes - - 0 #1 - 127.0.0.1 queue=0/5" },
		.packets = { "tcp 127.0.0.1 1", "tcp 127.0.0.2 0", "tcp ::1 0" },
	}, {
		.name = "tcp: ::1, on which bind() sets v6only",
		.socks = { "tcp6 ::1 v6only=0" },
		.rows = { "tcp6 80 - yes 1 0 #1 - ::1 queue=0/5" },
		.packets = { "tcp 127.0.0.1 0", "tcp ::1 1" },
	}, {
		.name = "tcp: ::ffff:127.0.0.1 takes IPv4 alone",
		.socks = { "tcp6 ::ffff:127.0.0.1" },
		.rows = { "tcp4 80 yes - 0 0 #1 - ::ffff:127.0.0.1 queue=0/5" },
		.packets = { "tcp 127.0.0.1 1", "tcp 127.0.0.2 0", "tcp ::1 0" },
	}, {
		.name = "tcp: ::ffff:0.0.0.0 takes IPv4 alone",
		.socks = { "tcp6 ::ffff:0.0.0.0" },
		.rows = { "tcp4 80 yes - 0 0 #1 - ::ffff:0.0.0.0 queue=0/5" },
		.packets = { "tcp 127.0.0.1 1", "tcp 127.0.0.2 1", "tcp ::1 0" },
	}, {
		.name = "tcp: a link-local address with its scope",
		.setup = DUMMY,
		.socks = { "tcp6 fe80::9%d0" },
		.rows = { "tcp6 80 - yes 1 0 #1 d0 fe80::9 queue=0/5" },
		.packets = { "tcp fe80::9%d0 1", "tcp fd99::1 0", "tcp ::1 0" },
	}, {
		.name = "tcp: listen() without bind(), AF_INET6",
		.socks = { "tcp6 -" },
		.rows = { "tcp46 @1 yes yes 0 0 #1 - :: queue=0/5" },
		.packets = { "tcp 127.0.0.1 1", "tcp ::1 1" },
	}, {
		.name = "tcp: listen() without bind(), AF_INET",
		.socks = { "tcp4 -" },
		.rows = { "tcp4 @1 yes - - 0 #1 - 0.0.0.0 queue=0/5" },
		.packets = { "tcp 127.0.0.1 1", "tcp ::1 0" },
	}, {
		.name = "tcp: the backlog's limit",
		.socks = { "tcp4 0.0.0.0 backlog=17", "tcp6 ::1 port=81 backlog=0" },
		.rows = {
			"tcp4 80 yes - - 0 #1 - 0.0.0.0 queue=0/17",
			"tcp6 81 - yes 1 0 #2 - ::1 queue=0/0",
		},
	}, {
		.name = "udp: :: takes both",
		.socks = { "udp6 :: v6only=0" },
		.rows = { "udp46 80 yes yes 0 0 #1 - :: rx=0" },
		.packets = { "udp 127.0.0.1 1", "udp ::1 1" },
	}, {
		.name = "udp: :: with v6only takes IPv6",
		.socks = { "udp6 :: v6only=1" },
		.rows = { "udp6 80 - yes 1 0 #1 - :: rx=0" },
		.packets = { "udp 127.0.0.1 0", "udp ::1 1" },
	}, {
		.name = "udp: 0.0.0.0",
		.socks = { "udp4 0.0.0.0" },
		.rows = { "udp4 80 yes - - 0 #1 - 0.0.0.0 rx=0" },
		.packets = { "udp 127.0.0.1 1", "udp ::1 0" },
	}, {
		.name = "udp: 127.0.0.1",
		.socks = { "udp4 127.0.0.1" },
		.rows = { "udp4 80 yes - - 0 #1 - 127.0.0.1 rx=0" },
		.packets = { "udp 127.0.0.1 1", "udp 127.0.0.2 0" },
	}, {
		.name = "udp: ::1",
		.socks = { "udp6 ::1 v6only=0" },
		.rows = { "udp6 80 - yes 1 0 #1 - ::1 rx=0" },
		.packets = { "udp 127.0.0.1 0", "udp ::1 1" },
	}, {
		.name = "udp: ::ffff:127.0.0.1 takes IPv4 alone",
		.socks = { "udp6 ::ffff:127.0.0.1" },
		.rows = { "udp4 80 yes - 0 0 #1 - ::ffff:127.0.0.1 rx=0" },
		.packets = { "udp 127.0.0.1 1", "udp ::1 0" },
	}, {
		.name = "udp: ::ffff:0.0.0.0 takes IPv4 alone",
		.socks = { "udp6 ::ffff:0.0.0.0" },
		.rows = { "udp4 80 yes - 0 0 #1 - ::ffff:0.0.0.0 rx=0" },
		.packets = { "udp 127.0.0.1 1", "udp ::1 0" },
	}, {
		.name = "udp: a link-local address with its scope",
		.setup = DUMMY,
		.socks = { "udp6 fe80::9%d0" },
		.rows = { "udp6 80 - yes 1 0 #1 d0 fe80::9 rx=0" },
		.packets = { "udp fe80::9%d0 1", "udp ::1 0" },
	}, {
		.name = "udp: sendto() without bind()",
		.socks = { "udp6 - sendto=::1", "udp6 ::1 port=9" },
		.rows = {
			"udp6 9 - yes 1 0 #2 - ::1 rx=0",
			"udp46 @1 yes yes 0 0 #1 - :: rx=0",
		},
		.packets = { "udp 127.0.0.1 1", "udp ::1 1" },
	}, {
		.name = "udp: a connected socket has no row",
		.socks = { "udp6 :: connect=::1", "udp4 127.0.0.1 port=81 connect=127.0.0.1" },
	}, {
		.name = "tcp: a bound socket that does not listen has no row",
		.socks = { "tcp6 :: nolisten", "tcp4 0.0.0.0 port=81 nolisten" },
		.packets = { "tcp 127.0.0.1 0", "tcp ::1 0" },
	}, {
		.name = "another namespace's sockets are there, not here",
		.socks = { "tcp6 :: other", "udp4 0.0.0.0 port=53 other",
			   "tcp4 127.0.0.1 port=81" },
		.rows = { "tcp4 81 yes - - 0 #3 - 127.0.0.1 queue=0/5" },
		.rows_other = {
			"tcp46 80 yes yes 0 0 #1 - :: queue=0/5",
			"udp4 53 yes - - 0 #2 - 0.0.0.0 rx=0",
		},
		.packets = { "tcp ::1 0", "tcp 127.0.0.1 3" },
	}, {
		.name = "the same address and port in two namespaces",
		.socks = { "tcp6 ::", "tcp6 :: other" },
		.rows = { "tcp46 80 yes yes 0 0 #1 - :: queue=0/5" },
		.rows_other = { "tcp46 80 yes yes 0 0 #2 - :: queue=0/5" },
		.packets = { "tcp ::1 1", "tcp 127.0.0.1 1" },
	}, {
		.name = "tcp: 0.0.0.0 beside dual ::, SO_REUSEPORT",
		.socks = { "tcp4 0.0.0.0 reuseport", "tcp6 :: v6only=0 reuseport" },
		.rows = {
			"tcp4 80 yes - - 0 #1 - 0.0.0.0 queue=0/5",
			"tcp46 80 shadowed yes 0 0 #2 - :: queue=0/5 v4by=#1",
		},
		.packets = { "tcp 127.0.0.1 1", "tcp 127.0.0.2 1", "tcp ::1 2" },
	}, {
		.name = "tcp: the same, :: first",
		.socks = { "tcp6 :: v6only=0 reuseport", "tcp4 0.0.0.0 reuseport" },
		.rows = {
			"tcp4 80 yes - - 0 #2 - 0.0.0.0 queue=0/5",
			"tcp46 80 shadowed yes 0 0 #1 - :: queue=0/5 v4by=#2",
		},
		.packets = { "tcp 127.0.0.1 2", "tcp ::1 1" },
	}, {
		.name = "tcp: 127.0.0.1 beside dual ::, SO_REUSEPORT",
		.socks = { "tcp4 127.0.0.1 reuseport", "tcp6 :: v6only=0 reuseport" },
		.rows = {
			"tcp4 80 yes - - 0 #1 - 127.0.0.1 queue=0/5",
			"tcp46 80 partial yes 0 0 #2 - :: queue=0/5 v4by=#1",
		},
		.packets = { "tcp 127.0.0.1 1", "tcp 127.0.0.2 2", "tcp ::1 2" },
	}, {
		.name = "tcp: two of a SO_REUSEPORT group",
		.socks = { "tcp6 :: v6only=0 reuseport", "tcp6 :: v6only=0 reuseport",
			   "tcp6 ::1 port=81" },
		.rows = {
			"tcp46 80 shared shared 0 0 #1 - :: queue=0/5 group=2",
			"tcp46 80 shared shared 0 0 #2 - :: queue=0/5 group=2",
			"tcp6 81 - yes 1 0 #3 - ::1 queue=0/5",
		},
	}, {
		.name = "udp: 0.0.0.0 beside dual ::, SO_REUSEADDR",
		.socks = { "udp4 0.0.0.0 reuseaddr", "udp6 :: v6only=0 reuseaddr" },
		.rows = {
			"udp4 80 yes - - 0 #1 - 0.0.0.0 rx=0",
			"udp46 80 shadowed yes 0 0 #2 - :: rx=0 v4by=#1",
		},
		.packets = { "udp 127.0.0.1 1", "udp ::1 2" },
	}, {
		.name = "udp: the same, :: first",
		.socks = { "udp6 :: v6only=0 reuseaddr", "udp4 0.0.0.0 reuseaddr" },
		.rows = {
			"udp4 80 yes - - 0 #2 - 0.0.0.0 rx=0",
			"udp46 80 shadowed yes 0 0 #1 - :: rx=0 v4by=#2",
		},
		.packets = { "udp 127.0.0.1 2", "udp ::1 1" },
	}, {
		.name = "udp: 0.0.0.0 beside dual ::, SO_REUSEPORT",
		.socks = { "udp4 0.0.0.0 reuseport", "udp6 :: v6only=0 reuseport" },
		.rows = {
			"udp4 80 yes - - 0 #1 - 0.0.0.0 rx=0",
			"udp46 80 shadowed yes 0 0 #2 - :: rx=0 v4by=#1",
		},
		.packets = { "udp 127.0.0.1 1", "udp ::1 2" },
	}, {
		.name = "udp: 0.0.0.0 twice, SO_REUSEADDR: the last one gets all",
		.socks = { "udp4 0.0.0.0 reuseaddr", "udp4 0.0.0.0 reuseaddr" },
		.rows = {
			"udp4 80 shadowed - - 0 #1 - 0.0.0.0 rx=0 v4by=#2",
			"udp4 80 yes - - 0 #2 - 0.0.0.0 rx=0",
		},
		.packets = { "udp 127.0.0.1 2", "udp 127.0.0.2 2" },
	}, {
		.name = "tcp: bound to a device",
		.setup = DUMMY,
		.socks = { "tcp6 :: v6only=0 dev=d0", "tcp4 0.0.0.0 port=81 dev=lo" },
		.rows = {
			"tcp46 80 yes yes 0 0 #1 d0 :: queue=0/5",
			"tcp4 81 yes - - 0 #2 lo 0.0.0.0 queue=0/5",
		},
		.packets = { "tcp 10.9.0.1 1", "tcp fd99::1 1", "tcp 127.0.0.1 2" },
	}, {
		.name = "udp: bound to a device",
		.setup = DUMMY,
		.socks = { "udp6 :: v6only=0 dev=d0" },
		.rows = { "udp46 80 yes yes 0 0 #1 d0 :: rx=0" },
		.packets = { "udp 10.9.0.1 1", "udp fd99::1 1", "udp 127.0.0.1 0", "udp ::1 0" },
	}, {
		.name = "tcp: an address that is not there",
		.socks = { "tcp4 192.0.2.7 freebind" },
		.rows = { "tcp4 80 noaddr - - 0 #1 - 192.0.2.7 queue=0/5 freebind=1" },
		.packets = { "tcp 127.0.0.1 0" },
	}, {
		.name = "tcp: 400 devices with two addresses each",
		.setup = MANY_DEVICES,
		.socks = { "tcp4 10.8.1.150 reuseport", "tcp6 fd98::399 reuseport",
			   "tcp6 :: v6only=0 reuseport", "tcp4 10.8.1.151 freebind port=81",
			   "tcp6 :: v6only=0 dev=m0 port=82", "tcp6 :: v6only=0 dev=m399 port=83" },
		.rows = {
			"tcp4 80 yes - - 0 #1 - 10.8.1.150 queue=0/5",
			"tcp46 80 partial partial 0 0 #3 - :: queue=0/5 v4by=#1 v6by=#2",
			"tcp6 80 - yes 1 0 #2 - fd98::399 queue=0/5",
			"tcp4 81 noaddr - - 0 #4 - 10.8.1.151 queue=0/5 freebind=1",
			"tcp46 82 yes yes 0 0 #5 m0 :: queue=0/5",
			"tcp46 83 yes yes 0 0 #6 m399 :: queue=0/5",
		},
		.packets = { "tcp 10.8.1.150 1", "tcp 10.8.0.1 3", "tcp 10.8.1.149 3",
			     "tcp fd98::399 2", "tcp fd98::0 3", "tcp ::1 3" },
	}, {
		.name = "net.ipv6.bindv6only=1",
		.setup = "echo 1 >/proc/sys/net/ipv6/bindv6only",
		.socks = { "tcp6 ::", "udp6 ::", "tcp6 :: port=81 v6only=0" },
		.rows = {
			"tcp6 80 - yes 1 0 #1 - :: queue=0/5",
			"tcp46 81 yes yes 0 0 #3 - :: queue=0/5",
			"udp6 80 - yes 1 0 #2 - :: rx=0",
		},
		.packets = { "tcp 127.0.0.1 0", "tcp ::1 1", "udp 127.0.0.1 0", "udp ::1 2",
			     "tcp 127.0.0.1 3" },
	}, {
		.name = "the owner's uid",
		.socks = { "tcp4 0.0.0.0 uid=1000", "udp6 ::1 uid=4294967294" },
		.rows = {
			"tcp4 80 yes - - 1000 #1 - 0.0.0.0 queue=0/5",
			"udp6 80 - yes 1 4294967294 #2 - ::1 rx=0",
		},
	}, {
		.name = "order: protocol, port, family, address",
		.socks = { "udp4 127.0.0.1 port=7", "tcp6 ::1 port=100", "tcp4 127.0.0.10 port=100",
			   "tcp4 127.0.0.9 port=100", "tcp6 ::1 port=99",
			   "tcp4 0.0.0.0 port=1000", "udp6 ::1 port=7" },
		.rows = {
			"tcp6 99 - yes 1 0 #5 - ::1 queue=0/5",
			"tcp4 100 yes - - 0 #4 - 127.0.0.9 queue=0/5",
			"tcp4 100 yes - - 0 #3 - 127.0.0.10 queue=0/5",
			"tcp6 100 - yes 1 0 #2 - ::1 queue=0/5",
			"tcp4 1000 yes - - 0 #6 - 0.0.0.0 queue=0/5",
			"udp4 7 yes - - 0 #1 - 127.0.0.1 rx=0",
			"udp6 7 - yes 1 0 #7 - ::1 rx=0",
		},
	},
	{ }
};

/* A kernel booted with ipv6.disable=1 has no AF_INET6 sockets at all. */
const struct scene scenes_noipv6[] = {
	{
		.name = "no socket: a header alone",
	}, {
		.name = "tcp: 0.0.0.0",
		.socks = { "tcp4 0.0.0.0" },
		.rows = { "tcp4 80 yes - - 0 #1 - 0.0.0.0 queue=0/5" },
		.packets = { "tcp 127.0.0.1 1" },
	}, {
		.name = "tcp: 127.0.0.1 beside 0.0.0.0",
		.socks = { "tcp4 127.0.0.1 reuseport", "tcp4 0.0.0.0 reuseport" },
		.rows = {
			"tcp4 80 partial - - 0 #2 - 0.0.0.0 queue=0/5 v4by=#1",
			"tcp4 80 yes - - 0 #1 - 127.0.0.1 queue=0/5",
		},
		.packets = { "tcp 127.0.0.1 1", "tcp 127.0.0.2 2" },
	}, {
		.name = "udp: 127.0.0.1",
		.socks = { "udp4 127.0.0.1" },
		.rows = { "udp4 80 yes - - 0 #1 - 127.0.0.1 rx=0" },
		.packets = { "udp 127.0.0.1 1", "udp 127.0.0.2 0" },
	}, {
		.name = "an address that is not there",
		.socks = { "udp4 192.0.2.7 freebind" },
		.rows = { "udp4 80 noaddr - - 0 #1 - 192.0.2.7 rx=0 freebind=1" },
	},
	{ }
};
