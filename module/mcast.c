// SPDX-License-Identifier: GPL-2.0-only
/* Multicast and broadcast addresses: every UDP socket that is bound to one gets its own copy. */
#include <linux/hash.h>
#include <linux/igmp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/if_inet6.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include "account.h"
#include "array.h"
#include "compat.h"
#include "judge/judge.h"
#include "mcast.h"
#include "mem.h"

/* Limit of a device's addresses that are searched for a broadcast address. */
#define MAX_ADDRESSES	64

/* How often a walk over the groups of a device begins again before it makes do with what it has. */
#define MAX_RESTARTS	8

/* Bytes charged for a group, with the scratch space for sorting. */
#define CHARGE_GROUP	(2 * sizeof(struct ds_group))

/**
 * ds_mcast_is() - whether an address is a multicast or broadcast address
 * @key: the socket that is bound to it
 * @addr: the address, not a wildcard; an IPv4 address in v4-mapped form
 *
 * Context: process context, in a section of @key->budget.
 * Return: 1 if it is, 0 if not, or -EINTR.
 */
int ds_mcast_is(const struct ds_mcast_key *key, const struct in6_addr *addr)
	__must_hold(RCU)
{
	const struct ds_laddrs *laddrs = &key->local->laddrs[DS_V4];
	u32 i;
	int err;

	if (!ds_addr_is_mapped(addr))
		return ipv6_addr_is_multicast(addr);
	err = ds_budget_step(key->budget, DS_LOOKUP_STEPS);
	if (err)
		return err;
	if (ipv4_is_multicast(addr->s6_addr32[3]) ||
	    ds_local_is_broadcast(key->local->net, addr, key->ifindex))
		return 1;
	if (key->ifindex || !key->accept)
		return 0;
	/* the judge does not know more of an address of further VRFs, either */
	for (i = 0; i < ds_laddrs_vrfs_to_ask(laddrs); i++) {
		err = ds_budget_step(key->budget, DS_LOOKUP_STEPS);
		if (err)
			return err;
		if (laddrs->vrf[i].master &&
		    ds_local_is_broadcast(key->local->net, addr, laddrs->vrf[i].master))
			return 1;
	}
	return 0;
}

/* ------------------------------------------------------------------ IPv4 */

/**
 * ds_mcast_joined4() - find a device's membership in an IPv4 group
 * @in_dev: the device's IPv4 part
 * @group: the group
 *
 * This does what ip_check_mc_rcu() does, which is not exported. A device with many groups has a
 * hash table of them.
 *
 * Context: under RCU.
 * Return: the device's membership, or NULL.
 */
struct ip_mc_list *ds_mcast_joined4(const struct in_device *in_dev, __be32 group)
{
	struct ip_mc_list __rcu **hash = rcu_dereference(in_dev->mc_hash);
	struct ip_mc_list *im;

	if (hash) {
		im = rcu_dereference(hash[hash_32((__force u32)group, MC_HASH_SZ_LOG)]);
		while (im && im->multiaddr != group)
			im = rcu_dereference(im->next_hash);
		return im;
	}
	im = rcu_dereference(in_dev->mc_list);
	while (im && im->multiaddr != group)
		im = rcu_dereference(im->next_rcu);
	return im;
}

static bool owns_broadcast(const struct in_device *in_dev, __be32 addr)
{
	const struct in_ifaddr *ifa;
	int left = MAX_ADDRESSES;

	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		__be32 network = ifa->ifa_address & ifa->ifa_mask;

		if (ifa->ifa_broadcast == addr)
			return true;
		if (ifa->ifa_prefixlen < 31 && (network | ~ifa->ifa_mask) == addr)
			return true;
		if (!left--)
			break;
	}
	return false;
}

static bool arrives_at4(const struct net_device *dev, __be32 addr)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);

	if (!in_dev || !(READ_ONCE(dev->flags) & IFF_UP))
		return false;
	if (ipv4_is_lbcast(addr))
		return dev->flags & IFF_BROADCAST;
	return owns_broadcast(in_dev, addr);
}

/* Whether a broadcast address is one of any device that the socket covers. */
static int find_broadcast(const struct ds_mcast_key *key, __be32 addr)
	__must_hold(RCU)
{
	const struct ds_laddrs *laddrs = &key->local->laddrs[DS_V4];
	u32 i;

	for (i = 0; i < laddrs->ndevs; i++) {
		const struct net_device *dev;
		int err = ds_budget_step(key->budget, DS_SOCKET_STEPS);

		if (err)
			return err;
		if (!ds_covers(key->ifindex, laddrs->dev[i].dev, laddrs->dev[i].master,
			       key->accept))
			continue;
		dev = dev_get_by_index_rcu(key->local->net, laddrs->dev[i].dev);
		if (dev && arrives_at4(dev, addr))
			return 1;
	}
	return 0;
}

