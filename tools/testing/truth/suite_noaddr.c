// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses that come and go, or never existed: when the verdict is noaddr, and when it is not any
 * more. Each step names its verdicts, which packets and table must show.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

static void remove_place(struct fixture *f, const char *addr)
{
	world_remove(f->w, world_place(f->w, addr));
}

static int add_place(struct fixture *f, const char *addr, bool dad)
{
	struct place *p = world_place(f->w, addr);
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, p->dev };

	nl_neigh(&f->w->peer, f->w->peer_ifindex[p->dev], &p->ip, mac);
	if (dad)
		return nl_addr_dad(&f->w->host, f->w->ifindex[p->dev], &p->ip, p->plen);
	return nl_addr(&f->w->host, true, f->w->ifindex[p->dev], &p->ip, p->plen);
}

/* ---------------------------------------------------------------- addresses that come and go */

static bool removed(struct fixture *f)
{
	fixture_add(f, P_TCP, "10.99.0.1", false);
	fixture_add(f, P_UDP, "fd99::1", false);
	fixture_add(f, P_TCP, "::ffff:10.99.0.2", false);
	fixture_add(f, P_UDP, "::", false)->dev = DEV_VETH;
	if (!fixture_opened(f) || !fixture_now(f, "y--yy-yy"))
		return false;
	remove_place(f, "10.99.0.1");
	remove_place(f, "10.99.0.2");
	remove_place(f, "fd99::1");
	return fixture_now(f, "n--nn-yy");
}

static bool came_back(struct fixture *f)
{
	fixture_add(f, P_TCP, "10.99.0.90", true);
	fixture_add(f, P_UDP, "10.99.0.90", true);
	if (!fixture_opened(f) || !fixture_now(f, "n-n-"))
		return false;
	add_place(f, "10.99.0.90", false);
	return fixture_now(f, "y-y-");
}

/* Packets for addresses of other devices arrive there, too. */
static bool bare_device(struct fixture *f)
{
	fixture_add(f, P_TCP, "0.0.0.0", false)->dev = DEV_SECOND;
	fixture_add(f, P_UDP, "::", false)->dev = DEV_SECOND;
	fixture_add(f, P_TCP, "::", false)->dev = DEV_SECOND;
	f->r.socks[2].v6only = 1;
	if (!fixture_opened(f) || !fixture_now(f, "y-yy-y"))
		return false;
	remove_place(f, "10.98.0.1");
	if (!fixture_now(f, "y-yy-y"))
		return false;
	remove_place(f, "fd98::1");
	return fixture_now(f, "y-yy-y");
}

static bool anyip(struct fixture *f)
{
	fixture_add(f, P_TCP, "192.0.2.1", true);
	fixture_add(f, P_UDP, "2001:db8:f::2", true);
	fixture_add(f, P_UDP, "::ffff:192.0.2.2", true);
	fixture_add(f, P_TCP, "192.0.2.1", true)->dev = DEV_VETH;
	fixture_add(f, P_TCP, "2001:db8:f::1", true)->dev = DEV_LO;
	if (!fixture_opened(f) || !fixture_now(f, "n--nn-n--n"))
		return false;
	if (world_anyip(f->w, true) || !fixture_now(f, "y--yy-y--y"))
		return false;
	return !world_anyip(f->w, false) && fixture_now(f, "n--nn-n--n");
}

/* Two sockets take two addresses of the range: the wildcard keeps the rest. */
static bool anyip_rivals(struct fixture *f)
{
	static const char *const addr[] = { "0.0.0.0", "192.0.2.1", "192.0.2.2" };

	for (int i = 0; i < 3; i++)
		fixture_rival(f, P_UDP, addr[i], DEV_LO);
	if (!fixture_opened(f) || !fixture_now(f, "y-n-n-"))
		return false;
	return !world_anyip(f->w, true) && fixture_now(f, "p-y-y-");
}

/*
 * A device may have one IPv4 address with several prefixes, which is still one place. The other
 * sockets take everything that arrives there.
 */
