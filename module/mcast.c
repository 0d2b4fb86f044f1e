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
 * Return: DS_MCAST_GROUP, DS_MCAST_BROADCAST, 0 if it is neither, or -EINTR.
 */
int ds_mcast_is(const struct ds_mcast_key *key, const struct in6_addr *addr)
	__must_hold(RCU)
{
	const struct ds_laddrs *laddrs = &key->local->laddrs[DS_V4];
	bool found;
	u32 i;
	int err;

	if (!ds_addr_is_mapped(addr))
		return ipv6_addr_is_multicast(addr) ? DS_MCAST_GROUP : 0;
	if (ipv4_is_multicast(addr->s6_addr32[3]))
		return DS_MCAST_GROUP;
	found = ds_local_is_broadcast(key->local->net, addr, key->ifindex);
	err = ds_budget_step(key->budget, DS_ROUTE_STEPS);
	if (err || found)
		return err ?: DS_MCAST_BROADCAST;
	if (key->ifindex || !key->accept)
		return 0;
	/* the judge asks about no more VRFs, either */
	for (i = 0; i < ds_laddrs_vrfs_to_ask(laddrs); i++) {
		if (!laddrs->vrf[i].master)
			continue;
		found = ds_local_is_broadcast(key->local->net, addr, laddrs->vrf[i].master);
		err = ds_budget_step(key->budget, DS_ROUTE_STEPS);
		if (err || found)
			return err ?: DS_MCAST_BROADCAST;
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

/* What a walk collects. */
enum kind { GROUPS4, GROUPS6, BROADCAST };

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

/* Broadcast addresses that one address of a device adds. */
#define BROADCASTS	2

static void add_broadcast(struct group_walk *w, __be32 addr)
{
	struct ds_mcast *mcast = w->mcast;
	struct ds_group group = { .dev = w->dev, .master = w->master };
	u32 i = mcast->n;

	ipv6_addr_set_v4mapped(addr, &group.addr);
	/* most addresses of a device have the same one */
	while (i > w->begin && i + BROADCASTS > mcast->n)
		if (ipv6_addr_equal(&mcast->at[--i].addr, &group.addr))
			return;
	mcast->at[mcast->n++] = group;
}

/* Adds the broadcast addresses of a device's first addresses. */
static enum walked walk_broadcasts(struct group_walk *w, const struct net_device *dev,
				   struct ds_budget *budget)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;
	int left = MAX_ADDRESSES;

	if (!in_dev)
		return WALK_END;
	if (w->mcast->max - w->mcast->n < 1 + BROADCASTS * MAX_ADDRESSES)
		return WALK_FULL;
	if (READ_ONCE(dev->flags) & IFF_BROADCAST)
		add_broadcast(w, htonl(INADDR_BROADCAST));
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		__be32 network = ifa->ifa_address & ifa->ifa_mask;

		if (!left--)
			break;
		if (ifa->ifa_broadcast)
			add_broadcast(w, ifa->ifa_broadcast);
		if (ifa->ifa_prefixlen < 31)
			add_broadcast(w, network | ~ifa->ifa_mask);
		ds_budget_spend(budget, DS_ENTRY_STEPS);
	}
	return WALK_END;
}

/* One section of the walk. */
static enum walked walk_dev(struct group_walk *w, const struct ds_local *local, enum kind kind)
{
	const struct net_device *dev;
	struct ds_budget budget;
	enum walked ret = WALK_END;

	ds_budget_enter(&budget);
	w->seek = w->paused;
	dev = dev_get_by_index_rcu(local->net, w->dev);
	if (!dev || !(READ_ONCE(dev->flags) & IFF_UP))
		w->seek = false;
	else if (kind == BROADCAST)
		ret = walk_broadcasts(w, dev, &budget);
	else if (kind == GROUPS4)
		ret = walk_groups4(w, dev, &budget);
	else
		ret = walk_groups6(w, dev, &budget);
	ds_budget_leave(&budget);
	return ret == WALK_END && w->seek ? WALK_LOST : ret;
}

static int grow(struct ds_mcast *mcast)
{
	u32 max = max(mcast->max * 2, 256U);
	int err = ds_share_array(&mcast->share, (void **)&mcast->at, mcast->max, max,
				 sizeof(*mcast->at), CHARGE_GROUP);

	if (!err)
		mcast->max = max;
	return err;
}

