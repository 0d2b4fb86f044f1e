// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers of /proc/net/dualstack_ask about a packet, beyond those that each round of the other
 * suites compares: which sockets get a copy of a multicast or broadcast datagram, with random
 * memberships and source filters; connections; drops; questions that are refused.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "wire.h"

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

#define PORT		5600
#define CONNECTION_PORT	5601
/* Longer than the delay of an ACK. */
#define ACK_US		100000
#define MAX_RECEIVERS	10
#define SCENES		60

/* ---------------------------------------------------------------- copies */

static const struct {
	const char *addr;
	enum dev dev;
} sender_defs[] = {
	{ "10.99.0.101", DEV_VETH }, { "10.99.0.102", DEV_VETH }, { "10.98.0.101", DEV_SECOND },
	{ "10.97.0.101", DEV_SLAVE }, { "fd99::101", DEV_VETH }, { "fd99::102", DEV_VETH },
	{ "fd98::101", DEV_SECOND }, { "fd97::101", DEV_SLAVE },
};

/* A broadcast address is only one on its own link. */
static const struct target {
	const char *addr;
	enum dev dev;
} targets[] = {
	{ "239.9.9.1" }, { "224.0.0.1" }, { "255.255.255.255" }, { "10.99.0.255", DEV_VETH },
	{ "10.98.0.255", DEV_SECOND }, { "10.97.0.255", DEV_SLAVE }, { "ff05::99" },
	{ "ff02::99" }, { "ff02::1" },
};

static const char *const binds[] = {
	"0.0.0.0", "239.9.9.1", "::ffff:239.9.9.1", "::", "::", "ff05::99", "ff02::99",
	"10.99.0.255", "255.255.255.255", "10.98.0.255", "224.0.0.1", "10.99.0.1",
};

struct sender {
	int fd;
	struct ipaddr ip;
	uint16_t port;
	enum dev dev;
};

struct scene {
	struct world *w;
	struct rng *rng;
	struct round r;
	struct sender sender[ARRAY_SIZE(sender_defs)];
	uint32_t got[ARRAY_SIZE(sender_defs)][ARRAY_SIZE(targets)];	/* receivers, as bits */
	bool sent[ARRAY_SIZE(sender_defs)][ARRAY_SIZE(targets)];
	bool connected[MAX_RECEIVERS];
	struct tally *t;
};

static enum dev some_device(struct scene *s)
{
	static const enum dev devs[] = { DEV_VETH, DEV_SECOND, DEV_SLAVE };
	enum dev dev = devs[rng_below(s->rng, ARRAY_SIZE(devs))];

	return s->w->ifindex[dev] ? dev : DEV_VETH;
}

static void join(struct scene *s, int fd, const struct ipaddr *group)
{
	static const int options[] = { MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP,
				       MCAST_BLOCK_SOURCE };
	struct group_source_req req = { .gsr_interface = s->w->ifindex[some_device(s)] };
	struct group_req plain = { .gr_interface = req.gsr_interface };
	int level = group->af == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int how = options[rng_below(s->rng, ARRAY_SIZE(options))];
	int times = 1 + rng_below(s->rng, 2);
	struct ipaddr source;

	ip_sockaddr(group, 0, 0, (void *)&plain.gr_group);
	ip_sockaddr(group, 0, 0, (void *)&req.gsr_group);
	/* errors are fine: a group that was joined with a list of sources can't be joined again */
	if (how != MCAST_JOIN_SOURCE_GROUP)
		setsockopt(fd, level, MCAST_JOIN_GROUP, &plain, sizeof(plain));
	for (int i = 0; how != MCAST_JOIN_GROUP && i < times; i++) {
		do
			source = s->sender[rng_below(s->rng, ARRAY_SIZE(s->sender))].ip;
		while (source.af != group->af);
		ip_sockaddr(&source, 0, 0, (void *)&req.gsr_source);
		setsockopt(fd, level, how, &req, sizeof(req));
	}
}

