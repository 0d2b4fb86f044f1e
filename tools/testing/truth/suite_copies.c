// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets on multicast and broadcast addresses: each gets its own copy if the group is joined or
 * the address is owned, and none otherwise.
 */

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "fixture.h"

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

/* ---------------------------------------------------------------- broadcast */

static bool broadcast(struct fixture *f)
{
	fixture_rival(f, P_UDP, "10.99.0.255", DEV_NONE);
	fixture_rival(f, P_UDP, "10.99.0.255", DEV_NONE);
	fixture_add(f, P_UDP, "10.55.0.255", true);
	fixture_add(f, P_TCP, "10.99.0.255", false);
	fixture_add(f, P_UDP, "10.99.0.255", false)->dev = DEV_VETH;
	fixture_add(f, P_UDP, "10.99.0.255", false)->dev = DEV_LO;
	fixture_add(f, P_UDP, "::ffff:10.98.0.255", false);
	return fixture_opened(f) && fixture_now(f, "y-y-n-n-y-n-y-");
}

/* The address is only in the VRF's table. */
static bool broadcast_vrf(struct fixture *f)
{
	fixture_add(f, P_UDP, "10.97.0.255", false)->dev = DEV_VRF;
	fixture_add(f, P_UDP, "10.97.0.255", false)->dev = DEV_SLAVE;
	fixture_add(f, P_UDP, "10.97.0.255", true);
	fixture_add(f, P_UDP, "10.97.0.255", true)->dev = DEV_VETH;
	fixture_add(f, P_TCP, "10.97.0.255", false)->dev = DEV_VRF;
	if (!fixture_opened(f) || !fixture_now(f, "y-y-n-n-n-"))
		return false;
	world_l3mdev(f->w, true, true);
	return fixture_now(f, "y-y-y-n-n-");
}

/* ---------------------------------------------------------------- multicast */

static void join(struct fixture *f, int i, enum dev dev)
{
	struct sock *s = &f->r.socks[i];
	struct ipaddr ip = ip_unmap(&s->ip);
	struct ip_mreqn m4 = { .imr_multiaddr = ip.v4, .imr_ifindex = f->w->ifindex[dev] };
	struct ipv6_mreq m6 = { .ipv6mr_multiaddr = ip.v6,
				.ipv6mr_interface = f->w->ifindex[dev] };
	int err;

	if (ip.af == AF_INET)
		err = setsockopt(s->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m4, sizeof(m4));
	else
		err = setsockopt(s->fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m6, sizeof(m6));
	if (err)
		printf("# joining: %s\n", strerror(errno));
	else
		s->memberships++;
}

static bool multicast_v4(struct fixture *f)
{
	fixture_add(f, P_UDP, "239.1.2.3", false);
	fixture_add(f, P_UDP, "239.1.2.3", false)->reuseaddr = true;
	fixture_add(f, P_UDP, "239.1.2.4", false);
	f->r.socks[0].reuseaddr = true;
	f->r.socks[1].port = f->r.socks[0].port;
	if (!fixture_opened(f) || !fixture_now(f, "n-n-n-"))
		return false;
	join(f, 0, DEV_VETH);
	return fixture_now(f, "y-y-n-");
}

static bool multicast_v6(struct fixture *f)
{
	fixture_add(f, P_UDP, "ff02::1:77", false)->dev = DEV_VETH;
	fixture_add(f, P_UDP, "ff05::77", false);
	fixture_add(f, P_UDP, "ff05::78", false);
	if (!fixture_opened(f) || !fixture_now(f, "-n-n-n"))
		return false;
	join(f, 0, DEV_VETH);
	join(f, 1, DEV_VETH);
	return fixture_now(f, "-y-y-n");
}

/* Joined on another device than the one to which the socket is bound. */
static bool multicast_device(struct fixture *f)
{
	fixture_add(f, P_UDP, "239.1.2.5", false)->dev = DEV_SECOND;
	fixture_add(f, P_UDP, "ff05::75", false)->dev = DEV_SECOND;
	if (!fixture_opened(f))
		return false;
	join(f, 0, DEV_VETH);
	join(f, 1, DEV_VETH);
	return fixture_now(f, "n--n");
}

/* No packet arrives at a device that is down, whoever has joined there. */
static bool multicast_down(struct fixture *f)
{
	fixture_add(f, P_UDP, "239.1.2.6", false);
	fixture_add(f, P_UDP, "ff05::76", false);
	if (!fixture_opened(f))
		return false;
	join(f, 0, DEV_SECOND);
	join(f, 1, DEV_SECOND);
	if (!fixture_now(f, "y--y"))
		return false;
	nl_set_up(&f->w->host, f->w->ifindex[DEV_SECOND], false);
	return fixture_now(f, "n--n");
}

/* ---------------------------------------------------------------- who may have a copy */

static void others_groups(struct fixture *f, int i, int on)
{
	struct sock *s = &f->r.socks[i];
	bool v4 = s->af == AF_INET || ip_is_mapped(&s->ip);

	if (setsockopt(s->fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_MULTICAST_ALL :
		       IPV6_MULTICAST_ALL, &on, sizeof(on)))
		printf("# MULTICAST_ALL: %s\n", strerror(errno));
	else if (v4 == (s->af == AF_INET))
		s->mcall_off = !on;
}

