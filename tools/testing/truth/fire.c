// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends packets, and finds out which socket gets each.
 *
 * All datagrams of a round are sent, then a fence: loopback and veth put packets into the backlog
 * of the sending CPU, which is served in order. So when the last datagram has arrived, all others
 * were handled, and nothing depends on a timeout. A connection is either accepted or refused.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/in6.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "truth.h"
#include "wire.h"

#define BATCH		128
#define PATIENCE	4	/* seconds */

static uint32_t epoch;

uint32_t next_epoch(void)
{
	return ++epoch;
}

/* A socket that sends like the source. The caller has entered the source's namespace. */
int source_socket(struct world *w, const struct source *s, int type)
{
	int fd = socket(s->af, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct linger hard = { .l_onoff = 1 };
	struct sockaddr_storage ss;
	int one = 1, index;
	socklen_t len;

	if (fd < 0)
		return -errno;
	if (s->spoof && setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &one, sizeof(one)))
		goto fail;
	index = s->ns == FROM_SELF ? w->ifindex[s->dev] : w->peer_ifindex[s->dev];
	if (s->dev && setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof(index)))
		goto fail;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	if (s->bind.af == AF_UNSPEC)
		return fd;
	len = ip_sockaddr(&s->bind, 0, 0, &ss);
	if (!bind(fd, (void *)&ss, len))
		return fd;
fail:
	len = errno;
	close(fd);
	return -(int)len;
}

int dest_scope(const struct world *w, const struct source *s, const struct place *p)
{
	return s->ns == FROM_SELF ? w->ifindex[p->dev] : w->peer_ifindex[p->dev];
}

int send_udp(struct world *w, const struct source *s, int k, const struct place *p, uint16_t port,
	     uint32_t when, uint32_t index)
{
	struct datagram d = { .epoch = when, .index = index };
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&p->ip, port, dest_scope(w, s, p), &ss);

	if (sendto(s->udp[k], &d, sizeof(d), MSG_DONTWAIT, (void *)&ss, len) == sizeof(d))
		return 0;
	return -errno;
}

/* Wait until this CPU has handled everything that was sent on it before. */
int world_fence(struct world *w)
{
	struct pollfd p = { .fd = w->fence_rx, .events = POLLIN };
	uint32_t token = next_epoch(), got = 0;
	double end = now() + PATIENCE;

	if (send(w->fence_tx, &token, sizeof(token), 0) != sizeof(token))
		return -errno;
	while (got != token) {
		if (recv(w->fence_rx, &got, sizeof(got), 0) == sizeof(got))
			continue;
		if (now() > end)
			return -ETIMEDOUT;
		poll(&p, 1, 10);
	}
	return 0;
}

/* ---------------------------------------------------------------- which packets */

/* Whether family and device let @s get packets at @p. The address only counts at weak places. */
static bool sock_wants(const struct world *w, const struct sock *s, const struct place *p)
{
	if (!sock_takes(s, p->ip.af == AF_INET6))
		return false;
	if (place_is_weak(p))
		return sock_covers(w, s, p);
	return !place_in_vrf(p) || s->eff_dev == DEV_VRF || s->eff_dev == DEV_SLAVE ||
	       (s->proto == P_TCP ? w->l3mdev_tcp : w->l3mdev_udp);
}

/*
 * An IPv4 address that is only local by the table of a rule cannot be a source address: only a
 * listener with IP_TRANSPARENT answers a connection to it, and a refusal is never sent.
 */
static bool is_answered(const struct world *w, const struct sock *s, const struct place *p)
{
	if (s->proto == P_UDP || p->ip.af == AF_INET6 || !(p->group & PG_RULE))
		return true;
	return s->transparent && sock_may_take(w, s, p);
}

static bool wanted(const struct world *w, const struct round *r, const struct shot *shot)
{
	const struct place *p = &w->places[shot->place];

	/* TCP drops connections to an anycast address. */
	if (p->group & PG_ANYCAST && shot->proto == P_TCP)
		return false;
	for (int i = 0; i < r->nr_socks; i++) {
		const struct sock *s = &r->socks[i];

		if (s->fd < 0 || s->proto != shot->proto || s->port != shot->port)
			continue;
		if (sock_wants(w, s, p) && is_answered(w, s, p))
			return true;
	}
	return false;
}

static int add_shot(struct round *r, const struct shot *shot)
{
	if (r->nr_shots == MAX_SHOTS) {
		r->error = "too many packets for one round";
		return -1;
	}
	r->shots[r->nr_shots++] = *shot;
	return 0;
}