static void join_some(struct scene *s, struct sock *sock)
{
	static const char *const groups[] = { "239.9.9.1", "ff05::99", "ff02::99" };
	int all = rng_below(s->rng, 2);

	if (rng_chance(s->rng, 30))
		setsockopt(sock->fd, IPPROTO_IP, IP_MULTICAST_ALL, &all, sizeof(all));
	if (sock->af == AF_INET6 && rng_chance(s->rng, 30))
		setsockopt(sock->fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &all, sizeof(all));
	for (unsigned int i = 0; i < ARRAY_SIZE(groups); i++) {
		struct ipaddr group = ip_parse(groups[i]);

		if ((group.af == AF_INET || sock->af == AF_INET6) && rng_chance(s->rng, 50))
			join(s, sock->fd, &group);
	}
}

static void open_receiver(struct scene *s, int i)
{
	static const enum dev devs[] = { DEV_NONE, DEV_NONE, DEV_VETH, DEV_SECOND, DEV_SLAVE,
					 DEV_VRF };
	struct sock *sock = &s->r.socks[i];

	sock_spec(sock, P_UDP, binds[rng_below(s->rng, ARRAY_SIZE(binds))], PORT);
	sock->reuseaddr = true;
	sock->freebind = true;
	if (sock->af == AF_INET6 && !ip_is_mapped(&sock->ip))
		sock->v6only = rng_below(s->rng, 2);
	sock->dev = devs[rng_below(s->rng, ARRAY_SIZE(devs))];
	if (!s->w->ifindex[sock->dev])
		sock->dev = DEV_NONE;
	if (sock_open(s->w, sock))
		return;
	join_some(s, sock);
}

/* Connect some receivers to a sender: they get copies from it alone. */
static void connect_some(struct scene *s)
{
	for (int i = 0; i < s->r.nr_socks; i++) {
		const struct sender *to = &s->sender[rng_below(s->rng, ARRAY_SIZE(s->sender))];
		struct sock *sock = &s->r.socks[i];
		struct sockaddr_storage ss;
		socklen_t len = ip_sockaddr(&to->ip, to->port, 0, &ss);

		s->connected[i] = false;
		if (sock->fd >= 0 && to->ip.af == sock->af && rng_chance(s->rng, 15))
			s->connected[i] = !connect(sock->fd, (void *)&ss, len);
	}
}

