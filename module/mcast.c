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
	for (i = 0; i < laddrs->nvrfs && i <= DS_MAX_VRFS; i++) {
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
	if (ipv4_is_multicast(addr))
		return ds_mcast_joined4(in_dev, addr);
	if (ipv4_is_lbcast(addr))
		return dev->flags & IFF_BROADCAST;
	return owns_broadcast(in_dev, addr);
}

static int arrives4(const struct ds_mcast_key *key, __be32 addr)
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

/* ------------------------------------------------------------------ IPv6 */

#if IS_ENABLED(CONFIG_IPV6)
/**
 * struct group_walk - a walk over the groups of one device
 * @mcast: gets the groups
 * @dev: index of the device
 * @master: index of its VRF, or 0
 * @begin: number of groups in @mcast before this device
 * @last: the last visited group
 * @paused: the walk has paused and has to find @last again
 */
struct group_walk {
	struct ds_mcast *mcast;
	int dev;
	int master;
	u32 begin;
	struct in6_addr last;
	bool paused;
};

enum walked { WALK_END, WALK_PAUSED, WALK_FULL, WALK_LOST };

static enum walked walk_list(struct group_walk *w, struct inet6_dev *idev,
			     struct ds_budget *budget)
{
	struct ds_mcast *mcast = w->mcast;
	const struct ifmcaddr6 *im;
	bool seek = w->paused;

	for (im = ds_groups6_first(idev); im; im = ds_groups6_next(im)) {
		if (seek) {
			seek = !ipv6_addr_equal(&w->last, &im->mca_addr);
			if (!seek)
				ds_budget_renew(budget);
			continue;
		}
		if (mcast->n == mcast->max)
			return WALK_FULL;
		mcast->at[mcast->n++] = (struct ds_group) {
			.addr = im->mca_addr, .dev = w->dev, .master = w->master,
		};
		w->last = im->mca_addr;
		w->paused = true;
		ds_budget_spend(budget, DS_ENTRY_STEPS);
		if (ds_budget_used_up(budget))
			return WALK_PAUSED;
	}
	return seek ? WALK_LOST : WALK_END;
}

static enum walked walk_groups(struct group_walk *w, const struct ds_local *local)
{
	const struct net_device *dev;
	struct inet6_dev *idev;
	struct ds_budget budget;
	enum walked ret = WALK_END;

	ds_budget_enter(&budget);
	dev = dev_get_by_index_rcu(local->net, w->dev);
	idev = dev && READ_ONCE(dev->flags) & IFF_UP ? __in6_dev_get(dev) : NULL;
	if (idev) {
		ds_groups6_lock(idev);
		ret = walk_list(w, idev, &budget);
		ds_groups6_unlock(idev);
	}
	ds_budget_leave(&budget);
	return ret;
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

static int load_dev(struct ds_mcast *mcast, const struct ds_local *local,
		    const struct ds_laddr_dev *dev)
{
	struct group_walk w = {
		.mcast = mcast, .dev = dev->dev, .master = dev->master, .begin = mcast->n,
	};
	enum walked walked;
	int err = 0;

	do {
		walked = walk_groups(&w, local);
		if (walked == WALK_FULL)
			err = grow(mcast);
		if (walked == WALK_LOST) {
			/* the device left the group at which the walk paused: walk again */
			mcast->n = w.begin;
			w.paused = false;
		}
		if (fatal_signal_pending(current))
			err = -EINTR;
	} while (!err && walked != WALK_END);
	return err;
}

static int load6(struct ds_mcast *mcast, const struct ds_local *local)
{
	const struct ds_laddrs *laddrs = &local->laddrs[DS_V6];
	u32 i;
	int err = 0;

	for (i = 0; i < laddrs->ndevs && !err; i++)
		err = load_dev(mcast, local, &laddrs->dev[i]);
	return err;
}
#else
static int load6(struct ds_mcast *mcast, const struct ds_local *local)
{
	return 0;
}
#endif

static int cmp_groups(const void *a, const void *b, const void *arg)
{
	const struct ds_group *x = a, *y = b;
	int diff = ipv6_addr_cmp(&x->addr, &y->addr);

	return diff ?: x->dev - y->dev;
}

/**
 * ds_mcast_load() - collect the IPv6 groups that devices joined
 * @mcast: filled in; to be freed by ds_mcast_free(), also after an error
 * @local: local addresses of the namespace
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, -EINTR or an error of ds_charge_add().
 */
int ds_mcast_load(struct ds_mcast *mcast, const struct ds_local *local)
{
	int err;

	mcast->share.charge = local->share.charge;
	err = load6(mcast, local);
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

static int arrives6(const struct ds_mcast_key *key, const struct ds_mcast *mcast,
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
int ds_mcast_arrives(const struct ds_mcast_key *key, const struct ds_mcast *mcast,
		     const struct in6_addr *addr, int joined)
	__must_hold(RCU)
{
	__be32 v4 = addr->s6_addr32[3];
	bool is_v4 = ds_addr_is_mapped(addr);

	if (joined >= 0 && (!is_v4 || ipv4_is_multicast(v4)))
		return joined_itself(key, joined);
	if (!is_v4)
		return arrives6(key, mcast, addr);
	if (!ipv4_is_multicast(v4) && !ipv4_is_lbcast(v4) && routed_broadcast(key, addr))
		return 1;
	return arrives4(key, v4);
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
