// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses that come and go, that were never there, or that are no unicast addresses: where the
 * answer is noaddr, and where it stops being so. Each step names the verdicts that it is about; the
 * packets must say the same, and so must the table.
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

#include "truth.h"
#include "wire.h"

#define PORT	7000

struct fixture {
	struct world *w;
	struct rng *rng;
	struct tally *t;
	struct round r;
};

/* Each socket has a port of its own, unless the case says otherwise: no rivals. */
static struct sock *add(struct fixture *f, enum proto proto, const char *addr, bool freebind)
{
	struct sock *s = &f->r.socks[f->r.nr_socks];

	sock_spec(s, proto, addr, PORT + f->r.nr_socks++);
	s->freebind = freebind;
	return s;
}

static bool opened(struct fixture *f)
{
	round_open(f->w, &f->r);
	for (int i = 0; i < f->r.nr_socks; i++)
		if (f->r.socks[i].fd < 0)
			printf("# [%d] refused by %s: %s\n", i, f->r.socks[i].failed,
			       strerror(f->r.socks[i].err));
	return !f->r.refused;
}

/* Two letters a socket, v4 and v6. */
static bool now(struct fixture *f, const char *want)
{
	bool ok = world_probe(f->w) >= 0;

	f->r.all_sources = true;
	round_fire(f->w, &f->r, f->rng);
	if (judge(f->w, &f->r, f->t, stdout)) {
		round_print(stdout, f->w, &f->r);
		ok = false;
	}
	for (int i = 0; i < f->r.nr_socks && want[2 * i]; i++) {
		const struct sock *s = &f->r.socks[i];

		if (s->expect[0] == want[2 * i] && s->expect[1] == want[2 * i + 1])
			continue;
		printf("# [%d] by its packets: v4 %s, v6 %s; the case is about v4 %s, v6 %s\n", i,
		       verdict_word(s->expect[0]), verdict_word(s->expect[1]),
		       verdict_word(want[2 * i]), verdict_word(want[2 * i + 1]));
		ok = false;
	}
	return ok;
}

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
	add(f, P_TCP, "10.99.0.1", false);
	add(f, P_UDP, "fd99::1", false);
	add(f, P_TCP, "::ffff:10.99.0.2", false);
	add(f, P_UDP, "::", false)->dev = DEV_VETH;
	if (!opened(f) || !now(f, "y--yy-yy"))
		return false;
	remove_place(f, "10.99.0.1");
	remove_place(f, "10.99.0.2");
	remove_place(f, "fd99::1");
	return now(f, "n--nn-ny");
}

static bool came_back(struct fixture *f)
{
	add(f, P_TCP, "10.99.0.90", true);
	add(f, P_UDP, "10.99.0.90", true);
	if (!opened(f) || !now(f, "n-n-"))
		return false;
	add_place(f, "10.99.0.90", false);
	return now(f, "y-y-");
}

static bool bare_device(struct fixture *f)
{
	add(f, P_TCP, "0.0.0.0", false)->dev = DEV_SECOND;
	add(f, P_UDP, "::", false)->dev = DEV_SECOND;
	add(f, P_TCP, "::", false)->dev = DEV_SECOND;
	f->r.socks[2].v6only = 1;
	if (!opened(f) || !now(f, "y-yy-y"))
		return false;
	remove_place(f, "10.98.0.1");
	if (!now(f, "n-ny-y"))
		return false;
	remove_place(f, "fd98::1");
	return now(f, "n-nn-n");
}

static bool anyip(struct fixture *f)
{
	add(f, P_TCP, "192.0.2.1", true);
	add(f, P_UDP, "2001:db8:f::2", true);
	add(f, P_UDP, "::ffff:192.0.2.2", true);
	add(f, P_TCP, "192.0.2.1", true)->dev = DEV_VETH;
	add(f, P_TCP, "2001:db8:f::1", true)->dev = DEV_LO;
	if (!opened(f) || !now(f, "n--nn-n--n"))
		return false;
	if (world_anyip(f->w, true) || !now(f, "y--yy-n--y"))
		return false;
	return !world_anyip(f->w, false) && now(f, "n--nn-n--n");
}

/* Two sockets take two addresses of the range: the wildcard keeps the rest. */
static bool anyip_rivals(struct fixture *f)
{
	static const char *const addr[] = { "0.0.0.0", "192.0.2.1", "192.0.2.2" };

	for (int i = 0; i < 3; i++) {
		struct sock *s = add(f, P_UDP, addr[i], true);

		s->port = PORT;
		s->reuseaddr = true;
		s->dev = DEV_LO;
	}
	if (!opened(f) || !now(f, "y-n-n-"))
		return false;
	return !world_anyip(f->w, true) && now(f, "p-y-y-");
}