static bool open_senders(struct scene *s)
{
	bool ok = true;

	world_enter(s->w, FROM_PEER);
	for (unsigned int i = 0; i < ARRAY_SIZE(s->sender); i++) {
		struct sender *from = &s->sender[i];
		struct sockaddr_storage ss;
		socklen_t len;
		int one = 1;

		from->ip = ip_parse(sender_defs[i].addr);
		from->dev = sender_defs[i].dev;
		from->fd = -1;
		if (!s->w->peer_ifindex[from->dev])
			continue;
		from->fd = socket(from->ip.af, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		setsockopt(from->fd, SOL_SOCKET, SO_BINDTOIFINDEX, &s->w->peer_ifindex[from->dev],
			   sizeof(int));
		setsockopt(from->fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
		len = ip_sockaddr(&from->ip, 0, 0, &ss);
		ok &= !bind(from->fd, (void *)&ss, len);
		len = sizeof(ss);
		getsockname(from->fd, (void *)&ss, &len);
		ip_from_sockaddr(&ss, &from->port);
	}
	world_enter(s->w, FROM_SELF);
	return ok;
}

static bool goes_out(const struct sender *from, const struct target *to, struct ipaddr *ip)
{
	*ip = ip_parse(to->addr);
	return from->fd >= 0 && ip->af == from->ip.af && (!to->dev || to->dev == from->dev);
}

static int send_all(struct scene *s)
{
	uint32_t when = next_epoch();
	struct datagram d;

	memset(s->got, 0, sizeof(s->got));
	for (unsigned int i = 0; i < ARRAY_SIZE(s->sender); i++) {
		for (unsigned int k = 0; k < ARRAY_SIZE(targets); k++) {
			const struct sender *from = &s->sender[i];
			struct sockaddr_storage ss;
			struct ipaddr ip;
			socklen_t len;

			s->sent[i][k] = false;
			if (!goes_out(from, &targets[k], &ip))
				continue;
			len = ip_sockaddr(&ip, PORT, s->w->peer_ifindex[from->dev], &ss);
			d = (struct datagram){ .epoch = when, .index = i << 8 | k };
			s->sent[i][k] = sendto(from->fd, &d, sizeof(d), 0, (void *)&ss, len) ==
					sizeof(d);
		}
	}
	if (world_fence(s->w))
		return -1;
	for (int i = 0; i < s->r.nr_socks; i++)
		while (s->r.socks[i].fd >= 0 &&
		       recv(s->r.socks[i].fd, &d, sizeof(d), MSG_DONTWAIT) == sizeof(d))
			if (d.epoch == when)
				s->got[d.index >> 8][d.index & 0xff] |= 1u << i;
	return 0;
}

/* The receivers that the answer names, as bits; @filtered: those with filter=1. */
static uint32_t named(const struct scene *s, const struct who *who, uint32_t *filtered)
{
	uint32_t set = 0;

	*filtered = 0;
	for (int i = 0; i < who->n; i++) {
		if (strcmp(who->line[i].answer, "copy"))
			continue;
		for (int k = 0; k < s->r.nr_socks; k++) {
			if (s->r.socks[k].fd < 0 || s->r.socks[k].ino != who->line[i].inode)
				continue;
			set |= 1u << k;
			if (who_has(&who->line[i], "filter=1"))
				*filtered |= 1u << k;
		}
	}
	return set;
}

static bool complain(const struct scene *s, const struct who *who, const char *what, uint32_t got)
{
	printf("# MISMATCH copies: %s, got by", what);
	for (int i = 0; i < s->r.nr_socks; i++)
		if (got & 1u << i)
			printf(" [%d]", i);
	printf("\n");
	who_print(stdout, who);
	for (int i = 0; i < s->r.nr_socks; i++) {
		char buf[320];

		sock_text(&s->r.socks[i], buf, sizeof(buf));
		printf("#   [%d] %s inode %lu%s%s\n", i, buf, (unsigned long)s->r.socks[i].ino,
		       s->r.socks[i].fd < 0 ? " refused" : "",
		       s->connected[i] ? " connected" : "");
	}
	return false;
}

/* Without a peer: names all that get it from any sender; without filter=1, from every sender. */
static bool judge_peerless(const struct scene *s, const struct who *who, unsigned int k,
			   enum dev dev)
{
	uint32_t some = 0, each = ~0u, filtered, set = named(s, who, &filtered);

	for (unsigned int i = 0; i < ARRAY_SIZE(s->sender); i++) {
		if (!s->sent[i][k] || s->sender[i].dev != dev)
			continue;
		some |= s->got[i][k];
		each &= s->got[i][k];
	}
	for (int i = 0; i < s->r.nr_socks; i++) {
		if (!s->connected[i])
			continue;
		some &= ~(1u << i);
		set &= ~(1u << i);
	}
	if (some & ~set)
		return complain(s, who, "one got it and is not named", some & ~set);
	if (set & ~filtered & ~each)
		return complain(s, who, "one is named without filter=1, and got none from some",
				each);
	return true;
}

static bool judge_one(struct scene *s, unsigned int i, unsigned int k)
{
	const struct sender *from = &s->sender[i];
	char question[256], ip[IP_TEXT_LEN];
	static struct who who;
	uint32_t filtered;
	int n;

	n = snprintf(question, sizeof(question), "who udp %s %d dev=%s", targets[k].addr, PORT,
		     dev_name[from->dev]);
	if (who_ask(&who, question))
		return complain(s, &who, "not answered", 0);
	if (!judge_peerless(s, &who, k, from->dev))
		return false;
	snprintf(question + n, sizeof(question) - n, " from=%s fromport=%u",
		 ip_text(&from->ip, ip), from->port);
	if (who_ask(&who, question))
		return complain(s, &who, "not answered", 0);
	s->t->answers += 2;
	if (named(s, &who, &filtered) != s->got[i][k] || filtered)
		return complain(s, &who, "others", s->got[i][k]);
	return true;
}

static bool judge_scene(struct scene *s)
{
	bool ok = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(s->sender) && ok; i++)
		for (unsigned int k = 0; k < ARRAY_SIZE(targets) && ok; k++)
			if (s->sent[i][k])
				ok = judge_one(s, i, k);
	return ok;
}

static bool run_scene(struct scene *s)
{
	bool ok;

	s->r.nr_socks = 2 + rng_below(s->rng, MAX_RECEIVERS - 1);
	for (int i = 0; i < s->r.nr_socks; i++)
		open_receiver(s, i);
	connect_some(s);
	world_l3mdev(s->w, rng_below(s->rng, 2), rng_below(s->rng, 2));
	ok = !send_all(s) && judge_scene(s);
	round_close(&s->r);
	s->t->rounds++;
	return ok;
}

static bool copies(struct fixture *f)
{
	static struct scene s;
	bool ok;

	s.w = f->w;
	s.rng = f->rng;
	s.t = f->t;
	ok = open_senders(&s);
	for (int i = 0; i < SCENES; i++)
		ok &= run_scene(&s);
	for (unsigned int i = 0; i < ARRAY_SIZE(s.sender); i++)
		if (s.sender[i].fd >= 0)
			close(s.sender[i].fd);
	return ok;
}

/* ---------------------------------------------------------------- single questions */

/* One line with this answer, for this socket (NULL: none), and with this word (NULL: any). */
static bool says(struct fixture *f, const char *question, const char *answer, const struct sock *s,
		 const char *word)
{
	static struct who who;
	int err = who_ask(&who, question);

	f->t->answers++;
	if (!err && who.n == 1 && !strcmp(who.line[0].answer, answer) &&
	    who.line[0].inode == (s ? s->ino : 0) && (!word || who_has(&who.line[0], word)))
		return true;
	printf("# should be %s%s%s%s\n", answer, s ? " of a socket" : "", word ? " " : "",
	       word ? word : "");
	if (err)
		printf("# %s: %s\n", question, strerror(-err));
	else
		who_print(stdout, &who);
	return false;
}

static bool refuses(struct fixture *f, const char *question, int err)
{
	static struct who who;
	int got = who_ask(&who, question);

	f->t->answers++;
	if (got == -err)
		return true;
	printf("# %s: %s, should be %s\n", question, strerror(-got), strerror(err));
	return false;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint16_t port = 0;

	if (!getsockname(fd, (void *)&ss, &len))
		ip_from_sockaddr(&ss, &port);
	return port;
}

static int client_of(const struct sock *s, const char *to, int type)
{
	struct ipaddr ip = ip_parse(to);
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&ip, s->port, 0, &ss);
	int fd = socket(ip.af, type | SOCK_CLOEXEC, 0);

	if (connect(fd, (void *)&ss, len))
		printf("# connect: %s\n", strerror(errno));
	return fd;
}

