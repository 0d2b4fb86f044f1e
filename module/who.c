// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds who gets a packet.
 *
 * First this finds the input devices: the device that the question names, or all devices at which
 * the address is local. For each of them it calls the kernel's lookup, with the device and VRF of a
 * packet that comes in there. who_mcast.c finds the sockets that get a copy of a multicast or
 * broadcast datagram. who_cpu.c finds who gets the packet on which CPU, if SO_INCOMING_CPU matters.
 */
#include <linux/err.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/sched/signal.h>
#include <net/addrconf.h>
#include <net/inet_timewait_sock.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/request_sock.h>
#include "compat.h"
#include "mem.h"
#include "question.h"
#include "who.h"

#define FEW_SOCKETS	16

/**
 * struct arrivals - devices at which the packet may come in
 * @dev: index of each device
 * @mcast: for each device: several sockets may get a copy there
 * @n: number of devices
 * @more: number of devices that have no room in @dev
 * @anycast: a device was left out, since the address is an anycast address there, and TCP has none
 */
struct arrivals {
	int dev[DS_WHO_DEVICES];
	bool mcast[DS_WHO_DEVICES];
	u32 n;
	u32 more;
	bool anycast;
};

/* ------------------------------------------------------------------ lines */

/**
 * ds_who_add() - add a line to the answer
 * @k: the work; must have room for a line
 * @answer: what the line says
 *
 * Context: any.
 * Return: the line.
 */
struct ds_who_line *ds_who_add(struct ds_who_work *k, enum ds_who_answer answer)
{
	struct ds_who_line *line = &k->w->line[k->w->n++];

	memset(line, 0, sizeof(*line));
	line->answer = answer;
	line->dev = k->dev;
	line->cpu = DS_NO_CPU;
	/* BPF programs do not decide about copies, nor where no packet arrives */
	line->bpf = k->ctx.bpf && answer != DS_WHO_COPY && answer != DS_WHO_NOADDR;
	return line;
}

static struct ds_who_line *last_line(struct ds_who_work *k)
{
	return k->w->n > k->begin ? &k->w->line[k->w->n - 1] : NULL;
}

/**
 * ds_who_add_socket() - add a line about a socket; if there are too many, only count it
 * @k: the work
 * @answer: what the line says
 * @sk: a full socket
 *
 * Context: inside the RCU read section in which @sk was found, or with a reference on it.
 * Return: the line, or NULL if no line was added.
 */
struct ds_who_line *ds_who_add_socket(struct ds_who_work *k, enum ds_who_answer answer,
				      const struct sock *sk)
{
	struct ds_who_line *line = last_line(k);

	if (line && line->answer == DS_WHO_MORE) {
		line->number++;
		return NULL;
	}
	if (k->w->n + 2 > k->w->max) {
		k->full = true;
		return NULL;
	}
	if (k->w->n - k->begin >= DS_WHO_SOCKETS) {
		ds_who_add(k, DS_WHO_MORE)->number = 1;
		return NULL;
	}
	line = ds_who_add(k, answer);
	ds_row_fill(&line->row, sk, k->q->proto);
	return line;
}

/* Make room for lines about this many sockets, and for two more lines. */
static int make_room(struct ds_who *w, u32 sockets)
{
	u32 max = w->n + sockets + 2;
	int err;

	if (max <= w->max)
		return 0;
	max += w->n;
	err = ds_share_array(&w->share, (void **)&w->line, w->max, max, sizeof(*w->line),
			     sizeof(*w->line));
	if (!err)
		w->max = max;
	return err;
}

/* ------------------------------------------------------------------ one socket, or its group */

static bool takes(const struct sock *sk)
{
	return READ_ONCE(sk->sk_state) != TCP_ESTABLISHED;
}

/**
 * struct members - the members of a reuseport group
 * @n: number of members that are not connected
 * @named: number of members in @n that name a CPU
 * @prog: a BPF program selects the member
 * @unseen: number of members that were not visited, those beyond DS_WHO_MEMBERS
 */
