// SPDX-License-Identifier: GPL-2.0-only
/* A socket under test: opens it, and derives from its settings which packets it may get. */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/in6.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "truth.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

#define BACKLOG	256

void sock_spec(struct sock *s, enum proto proto, const char *addr, uint16_t port)
{
	memset(s, 0, sizeof(*s));
	s->proto = proto;
	s->ip = ip_parse(addr);
	s->af = s->ip.af;
	s->v6only = -1;
	s->port = port;
	s->incoming_cpu = -1;
	s->fd = -1;
	s->gid = -1;
}

static int set(struct sock *s, int level, int opt, int value, const char *what)
{
	if (!setsockopt(s->fd, level, opt, &value, sizeof(value)))
		return 0;
	s->failed = what;
	s->err = errno;
	return -1;
}

static int apply(struct world *w, struct sock *s)
{
	struct linger hard = { .l_onoff = 1 };
	bool v6 = s->af == AF_INET6;

	if (s->v6only >= 0 && set(s, IPPROTO_IPV6, IPV6_V6ONLY, s->v6only, "V6ONLY"))
		return -1;
	if (s->reuseaddr && set(s, SOL_SOCKET, SO_REUSEADDR, 1, "REUSEADDR"))
		return -1;
	if (s->reuseport && set(s, SOL_SOCKET, SO_REUSEPORT, 1, "REUSEPORT"))
		return -1;
	if (s->dev && set(s, SOL_SOCKET, SO_BINDTOIFINDEX, w->ifindex[s->dev], "BINDTOIFINDEX"))
		return -1;
	if (s->freebind && set(s, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			       v6 ? IPV6_FREEBIND : IP_FREEBIND, 1, "FREEBIND"))
		return -1;
	if (s->transparent && set(s, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
				  v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, 1, "TRANSPARENT"))
		return -1;
	if (s->incoming_cpu >= 0 &&
	    set(s, SOL_SOCKET, SO_INCOMING_CPU, s->incoming_cpu, "INCOMING_CPU"))
		return -1;
	/* Accepted sockets inherit it: their close() resets, and leaves no TIME_WAIT. */
	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	return 0;
}

/* Read what the kernel made of the settings. */
static int learn(struct sock *s)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	uint16_t port;
	struct stat st;

	if (fstat(s->fd, &st) || getsockname(s->fd, (void *)&ss, &len))
		return -1;
	s->ino = st.st_ino;
	s->eff_af = ss.ss_family;
	s->ip = ip_from_sockaddr(&ss, &port);
	if (ss.ss_family == AF_INET6)	/* ip_from_sockaddr() unmaps */
		s->ip = (struct ipaddr){ .af = AF_INET6,
					 .v6 = ((struct sockaddr_in6 *)&ss)->sin6_addr };
	s->port = port;
	return 0;
}

/* bind() itself makes a socket on a specific IPv6 address IPv6-only. */
static bool forced_v6only(const struct sock *s)
{
	return s->af == AF_INET6 && !ip_is_wild(&s->ip) && !ip_is_mapped(&s->ip);
}

static bool asked_v6only(const struct sock *s)
{
	char buf[16];

	if (s->af != AF_INET6)
		return false;
	if (s->v6only >= 0)
		return s->v6only;
	return !sysctl_read("net/ipv6/bindv6only", buf, sizeof(buf)) && buf[0] == '1';
}

static int give_up(struct sock *s, const char *what)
{
	if (what) {
		s->failed = what;
		s->err = errno;
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	return -1;
}

/* socket(), options, bind(): 0, or -1 with ->failed and ->err. */
int sock_open(struct world *w, struct sock *s)
{
	int type = (s->proto == P_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int scope = w->ifindex[s->dev ? s->dev : DEV_VETH];
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&s->ip, s->port, scope, &ss);

	setfsuid(s->uid);
	s->fd = socket(s->af, type, s->mptcp ? IPPROTO_MPTCP : 0);
	setfsuid(0);
	s->gid = -1;
	s->memberships = 0;
	s->mcall_off = false;
	s->row = false;
	if (s->fd < 0)
		return give_up(s, "socket");
	s->eff_v6only = asked_v6only(s) || forced_v6only(s);
	if (apply(w, s))
		return give_up(s, NULL);
	if (bind(s->fd, (void *)&ss, len))
		return give_up(s, "bind");
	s->eff_dev = s->dev;
	if (ip_is_linklocal(&s->ip) && !s->dev)
		s->eff_dev = DEV_VETH;	/* by the scope */
	if (learn(s))
		return give_up(s, "getsockname");
	s->row = s->proto == P_UDP;
	return 0;
}

int sock_listen(struct sock *s)
{
	if (listen(s->fd, s->backlog ? s->backlog : BACKLOG))
		return give_up(s, "listen");
	s->row = true;
	return learn(s);
}

static int reconnect(struct world *w, struct sock *s)
{
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&s->late_peer, 9, w->ifindex[DEV_VETH], &ss);
	bool wild = ip_is_wild(&s->ip);

	if (connect(s->fd, (void *)&ss, len))
		return -1;
	/* connect() chose an address and rehashed the socket, which then leaves its group. */
	if (wild)
		s->gid = -1;
	s->row = false;
	if (s->late == LATE_CONNECT)
		return learn(s);
	if (s->late == LATE_ADDRFORM && set(s, IPPROTO_IPV6, IPV6_ADDRFORM, AF_INET, "ADDRFORM"))
		return -1;
	/* it was created as AF_INET6, and so with IP_MULTICAST_ALL off */
	s->mcall_off = s->late == LATE_ADDRFORM;
	memset(&ss, 0, sizeof(ss));
	ss.ss_family = AF_UNSPEC;
	if (connect(s->fd, (void *)&ss, sizeof(ss)))
		return -1;
	s->eff_dev = DEV_NONE;
	s->row = true;
	return learn(s);
}