static bool from_client(struct fixture *f, const char *to, const struct sock *s, int port,
			const char *answer, bool has_inode, const char *word)
{
	struct sock other = { .ino = 0 };
	char question[128];

	snprintf(question, sizeof(question), "who %s %s %u from=%s fromport=%d",
		 s->proto == P_TCP ? "tcp" : "udp", to, s->port, to, port);
	return says(f, question, answer, has_inode ? s : &other, word);
}

/* A connection has no inode before accept(), then its file's, and none after close(). */
static bool connection(struct fixture *f, const char *addr, const char *to)
{
	struct linger soft = { 0 };
	struct stat st;
	struct sock *s = fixture_add(f, P_TCP, addr, false), child = { .proto = P_TCP };
	int fd, port;
	bool ok;

	/* TIME-WAIT of another case still holds the port */
	s->port = CONNECTION_PORT;
	s->reuseaddr = true;
	if (!fixture_opened(f))
		return false;
	fd = client_of(s, to, SOCK_STREAM);
	port = port_of(fd);
	ok = from_client(f, to, s, port, "connection", false, "state=established") &&
	     from_client(f, to, s, port ^ 1, "socket", true, NULL);
	child.fd = accept(s->fd, NULL, NULL);
	child.port = s->port;
	if (!fstat(child.fd, &st))
		child.ino = st.st_ino;
	setsockopt(child.fd, SOL_SOCKET, SO_LINGER, &soft, sizeof(soft));
	ok = ok && from_client(f, to, &child, port, "connection", true, "state=established");
	close(child.fd);
	usleep(ACK_US);
	ok = ok && from_client(f, to, s, port, "connection", false, "state=fin-wait-2");
	close(fd);
	usleep(ACK_US);
	return ok && from_client(f, to, s, port, "connection", false, "state=time-wait");
}

