// SPDX-License-Identifier: GPL-2.0-only
/* What root sets up before a user attacks: devices, addresses, routes. */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#include "../truth/truth.h"
#include "attacks.h"

static struct nl nl;

static void must(int err, const char *what)
{
	if (err)
		wrong("%s: %d", what, err);
}

/* Until act_as_root() no capability is effective, and new sockets and files belong to the user. */
void act_as_user(void)
{
	if (setgroups(0, NULL) || setresuid(ATTACKER, ATTACKER, 0))
		wrong("setresuid: errno %d", errno);
}

void act_as_root(void)
{
	if (setresuid(0, 0, 0))
		wrong("setresuid: errno %d", errno);
}

/* A new network namespace with lo up; the kernel adds no addresses to devices by itself. */
void world_begin(void)
{
	if (unshare(CLONE_NEWNET))
		wrong("unshare: errno %d", errno);
	put("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
	must(nl_open(&nl), "netlink");
	must(nl_set_up(&nl, 1, true), "lo up");
}

/* Add a device and set it up. Return: its ifindex. */
int add_device(const char *name, const char *kind, unsigned int table)
{
	int ifindex;

	must(nl_add_link(&nl, name, kind, table), name);
	ifindex = if_nametoindex(name);
	must(nl_set_up(&nl, ifindex, true), name);
	return ifindex;
}

void set_down(int ifindex)
{
	must(nl_set_up(&nl, ifindex, false), "down");
}

void enslave(int device, int master)
{
	must(nl_set_master(&nl, device, master), "master");
}

/* Like `ip link set DEV group N` and `ip link del group N`. */
void join_device_group(int ifindex, unsigned int group)
{
	must(nl_set_group(&nl, ifindex, group), "group");
}

void delete_device_group(unsigned int group)
{
	must(nl_del_group(&nl, group), "delete");
}

void add_address4(int ifindex, unsigned int address)
{
	const struct ipaddr ip = { .af = AF_INET, .v4.s_addr = htonl(address) };

	must(nl_addr(&nl, true, ifindex, &ip, 32), "address");
}

/* Add the address fd99:: plus @number. */
void add_address6(int ifindex, unsigned long number)
{
	struct ipaddr ip = { .af = AF_INET6, .v6.s6_addr = { 0xfd, 0x99 } };

	ip.v6.s6_addr32[3] = htonl(number);
	must(nl_addr(&nl, true, ifindex, &ip, 128), "address");
}

/* A rule that looks up all packets in a table which does not exist. */
void add_rule4(unsigned int number)
{
	must(nl_rule(&nl, true, AF_INET, 100000 + number), "rule");
}

void add_route4(int ifindex, unsigned int address)
{
	const struct ipaddr ip = { .af = AF_INET, .v4.s_addr = htonl(address) };

	must(nl_local_route(&nl, true, &ip, 32, ifindex, RT_TABLE_LOCAL), "route");
}

/* To a prefix of the addresses of add_address6(); there may be one for each metric. */
void add_route6_metric(int ifindex, int len, unsigned int metric)
{
	const struct ipaddr ip = { .af = AF_INET6, .v6.s6_addr = { 0xfd, 0x99 } };

	must(nl_local_route_metric(&nl, &ip, len, ifindex, metric), "route");
}