struct members {
	u32 n;
	u32 named;
	bool prog;
	u32 unseen;
};

/* The number of members to visit; a group may have 65,535. */
static u16 members_of(const struct sock_reuseport *reuse, u32 *unseen)
{
	u16 n = READ_ONCE(reuse->num_socks);

	/* pairs with the barrier in reuseport_add_sock(), which adds the entry first */
	smp_rmb();
	*unseen = n > DS_WHO_MEMBERS ? n - DS_WHO_MEMBERS : 0;
	return n - *unseen;
}

static void count_members(struct members *m, const struct sock_reuseport *reuse)
{
	u16 i, n = members_of(reuse, &m->unseen);

	m->prog = rcu_access_pointer(reuse->prog);
	for (i = 0; i < n; i++) {
		const struct sock *sk = READ_ONCE(reuse->socks[i]);

		if (!sk || !takes(sk))
			continue;
		m->n++;
		m->named += READ_ONCE(sk->sk_incoming_cpu) >= 0;
	}
}

static void add_members(struct ds_who_work *k, const struct sock_reuseport *reuse, bool prog,
			int cpu)
{
	struct ds_who_line *line;
	u32 unseen;
	u16 i, n = members_of(reuse, &unseen);

	for (i = 0; i < n; i++) {
		const struct sock *sk = READ_ONCE(reuse->socks[i]);

		if (!sk || !takes(sk))
			continue;
		line = ds_who_add_socket(k, DS_WHO_GROUP, sk);
		if (!line)
			continue;
		line->cpu = cpu;
		line->bpf |= prog;
	}
	if (!unseen)
		return;
	line = last_line(k);
	if (!line || line->answer != DS_WHO_MORE)
		line = ds_who_add(k, DS_WHO_MORE);
	line->number += unseen;
}

/*
 * Whether the lookup picks the member that gets the packet. It picks by a hash of the peer's
 * address and port; unless the question has both, any member may get the packet.
 */
static bool is_picked(const struct ds_who_work *k, const struct members *m)
{
	return k->q->has_peer && k->q->peer_port && !m->prog && !m->named && !m->unseen;
}

/**
 * ds_who_add_winner() - add the socket that a lookup found, or the members of its group
 * @k: the work
 * @sk: the socket
 * @alone: this socket gets the packet, even if it is in a reuseport group
 * @cpu: this is only about packets that this CPU handles; DS_NO_CPU for no restriction
 *
 * Context: inside the RCU read section in which @sk was found.
 */
void ds_who_add_winner(struct ds_who_work *k, const struct sock *sk, bool alone, int cpu)
	__must_hold(RCU)
{
	const struct sock_reuseport *reuse = rcu_dereference(sk->sk_reuseport_cb);
	struct ds_who_line *line;
	struct members m = { };

	if (reuse && !alone)
		count_members(&m, reuse);
	if (m.n > 1 && !is_picked(k, &m)) {
		add_members(k, reuse, m.prog, cpu);
		return;
	}
	line = ds_who_add_socket(k, DS_WHO_SOCKET, sk);
	if (line)
		line->cpu = cpu;
}

/* ------------------------------------------------------------------ connections */

static void fill_minisock(struct ds_row *row, const struct sock *sk)
{
	memset(row, 0, sizeof(*row));
	row->port = READ_ONCE(sk->sk_num);
	row->ifindex = READ_ONCE(sk->sk_bound_dev_if);
	row->cpu = DS_NO_CPU;
	row->uid = INVALID_UID;
#if IS_ENABLED(CONFIG_IPV6)
	if (READ_ONCE(sk->sk_family) == AF_INET6) {
		row->flags = DS_ROW_INET6 | (sk->sk_ipv6only ? DS_ROW_V6ONLY : 0);
		row->addr = sk->sk_v6_rcv_saddr;
		row->families = ds_families(AF_INET6, sk->sk_ipv6only, &row->addr);
		return;
	}
#endif
	ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &row->addr);
	row->families = ds_families(AF_INET, false, &row->addr);
}