static bool connection_v4(struct fixture *f)
{
	return connection(f, "0.0.0.0", "127.0.0.1");
}

static bool connection_v6(struct fixture *f)
{
	return connection(f, "::", "::1");
}

static bool connection_mapped(struct fixture *f)
{
	return connection(f, "::", "127.0.0.1");
}

/* A connected UDP socket gets the packets of its peer, the other socket all others. */
static bool connected_udp(struct fixture *f)
{
	struct sock *rest = fixture_rival(f, P_UDP, "0.0.0.0", DEV_NONE);
	struct sock *one = fixture_rival(f, P_UDP, "0.0.0.0", DEV_NONE);
	struct ipaddr ip = ip_parse("127.0.0.1");
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&ip, 4711, 0, &ss);

	if (!fixture_opened(f) || connect(one->fd, (void *)&ss, len))
		return false;
	return from_client(f, "127.0.0.1", one, 4711, "connection", true, "state=established") &&
	       from_client(f, "127.0.0.1", rest, 4712, "socket", true, NULL);
}

static bool reasons(struct fixture *f)
{
	struct ipaddr ip = ip_parse("fd99::77");
	bool ok;

	ok = says(f, "who tcp 203.0.113.1 80", "noaddr", NULL, "why=none") &&
	     says(f, "who tcp 0.0.0.0 80", "noaddr", NULL, "why=none") &&
	     says(f, "who udp :: 80", "noaddr", NULL, "why=none") &&
	     says(f, "who tcp fe80::99 80", "noaddr", NULL, "why=none") &&
	     says(f, "who tcp 127.0.0.1 80 dev=ve0", "noaddr", NULL, "why=loopback") &&
	     says(f, "who tcp ::1 80 dev=ve0", "noaddr", NULL, "why=loopback") &&
	     says(f, "who tcp 10.99.0.1 80 dev=lo", "noaddr", NULL, "why=loopback") &&
	     says(f, "who udp 239.7.7.7 80", "noaddr", NULL, "why=not-joined") &&
	     says(f, "who udp ff05::7777 80 dev=ve0", "noaddr", NULL, "why=not-joined") &&
	     says(f, "who tcp 239.7.7.7 80", "noaddr", NULL, "why=none") &&
	     says(f, "who tcp 10.99.0.255 80", "noaddr", NULL, "why=none") &&
	     says(f, "who tcp 127.0.0.1 80", "nobody", NULL, NULL);
	if (ok && f->w->ifindex[DEV_VRF])
		ok = says(f, "who tcp 10.97.0.1 80 dev=ve0", "noaddr", NULL, "why=other-vrf") &&
		     says(f, "who tcp 10.99.0.1 80 dev=ve2", "noaddr", NULL, "why=other-vrf") &&
		     says(f, "who tcp 10.97.0.1 80", "nobody", NULL, NULL);
	nl_set_up(&f->w->host, 1, false);
	ok = ok && says(f, "who tcp 127.0.0.1 80", "noaddr", NULL, "why=down");
	nl_set_up(&f->w->host, 1, true);
	sysctl_write("net/ipv6/conf/ve0/accept_dad", "1");
	nl_addr_dad(&f->w->host, f->w->ifindex[DEV_VETH], &ip, 64);
	ok = ok && says(f, "who tcp fd99::77 80", "noaddr", NULL, "why=tentative") &&
	     says(f, "who tcp fd99::77 80 dev=ve0", "noaddr", NULL, "why=tentative");
	sysctl_write("net/ipv6/conf/ve0/accept_dad", "0");
	nl_addr(&f->w->host, false, f->w->ifindex[DEV_VETH], &ip, 64);
	return ok;
}