/* There may be any number of devices: the common cases do not look at all of them for each row. */
static int arrives4(const struct ds_mcast_key *key, struct ds_mcast *mcast, __be32 addr)
	__must_hold(RCU)
{
	const struct net_device *dev;
	int ret;

	if (key->ifindex) {
		if (!ds_laddrs_dev(&key->local->laddrs[DS_V4], key->ifindex))
			return 0;
		dev = dev_get_by_index_rcu(key->local->net, key->ifindex);
		if (!dev || !netif_is_l3_master(dev))
			return dev && arrives_at4(dev, addr);
	}
	if (key->ifindex || !ipv4_is_lbcast(addr))
		return find_broadcast(key, addr);
	if (mcast->lbcast < 0) {
		ret = find_broadcast(key, addr);
		if (ret < 0)
			return ret;
		mcast->lbcast = ret;
	}
	return mcast->lbcast;
}

/*
 * A device may own too many addresses to search them all. The broadcast route also tells one device
 * that has this broadcast address.
 */
static bool routed_broadcast(const struct ds_mcast_key *key, const struct in6_addr *addr)
{
	struct net *net = key->local->net;
	int owner = ds_local_broadcast_dev(net, addr, key->ifindex);

	return owner && ds_covers(key->ifindex, owner, ds_local_master(net, owner), key->accept);
}

/* ------------------------------------------------------------------ groups */

/**
 * struct group_walk - a walk over the groups of one device
 * @mcast: gets the groups
 * @dev: index of the device
 * @master: index of its VRF, or 0
 * @begin: number of groups in @mcast before this device
 * @last: the last visited group
 * @paused: the walk has paused and has to find @last again
 * @seek: in a section: it has not found @last yet
 */
struct group_walk {
	struct ds_mcast *mcast;
	int dev;
	int master;
	u32 begin;
	struct in6_addr last;
	bool paused;
	bool seek;
};

enum walked { WALK_END, WALK_PAUSED, WALK_FULL, WALK_LOST };

/* Returns WALK_END if the walk goes on. */
static enum walked visit_group(struct group_walk *w, const struct in6_addr *addr,
			       struct ds_budget *budget)
{
	struct ds_mcast *mcast = w->mcast;

	if (w->seek) {
		w->seek = !ipv6_addr_equal(&w->last, addr);
		if (!w->seek)
			ds_budget_renew(budget);
		return WALK_END;
	}
	if (mcast->n == mcast->max)
		return WALK_FULL;
	mcast->at[mcast->n++] = (struct ds_group) {
		.addr = *addr, .dev = w->dev, .master = w->master,
	};
	w->last = *addr;
	w->paused = true;
	ds_budget_spend(budget, DS_ENTRY_STEPS);
	return ds_budget_used_up(budget) ? WALK_PAUSED : WALK_END;
}

static enum walked walk_groups4(struct group_walk *w, const struct net_device *dev,
				struct ds_budget *budget)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct ip_mc_list *im = in_dev ? rcu_dereference(in_dev->mc_list) : NULL;
	enum walked ret = WALK_END;

	for (; im && ret == WALK_END; im = rcu_dereference(im->next_rcu)) {
		struct in6_addr addr;

		ipv6_addr_set_v4mapped(im->multiaddr, &addr);
		ret = visit_group(w, &addr, budget);
	}
	return ret;
}

#if IS_ENABLED(CONFIG_IPV6)
static enum walked walk_groups6(struct group_walk *w, const struct net_device *dev,
				struct ds_budget *budget)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	const struct ifmcaddr6 *im;
	enum walked ret = WALK_END;

	if (!idev)
		return WALK_END;
	ds_groups6_lock(idev);
	for (im = ds_groups6_first(idev); im && ret == WALK_END; im = ds_groups6_next(im))
		ret = visit_group(w, &im->mca_addr, budget);
	ds_groups6_unlock(idev);
	return ret;
}
#else
static enum walked walk_groups6(struct group_walk *w, const struct net_device *dev,
				struct ds_budget *budget)
{
	return WALK_END;
}
#endif

/* One section of the walk. */
static enum walked walk_groups(struct group_walk *w, const struct ds_local *local,
			       enum ds_family family)
{
	const struct net_device *dev;
	struct ds_budget budget;
	enum walked ret = WALK_END;

	ds_budget_enter(&budget);
	w->seek = w->paused;
	dev = dev_get_by_index_rcu(local->net, w->dev);
	if (!dev || !(READ_ONCE(dev->flags) & IFF_UP))
		w->seek = false;
	else if (family == DS_V4)
		ret = walk_groups4(w, dev, &budget);
	else
		ret = walk_groups6(w, dev, &budget);
	ds_budget_leave(&budget);
	return ret == WALK_END && w->seek ? WALK_LOST : ret;
}

static int grow(struct ds_mcast *mcast)
{
	u32 max = max(mcast->max * 2, 64U);
	int err = ds_share_array(&mcast->share, (void **)&mcast->at, mcast->max, max,
				 sizeof(*mcast->at), CHARGE_GROUP);

	if (!err)
		mcast->max = max;
	return err;
}

