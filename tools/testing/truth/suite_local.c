// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local addresses other than those of the device: ranges by routes and by tables of rules, anycast
 * addresses, and addresses of other devices (weak host). As in suite_noaddr.c, each step names its
 * verdicts, which packets and table must show.
 */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "wire.h"

/* ---------------------------------------------------------------- ranges by routes */

/* Two ranges of 2^64 addresses: their sum does not fit into 64 bits. */
static bool two_ranges(struct fixture *f)
{
	const struct ipaddr more = ip_parse("2001:db8:d::");
	int lo = f->w->ifindex[DEV_LO];
	bool ok;

	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		fixture_rival(f, proto, "::", DEV_LO)->v6only = 1;
		fixture_rival(f, proto, "::1", DEV_LO);
		fixture_rival(f, proto, "fd95::1", DEV_LO);
	}
	ok = fixture_opened(f) && fixture_now(f, "-x-y-y-x-y-y") && !world_anyip(f->w, true) &&
	     fixture_now(f, "-p-y-y-p-y-y");
	ok = ok && !nl_local_route(&f->w->host, true, &more, 64, lo, RT_TABLE_LOCAL) &&
	     fixture_now(f, "-p-y-y-p-y-y");
	nl_local_route(&f->w->host, false, &more, 64, lo, RT_TABLE_LOCAL);
	return ok;
}

static bool rules(struct fixture *f)
{
	fixture_add(f, P_TCP, "198.51.100.7", true)->transparent = true;
	fixture_add(f, P_UDP, "198.51.100.7", true);
	fixture_add(f, P_UDP, "::ffff:198.51.100.8", true);
	fixture_add(f, P_TCP, "2001:db8:e::7", true);
	fixture_add(f, P_UDP, "2001:db8:e::8", true);
	fixture_add(f, P_UDP, "198.51.100.8", true)->dev = DEV_LO;
	fixture_add(f, P_UDP, "198.51.100.8", true)->dev = DEV_VETH;
	fixture_add(f, P_TCP, "2001:db8:e::7", true)->dev = DEV_SECOND;
	if (!fixture_opened(f) || !fixture_now(f, "n-n-n--n-nn-n--n"))
		return false;
	if (world_rules(f->w, true) || !fixture_now(f, "y-y-y--y-yy-y--y"))
		return false;
	return !world_rules(f->w, false) && fixture_now(f, "n-n-n--n-nn-n--n");
}

/* The wildcard keeps the rest of such a range. */
static bool rules_rivals(struct fixture *f)
{
	fixture_rival(f, P_UDP, "0.0.0.0", DEV_LO);
	fixture_rival(f, P_UDP, "127.0.0.1", DEV_LO);
	fixture_rival(f, P_UDP, "198.51.100.7", DEV_LO);
	if (!fixture_opened(f) || !fixture_now(f, "p-y-n-"))
		return false;
	return !world_rules(f->w, true) && fixture_now(f, "p-y-y-");
}

/* ---------------------------------------------------------------- anycast */

/* Whether a connection is neither accepted nor refused. */
static bool is_silent(struct fixture *f, const struct sock *s)
{
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&s->ip, s->port, f->w->ifindex[DEV_VETH], &ss);
	int fd = socket(s->af, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), got;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	bool silent;

	silent = connect(fd, (void *)&ss, len) && errno == EINPROGRESS;
	world_fence(f->w);
	got = accept(s->fd, NULL, NULL);
	silent &= got < 0 && poll(&p, 1, 300) == 0;
	if (got >= 0)
		close(got);
	close(fd);
	if (!silent)
		printf("# a connection to an anycast address was answered\n");
	return silent;
}

/* UDP takes an anycast address as local, TCP drops packets for it. */
static bool anycast(struct fixture *f)
{
	fixture_add(f, P_TCP, "fd99::", true);
	fixture_add(f, P_UDP, "fd99::", true);
	fixture_add(f, P_UDP, "fd98::", true)->dev = DEV_SECOND;
	fixture_add(f, P_UDP, "fe80::", true)->dev = DEV_VETH;
	fixture_add(f, P_UDP, "fd98::", true)->dev = DEV_VETH;
	fixture_add(f, P_TCP, "fd98::", true)->dev = DEV_VETH;
	if (!fixture_opened(f) || !fixture_now(f, "-n-n-n-n-n-n"))
		return false;
	if (world_forward(f->w, true) || !fixture_now(f, "-n-y-y-y-y-n"))
		return false;
	return is_silent(f, &f->r.socks[0]);
}