/* IPv4 lets a device have one address with several prefixes: one place all the same. */
static bool several_times(struct fixture *f)
{
	static const char *const addr[] = { "0.0.0.0", "10.99.0.1", "10.99.0.2" };
	const struct ipaddr ip = ip_parse("10.99.0.1");
	int plen, err = 0;
	bool ok;

	for (int i = 0; i < 3; i++) {
		struct sock *s = add(f, P_UDP, addr[i], false);

		s->port = PORT;
		s->reuseaddr = true;
		s->dev = DEV_VETH;
	}
	for (plen = 25; plen < 32 && !err; plen++)
		err = nl_addr(&f->w->host, true, f->w->ifindex[DEV_VETH], &ip, plen);
	ok = !err && opened(f) && now(f, "x-y-y-");
	while (plen-- > 25)
		nl_addr(&f->w->host, false, f->w->ifindex[DEV_VETH], &ip, plen);
	return ok;
}

/* ---------------------------------------------------------------- never there */

static bool freebind(struct fixture *f)
{
	for (int proto = P_TCP; proto <= P_UDP; proto++) {
		add(f, proto, "192.0.2.1", true);
		add(f, proto, "2001:db8:f::1", true);
		add(f, proto, "::ffff:192.0.2.1", true);
	}
	return opened(f) && now(f, "n--nn-n--nn-");
}

static bool nonlocal(struct fixture *f)
{
	bool ok;

	sysctl_write("net/ipv4/ip_nonlocal_bind", "1");
	sysctl_write("net/ipv6/ip_nonlocal_bind", "1");
	add(f, P_TCP, "192.0.2.1", false);
	add(f, P_UDP, "2001:db8:f::1", false);
	add(f, P_UDP, "10.99.0.1", false);
	ok = opened(f);
	sysctl_write("net/ipv4/ip_nonlocal_bind", "0");
	sysctl_write("net/ipv6/ip_nonlocal_bind", "0");
	return ok && now(f, "n--ny-");
}

static bool wrong_device(struct fixture *f)
{
	add(f, P_TCP, "fd99::1", false)->dev = DEV_VETH;
	add(f, P_TCP, "10.99.0.1", false)->dev = DEV_LO;
	add(f, P_UDP, "127.0.0.1", false)->dev = DEV_VETH;
	add(f, P_UDP, "127.0.0.1", false)->dev = DEV_LO;
	return opened(f) && now(f, "-yn-n-y-");
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
	return now(f, want);
}

static bool tentative(struct fixture *f)
{
	const struct ipaddr ip = ip_parse("fd99::90");
	bool ok;

	sysctl_write("net/ipv6/conf/ve0/accept_dad", "1");
	sysctl_write("net/ipv6/conf/ve0/dad_transmits", "3");
	add(f, P_TCP, "fd99::90", true);
	add(f, P_UDP, "fd99::90", true);
	ok = opened(f) && !add_place(f, "fd99::90", true) && now(f, "-n-n");
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
	add(f, P_UDP, "fd99::90", true);
	add(f, P_UDP, "::", false)->dev = DEV_VETH;
	usleep(50000);
	ok = !err && opened(f) && !add_place(f, "fd99::90", true) &&
	     dad_settled(f, &ip, "-nyy", IF_DADFAILED | IF_TENTATIVE);
	nl_addr(&f->w->peer, false, far, &ip, 64);
	sysctl_write("net/ipv6/conf/ve0/accept_dad", "0");
	return ok;
}

static bool v6_off(struct fixture *f)
{
	add(f, P_TCP, "::", false)->v6only = 0;
	add(f, P_UDP, "::1", false);
	add(f, P_TCP, "fd99::1", false);
	add(f, P_UDP, "::", false)->v6only = 1;
	add(f, P_TCP, "::ffff:127.0.0.1", false);
	if (!opened(f) || !now(f, "yy-y-y-yy-"))
		return false;
	world_set_v6(f->w, false);
	return now(f, "yn-n-n-ny-");
}

static bool v6_off_on_device(struct fixture *f)
{
	bool ok;

	add(f, P_TCP, "fd99::1", false);
	add(f, P_UDP, "::", false)->dev = DEV_VETH;
	add(f, P_TCP, "::", false)->v6only = 1;
	ok = opened(f) && !sysctl_write("net/ipv6/conf/ve0/disable_ipv6", "1") && now(f, "-nyn-y");
	sysctl_write("net/ipv6/conf/ve0/disable_ipv6", "0");
	return ok;
}

/* ---------------------------------------------------------------- links */