/*
 * With IP_MULTICAST_ALL off a socket does not get what only others have joined. That is the default
 * for IPv4 in an AF_INET6 socket.
 */
static bool multicast_all(struct fixture *f, const char *group, const char *none, const char *first,
			  const char *both)
{
	for (int i = 0; i < 3; i++)
		fixture_rival(f, P_UDP, group, DEV_NONE);
	if (!fixture_opened(f))
		return false;
	others_groups(f, 0, 0);
	others_groups(f, 1, 1);
	if (!fixture_now(f, none))
		return false;
	join(f, 2, DEV_VETH);
	if (!fixture_now(f, first))
		return false;
	join(f, 0, DEV_VETH);
	return fixture_now(f, both);
}

static bool multicast_all_v4(struct fixture *f)
{
	return multicast_all(f, "239.1.2.7", "n-n-n-", "n-y-y-", "y-y-y-");
}

static bool multicast_all_mapped(struct fixture *f)
{
	return multicast_all(f, "::ffff:239.1.2.8", "n-n-n-", "n-y-y-", "y-y-y-");
}

/* By default, an AF_INET socket gets what another one has joined, an AF_INET6 socket does not. */
static bool multicast_all_default(struct fixture *f)
{
	fixture_rival(f, P_UDP, "239.1.2.12", DEV_NONE);
	fixture_rival(f, P_UDP, "::ffff:239.1.2.12", DEV_NONE);
	fixture_rival(f, P_UDP, "239.1.2.12", DEV_NONE);
	if (!fixture_opened(f))
		return false;
	join(f, 2, DEV_VETH);
	return fixture_now(f, "y-n-y-");
}

static bool multicast_all_v6(struct fixture *f)
{
	return multicast_all(f, "ff05::77", "-n-n-n", "-n-y-y", "-y-y-y");
}

/* The socket has joined on another device than the one to which it is bound. */
static bool multicast_all_device(struct fixture *f)
{
	fixture_rival(f, P_UDP, "239.1.2.9", DEV_VETH);
	fixture_rival(f, P_UDP, "239.1.2.9", DEV_NONE);
	if (!fixture_opened(f))
		return false;
	others_groups(f, 0, 0);
	join(f, 0, DEV_SECOND);
	join(f, 1, DEV_VETH);
	return fixture_now(f, "n-y-");
}

static void filter(struct fixture *f, int i, int option, const char *source)
{
	const struct sock *s = &f->r.socks[i];
	struct group_source_req req = { .gsr_interface = f->w->ifindex[DEV_VETH] };
	struct ipaddr ip = ip_parse(source);
	bool v4 = s->af == AF_INET;

	ip_sockaddr(&s->ip, 0, 0, (void *)&req.gsr_group);
	ip_sockaddr(&ip, 0, 0, (void *)&req.gsr_source);
	if (setsockopt(s->fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, option, &req, sizeof(req)))
		printf("# a source filter: %s\n", strerror(errno));
}

/* The filters let packets of the peer through. */
static bool source_filters(struct fixture *f)
{
	fixture_add(f, P_UDP, "239.1.2.10", false);
	fixture_add(f, P_UDP, "ff05::7a", false);
	fixture_add(f, P_UDP, "239.1.2.11", false);
	fixture_add(f, P_UDP, "ff05::7b", false);
	if (!fixture_opened(f))
		return false;
	others_groups(f, 0, 0);
	others_groups(f, 1, 0);
	filter(f, 0, MCAST_JOIN_SOURCE_GROUP, "10.99.0.101");
	filter(f, 1, MCAST_JOIN_SOURCE_GROUP, "fd99::101");
	filter(f, 1, MCAST_JOIN_SOURCE_GROUP, "fd99::102");
	/* one membership, whatever its number of sources */
	f->r.socks[0].memberships = 1;
	f->r.socks[1].memberships = 1;
	join(f, 2, DEV_VETH);
	join(f, 3, DEV_VETH);
	filter(f, 2, MCAST_BLOCK_SOURCE, "10.99.0.7");
	filter(f, 3, MCAST_BLOCK_SOURCE, "fd99::7");
	return fixture_now(f, "y--yy--y");
}

/* ---------------------------------------------------------------- the suite */

static const struct fixture_case cases[] = {
	{ "broadcast", broadcast },
	{ "broadcast in a VRF", broadcast_vrf, .vrf = true },
	{ "IPv4 multicast", multicast_v4 },
	{ "IPv6 multicast", multicast_v6 },
	{ "multicast joined on another device", multicast_device },
	{ "multicast joined on a device that is down", multicast_down },
	{ "IP_MULTICAST_ALL off", multicast_all_v4 },
	{ "IP_MULTICAST_ALL off, mapped", multicast_all_mapped },
	{ "IPV6_MULTICAST_ALL off", multicast_all_v6 },
	{ "IP_MULTICAST_ALL left alone, AF_INET and AF_INET6", multicast_all_default },
	{ "IP_MULTICAST_ALL off, joined on another device", multicast_all_device },
	{ "source filters", source_filters },
};

const struct suite suite_copies = {
	.name = "copies",
	.cases = cases,
	.nr_cases = ARRAY_SIZE(cases),
};
