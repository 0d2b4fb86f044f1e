// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds who gets a copy of a multicast or broadcast datagram.
 *
 * The kernel does not export its filters: ip_mc_sf_allow(), inet6_mc_check(), ip_check_mc_rcu() and
 * ipv6_chk_mcast_addr(). So this implements the same rules. Tests compare them with real datagrams.
 */
#include <linux/igmp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/if_inet6.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/udp.h>
#include "chain.h"
#include "compat.h"
#include "mcast.h"
#include "question.h"
#include "who.h"

/* How often the chain is walked again because a socket moved. */
#define MAX_RESTARTS	8

/* Which datagrams pass a source filter. If the question names a peer, only its datagrams count. */
enum pass {
	PASS_NONE,
	PASS_SOME,
	PASS_ALL,
};

/**
 * struct mcast_walk - a walk over the sockets of a port
 * @k: the work
 * @some: only datagrams of some sources pass the device's filter
 */
struct mcast_walk {
	struct ds_who_work *k;
	bool some;
};

static __be32 peer4(const struct ds_who_work *k)
{
	return k->q->peer.s6_addr32[3];
}

/* ------------------------------------------------------------------ what a device lets in */

/**
 * struct sources - a device's source filter for a group, merged from those of all sockets
 * @excluders: number of sockets in the mode MCAST_EXCLUDE
 * @listed: the peer is one of the listed sources
 * @passes: the peer is listed, and its datagrams pass
 * @blocked: datagrams of some source do not pass
 * @n: number of sources visited
 */
struct sources {
	unsigned long excluders;
	bool listed;
	bool passes;
	bool blocked;
	u32 n;
};

/* A source passes if some socket includes it, or if not all excluding sockets exclude it. */
static void add_source(struct sources *s, const unsigned long *count, bool is_peer)
{
	bool passes = count[MCAST_INCLUDE] || count[MCAST_EXCLUDE] != s->excluders;

	s->n++;
	s->blocked |= !passes;
	if (is_peer) {
		s->listed = true;
		s->passes = passes;
	}
}

static enum pass pass_of(const struct ds_who_work *k, const struct sources *s)
{
	/* the callers may hold a lock and stop at this number: other sources are not known */
	if (s->n == DS_WHO_SOURCES && !s->listed)
		return PASS_SOME;
	if (!k->q->has_peer)
		return s->excluders && !s->blocked ? PASS_ALL : PASS_SOME;
	return (s->listed ? s->passes : s->excluders) ? PASS_ALL : PASS_NONE;
}

static enum pass device_lets4(const struct ds_who_work *k, struct ip_mc_list *im)
{
	const struct ip_sf_list *psf;
	struct sources s = { };

	spin_lock_bh(&im->lock);
	s.excluders = im->sfcount[MCAST_EXCLUDE];
	for (psf = im->sources; psf && s.n < DS_WHO_SOURCES; psf = psf->sf_next)
		add_source(&s, psf->sf_count, psf->sf_inaddr == peer4(k));
	spin_unlock_bh(&im->lock);
	return pass_of(k, &s);
}

/* The device's membership; if the device is in a VRF and has none, that of the VRF device. */
static struct ip_mc_list *group4(struct ds_who_work *k, const struct net_device *dev)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	__be32 group = k->q->addr.s6_addr32[3];
	struct ip_mc_list *im = in_dev ? ds_mcast_joined4(in_dev, group) : NULL;
	const struct net_device *vrf;

	if (im || !in_dev || !netif_is_l3_slave(dev))
		return im;
	vrf = dev_get_by_index_rcu(k->net, l3mdev_master_ifindex_rcu(dev));
	in_dev = vrf ? __in_dev_get_rcu(vrf) : NULL;
	return in_dev ? ds_mcast_joined4(in_dev, group) : NULL;
}

#if IS_ENABLED(CONFIG_IPV6)
static enum pass device_lets6(const struct ds_who_work *k, struct ifmcaddr6 *im)
{
	const struct ip6_sf_list *psf;
	struct sources s = { };

	ds_sources6_lock(im);
	s.excluders = im->mca_sfcount[MCAST_EXCLUDE];
	for (psf = ds_sources6_first(im); psf && s.n < DS_WHO_SOURCES; psf = ds_sources6_next(psf))
		add_source(&s, psf->sf_count, ipv6_addr_equal(&psf->sf_addr, &k->q->peer));
	ds_sources6_unlock(im);
	return pass_of(k, &s);
}