static bool several_times(struct fixture *f)
{
	static const char *const addr[] = {
		"0.0.0.0", "10.99.0.1", "10.99.0.2", "10.98.0.1", "10.95.0.1"
	};
	const struct ipaddr ip = ip_parse("10.99.0.1");
	int plen, err = 0;
	bool ok;

	for (unsigned int i = 0; i < ARRAY_SIZE(addr); i++)
		fixture_rival(f, P_UDP, addr[i], DEV_VETH);
	for (plen = 25; plen < 32 && !err; plen++)
		err = nl_addr(&f->w->host, true, f->w->ifindex[DEV_VETH], &ip, plen);
	ok = !err && fixture_opened(f) && fixture_now(f, "x-y-y-y-y-");
	while (plen-- > 25)
		nl_addr(&f->w->host, false, f->w->ifindex[DEV_VETH], &ip, plen);
	return ok;
}

/* ---------------------------------------------------------------- never there */

static bool freebind(struct fixture *f)
{
	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		fixture_add(f, proto, "192.0.2.1", true);
		fixture_add(f, proto, "2001:db8:f::1", true);
		fixture_add(f, proto, "::ffff:192.0.2.1", true);
	}
	return fixture_opened(f) && fixture_now(f, "n--nn-n--nn-");
}

static bool nonlocal(struct fixture *f)
{
	bool ok;

	sysctl_write("net/ipv4/ip_nonlocal_bind", "1");
	sysctl_write("net/ipv6/ip_nonlocal_bind", "1");
	fixture_add(f, P_TCP, "192.0.2.1", false);
	fixture_add(f, P_UDP, "2001:db8:f::1", false);
	fixture_add(f, P_UDP, "10.99.0.1", false);
	ok = fixture_opened(f);
	sysctl_write("net/ipv4/ip_nonlocal_bind", "0");
	sysctl_write("net/ipv6/ip_nonlocal_bind", "0");
	return ok && fixture_now(f, "n--ny-");
}

static bool wrong_device(struct fixture *f)
{
	fixture_add(f, P_TCP, "fd99::1", false)->dev = DEV_VETH;
	fixture_add(f, P_TCP, "10.99.0.1", false)->dev = DEV_LO;
	fixture_add(f, P_UDP, "127.0.0.1", false)->dev = DEV_VETH;
	fixture_add(f, P_UDP, "127.0.0.1", false)->dev = DEV_LO;
	return fixture_opened(f) && fixture_now(f, "-yn-n-y-");
}

/* ---------------------------------------------------------------- IPv6 states */

#define IF_DADFAILED	0x08
#define IF_TENTATIVE	0x40

/* The flags of an IPv6 address of the host, or -1. */
static int v6_flags(const struct ipaddr *ip)
{
	FILE *f = fopen("/proc/net/if_inet6", "r");
	char want[33], hex[40], line[256];
	unsigned int flags;
	int found = -1;

	for (int i = 0; i < 16; i++)
		sprintf(want + 2 * i, "%02x", ip->v6.s6_addr[i]);
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%32s %*s %*s %*s %x", hex, &flags) == 2 && !strcmp(hex, want))
			found = flags;
	if (f)
		fclose(f);
	return found;
}

static bool wait_for_flags(const struct ipaddr *ip, int mask, int want)
{
	for (int tries = 0; tries < 1000; tries++) {
		int flags = v6_flags(ip);

		if (flags >= 0 && (flags & mask) == want)
			return true;
		usleep(10000);
	}
	printf("# the address did not come to the state wanted: flags %x\n", v6_flags(ip));
	return false;
}

static bool dad_settled(struct fixture *f, const struct ipaddr *ip, const char *want, int state)
{
	if (!wait_for_flags(ip, IF_TENTATIVE | IF_DADFAILED, state))
		return false;
	/* The route comes a moment after the flag. */
	usleep(50000);
	return fixture_now(f, want);
}