static int load_dev(struct ds_mcast *mcast, const struct ds_local *local, enum kind kind,
		    const struct ds_laddr_dev *dev)
{
	struct group_walk w = {
		.mcast = mcast, .dev = dev->dev, .master = dev->master, .begin = mcast->n,
	};
	u32 restarts = 0;
	int err = 0;

	while (!err) {
		switch (walk_dev(&w, local, kind)) {
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

	return diff ?: x->master - y->master ?: x->dev - y->dev;
}

static int load_kind(struct ds_mcast *mcast, const struct ds_local *local, enum kind kind)
{
	const struct ds_laddrs *laddrs = &local->laddrs[kind == GROUPS6 ? DS_V6 : DS_V4];
	u32 i;
	int err = 0;

	for (i = 0; i < laddrs->ndevs && !err; i++)
		err = load_dev(mcast, local, kind, &laddrs->dev[i]);
	return err;
}

/**
 * ds_mcast_load() - collect the groups that devices joined, or the devices' broadcast addresses
 * @mcast: filled in; to be freed by ds_mcast_free(), also after an error
 * @local: local addresses of the namespace
 * @broadcast: collect broadcast addresses
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, -EINTR or an error of ds_charge_add().
 */
int ds_mcast_load(struct ds_mcast *mcast, const struct ds_local *local, bool broadcast)
{
	int err;

	mcast->share.charge = local->share.charge;
	err = load_kind(mcast, local, broadcast ? BROADCAST : GROUPS4);
	if (!err && !broadcast)
		err = load_kind(mcast, local, GROUPS6);
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

/* Whether there is an entry for an address, and with @master >= 0 for a device of this VRF. */
static bool has_entry(const struct ds_mcast *mcast, const struct in6_addr *addr, int master)
{
	const struct ds_group key = { .addr = *addr, .master = max(master, 0) };
	u32 i = first_of(mcast, &key);

	return i < mcast->n && ipv6_addr_equal(&mcast->at[i].addr, addr) &&
	       (master < 0 || mcast->at[i].master == master);
}

/*
 * Whether a device that the socket covers has joined a group, or has a broadcast address. Any
 * number of other devices may have, too, so this does not look at one after the other.
 */
static bool find_group(const struct ds_mcast_key *key, const struct ds_mcast *mcast,
		       const struct in6_addr *addr)
{
	enum ds_family family = ds_addr_is_mapped(addr) ? DS_V4 : DS_V6;
	struct ds_group group = { .addr = *addr, .dev = key->ifindex };
	const struct ds_laddr_dev *dev;
	u32 i;

	if (!key->ifindex)
		return has_entry(mcast, addr, key->accept ? -1 : 0);
	if (has_entry(mcast, addr, key->ifindex))
		return true;
	dev = ds_laddrs_dev(&key->local->laddrs[family], key->ifindex);
	if (!dev)
		return false;
	group.master = dev->master;
	i = first_of(mcast, &group);
	return i < mcast->n && !cmp_groups(&mcast->at[i], &group, NULL);
}

/* Whether a DS_ROW_JOINED_ONLY socket gets packets at @joined, a device where it joined. */
static bool joined_itself(const struct ds_mcast_key *key, int joined)
{
	const struct net_device *dev = dev_get_by_index_rcu(key->local->net, joined);

	return dev && READ_ONCE(dev->flags) & IFF_UP &&
	       ds_covers(key->ifindex, joined, ds_local_master(key->local->net, joined),
			 key->accept);
}

/*
 * A device may own too many addresses to search them all. The broadcast route also tells one device
 * that has this broadcast address.
 */
static bool routed_broadcast(const struct ds_mcast_key *key, const struct in6_addr *addr)
{
	struct net *net = key->local->net;
	int owner = ds_local_broadcast_dev(net, addr, key->ifindex);

	ds_budget_spend(key->budget, DS_ROUTE_STEPS);
	return owner && ds_covers(key->ifindex, owner, ds_local_master(net, owner), key->accept);
}

/**
 * ds_mcast_arrives() - whether datagrams for a multicast or broadcast address reach a socket
 * @key: the socket that is bound to it
 * @mcast: the namespace's groups; for a broadcast address its broadcast addresses
 * @addr: the address, for which ds_mcast_is() returned DS_MCAST_GROUP or DS_MCAST_BROADCAST
 * @joined: for a socket with DS_ROW_JOINED_ONLY: ds_row.joined; else -1
 *
 * Context: process context, in a section of @key->budget.
 * Return: true if a device that the socket covers has joined the group, or has the broadcast
 * address.
 */
bool ds_mcast_arrives(const struct ds_mcast_key *key, const struct ds_mcast *mcast,
		      const struct in6_addr *addr, int joined)
	__must_hold(RCU)
{
	__be32 v4 = addr->s6_addr32[3];
	bool is_v4 = ds_addr_is_mapped(addr);

	if (joined >= 0 && (!is_v4 || ipv4_is_multicast(v4)))
		return joined_itself(key, joined);
	if (!is_v4 || ipv4_is_multicast(v4))
		return find_group(key, mcast, addr);
	return (!ipv4_is_lbcast(v4) && routed_broadcast(key, addr)) ||
	       find_group(key, mcast, addr);
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