static bool refused(struct fixture *f)
{
	return refuses(f, "who tcp 127.0.0.1 80 dev=none", ENODEV) &&
	       refuses(f, "who tcp ::ffff:127.0.0.1 80", EINVAL) &&
	       refuses(f, "who tcp 127.0.0.1 80 fromport=1", EINVAL) &&
	       refuses(f, "who tcp 127.0.0.1 80 from=::1", EINVAL);
}

/* One address on two devices: a line each. */
static bool two_devices(struct fixture *f)
{
	static struct who who;
	struct ipaddr v4 = ip_parse("10.99.0.1"), v6 = ip_parse("fd99::1");
	bool ok = true;

	fixture_add(f, P_TCP, "0.0.0.0", false)->dev = DEV_SECOND;
	fixture_add(f, P_TCP, "::", false)->dev = DEV_SECOND;
	f->r.socks[1].v6only = 1;
	f->r.socks[1].port = f->r.socks[0].port;
	if (!fixture_opened(f))
		return false;
	nl_addr(&f->w->host, true, f->w->ifindex[DEV_SECOND], &v4, 32);
	nl_addr(&f->w->host, true, f->w->ifindex[DEV_SECOND], &v6, 128);
	for (int i = 0; i < 2; i++) {
		char question[64];

		snprintf(question, sizeof(question), "who tcp %s %u", i ? "fd99::1" : "10.99.0.1",
			 f->r.socks[0].port);
		f->t->answers++;
		if (!who_ask(&who, question) && who.n == 2 &&
		    !strcmp(who.line[0].dev, "ve0") && !strcmp(who.line[0].answer, "nobody") &&
		    !strcmp(who.line[1].dev, "ve4") && who.line[1].inode == f->r.socks[i].ino)
			continue;
		who_print(stdout, &who);
		ok = false;
	}
	nl_addr(&f->w->host, false, f->w->ifindex[DEV_SECOND], &v4, 32);
	nl_addr(&f->w->host, false, f->w->ifindex[DEV_SECOND], &v6, 128);
	return ok;
}

/* ---------------------------------------------------------------- the suite */

static const struct fixture_case cases[] = {
	{ "copies", copies },
	{ "connection, AF_INET", connection_v4 },
	{ "connection, AF_INET6", connection_v6 },
	{ "connection, IPv4 to AF_INET6", connection_mapped },
	{ "a connected UDP socket", connected_udp },
	{ "no address, and why", reasons },
	{ "an address of two devices", two_devices },
	{ "what is refused", refused },
};

const struct suite suite_who = {
	.name = "who",
	.cases = cases,
	.nr_cases = ARRAY_SIZE(cases),
	.needs_ask = true,
};