static bool tentative(struct fixture *f)
{
	const struct ipaddr ip = ip_parse("fd99::90");
	bool ok;

	sysctl_write("net/ipv6/conf/ve0/accept_dad", "1");
	sysctl_write("net/ipv6/conf/ve0/dad_transmits", "3");
	fixture_add(f, P_TCP, "fd99::90", true);
	fixture_add(f, P_UDP, "fd99::90", true);
	ok = fixture_opened(f) && !add_place(f, "fd99::90", true) && fixture_now(f, "-n-n");
	if (ok && !(v6_flags(&ip) & IF_TENTATIVE)) {
		printf("# the address was not tentative for long enough\n");
		ok = false;
	}
	ok = ok && dad_settled(f, &ip, "-y-y", 0);
	sysctl_write("net/ipv6/conf/ve0/accept_dad", "0");
	return ok;
}

static bool dad_failed(struct fixture *f)
{
	const struct ipaddr ip = ip_parse("fd99::90");
	int err, far = f->w->peer_ifindex[DEV_VETH];
	bool ok;

	sysctl_write("net/ipv6/conf/ve0/accept_dad", "1");
	sysctl_write("net/ipv6/conf/ve0/dad_transmits", "1");
	err = nl_addr(&f->w->peer, true, far, &ip, 64);
	/* The peer may speak from its new address, which the host cannot answer: no TCP. */
	fixture_add(f, P_UDP, "fd99::90", true);
	fixture_add(f, P_UDP, "::", false)->dev = DEV_VETH;
	usleep(50000);
	ok = !err && fixture_opened(f) && !add_place(f, "fd99::90", true) &&
	     dad_settled(f, &ip, "-nyy", IF_DADFAILED | IF_TENTATIVE);
	nl_addr(&f->w->peer, false, far, &ip, 64);
	sysctl_write("net/ipv6/conf/ve0/accept_dad", "0");
	return ok;
}

static bool v6_off(struct fixture *f)
{
	fixture_add(f, P_TCP, "::", false)->v6only = 0;
	fixture_add(f, P_UDP, "::1", false);
	fixture_add(f, P_TCP, "fd99::1", false);
	fixture_add(f, P_UDP, "::", false)->v6only = 1;
	fixture_add(f, P_TCP, "::ffff:127.0.0.1", false);
	if (!fixture_opened(f) || !fixture_now(f, "yy-y-y-yy-"))
		return false;
	world_set_v6(f->w, false);
	return fixture_now(f, "yn-n-n-ny-");
}

static bool v6_off_on_device(struct fixture *f)
{
	bool ok;

	fixture_add(f, P_TCP, "fd99::1", false);
	fixture_add(f, P_UDP, "::", false)->dev = DEV_VETH;
	fixture_add(f, P_TCP, "::", false)->v6only = 1;
	ok = fixture_opened(f) && !sysctl_write("net/ipv6/conf/ve0/disable_ipv6", "1") &&
	     fixture_now(f, "-nyn-y");
	sysctl_write("net/ipv6/conf/ve0/disable_ipv6", "0");
	return ok;
}

/* ---------------------------------------------------------------- links */

static bool lo_down(struct fixture *f)
{
	fixture_add(f, P_TCP, "127.0.0.1", false);
	fixture_add(f, P_UDP, "::1", false);
	fixture_add(f, P_TCP, "0.0.0.0", false)->dev = DEV_LO;
	fixture_add(f, P_UDP, "::", false)->dev = DEV_LO;
	if (!fixture_opened(f) || !fixture_now(f, "y--yy-yy"))
		return false;
	nl_set_up(&f->w->host, f->w->ifindex[DEV_LO], false);
	return fixture_now(f, "n--nn-nn");
}

/* Packets for addresses of lo still arrive from outside, and count only for sockets on a device. */
static bool lo_down_elsewhere(struct fixture *f)
{
	fixture_rival(f, P_UDP, "0.0.0.0", DEV_VETH);
	fixture_rival(f, P_UDP, "10.95.0.1", DEV_NONE);
	fixture_rival(f, P_UDP, "0.0.0.0", DEV_SECOND);
	fixture_rival(f, P_UDP, "10.95.0.1", DEV_SECOND);
	if (!fixture_opened(f) || !fixture_now(f, "p-y-p-y-"))
		return false;
	nl_set_up(&f->w->host, f->w->ifindex[DEV_LO], false);
	return fixture_now(f, "p-n-p-y-");
}