/*
 * A listener that is bound to a device answers through it. So the host's own clients use an address
 * of the place's device: then every listener can answer.
 */
static bool unanswered(const struct source *s, const struct place *p, const struct shot *shot)
{
	if (s->spoof && shot->proto == P_TCP)
		return true;
	if (shot->proto == P_UDP || s->ns == FROM_PEER || s->dev)
		return false;
	if (s->bind.af != AF_UNSPEC)
		return s->home != p->dev;
	/* A client uses an assigned destination as its source, but not IPv6 by AnyIP or a rule. */
	return s->af == AF_INET6 && p->group & (PG_ANYIP | PG_RULE);
}

/*
 * A socket with an old peer notes the CPU of each packet of that peer. So no such peer sends on the
 * other CPUs: it would change the answer during the test.
 */
static bool disturbs(const struct world *w, const struct round *r, const struct shot *shot)
{
	const struct source *s = &w->sources[shot->source];

	if (!r->settle || shot->cpu == w->cpus[0] || s->af == AF_INET)
		return false;
	for (int i = 0; i < r->nr_socks; i++)
		if (r->socks[i].late == LATE_DISCONNECT &&
		    (s->bind.af == AF_UNSPEC || ip_equal(&r->socks[i].late_peer, &s->bind)))
			return true;
	return false;
}

/*
 * Choose the sources for a place: the unbound ones twice (with two ports more than one member of a
 * reuseport group gets packets), and of the bound ones one of each namespace, or all.
 */
static void aim_at_place(struct world *w, struct round *r, struct shot *shot, struct rng *rng)
{
	const struct place *p = &w->places[shot->place];
	int pick[2] = { -1, -1 }, seen[2] = { 0, 0 };

	for (int k = 0; k < w->nr_sources; k++) {
		const struct source *s = &w->sources[k];

		shot->source = k;
		if (!(p->from & 1ull << k) || (s->spoof && !r->settle))
			continue;
		if (unanswered(s, p, shot) || disturbs(w, r, shot))
			continue;
		if (s->bind.af != AF_UNSPEC && !r->all_sources) {
			if (!rng_below(rng, ++seen[s->ns]))
				pick[s->ns] = k;
			continue;
		}
		for (shot->nth = 0; shot->nth < (s->bind.af == AF_UNSPEC ? 2 : 1); shot->nth++)
			add_shot(r, shot);
	}
	for (int ns = 0; ns < 2; ns++) {
		if (pick[ns] < 0)
			continue;
		shot->source = pick[ns];
		shot->nth = rng_below(rng, 2);
		add_shot(r, shot);
	}
}

static bool first_on_port(const struct round *r, int i)
{
	const struct sock *s = &r->socks[i];

	if (s->fd < 0)
		return false;
	for (int k = 0; k < i; k++)
		if (r->socks[k].fd >= 0 && r->socks[k].proto == s->proto &&
		    r->socks[k].port == s->port)
			return false;
	return true;
}

static void aim(struct world *w, struct round *r, struct rng *rng)
{
	struct shot shot = { .taker = TAKER_NOBODY, .fd = -1 };
	int cpus = r->all_cpus || r->settle ? w->nr_cpus : 1;

	r->nr_shots = 0;
	for (int c = 0; c < cpus; c++) {
		shot.cpu = w->cpus[c];
		for (int i = 0; i < r->nr_socks; i++) {
			if (!first_on_port(r, i))
				continue;
			shot.proto = r->socks[i].proto;
			shot.port = r->socks[i].port;
			for (int k = 0; k < w->nr_places; k++) {
				shot.place = k;
				if (w->places[k].from && wanted(w, r, &shot))
					aim_at_place(w, r, &shot, rng);
			}
		}
	}
}

/* ---------------------------------------------------------------- datagrams */

static void collect_udp(struct round *r, uint32_t when)
{
	struct datagram d;

	for (int i = 0; i < r->nr_socks; i++) {
		struct sock *s = &r->socks[i];

		if (s->fd < 0 || s->proto != P_UDP)
			continue;
		for (;;) {
			struct sockaddr_storage from;
			socklen_t len = sizeof(from);
			ssize_t n = recvfrom(s->fd, &d, sizeof(d), MSG_DONTWAIT, (void *)&from,
					     &len);

			if (n < 0 && errno == EAGAIN)
				break;
			if (n != sizeof(d) || d.epoch != when || d.index >= (uint32_t)r->nr_shots)
				continue;
			if (r->shots[d.index].taker != TAKER_NOBODY)
				r->error = "a datagram arrived twice";
			r->shots[d.index].taker = i;
			r->shots[d.index].saddr = ip_from_sockaddr(&from,
								   &r->shots[d.index].sport);
		}
	}
}