/* For IPv6 the kernel has no hash table of a device's groups, only a list, which may be long. */
static bool find_group6(struct ds_who_work *k, const struct net_device *dev, enum pass *pass)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	struct ifmcaddr6 *im;

	if (!idev || READ_ONCE(idev->cnf.disable_ipv6))
		return false;
	ds_groups6_lock(idev);
	for (im = ds_groups6_first(idev); im; im = ds_groups6_next(im)) {
		ds_budget_spend(&k->ctx.budget, 1);
		if (ipv6_addr_equal(&im->mca_addr, &k->q->addr))
			break;
	}
	if (im && pass)
		*pass = device_lets6(k, im);
	ds_groups6_unlock(idev);
	return im;
}
#else
static bool find_group6(struct ds_who_work *k, const struct net_device *dev, enum pass *pass)
{
	return false;
}
#endif

/**
 * ds_who_is_joined() - whether datagrams for the group come in at a device
 * @k: the work; the question is about a multicast group or the limited broadcast address
 * @dev: the device, which is up
 *
 * Context: under RCU.
 * Return: true if the device joined the group; for the broadcast address, if it can broadcast.
 */
bool ds_who_is_joined(struct ds_who_work *k, const struct net_device *dev)
{
	if (k->q->family == DS_V6)
		return find_group6(k, dev, NULL);
	if (ipv4_is_lbcast(k->q->addr.s6_addr32[3]))
		return dev->flags & IFF_BROADCAST && __in_dev_get_rcu(dev);
	return group4(k, dev);
}

static enum pass device_lets(struct ds_who_work *k)
{
	const struct net_device *dev = dev_get_by_index_rcu(k->net, k->dev);
	enum pass pass = PASS_NONE;
	struct ip_mc_list *im;

	if (!dev)
		return PASS_NONE;
	if (k->q->family == DS_V6) {
		find_group6(k, dev, &pass);
		return pass;
	}
	if (!ipv4_is_multicast(k->q->addr.s6_addr32[3]))
		return PASS_ALL;
	im = group4(k, dev);
	return im ? device_lets4(k, im) : PASS_NONE;
}

/* ------------------------------------------------------------------ what a socket lets in */

static enum pass pass_by_mode(unsigned int mode, bool has_list, bool asks, bool listed)
{
	if (!has_list)
		return mode == MCAST_EXCLUDE ? PASS_ALL : PASS_NONE;
	if (!asks)
		return PASS_SOME;
	return listed == (mode == MCAST_INCLUDE) ? PASS_ALL : PASS_NONE;
}

static enum pass filter4(struct ds_who_work *k, const struct ip_mc_socklist *mc)
{
	const struct ip_sf_socklist *list = rcu_dereference(mc->sflist);
	unsigned int i, n = list ? list->sl_count : 0;

	for (i = 0; i < n; i++)
		if (list->sl_addr[i] == peer4(k))
			break;
	ds_budget_spend(&k->ctx.budget, i);
	return pass_by_mode(mc->sfmode, n, k->q->has_peer, i < n);
}

/* The socket's membership on the input device or on its VRF decides. */
static enum pass socket_lets4(struct ds_who_work *k, const struct sock *sk)
{
	__be32 group = k->q->addr.s6_addr32[3];
	const struct ip_mc_socklist *mc;

	if (!ipv4_is_multicast(group))
		return PASS_ALL;
	for (mc = rcu_dereference(inet_sk(sk)->mc_list); mc; mc = rcu_dereference(mc->next_rcu)) {
		int at = mc->multi.imr_ifindex;

		/* the sysctls that limit memberships and sources belong to the namespace's root */
		ds_budget_spend(&k->ctx.budget, 1);
		if (mc->multi.imr_multiaddr.s_addr == group &&
		    (at == k->dev || (k->master && at == k->master)))
			return filter4(k, mc);
	}
	return ds_sock_mcall4(sk) ? PASS_ALL : PASS_NONE;
}

#if IS_ENABLED(CONFIG_IPV6)
static enum pass filter6(struct ds_who_work *k, struct ipv6_mc_socklist *mc)
{
	const struct ip6_sf_socklist *list;
	unsigned int i, n;
	enum pass pass;

	ds_filter6_lock(mc);
	list = ds_filter6_list(mc);
	n = list ? list->sl_count : 0;
	for (i = 0; i < n; i++)
		if (ipv6_addr_equal(&list->sl_addr[i], &k->q->peer))
			break;
	ds_budget_spend(&k->ctx.budget, i);
	pass = pass_by_mode(mc->sfmode, n, k->q->has_peer, i < n);
	ds_filter6_unlock(mc);
	return pass;
}

/* The socket's first membership in the group decides, on whatever device it is. */
static enum pass socket_lets6(struct ds_who_work *k, const struct sock *sk)
{
	struct ipv6_mc_socklist *mc;