/*
 * A TIME_WAIT socket has no owner; its tw_substate may also be FIN_WAIT2. For a request socket,
 * show its listener.
 */
static void add_connection(struct ds_who_work *k, struct sock *sk)
{
	u8 state = READ_ONCE(sk->sk_state);
	struct ds_who_line *line;

	if (state == TCP_TIME_WAIT) {
		line = ds_who_add(k, DS_WHO_CONNECTION);
		fill_minisock(&line->row, sk);
		line->row.proto = k->q->proto;
		state = READ_ONCE(inet_twsk(sk)->tw_substate);
	} else {
		if (state == TCP_NEW_SYN_RECV)
			sk = inet_reqsk(sk)->rsk_listener;
		line = ds_who_add_socket(k, DS_WHO_CONNECTION, sk);
	}
	if (line)
		line->state = state;
}

static struct sock *find_connection(const struct ds_who_work *k, const struct ds_packet *p)
{
	__be16 sport = htons(p->sport);

	if (p->family == DS_V4)
		return ds_lookup_established4(k->net, p->saddr->s6_addr32[3], sport,
					      p->daddr->s6_addr32[3], p->port, p->dif, p->sdif);
	return ds_lookup_established6(k->net, p->saddr, sport, p->daddr, p->port, p->dif, p->sdif);
}

static bool is_connected(struct ds_who_work *k, const struct ds_packet *packet)
	__must_hold(RCU)
{
	struct sock *sk;

	if (packet->proto != DS_TCP || !packet->saddr || !packet->sport)
		return false;
	sk = find_connection(k, packet);
	if (!sk)
		return false;
	add_connection(k, sk);
	sock_gen_put(sk);
	return true;
}

/* ------------------------------------------------------------------ one device */

/* Run an attached BPF program once more: the lookup returns NULL both for "drop" and for "none". */
static struct ds_steered steer(const struct ds_who_work *k, const struct ds_packet *p)
{
	int protocol = p->proto == DS_TCP ? IPPROTO_TCP : IPPROTO_UDP;
	const struct in6_addr *saddr = p->saddr ?: &in6addr_any;

	if (!k->ctx.bpf)
		return (struct ds_steered){ };
	if (p->family == DS_V4)
		return ds_sk_lookup4(k->net, protocol, saddr->s6_addr32[3], htons(p->sport),
				     p->daddr->s6_addr32[3], p->port, p->dif);
	return ds_sk_lookup6(k->net, protocol, saddr, htons(p->sport), p->daddr, p->port, p->dif);
}

static void add_found(struct ds_who_work *k, const struct ds_packet *packet,
		      const struct sock *sk)
	__must_hold(RCU)
{
	struct ds_steered steered;
	struct ds_who_line *line;

	if (sk && packet->proto == DS_UDP && !takes(sk)) {
		line = ds_who_add_socket(k, DS_WHO_CONNECTION, sk);
		if (line)
			line->state = TCP_ESTABLISHED;
		return;
	}
	steered = steer(k, packet);
	if (!sk)
		ds_who_add(k, IS_ERR(steered.sk) ? DS_WHO_DROPPED : DS_WHO_NOBODY);
	else if (steered.sk || !ds_who_by_cpu(k, packet, sk))
		ds_who_add_winner(k, sk, steered.alone, DS_NO_CPU);
}

static int ask_lookup(struct ds_who_work *k)
	__must_hold(RCU)
{
	const struct ds_packet packet = {
		.family	= k->q->family,
		.proto	= k->q->proto,
		.port	= k->q->port,
		.dif	= k->master ?: k->dev,
		.sdif	= k->master ? k->dev : 0,
		.daddr	= &k->q->addr,
		.saddr	= k->q->has_peer ? &k->q->peer : NULL,
		.sport	= k->q->peer_port,
	};
	const struct sock *sk;
	u32 chain;

	if (is_connected(k, &packet))
		return 0;
	sk = ds_lookup(&k->ctx, &packet, &chain);
	if (k->ctx.err)
		return k->ctx.err;
	if (IS_ERR(sk))
		ds_who_add(k, DS_WHO_UNKNOWN)->number = chain;
	else
		add_found(k, &packet, sk);
	return 0;
}