static int fire_udp(struct world *w, struct round *r, int from, int to)
{
	uint32_t when = next_epoch();
	int err;

	for (int i = from; i < to; i++) {
		struct shot *shot = &r->shots[i];

		if (send_udp(w, &w->sources[shot->source], shot->nth, &w->places[shot->place],
			     shot->port, when, i))
			shot->taker = TAKER_UNSENT;
	}
	err = world_fence(w);
	collect_udp(r, when);
	return err;
}

/* ---------------------------------------------------------------- copies for everyone */

/* A broadcast address is only one on its own link. */
static bool casts(const struct source *s, const struct ipaddr *to)
{
	static const uint8_t second_byte[DEV_MAX] = {
		[DEV_VETH] = 99, [DEV_SECOND] = 98, [DEV_SLAVE] = 97
	};
	const uint8_t *byte = (const uint8_t *)&to->v4;

	if (s->ns != FROM_PEER || !s->dev || s->af != to->af || s->spoof)
		return false;
	return to->af == AF_INET6 || byte[0] != 10 || byte[1] == second_byte[s->dev];
}

/* The peer sends a packet to the address of @to through each of its devices. */
static void send_copies(struct world *w, const struct sock *to, uint32_t when, uint32_t index)
{
	struct datagram d = { .epoch = when, .index = index };
	struct ipaddr ip = ip_unmap(&to->ip);

	for (int k = 0; k < w->nr_sources; k++) {
		const struct source *s = &w->sources[k];
		struct sockaddr_storage ss;
		socklen_t len = ip_sockaddr(&ip, to->port, w->peer_ifindex[s->dev], &ss);

		/* It only fails at a device that is down or without an address. */
		if (casts(s, &ip))
			(void)!sendto(s->udp[0], &d, sizeof(d), MSG_DONTWAIT, (void *)&ss, len);
	}
}

static void collect_copies(struct round *r, uint32_t when)
{
	struct datagram d;

	for (int i = 0; i < r->nr_socks; i++) {
		struct sock *s = &r->socks[i];

		if (s->fd < 0 || s->proto != P_UDP)
			continue;
		while (recv(s->fd, &d, sizeof(d), MSG_DONTWAIT) == sizeof(d))
			s->copied |= d.epoch == when && ip_is_cast(&s->ip);
	}
}

static int fire_copies(struct world *w, struct round *r)
{
	uint32_t when = next_epoch();
	bool any = false;
	int err;

	for (int i = 0; i < r->nr_socks; i++) {
		struct sock *s = &r->socks[i];

		s->copied = false;
		if (s->fd < 0 || s->proto != P_UDP || !ip_is_cast(&s->ip))
			continue;
		send_copies(w, s, when, i);
		any = true;
	}
	if (!any)
		return 0;
	err = world_fence(w);
	collect_copies(r, when);
	return err;
}

/* ---------------------------------------------------------------- connections */

static void make_clients(struct world *w, struct round *r, int from, int to, enum where ns)
{
	world_enter(w, ns);
	for (int i = from; i < to; i++) {
		struct shot *shot = &r->shots[i];

		if (w->sources[shot->source].ns == ns)
			shot->fd = source_socket(w, &w->sources[shot->source], SOCK_STREAM);
	}
	world_enter(w, FROM_SELF);
}

static void settle(struct shot *shot, int taker)
{
	shot->taker = taker;
	close(shot->fd);
	shot->fd = -1;
}

static void settle_error(struct shot *shot, int err)
{
	switch (err) {
	case ECONNREFUSED:
		return settle(shot, TAKER_NOBODY);
	case EADDRNOTAVAIL:
	case ENETUNREACH:
	case EINVAL:
		return settle(shot, TAKER_UNSENT);
	default:
		return settle(shot, TAKER_SILENT);
	}
}

static void start_client(struct world *w, struct shot *shot)
{
	const struct source *s = &w->sources[shot->source];
	const struct place *p = &w->places[shot->place];
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&p->ip, shot->port, dest_scope(w, s, p), &ss);

	if (shot->fd < 0) {
		shot->taker = TAKER_UNSENT;
		return;
	}
	if (connect(shot->fd, (void *)&ss, len) && errno != EINPROGRESS)
		return settle_error(shot, errno);
	len = sizeof(ss);
	getsockname(shot->fd, (void *)&ss, &len);
	shot->saddr = ip_from_sockaddr(&ss, &shot->sport);
}