/* The same for an address that is only local by a route. */
static bool lo_down_anyip(struct fixture *f)
{
	fixture_rival(f, P_UDP, "0.0.0.0", DEV_VETH);
	fixture_rival(f, P_UDP, "192.0.2.1", DEV_NONE);
	fixture_rival(f, P_UDP, "192.0.2.2", DEV_VETH);
	if (!fixture_opened(f) || world_anyip(f->w, true))
		return false;
	nl_set_up(&f->w->host, f->w->ifindex[DEV_LO], false);
	return fixture_now(f, "p-n-y-");
}

/* A new namespace, where lo is down and has no address. It goes with the child. */
static bool newborn(struct fixture *f)
{
	struct sock s;
	char v4[12] = "", v6[12] = "";
	pid_t pid = fork();
	int status;

	if (!pid) {
		sock_spec(&s, P_TCP, "::", FIXTURE_PORT);
		s.v6only = 0;
		if (unshare(CLONE_NEWNET) || sock_open(f->w, &s) || sock_listen(&s) ||
		    fixture_verdicts(f->w->table_path, s.ino, v4, v6))
			_exit(1);
		if (strcmp(v4, "noaddr") || strcmp(v6, "noaddr"))
			printf("# v4 %s, v6 %s; should be noaddr both\n", v4, v6);
		fflush(stdout);
		_exit(strcmp(v4, "noaddr") || strcmp(v6, "noaddr"));
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* ---------------------------------------------------------------- sockets with a past */

static bool past(struct fixture *f)
{
	struct sock *s;

	f->r.settle = true;
	s = fixture_add(f, P_UDP, "::", false);
	s->v6only = 0;
	s->late = LATE_DISCONNECT;
	s->late_peer = ip_parse("fd99::101");
	s = fixture_add(f, P_UDP, "::", false);
	s->v6only = 0;
	s->late = LATE_DISCONNECT;
	s->late_peer = ip_parse("::ffff:127.0.0.1");
	s = fixture_add(f, P_UDP, "::", false);
	s->v6only = 0;
	s->late = LATE_ADDRFORM;
	s->late_peer = ip_parse("::ffff:127.0.0.1");
	s = fixture_add(f, P_UDP, "0.0.0.0", false);
	s->late = LATE_DISCONNECT;
	s->late_peer = ip_parse("127.0.0.1");
	s = fixture_add(f, P_UDP, "::", false);
	s->late = LATE_CONNECT;
	s->late_peer = ip_parse("::1");
	return fixture_opened(f) && fixture_now(f, "ypyxy-y-");
}

/* ---------------------------------------------------------------- the suite */

static const struct fixture_case cases[] = {
	{ "addresses removed after bind", removed },
	{ "an address that comes later", came_back },
	{ "a device without addresses", bare_device },
	{ "AnyIP routes come and go", anyip },
	{ "AnyIP: a wildcard keeps the rest of the range", anyip_rivals },
	{ "an address that a device has several times", several_times },
	{ "IP_FREEBIND", freebind },
	{ "ip_nonlocal_bind", nonlocal },
	{ "the address of another device", wrong_device },
	{ "a tentative IPv6 address", tentative },
	{ "duplicate address detection failed", dad_failed },
	{ "disable_ipv6 everywhere", v6_off },
	{ "disable_ipv6 on a device", v6_off_on_device },
	{ "lo is down", lo_down },
	{ "lo is down: its address at other devices", lo_down_elsewhere },
	{ "lo is down: a route's address at other devices", lo_down_anyip },
	{ "a newborn namespace", newborn, .table = true },
	{ "disconnected, ADDRFORM, connected UDP", past },
};

const struct suite suite_noaddr = {
	.name = "noaddr",
	.cases = cases,
	.nr_cases = ARRAY_SIZE(cases),
};