	for (mc = rcu_dereference(inet6_sk(sk)->ipv6_mc_list); mc; mc = rcu_dereference(mc->next)) {
		ds_budget_spend(&k->ctx.budget, 1);
		if (ipv6_addr_equal(&mc->addr, &k->q->addr))
			return filter6(k, mc);
	}
	return ds_sock_mcall6(sk) ? PASS_ALL : PASS_NONE;
}

/* A stale peer counts, too, but only its address, since disconnecting clears the port. */
static bool is_peer6(const struct ds_who_work *k, const struct sock *sk)
{
	/* may race with connect() */
	struct in6_addr peer = data_race(sk->sk_v6_daddr);

	return ipv6_addr_any(&peer) ||
	       (k->q->has_peer && ipv6_addr_equal(&peer, &k->q->peer));
}
#else
static enum pass socket_lets6(struct ds_who_work *k, const struct sock *sk)
{
	return PASS_NONE;
}

static bool is_peer6(const struct ds_who_work *k, const struct sock *sk)
{
	return false;
}
#endif

static bool is_peer4(const struct ds_who_work *k, const struct sock *sk)
{
	/* may race with connect() */
	__be32 peer = data_race(sk->sk_daddr);

	return !peer || (k->q->has_peer && peer == peer4(k));
}

/* A connected socket gets only what its peer sends. */
static bool is_peer(const struct ds_who_work *k, const struct sock *sk)
{
	u16 port = ntohs(READ_ONCE(sk->sk_dport));

	if (port && port != k->q->peer_port)
		return false;
	return k->q->family == DS_V4 ? is_peer4(k, sk) : is_peer6(k, sk);
}

static bool is_bound_so(const struct ds_who_work *k, const struct ds_row *row)
{
	return row->families & DS_TAKES(k->q->family) &&
	       (ds_row_is_wildcard(row) || ipv6_addr_equal(&row->addr, &k->q->addr)) &&
	       ds_covers(row->ifindex, k->dev, k->master, k->accept);
}

static enum pass socket_lets(struct ds_who_work *k, const struct sock *sk)
{
	return k->q->family == DS_V4 ? socket_lets4(k, sk) : socket_lets6(k, sk);
}

/* ------------------------------------------------------------------ the sockets of the port */

static void visit(struct sock *sk, void *arg)
{
	struct mcast_walk *c = arg;
	struct ds_who_line *line;
	struct ds_row row;
	enum pass pass;

	if (!net_eq(sock_net(sk), c->k->net) || READ_ONCE(sk->sk_num) != c->k->q->port)
		return;
	ds_row_fill(&row, sk, DS_UDP);
	if (!is_bound_so(c->k, &row) || !is_peer(c->k, sk))
		return;
	pass = socket_lets(c->k, sk);
	if (pass == PASS_NONE)
		return;
	line = ds_who_add_socket(c->k, DS_WHO_COPY, sk);
	if (line)
		line->filter = c->some || pass == PASS_SOME;
}

static int walk(struct mcast_walk *c)
	__must_hold(RCU)
{
	struct ds_who_work *k = c->k;
	struct udp_hslot *slot = udp_hashslot(ds_udp_table(k->net), k->net, k->q->port);
	u32 count = READ_ONCE(slot->count), restarts = 0;
	enum ds_chain_state state;
	struct ds_chain chain;
	int err = 0;

	if (count > DS_MAX_CHAIN) {
		ds_who_add(k, DS_WHO_UNKNOWN)->number = count;
		return 0;
	}
	ds_chain_start(&chain, &slot->head, offsetof(struct sock, sk_node));
	do {
		state = ds_chain_walk(&chain, &k->ctx.budget, visit, c);
		if (state == DS_CHAIN_MOVED) {
			ds_chain_put(&chain);
			ds_chain_start(&chain, &slot->head, offsetof(struct sock, sk_node));
			k->w->n = k->begin;
			if (++restarts > MAX_RESTARTS) {
				ds_who_add(k, DS_WHO_UNKNOWN)->number = count;
				break;
			}
		}
		if (state != DS_CHAIN_END)
			err = ds_budget_pause(&k->ctx.budget);
	} while (!err && state != DS_CHAIN_END);
	ds_chain_put(&chain);
	return err;
}

/**
 * ds_who_mcast() - find who gets a copy of a datagram that comes in at a device
 * @k: the work, with the device set
 *
 * Context: process context, in the section of @k; may leave it and enter another.
 * Return: 0 or -EINTR.
 */
int ds_who_mcast(struct ds_who_work *k)
	__must_hold(RCU)
{
	enum pass pass = device_lets(k);
	struct mcast_walk c = { .k = k, .some = pass == PASS_SOME };
	int err = 0;

	if (pass != PASS_NONE)
		err = walk(&c);
	if (!err && k->w->n == k->begin)
		ds_who_add(k, DS_WHO_NOBODY);
	return err;
}