/* Change a socket after bind(). Return: 0, or -1 if the kernel refused it. */
int sock_late(struct world *w, struct sock *s)
{
	switch (s->late) {
	case LATE_DISCONNECT:
	case LATE_CONNECT:
	case LATE_ADDRFORM:
		return reconnect(w, s);
	case LATE_DEVICE:
		if (set(s, SOL_SOCKET, SO_BINDTOIFINDEX, w->ifindex[s->late_dev], "late device"))
			return -1;
		s->eff_dev = s->late_dev;
		if (s->proto == P_UDP)	/* rehashed, see above */
			s->gid = -1;
		return 0;
	case LATE_SHUTDOWN:
	case LATE_RELISTEN:
		if (shutdown(s->fd, SHUT_RD))
			return -1;
		s->row = false;
		s->gid = -1;
		return s->late == LATE_RELISTEN ? sock_listen(s) : 0;
	default:
		return 0;
	}
}

void sock_close(struct sock *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* Whether the socket takes the family, by its own settings. */
bool sock_takes(const struct sock *s, int v6)
{
	if (s->eff_af == AF_INET)
		return !v6;
	if (ip_is_mapped(&s->ip))
		return !v6;
	return v6 || (ip_is_wild(&s->ip) && !s->eff_v6only);
}

static bool dev_covers(const struct world *w, const struct sock *s, const struct place *p)
{
	if (s->eff_dev == DEV_NONE)
		return !place_in_vrf(p) || (s->proto == P_TCP ? w->l3mdev_tcp : w->l3mdev_udp);
	if (s->eff_dev == DEV_VRF)
		return place_in_vrf(p);
	return s->eff_dev == p->dev;
}

/* Whether the kernel may give the socket a packet that arrives at the place. */
bool sock_may_take(const struct world *w, const struct sock *s, const struct place *p)
{
	struct ipaddr own = ip_unmap(&s->ip);

	if (!sock_takes(s, p->ip.af == AF_INET6) || !dev_covers(w, s, p))
		return false;
	return ip_is_wild(&own) || ip_equal(&own, &p->ip);
}

/*
 * Whether the socket's verdict is about the place. Packets that arrive at another device than the
 * owner of the address only count for sockets that are bound to that device or to its VRF.
 */
bool sock_covers(const struct world *w, const struct sock *s, const struct place *p)
{
	return sock_may_take(w, s, p) && (!place_is_weak(p) || s->eff_dev != DEV_NONE);
}

/*
 * SO_INCOMING_CPU. The kernel sets it, too: on an IPv6 socket with an old peer, when a packet of
 * that peer arrives.
 */
int sock_cpu(const struct sock *s)
{
	socklen_t len = sizeof(int);
	int cpu;

	if (s->late != LATE_DISCONNECT || s->af != AF_INET6 ||
	    getsockopt(s->fd, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &len))
		return s->incoming_cpu;
	return cpu;
}

void sock_text(const struct sock *s, char *buf, size_t len)
{
	static const char *const late[] = { "", " disconnected", " connected", " late-device",
					    " addrform", " shut-down", " listens-again" };
	char ip[IP_TEXT_LEN], opt[160];

	snprintf(opt, sizeof(opt), "%s%s%s%s%s%s%s%s",
		 s->v6only == 0 ? " v6only=0" : s->v6only == 1 ? " v6only=1" : "",
		 s->reuseaddr ? " reuseaddr" : "", s->reuseport ? " reuseport" : "",
		 s->freebind ? " freebind" : "", s->transparent ? " transparent" : "",
		 s->listen_late ? " listen-late" : "", s->uid ? " uid" : "", late[s->late]);
	snprintf(buf, len, "%s %s %s port %u dev %s%s", s->mptcp ? "mptcp" :
		 s->proto == P_TCP ? "tcp" : "udp", s->af == AF_INET ? "AF_INET" : "AF_INET6",
		 ip_text(&s->ip, ip), s->port, dev_name[s->dev], opt);
	len -= strlen(buf);
	buf += strlen(buf);
	if (s->incoming_cpu >= 0)
		snprintf(buf, len, " cpu=%d", s->incoming_cpu);
	else if (s->late == LATE_DEVICE)
		snprintf(buf, len, " -> %s", dev_name[s->late_dev]);
	else if (s->late_peer.af != AF_UNSPEC)
		snprintf(buf, len, " peer %s", ip_text(&s->late_peer, ip));
}