static int ask_with_room(struct ds_who_work *k, bool mcast)
{
	int err = make_room(k->w, k->room);

	if (err)
		return err;
	k->begin = k->w->n;
	k->full = false;
	ds_budget_enter(&k->ctx.budget);
	k->master = ds_local_master(k->net, k->dev);
	err = mcast ? ds_who_mcast(k) : ask_lookup(k);
	ds_budget_leave(&k->ctx.budget);
	return err;
}

static int ask_at(struct ds_who_work *k, int dev, bool mcast)
{
	int err;

	k->dev = dev;
	err = ask_with_room(k, mcast);
	if (err || !k->full)
		return err;
	k->w->n = k->begin;
	k->room = DS_WHO_SOCKETS;
	return ask_with_room(k, mcast);
}

/* ------------------------------------------------------------------ which devices */

static bool is_group(const struct ds_asked *q)
{
	if (q->family == DS_V6)
		return ipv6_addr_is_multicast(&q->addr);
	return ipv4_is_multicast(q->addr.s6_addr32[3]) || ipv4_is_lbcast(q->addr.s6_addr32[3]);
}

/* Whether the address is unspecified: no packet is sent to :: or 0.0.0.0. */
static bool is_nowhere(const struct ds_asked *q)
{
	return q->family == DS_V6 ? ipv6_addr_any(&q->addr) : !q->addr.s6_addr32[3];
}

static void add_arrival(struct arrivals *arrivals, int dev, bool mcast)
{
	u32 i;

	for (i = 0; i < arrivals->n; i++)
		if (arrivals->dev[i] == dev)
			return;
	if (arrivals->n == DS_WHO_DEVICES) {
		arrivals->more++;
		return;
	}
	arrivals->mcast[arrivals->n] = mcast;
	arrivals->dev[arrivals->n++] = dev;
}

static bool is_up(const struct net_device *dev)
{
	return READ_ONCE(dev->flags) & IFF_UP;
}

/* If packets for the address come in at @dev, add it. Another device may own the address. */
static void look_at(struct ds_who_work *k, struct arrivals *arrivals, const struct net_device *dev)
{
	const struct ds_local local = { .net = k->net };
	const struct ds_asked *q = k->q;
	struct ds_laddr laddr;

	if (is_group(q)) {
		if (q->proto == DS_UDP && is_up(dev) && ds_who_is_joined(k, dev))
			add_arrival(arrivals, dev->ifindex, true);
	} else if (ds_local_route(&local, q->family, &q->addr, dev->ifindex, &laddr)) {
		if (q->proto == DS_TCP && laddr.flags & DS_LADDR_ANYCAST)
			arrivals->anycast = true;
		else
			add_arrival(arrivals, dev->ifindex, false);
	} else if (q->family == DS_V4 && q->proto == DS_UDP && is_up(dev) &&
		   ds_local_is_broadcast(k->net, &q->addr, dev->ifindex)) {
		add_arrival(arrivals, dev->ifindex, true);
	}
}

/* Whether a device owns the address; for a multicast group, always true. */
static bool is_home(const struct ds_who_work *k, const struct net_device *dev)
{
	const struct ds_local local = { .net = k->net };
	const struct ds_asked *q = k->q;
	struct ds_laddr laddr;

	if (is_group(q) || ds_local_owns(k->net, q->family, &q->addr, dev))
		return true;
	return ds_local_route(&local, q->family, &q->addr, dev->ifindex, &laddr) &&
	       laddr.dev == dev->ifindex;
}

static int look_everywhere(struct ds_who_work *k, struct arrivals *arrivals,
			   const struct ds_laddrs *laddrs)
	__must_hold(RCU)
{
	u32 i;
	int err = 0;

	for (i = 0; i < laddrs->ndevs && !err; i++) {
		const struct net_device *dev;

		err = ds_budget_step(&k->ctx.budget, 4 * DS_ROUTE_STEPS);
		dev = dev_get_by_index_rcu(k->net, laddrs->dev[i].dev);
		if (!err && dev && is_home(k, dev))
			look_at(k, arrivals, dev);
	}
	return err;
}