/* A program can also join an anycast address on a device. */
static bool anycast_joined(struct fixture *f)
{
	struct ipv6_mreq m = { .ipv6mr_multiaddr = ip_parse("fd99::90").v6,
			       .ipv6mr_interface = f->w->ifindex[DEV_VETH] };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct place *p = world_place(f->w, "fd99::90");
	bool ok;

	fixture_add(f, P_TCP, "fd99::90", true);
	fixture_add(f, P_UDP, "fd99::90", true);
	ok = fixture_opened(f) && fixture_now(f, "-n-n");
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &m, sizeof(m))) {
		printf("# IPV6_JOIN_ANYCAST: %s\n", strerror(errno));
		ok = false;
	}
	p->group |= PG_ANYCAST;
	ok = ok && fixture_now(f, "-n-y");
	p->group &= ~PG_ANYCAST;
	close(fd);
	return ok && fixture_now(f, "-n-n");
}

/* Other sockets are bound to every unicast address, but to no anycast address. */
static bool anycast_rest(struct fixture *f, enum proto proto, const char *before, const char *after)
{
	static const char *const held[] = { "::1", "fd99::1", "fd99::2", "fd98::1", "fd95::1" };

	fixture_rival(f, proto, "::", DEV_NONE)->v6only = 1;
	fixture_rival(f, proto, "fe80::1", DEV_VETH);
	for (unsigned int i = 0; i < ARRAY_SIZE(held); i++)
		fixture_rival(f, proto, held[i], DEV_NONE);
	if (!fixture_opened(f) || !fixture_now(f, before))
		return false;
	return !world_forward(f->w, true) && fixture_now(f, after);
}

static bool anycast_rest_udp(struct fixture *f)
{
	return anycast_rest(f, P_UDP, "-x-y-y-y-y-y-y", "-p-y-y-y-y-y-y");
}

static bool anycast_rest_tcp(struct fixture *f)
{
	return anycast_rest(f, P_TCP, "-x-y-y-y-y-y-y", "-x-y-y-y-y-y-y");
}

/* ---------------------------------------------------------------- weak host */

static void strip(struct fixture *f)
{
	world_remove(f->w, world_place(f->w, "10.98.0.1"));
	world_remove(f->w, world_place(f->w, "fd98::1"));
}

/* Each socket is alone on its port, and gets everything. */
static bool weak(struct fixture *f)
{
	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		fixture_add(f, proto, "10.95.0.1", false)->dev = DEV_VETH;
		fixture_add(f, proto, "fd95::1", true)->dev = DEV_VETH;
		fixture_add(f, proto, "10.99.0.1", false)->dev = DEV_SECOND;
		fixture_add(f, proto, "fd99::1", true)->dev = DEV_SECOND;
	}
	return fixture_opened(f) && fixture_now(f, "y--yy--yy--yy--y");
}

/* A device without an address of its own, as unnumbered links are. */
static bool weak_unnumbered(struct fixture *f)
{
	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		fixture_add(f, proto, "0.0.0.0", false)->dev = DEV_SECOND;
		fixture_add(f, proto, "::", false)->dev = DEV_SECOND;
		fixture_add(f, proto, "10.98.0.1", true)->dev = DEV_SECOND;
	}
	if (!fixture_opened(f) || !fixture_now(f, "y-yyy-y-yyy-"))
		return false;
	strip(f);
	return fixture_now(f, "y-yyn-y-yyn-");
}

/* Packets for these never arrive there: loopback addresses, link-local ones of another link. */
static bool weak_not(struct fixture *f)
{
	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		fixture_add(f, proto, "127.0.0.1", false)->dev = DEV_VETH;
		fixture_add(f, proto, "::1", true)->dev = DEV_VETH;
		fixture_add(f, proto, "fe80::1", true)->dev = DEV_SECOND;
		fixture_add(f, proto, "10.99.0.1", false)->dev = DEV_LO;
		fixture_add(f, proto, "fd99::1", true)->dev = DEV_LO;
	}
	return fixture_opened(f) && fixture_now(f, "n--n-nn--nn--n-nn--n");
}