static int load_dev(struct ds_mcast *mcast, const struct ds_local *local, enum ds_family family,
		    const struct ds_laddr_dev *dev)
{
	struct group_walk w = {
		.mcast = mcast, .dev = dev->dev, .master = dev->master, .begin = mcast->n,
	};
	u32 restarts = 0;
	int err = 0;

	while (!err) {
		switch (walk_groups(&w, local, family)) {
		case WALK_END:
			return 0;
		case WALK_PAUSED:
			break;
		case WALK_FULL:
			err = grow(mcast);
			break;
		case WALK_LOST:
			/* the device left the group at which the walk paused: walk again */
			if (restarts++ == MAX_RESTARTS)
				return 0;
			mcast->n = w.begin;
			w.paused = false;
			break;
		}
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

static int cmp_groups(const void *a, const void *b, const void *arg)
{
	const struct ds_group *x = a, *y = b;
	int diff = ipv6_addr_cmp(&x->addr, &y->addr);

	return diff ?: x->dev - y->dev;
}

/**
 * ds_mcast_load() - collect the groups that devices joined
 * @mcast: filled in; to be freed by ds_mcast_free(), also after an error
 * @local: local addresses of the namespace
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, -EINTR or an error of ds_charge_add().
 */
int ds_mcast_load(struct ds_mcast *mcast, const struct ds_local *local)
{
	int family, err = 0;
	u32 i;

	mcast->share.charge = local->share.charge;
	mcast->lbcast = -1;
	for (family = 0; family < DS_NFAMILIES; family++) {
		const struct ds_laddrs *laddrs = &local->laddrs[family];

		for (i = 0; i < laddrs->ndevs && !err; i++)
			err = load_dev(mcast, local, family, &laddrs->dev[i]);
	}
	if (!err)
		err = ds_array_sort(mcast->at, mcast->n, sizeof(*mcast->at), cmp_groups, NULL);
	mcast->loaded = !err;
	return err;
}

static u32 first_of(const struct ds_mcast *mcast, const struct ds_group *key)
{
	u32 low = 0, high = mcast->n;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (cmp_groups(&mcast->at[middle], key, NULL) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether a device that the socket covers has joined a group. */
static int find_group(const struct ds_mcast_key *key, const struct ds_mcast *mcast,
		      const struct in6_addr *addr)
	__must_hold(RCU)
{
	struct ds_group group = { .addr = *addr, .dev = key->ifindex };
	u32 i = first_of(mcast, &group);

	if (i < mcast->n && !cmp_groups(&mcast->at[i], &group, NULL))
		return 1;
	/* the socket is bound to a VRF, or to no device */
	group.dev = 0;
	for (i = first_of(mcast, &group); i < mcast->n; i++) {
		int err;

		if (!ipv6_addr_equal(&mcast->at[i].addr, addr))
			break;
		if (ds_covers(key->ifindex, mcast->at[i].dev, mcast->at[i].master, key->accept))
			return 1;
		err = ds_budget_step(key->budget, 1);
		if (err)
			return err;
	}
	return 0;
}

/* For a socket that gets the group's packets only at the device where it joined the group. */
static bool joined_itself(const struct ds_mcast_key *key, int joined)
{
	const struct net_device *dev = dev_get_by_index_rcu(key->local->net, joined);

	return dev && READ_ONCE(dev->flags) & IFF_UP &&
	       ds_covers(key->ifindex, joined, ds_local_master(key->local->net, joined),
			 key->accept);
}

/**
 * ds_mcast_arrives() - whether datagrams for a multicast or broadcast address reach a socket
 * @key: the socket that is bound to it
 * @mcast: the namespace's groups
 * @addr: the address, for which ds_mcast_is() returned 1
 * @joined: for a socket with DS_ROW_JOINED_ONLY: ds_row.joined; else -1
 *
 * Context: process context, in a section of @key->budget.
 * Return: 1 if a device that the socket covers has joined the group or has the broadcast address;
 * 0 if none has; -EINTR.
 */
int ds_mcast_arrives(const struct ds_mcast_key *key, struct ds_mcast *mcast,
		     const struct in6_addr *addr, int joined)
	__must_hold(RCU)
{
	__be32 v4 = addr->s6_addr32[3];
	bool is_v4 = ds_addr_is_mapped(addr);

	if (joined >= 0 && (!is_v4 || ipv4_is_multicast(v4)))
		return joined_itself(key, joined);
	if (!is_v4 || ipv4_is_multicast(v4))
		return find_group(key, mcast, addr);
	if (!ipv4_is_lbcast(v4) && routed_broadcast(key, addr))
		return 1;
	return arrives4(key, mcast, v4);
}

/**
 * ds_mcast_free() - free what ds_mcast_load() allocated
 * @mcast: may be all zero
 *
 * Context: process context.
 */
void ds_mcast_free(struct ds_mcast *mcast)
{
	ds_free(mcast->at);
	ds_share_end(&mcast->share);
	memset(mcast, 0, sizeof(*mcast));
}