/* Look at the host's own packets: a routing rule may make an address local that no device owns. */
static void look_at_own(struct ds_who_work *k, struct arrivals *arrivals)
{
	const struct ds_local local = { .net = k->net };
	const struct net_device *dev;
	struct ds_laddr laddr;

	if (is_group(k->q) || !ds_local_route(&local, k->q->family, &k->q->addr, 0, &laddr))
		return;
	dev = dev_get_by_index_rcu(k->net, laddr.dev);
	if (dev)
		look_at(k, arrivals, dev);
}

/* ------------------------------------------------------------------ why there is no address */

#if IS_ENABLED(CONFIG_IPV6)
static bool is_tentative(const struct ds_who_work *k, const struct net_device *dev)
{
	const struct ds_asked *q = k->q;

	return q->family == DS_V6 && ipv6_mod_enabled() &&
	       !ipv6_chk_addr(k->net, &q->addr, dev, !!dev) &&
	       ipv6_chk_addr_and_flags(k->net, &q->addr, dev, !dev, !!dev, 0);
}
#else
static bool is_tentative(const struct ds_who_work *k, const struct net_device *dev)
{
	return false;
}
#endif

static bool is_loopback(const struct ds_asked *q)
{
	if (q->family == DS_V6)
		return ipv6_addr_loopback(&q->addr);
	return ipv4_is_loopback(q->addr.s6_addr32[3]);
}

/* Whether no packet arrives because @dev or, without @dev, the loopback device is down. */
static bool is_down(const struct ds_who_work *k, const struct net_device *dev)
{
	if (dev)
		return !is_up(dev);
	return !is_up(k->net->loopback_dev) &&
	       (is_loopback(k->q) ||
		(k->q->family == DS_V4 &&
		 inet_addr_type(k->net, k->q->addr.s6_addr32[3]) == RTN_LOCAL));
}

static bool in_other_vrf(const struct ds_who_work *k, const struct arrivals *home,
			 const struct net_device *dev)
{
	int master = l3mdev_master_ifindex_rcu(dev);
	u32 i;

	for (i = 0; i < home->n; i++)
		if (ds_local_master(k->net, home->dev[i]) == master)
			return false;
	return home->n;
}

static enum ds_who_why why_not(const struct ds_who_work *k, const struct arrivals *at,
			       const struct arrivals *home, const struct net_device *dev)
{
	if (at->anycast || home->anycast)
		return DS_WHY_ANYCAST;
	if (is_group(k->q))
		return k->q->proto == DS_TCP ? DS_WHY_NONE : DS_WHY_NOT_JOINED;
	if (is_down(k, dev))
		return DS_WHY_DOWN;
	if (is_tentative(k, dev))
		return DS_WHY_TENTATIVE;
	if (!dev || !home->n)
		return DS_WHY_NONE;
	if (is_loopback(k->q) || dev->flags & IFF_LOOPBACK)
		return DS_WHY_LOOPBACK;
	return in_other_vrf(k, home, dev) ? DS_WHY_OTHER_VRF : DS_WHY_NONE;
}

/* ------------------------------------------------------------------ the question */

/* Find the devices that own the address, by a walk over all devices. */
static int find_home(struct ds_who_work *k, struct arrivals *home)
{
	struct ds_local local;
	int err = ds_local_collect(&local, k->net, k->w->share.charge);

	if (!err) {
		ds_budget_enter(&k->ctx.budget);
		err = look_everywhere(k, home, &local.laddrs[k->q->family]);
		if (!err)
			look_at_own(k, home);
		ds_budget_leave(&k->ctx.budget);
	}
	ds_local_free(&local);
	return err;
}

static int find_at(struct ds_who_work *k, struct arrivals *at, int ifindex)
{
	const struct net_device *dev;

	ds_budget_enter(&k->ctx.budget);
	dev = dev_get_by_index_rcu(k->net, ifindex);
	if (dev)
		look_at(k, at, dev);
	ds_budget_leave(&k->ctx.budget);
	return dev ? 0 : -ENODEV;
}