/* Clients of different addresses may share a port, so addresses and ports are compared. */
static struct shot *find_shot(const struct world *w, struct round *r, int from, int to,
			      const struct sockaddr_storage *peer,
			      const struct sockaddr_storage *own)
{
	uint16_t sport, dport;
	struct ipaddr saddr = ip_from_sockaddr(peer, &sport), daddr = ip_from_sockaddr(own, &dport);

	for (int i = from; i < to; i++) {
		struct shot *shot = &r->shots[i];

		if (shot->fd >= 0 && shot->sport == sport && shot->port == dport &&
		    ip_equal(&shot->saddr, &saddr) && ip_equal(&w->places[shot->place].ip, &daddr))
			return shot;
	}
	return NULL;
}

static void accept_one(const struct world *w, struct round *r, int from, int to, int taker, int fd,
		       const struct sockaddr_storage *peer)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);
	struct shot *shot = NULL;

	if (!getsockname(fd, (void *)&own, &len))
		shot = find_shot(w, r, from, to, peer, &own);
	if (shot)
		settle(shot, taker);
	else
		r->error = "a connection that nobody made was accepted";
}

static void accept_all(const struct world *w, struct round *r, int from, int to)
{
	for (int i = 0; i < r->nr_socks; i++) {
		struct sock *s = &r->socks[i];

		if (s->fd < 0 || s->proto != P_TCP || !s->row)
			continue;
		for (;;) {
			struct sockaddr_storage peer;
			socklen_t len = sizeof(peer);
			int fd = accept4(s->fd, (void *)&peer, &len, SOCK_CLOEXEC);

			if (fd < 0)
				break;
			accept_one(w, r, from, to, i, fd, &peer);
			close(fd);
		}
	}
}

/* Settle refused connections. Return: the number of those that are still open. */
static int reap(struct round *r, int from, int to, int wait_ms)
{
	struct pollfd p[BATCH];
	int at[BATCH], nr = 0, left;

	for (int i = from; i < to; i++) {
		if (r->shots[i].fd < 0)
			continue;
		p[nr] = (struct pollfd){ .fd = r->shots[i].fd, .events = POLLIN };
		at[nr++] = i;
	}
	left = nr;
	if (!nr || poll(p, nr, wait_ms) <= 0)
		return left;
	for (int k = 0; k < nr; k++) {
		struct shot *shot = &r->shots[at[k]];
		int err = 0;
		socklen_t len = sizeof(err);

		if (!(p[k].revents & (POLLERR | POLLHUP)))
			continue;
		getsockopt(shot->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		if (err) {
			settle_error(shot, err);
			left--;
		}
	}
	return left;
}

static void fire_tcp(struct world *w, struct round *r, int from, int to)
{
	double end = now() + PATIENCE;
	int left, wait_ms = 0;

	make_clients(w, r, from, to, FROM_SELF);
	make_clients(w, r, from, to, FROM_PEER);
	for (int i = from; i < to; i++)
		start_client(w, &r->shots[i]);
	do {
		accept_all(w, r, from, to);
		left = reap(r, from, to, wait_ms);
		wait_ms = wait_ms < 10 ? wait_ms + 1 : 10;
	} while (left && now() < end);
	for (int i = from; i < to; i++)
		if (r->shots[i].fd >= 0)
			settle(&r->shots[i], TAKER_SILENT);
}

/* ---------------------------------------------------------------- the round */

/* A batch has shots of one protocol on one CPU, at most BATCH, so that queues stay short. */
static int batch_end(const struct round *r, int from)
{
	const struct shot *first = &r->shots[from];
	int to = from;

	while (to < r->nr_shots && to - from < BATCH && r->shots[to].proto == first->proto &&
	       r->shots[to].cpu == first->cpu)
		to++;
	return to;
}

static void fire_all(struct world *w, struct round *r)
{
	for (int from = 0, to; from < r->nr_shots; from = to) {
		to = batch_end(r, from);
		world_pin(r->shots[from].cpu);
		if (r->shots[from].proto == P_TCP)
			fire_tcp(w, r, from, to);
		else if (fire_udp(w, r, from, to))
			r->error = "the fence did not arrive";
	}
	world_pin(w->cpus[0]);
}

int round_fire(struct world *w, struct round *r, struct rng *rng)
{
	aim(w, r, rng);
	if (r->settle) {
		fire_all(w, r);
		aim(w, r, rng);
	}
	fire_all(w, r);
	if (fire_copies(w, r))
		r->error = "the fence did not arrive";
	r->packets = r->nr_shots;
	for (int i = 0; i < r->nr_shots; i++)
		if (r->shots[i].taker == TAKER_SILENT)
			r->error = "a connection was neither accepted nor refused";
	return r->error ? -1 : 0;
}