static bool lo_down(struct fixture *f)
{
	add(f, P_TCP, "127.0.0.1", false);
	add(f, P_UDP, "::1", false);
	add(f, P_TCP, "0.0.0.0", false)->dev = DEV_LO;
	add(f, P_UDP, "::", false)->dev = DEV_LO;
	if (!opened(f) || !now(f, "y--yy-yy"))
		return false;
	nl_set_up(&f->w->host, f->w->ifindex[DEV_LO], false);
	return now(f, "n--nn-nn");
}

static int verdicts_in(const char *path, ino_t ino, char *v4, char *v6)
{
	struct table t;
	char why[256];
	struct row *row;

	if (table_read(path, &t, why, sizeof(why))) {
		printf("# %s\n", why);
		return -1;
	}
	row = table_find(&t, ino);
	if (row) {
		strcpy(v4, row->v4);
		strcpy(v6, row->v6);
	}
	table_free(&t);
	return row ? 0 : -1;
}

/* A namespace as it is born: lo down and without an address. In a child, which throws it away. */
static bool newborn(struct fixture *f)
{
	struct sock s;
	char v4[12] = "", v6[12] = "";
	pid_t pid = fork();
	int status;

	if (!pid) {
		sock_spec(&s, P_TCP, "::", PORT);
		s.v6only = 0;
		if (unshare(CLONE_NEWNET) || sock_open(f->w, &s) || sock_listen(&s) ||
		    verdicts_in(f->w->table_path, s.ino, v4, v6))
			_exit(1);
		if (strcmp(v4, "noaddr") || strcmp(v6, "noaddr"))
			printf("# v4 %s, v6 %s; should be noaddr both\n", v4, v6);
		fflush(stdout);
		_exit(strcmp(v4, "noaddr") || strcmp(v6, "noaddr"));
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* ---------------------------------------------------------------- copies for everyone */

/* Sends from the peer to a broadcast or multicast address; who of the round's sockets got it? */
static unsigned int copies(struct fixture *f, const char *to, uint16_t port)
{
	struct ipaddr ip = ip_parse(to);
	int fd, one = 1, far = f->w->peer_ifindex[DEV_VETH];
	struct ip_mreqn mreq = { .imr_ifindex = far };
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&ip, port, far, &ss);
	unsigned int got = 0;
	char buf[16];

	world_enter(f->w, FROM_PEER);
	fd = socket(ip.af, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	world_enter(f->w, FROM_SELF);
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq));
	setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &far, sizeof(far));
	if (sendto(fd, "copy", 4, 0, (void *)&ss, len) != 4)
		printf("# to %s: %s\n", to, strerror(errno));
	close(fd);
	world_fence(f->w);
	for (int i = 0; i < f->r.nr_socks; i++)
		while (recv(f->r.socks[i].fd, buf, sizeof(buf), MSG_DONTWAIT) == 4)
			got |= 1u << i;
	return got;
}

static bool copy_case(struct fixture *f, int i, bool gets, int v6)
{
	const struct sock *s = &f->r.socks[i];
	char ip[IP_TEXT_LEN], v[2][12] = { "", "" };
	unsigned int got = copies(f, ip_text(&s->ip, ip), s->port);

	if (!(got & 1u << i) == gets) {
		printf("# [%d] %s: %s a copy\n", i, ip, gets ? "did not get" : "got");
		return false;
	}
	if (!f->w->table_path)
		return true;
	if (verdicts_in(f->w->table_path, s->ino, v[0], v[1]))
		return false;
	if (strcmp(v[v6], gets ? "yes" : "noaddr") || strcmp(v[!v6], "-")) {
		printf("# [%d] %s: the table says v4 %s, v6 %s\n", i, ip, v[0], v[1]);
		return false;
	}
	return true;
}

static bool broadcast(struct fixture *f)
{
	bool ok;

	for (int i = 0; i < 2; i++) {
		struct sock *s = add(f, P_UDP, "10.99.0.255", false);

		s->port = PORT;
		s->reuseaddr = true;
	}
	add(f, P_UDP, "10.55.0.255", true);
	if (!opened(f))
		return false;
	ok = copy_case(f, 0, true, 0) & copy_case(f, 1, true, 0);
	if (f->w->table_path) {
		char v4[12] = "", v6[12] = "";

		ok &= !verdicts_in(f->w->table_path, f->r.socks[2].ino, v4, v6) &&
		      !strcmp(v4, "noaddr");
	}
	return ok;
}