static int say_why(struct ds_who_work *k, const struct arrivals *at, const struct arrivals *home,
		   int ifindex)
{
	const struct net_device *dev = NULL;
	int err = make_room(k->w, 0);

	if (err)
		return err;
	k->dev = ifindex;
	rcu_read_lock();
	if (ifindex)
		dev = dev_get_by_index_rcu(k->net, ifindex);
	ds_who_add(k, DS_WHO_NOADDR)->why = why_not(k, at, home, dev);
	rcu_read_unlock();
	return 0;
}

static int ask_all(struct ds_who_work *k, const struct arrivals *at)
{
	u32 i;
	int err = 0;

	k->room = FEW_SOCKETS;
	for (i = 0; i < at->n && k->w->n < DS_WHO_LINES && !err; i++)
		err = ask_at(k, at->dev[i], at->mcast[i]);
	if (err || (i == at->n && !at->more))
		return err;
	err = make_room(k->w, 0);
	if (err)
		return err;
	k->dev = 0;
	ds_who_add(k, DS_WHO_MORE)->number = at->n - i + at->more;
	return 0;
}

static int answer(struct ds_who_work *k, struct arrivals *at, struct arrivals *home, int ifindex)
{
	int err = 0;

	if (ifindex && !is_nowhere(k->q))
		err = find_at(k, at, ifindex);
	if (!err && (!ifindex || !at->n) && !is_nowhere(k->q))
		err = find_home(k, home);
	if (!err && !ifindex)
		*at = *home;
	if (!err && !at->n)
		return say_why(k, at, home, ifindex);
	if (!err)
		err = ds_who_survey(k);
	return err ?: ask_all(k, at);
}

static int find_device(const struct ds_who_work *k, int *ifindex)
{
	const struct net_device *dev;

	*ifindex = 0;
	if (!k->q->dev[0])
		return 0;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(k->net, k->q->dev);
	if (dev)
		*ifindex = dev->ifindex;
	rcu_read_unlock();
	return dev ? 0 : -ENODEV;
}

/**
 * ds_who_find() - find who gets a packet
 * @w: filled in; to be freed by ds_who_free(), also after an error
 * @net: the namespace; the caller holds a reference
 * @q: a question of kind DS_ASK_WHO
 * @charge: the memory is charged to it; between ds_charge_begin() and ds_charge_end()
 *
 * This runs attached BPF sk_lookup programs, which see the peer that the question names. The caller
 * must have checked that the file's opener may name a peer.
 *
 * Context: process context; sleeps.
 * Return: 0; -ENODEV if the device does not exist, -ENOMEM, -EINTR if the asking task was killed,
 * or an error of ds_charge_add().
 */
int ds_who_find(struct ds_who *w, struct net *net, const struct ds_asked *q,
		struct ds_charge *charge)
{
	struct arrivals *arrivals = kcalloc(2, sizeof(*arrivals), DS_GFP);
	struct ds_who_work k = {
		.w = w, .q = q, .net = net, .accept = ds_accepts_from_vrf(net, q->proto),
	};
	int err, ifindex;

	memset(w, 0, sizeof(*w));
	w->proto = q->proto;
	w->share.charge = charge;
	if (!arrivals)
		return -ENOMEM;
	ds_lookup_turn_to(&k.ctx, net);
	err = find_device(&k, &ifindex);
	if (!err)
		err = answer(&k, &arrivals[0], &arrivals[1], ifindex);
	kfree(arrivals);
	kfree(k.weighing);
	atomic64_add(k.ctx.lookups, &ds_stats.lookups);
	atomic64_add(k.ctx.passed, &ds_stats.lookup_chain);
	return err;
}

/**
 * ds_who_free() - free what ds_who_find() allocated
 * @w: the answer
 *
 * Context: process context.
 */
void ds_who_free(struct ds_who *w)
{
	ds_free(w->line);
	ds_share_end(&w->share);
}