/* A socket on the address and on no device gets the packet, wherever it arrives. */
static bool weak_rivals(struct fixture *f)
{
	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		fixture_rival(f, proto, "0.0.0.0", DEV_SECOND);
		fixture_rival(f, proto, "10.99.0.1", DEV_NONE);
	}
	if (!fixture_opened(f) || !fixture_now(f, "p-y-p-y-"))
		return false;
	strip(f);
	return fixture_now(f, "p-y-p-y-");
}

/* What a socket on no device loses that way does not count for its verdict. */
static bool weak_unbound(struct fixture *f)
{
	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		fixture_rival(f, proto, "0.0.0.0", DEV_NONE);
		fixture_rival(f, proto, "0.0.0.0", DEV_SECOND);
	}
	strip(f);
	return fixture_opened(f) && fixture_now(f, "y-y-y-y-");
}

/* All sockets of a device compete for packets to addresses of other devices. */
static bool weak_compete(struct fixture *f)
{
	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		fixture_rival(f, proto, "::", DEV_SECOND)->v6only = 1;
		fixture_rival(f, proto, "fd99::1", DEV_SECOND);
		fixture_rival(f, proto, "fd99::1", DEV_NONE);
	}
	strip(f);
	return fixture_opened(f) && fixture_now(f, "-p-y-y-p-y-y");
}

static bool weak_vrf(struct fixture *f)
{
	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		fixture_add(f, proto, "10.96.0.1", true)->dev = DEV_SLAVE;
		fixture_add(f, proto, "fd96::1", true)->dev = DEV_SLAVE;
		fixture_add(f, proto, "10.96.0.1", false)->dev = DEV_VRF;
		fixture_add(f, proto, "10.97.0.1", true)->dev = DEV_VETH;
	}
	return fixture_opened(f) && fixture_now(f, "y--yy-n-y--yy-n-");
}

/* With route_localnet, packets for loopback addresses may arrive from outside. */
static bool localnet(struct fixture *f)
{
	struct place *p = &f->w->places[f->w->nr_places];
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, DEV_VETH };
	bool ok;

	*p = (struct place){ "127.0.0.1", DEV_VETH, PG_LO, 8, DEV_LO, ip_parse("127.0.0.1") };
	fixture_add(f, P_UDP, "127.0.0.1", false)->dev = DEV_VETH;
	fixture_add(f, P_UDP, "127.0.0.1", false);
	f->w->nr_places++;
	nl_neigh(&f->w->peer, f->w->peer_ifindex[DEV_VETH], &p->ip, mac);
	ok = fixture_opened(f) && fixture_now(f, "n-y-");
	ok = ok && !sysctl_write("net/ipv4/conf/ve0/route_localnet", "1") && fixture_now(f, "y-y-");
	sysctl_write("net/ipv4/conf/ve0/route_localnet", "0");
	f->w->nr_places--;
	return ok;
}

/* ---------------------------------------------------------------- the suite */

static const struct fixture_case cases[] = {
	{ "two AnyIP ranges of 2^64 addresses", two_ranges },
	{ "local by the table of a rule", rules },
	{ "local by the table of a rule, the rest of the range", rules_rivals },
	{ "anycast", anycast },
	{ "anycast by IPV6_JOIN_ANYCAST", anycast_joined },
	{ "anycast is what is left of a UDP wildcard", anycast_rest_udp },
	{ "anycast leaves a TCP wildcard nothing", anycast_rest_tcp },
	{ "weak host: the address of another device", weak },
	{ "weak host: a device without addresses", weak_unnumbered },
	{ "weak host: what never comes in", weak_not },
	{ "weak host: an unbound socket on the address", weak_rivals },
	{ "weak host: beside an unbound wildcard", weak_unbound },
	{ "weak host: sockets of one device", weak_compete },
	{ "weak host: in a VRF", weak_vrf, .vrf = true },
	{ "weak host: route_localnet", localnet },
};

const struct suite suite_local = {
	.name = "local",
	.cases = cases,
	.nr_cases = ARRAY_SIZE(cases),
};