static void join(struct fixture *f, int i, enum dev dev)
{
	const struct sock *s = &f->r.socks[i];
	struct ip_mreqn m4 = { .imr_multiaddr = s->ip.v4, .imr_ifindex = f->w->ifindex[dev] };
	struct ipv6_mreq m6 = { .ipv6mr_multiaddr = s->ip.v6,
				.ipv6mr_interface = f->w->ifindex[dev] };
	int err;

	if (s->af == AF_INET)
		err = setsockopt(s->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m4, sizeof(m4));
	else
		err = setsockopt(s->fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m6, sizeof(m6));
	if (err)
		printf("# joining: %s\n", strerror(errno));
}

static bool multicast_v4(struct fixture *f)
{
	add(f, P_UDP, "239.1.2.3", false);
	add(f, P_UDP, "239.1.2.3", false)->reuseaddr = true;
	add(f, P_UDP, "239.1.2.4", false);
	f->r.socks[0].reuseaddr = true;
	f->r.socks[1].port = f->r.socks[0].port;
	if (!opened(f) || !copy_case(f, 0, false, 0))
		return false;
	join(f, 0, DEV_VETH);
	return copy_case(f, 0, true, 0) & copy_case(f, 1, true, 0) & copy_case(f, 2, false, 0);
}

static bool multicast_v6(struct fixture *f)
{
	add(f, P_UDP, "ff02::1:77", false)->dev = DEV_VETH;
	add(f, P_UDP, "ff05::77", false);
	add(f, P_UDP, "ff05::78", false);
	if (!opened(f) || !copy_case(f, 0, false, 1))
		return false;
	join(f, 0, DEV_VETH);
	join(f, 1, DEV_VETH);
	return copy_case(f, 0, true, 1) & copy_case(f, 1, true, 1) & copy_case(f, 2, false, 1);
}

/* Joined on another device than the one that the socket is bound to. */
static bool multicast_device(struct fixture *f)
{
	add(f, P_UDP, "239.1.2.5", false)->dev = DEV_SECOND;
	if (!opened(f))
		return false;
	join(f, 0, DEV_VETH);
	return copy_case(f, 0, false, 0);
}

/* ---------------------------------------------------------------- sockets with a past */

static bool past(struct fixture *f)
{
	struct sock *s;

	f->r.settle = true;
	s = add(f, P_UDP, "::", false);
	s->v6only = 0;
	s->late = LATE_DISCONNECT;
	s->late_peer = ip_parse("fd99::101");
	s = add(f, P_UDP, "::", false);
	s->v6only = 0;
	s->late = LATE_DISCONNECT;
	s->late_peer = ip_parse("::ffff:127.0.0.1");
	s = add(f, P_UDP, "::", false);
	s->v6only = 0;
	s->late = LATE_ADDRFORM;
	s->late_peer = ip_parse("::ffff:127.0.0.1");
	s = add(f, P_UDP, "0.0.0.0", false);
	s->late = LATE_DISCONNECT;
	s->late_peer = ip_parse("127.0.0.1");
	s = add(f, P_UDP, "::", false);
	s->late = LATE_CONNECT;
	s->late_peer = ip_parse("::1");
	return opened(f) && now(f, "ypyxy-y-");
}

/* ---------------------------------------------------------------- the suite */

static const struct {
	const char *name;
	bool (*run)(struct fixture *f);
	bool dummy;
} cases[] = {
	{ "addresses removed after bind", removed },
	{ "an address that comes later", came_back },
	{ "a device without addresses", bare_device, true },
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
	{ "a newborn namespace", newborn },
	{ "broadcast", broadcast },
	{ "IPv4 multicast", multicast_v4 },
	{ "IPv6 multicast", multicast_v6 },
	{ "multicast joined on another device", multicast_device, true },
	{ "disconnected, ADDRFORM, connected UDP", past },
};

static int count(struct world *w)
{
	if (!w->has_v6)
		return 0;
	return ARRAY_SIZE(cases);
}

static void run(struct world *w, struct rng *rng, struct tally *t)
{
	static struct fixture f;

	for (unsigned int i = 0; i < ARRAY_SIZE(cases) && w->has_v6; i++) {
		bool ok;

		if (cases[i].dummy && !w->ifindex[DEV_SECOND]) {
			ktap_skip("this kernel makes no dummy", "noaddr: %s", cases[i].name);
			continue;
		}
		if (cases[i].run == newborn && !w->table_path) {
			ktap_skip("no table", "noaddr: %s", cases[i].name);
			continue;
		}
		memset(&f, 0, sizeof(f));
		f.w = w;
		f.rng = rng;
		f.t = t;
		ok = cases[i].run(&f);
		round_close(&f.r);
		if (world_restore(w)) {
			printf("# the world did not come back\n");
			ok = false;
		}
		ktap_result(ok, "noaddr: %s", cases[i].name);
	}
}

const struct suite suite_noaddr = { "noaddr", count, run };
