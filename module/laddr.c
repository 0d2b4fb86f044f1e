// SPDX-License-Identifier: GPL-2.0-only
/*
 * The local addresses of a namespace.
 *
 * Most verdicts depend only on whether a device owns any address. So ds_local_collect() collects
 * only the devices, and looks at the first few addresses of each. If that is not enough,
 * ds_local_load() loads all addresses, and the routes that make more addresses local.
 *
 * A walk that pauses holds no reference to a device or an address. It remembers the device's index
 * and the address, and searches for them to continue. That works since the entries that stay in a
 * list keep their order.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "account.h"
#include "array.h"
#include "compat.h"
#include "laddr.h"
#include "mem.h"
#include "routes.h"

/* How many addresses of a device the first look visits to find a local one. */
#define GLANCE	32

/* Bytes charged for a device and for an address, with the scratch space for sorting. */
#define CHARGE_DEV	(2 * sizeof(struct ds_laddr_dev) + sizeof(struct ds_laddr_vrf) + \
			 2 * sizeof(u32))
#define CHARGE_ADDRESS	(2 * sizeof(struct ds_laddr))

/*
 * Limit of restarts because a list changed. Then a walk over devices goes on despite changes, a
 * walk over addresses ends, and the last dump of routes has to do.
 */
#define MAX_RESTARTS	8

/* ------------------------------------------------------------------ the addresses of a device */

/* An address on a loopback device makes its whole prefix local. */
static u64 range_of(const struct net_device *dev, const struct in_ifaddr *ifa)
{
	if (!(dev->flags & IFF_LOOPBACK) || (ifa->ifa_flags & IFA_F_SECONDARY) ||
	    ifa->ifa_prefixlen >= 31)
		return 0;
	/* without the network address, the broadcast address, and the address of @ifa */
	return (1ULL << (32 - ifa->ifa_prefixlen)) - 3;
}

static bool is_local4(const struct net_device *dev, const struct in_ifaddr *ifa)
{
	return ifa->ifa_local &&
	       inet_addr_type_dev_table(dev_net(dev), dev, ifa->ifa_local) == RTN_LOCAL;
}

static void guess_range(struct ds_laddr_dev *entry, const struct net_device *dev,
			const struct in_ifaddr *ifa)
{
	u64 range = range_of(dev, ifa);

	entry->range = ds_laddrs_sum(entry->range, range);
	if (ipv4_is_loopback(ifa->ifa_local))
		entry->range_here = ds_laddrs_sum(entry->range_here, range);
}

/*
 * Find out whether a device owns a local address, and whether packets for one of its addresses may
 * come in at other devices. Returns false if the first GLANCE addresses do not tell.
 */
static bool glance4(struct ds_laddr_dev *entry, const struct net_device *dev,
		    struct ds_budget *budget)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;
	int left = GLANCE;

	if (!in_dev)
		return true;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		if (!left--)
			return false;
		ds_budget_spend(budget, DS_ADDRESS_STEPS);
		if (!is_local4(dev, ifa))
			continue;
		guess_range(entry, dev, ifa);
		entry->here = !entry->count ? ipv4_is_loopback(ifa->ifa_local) :
					      entry->here && ipv4_is_loopback(ifa->ifa_local);
		entry->count = 1;
		if (!entry->here)
			return true;
	}
	return true;
}

#if IS_ENABLED(CONFIG_IPV6)
/* Tentative addresses have no route yet, and those that failed DAD have none any more. */
static bool is_local6(const struct inet6_ifaddr *ifa)
{
	const struct fib6_info *rt = READ_ONCE(ifa->rt);

	return rt && rcu_access_pointer(rt->fib6_node);
}

static bool is_here6(const struct in6_addr *addr)
{
	return ipv6_addr_type(addr) & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK);
}

static bool glance6(struct ds_laddr_dev *entry, const struct net_device *dev,
		    struct ds_budget *budget)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;
	int left = GLANCE;

	if (!idev)
		return true;
	list_for_each_entry_rcu(ifa, &idev->addr_list, if_list) {
		if (!left--)
			return false;
		ds_budget_spend(budget, DS_ADDRESS_STEPS);
		if (!is_local6(ifa))
			continue;
		entry->here = !entry->count ? is_here6(&ifa->addr) :
					      entry->here && is_here6(&ifa->addr);
		entry->count = 1;
		if (!entry->here)
			return true;
	}
	return true;
}

static bool has_family6(const struct net_device *dev)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);

	return idev && !READ_ONCE(idev->cnf.disable_ipv6);
}
#else
static bool glance6(struct ds_laddr_dev *entry, const struct net_device *dev,
		    struct ds_budget *budget)
{
	return true;
}

static bool has_family6(const struct net_device *dev)
{
	return false;
}
#endif

/**
 * struct address_walk - a walk over the addresses of one device
 * @laddrs: gets the addresses
 * @max: room in @laddrs
 * @dev: index of the device
 * @master: index of its VRF, or 0
 * @begin: number of addresses in @laddrs before this device
 * @last: the last visited address
 * @prefixlen: IPv4: prefix length of @last
 * @peer: IPv4: peer of @last; a device may have one address with several prefixes and peers
 * @paused: the walk has paused and has to find @last again
 */
struct address_walk {
	struct ds_laddrs *laddrs;
	u32 max;
	int dev;
	int master;
	u32 begin;
	struct in6_addr last;
	u8 prefixlen;
	__be32 peer;
	bool paused;
};

enum walked { WALK_END, WALK_PAUSED, WALK_FULL, WALK_LOST };

static void add_laddr(struct address_walk *w, const struct in6_addr *addr, bool here)
{
	w->laddrs->at[w->laddrs->n++] = (struct ds_laddr) {
		.addr	= *addr,
		.dev	= w->dev,
		.master	= w->master,
		.flags	= here ? DS_LADDR_HERE : 0,
	};
}

static bool is_last4(const struct address_walk *w, const struct in_ifaddr *ifa)
{
	return ifa->ifa_local == w->last.s6_addr32[3] && ifa->ifa_prefixlen == w->prefixlen &&
	       ifa->ifa_address == w->peer;
}

static void remember4(struct address_walk *w, const struct in_ifaddr *ifa)
{
	ipv6_addr_set_v4mapped(ifa->ifa_local, &w->last);
	w->prefixlen = ifa->ifa_prefixlen;
	w->peer = ifa->ifa_address;
	w->paused = true;
}

static enum walked walk_addresses4(struct address_walk *w, const struct net_device *dev,
				   struct ds_budget *budget)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;
	bool seek = w->paused;

	if (!in_dev)
		return WALK_END;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		struct in6_addr addr;

		if (seek) {
			seek = !is_last4(w, ifa);
			if (!seek)
				ds_budget_renew(budget);
			continue;
		}
		if (w->laddrs->n == w->max)
			return WALK_FULL;
		ipv6_addr_set_v4mapped(ifa->ifa_local, &addr);
		if (is_local4(dev, ifa))
			add_laddr(w, &addr, ipv4_is_loopback(ifa->ifa_local));
		remember4(w, ifa);
		ds_budget_spend(budget, DS_ADDRESS_STEPS);
		if (ds_budget_used_up(budget))
			return WALK_PAUSED;
	}
	return seek ? WALK_LOST : WALK_END;
}

#if IS_ENABLED(CONFIG_IPV6)
static enum walked walk_addresses6(struct address_walk *w, const struct net_device *dev,
				   struct ds_budget *budget)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;
	bool seek = w->paused;

	if (!idev)
		return WALK_END;
	list_for_each_entry_rcu(ifa, &idev->addr_list, if_list) {
		if (seek) {
			seek = !ipv6_addr_equal(&w->last, &ifa->addr);
			if (!seek)
				ds_budget_renew(budget);
			continue;
		}
		if (w->laddrs->n == w->max)
			return WALK_FULL;
		if (is_local6(ifa))
			add_laddr(w, &ifa->addr, is_here6(&ifa->addr));
		w->last = ifa->addr;
		w->paused = true;
		ds_budget_spend(budget, DS_ENTRY_STEPS);
		if (ds_budget_used_up(budget))
			return WALK_PAUSED;
	}
	return seek ? WALK_LOST : WALK_END;
}
#else
static enum walked walk_addresses6(struct address_walk *w, const struct net_device *dev,
				   struct ds_budget *budget)
{
	return WALK_END;
}
#endif

/* ------------------------------------------------------------------ memory */

/* Charge devices to the account: root of a user namespace can create any number of them. */
static int grow_devices(struct ds_local *local)
{
	u32 max = max(local->maxdevs * 2, 16U);
	int family, err = 0;

	for (family = 0; family < DS_NFAMILIES && !err; family++) {
		struct ds_laddrs *laddrs = &local->laddrs[family];

		err = ds_share_array(&local->share, (void **)&laddrs->dev, local->maxdevs, max,
				     sizeof(*laddrs->dev), CHARGE_DEV);
	}
	if (!err)
		local->maxdevs = max;
	return err;
}

static int grow_addresses(struct ds_local *local, enum ds_family family)
{
	struct ds_laddrs *laddrs = &local->laddrs[family];
	u32 max = max(local->max[family] * 2, 64U);
	int err = ds_share_array(&local->share, (void **)&laddrs->at, local->max[family], max,
				 sizeof(*laddrs->at), CHARGE_ADDRESS);

	if (!err)
		local->max[family] = max;
	return err;
}

/* ------------------------------------------------------------------ the walk over devices */

static void add_device(struct ds_device_walk *w, const struct net_device *dev,
		       enum ds_family family, bool delivers)
{
	struct ds_laddrs *laddrs = &w->local->laddrs[family];
	struct ds_laddr_dev *entry = &laddrs->dev[laddrs->ndevs++];
	bool seen_all;

	*entry = (struct ds_laddr_dev) {
		.dev	 = dev->ifindex,
		.master	 = l3mdev_master_ifindex_rcu(dev),
		.outside = ds_local_outside(dev, family),
		.silent	 = !delivers,
	};
	if (family == DS_V4)
		seen_all = glance4(entry, dev, &w->budget);
	else
		seen_all = glance6(entry, dev, &w->budget);
	w->local->glanced[family] &= seen_all;
}

/*
 * If a device is down, its IPv4 addresses stay local and its IPv6 addresses do not. If its VRF is
 * down as well, no packet arrives for the IPv4 addresses.
 */
static void visit_device(struct ds_device_walk *w, const struct net_device *dev)
{
	bool delivers = ds_local_delivers(w->local->net, dev);

	w->last = dev->ifindex;
	ds_budget_spend(&w->budget, DS_SOCKET_STEPS);
	if (__in_dev_get_rcu(dev) && (delivers || !l3mdev_master_ifindex_rcu(dev)))
		add_device(w, dev, DS_V4, delivers);
	if (delivers && has_family6(dev))
		add_device(w, dev, DS_V6, delivers);
}

static void begin_again(struct ds_device_walk *w)
{
	int family;

	for (family = 0; family < DS_NFAMILIES; family++) {
		w->local->laddrs[family].ndevs = 0;
		w->local->glanced[family] = true;
	}
	w->seq = READ_ONCE(w->local->net->dev_base_seq);
	w->last = 0;
	w->restarts++;
}

/* The device after which the walk continues. */
static struct net_device *resume(struct ds_device_walk *w)
{
	struct net *net = w->local->net;
	struct net_device *dev = NULL;

	if (w->last)
		dev = dev_get_by_index_rcu(net, w->last);
	if (dev && (w->seq == READ_ONCE(net->dev_base_seq) || w->restarts > MAX_RESTARTS))
		return dev;
	begin_again(w);
	return net_device_entry(&net->dev_base_head);
}

static bool is_full(const struct ds_local *local)
{
	return local->laddrs[DS_V4].ndevs == local->maxdevs ||
	       local->laddrs[DS_V6].ndevs == local->maxdevs;
}

/* One section of the walk; true when no device is left. */
static bool walk_devices(struct ds_device_walk *w)
{
	struct net_device *dev;
	bool done = true;

	ds_budget_enter(&w->budget);
	dev = resume(w);
	for_each_netdev_continue_rcu(w->local->net, dev) {
		if (is_full(w->local) || ds_budget_used_up(&w->budget)) {
			done = false;
			break;
		}
		visit_device(w, dev);
	}
	ds_budget_leave(&w->budget);
	return done;
}

static int cmp_devs(const void *a, const void *b, const void *arg)
{
	const struct ds_laddr_dev *x = a, *y = b;

	return x->dev - y->dev;
}

static int cmp_laddrs(const void *a, const void *b, const void *arg)
{
	const struct ds_laddr *x = a, *y = b;
	int diff = ds_addr_cmp(&x->addr, &y->addr);

	return diff ?: x->dev - y->dev;
}

static int index_family(struct ds_laddrs *laddrs)
{
	struct ds_budget budget = { };

	ds_free(laddrs->by_vrf);
	ds_free(laddrs->vrf);
	laddrs->by_vrf = ds_alloc(2 * max(laddrs->ndevs, 1U), sizeof(*laddrs->by_vrf));
	laddrs->vrf = ds_alloc(laddrs->ndevs + 1, sizeof(*laddrs->vrf));
	if (!laddrs->by_vrf || !laddrs->vrf)
		return -ENOMEM;
	return ds_laddrs_index(laddrs, ds_array_step, &budget);
}

/**
 * ds_local_walk_on() - visit devices, in one RCU read section
 * @w: the walk; before the first call all zero except @local
 *
 * Context: process context; sleeps. Holds no reference between two calls.
 * Return: 0 at the end of the walk, 1 if another call has to continue it, or -ENOMEM, -EINTR or an
 * error of ds_charge_add().
 */
int ds_local_walk_on(struct ds_device_walk *w)
{
	int err = is_full(w->local) ? grow_devices(w->local) : 0;

	if (err)
		return err;
	if (walk_devices(w))
		return 0;
	return fatal_signal_pending(current) ? -EINTR : 1;
}

static int put_in_order(struct ds_local *local, enum ds_family family)
{
	struct ds_laddrs *laddrs = &local->laddrs[family];
	int err = ds_array_sort(laddrs->dev, laddrs->ndevs, sizeof(*laddrs->dev), cmp_devs, NULL);

	if (!err)
		err = index_family(laddrs);
	if (!err && !local->glanced[family])
		err = ds_local_load(local, family, DS_LADDRS_ADDRESSES);
	return err;
}

/**
 * ds_local_collect() - find the devices of a namespace, and whether they own addresses
 * @local: filled in; to be freed by ds_local_free(), also after an error
 * @net: the namespace; the caller holds a reference as long as @local is used
 * @charge: the memory is charged to it; between ds_charge_begin() and ds_charge_end(); or NULL
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, -EINTR or an error of ds_charge_add().
 */
int ds_local_collect(struct ds_local *local, struct net *net, struct ds_charge *charge)
{
	struct ds_device_walk walk = { .local = local };
	int err;

	memset(local, 0, sizeof(*local));
	local->net = net;
	local->share.charge = charge;
	do
		err = ds_local_walk_on(&walk);
	while (err > 0);
	if (!err)
		err = put_in_order(local, DS_V4);
	return err ?: put_in_order(local, DS_V6);
}

/* ------------------------------------------------------------------ all addresses */

/* One section of the walk over a device's addresses. */
static enum walked walk_addresses(struct ds_local *local, enum ds_family family,
				  struct address_walk *w)
{
	const struct net_device *dev;
	struct ds_budget budget;
	enum walked ret = WALK_END;

	ds_budget_enter(&budget);
	dev = dev_get_by_index_rcu(local->net, w->dev);
	if (dev && family == DS_V4)
		ret = walk_addresses4(w, dev, &budget);
	else if (dev)
		ret = walk_addresses6(w, dev, &budget);
	ds_budget_leave(&budget);
	return ret;
}

static int load_addresses_of(struct ds_local *local, enum ds_family family,
			     const struct ds_laddr_dev *dev)
{
	struct ds_laddrs *laddrs = &local->laddrs[family];
	struct address_walk w = {
		.laddrs = laddrs, .dev = dev->dev, .master = dev->master, .begin = laddrs->n,
	};
	u32 restarts = 0;
	int err = 0;

	while (!err) {
		w.max = local->max[family];
		switch (walk_addresses(local, family, &w)) {
		case WALK_END:
			return 0;
		case WALK_PAUSED:
			break;
		case WALK_FULL:
			err = grow_addresses(local, family);
			break;
		case WALK_LOST:
			/* the address at which the walk paused is gone: walk again */
			if (restarts++ == MAX_RESTARTS)
				return 0;
			laddrs->n = w.begin;
			w.paused = false;
			break;
		}
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

/* Count each address of a device once: it may have an IPv4 address with several prefixes. */
static int count_addresses(struct ds_laddrs *laddrs)
{
	struct ds_budget budget = { };
	u32 i, kept = 0;
	int err = 0;

	for (i = 0; i < laddrs->ndevs; i++) {
		laddrs->dev[i].count = 0;
		laddrs->dev[i].here = 0;
	}
	for (i = 0; i < laddrs->n && !err; i++) {
		const struct ds_laddr *at = &laddrs->at[i];
		struct ds_laddr_dev *dev = ds_laddrs_dev(laddrs, at->dev);

		err = ds_array_step(&budget, 1);
		if (!dev || (kept && !cmp_laddrs(at, &laddrs->at[kept - 1], NULL)))
			continue;
		dev->count++;
		dev->here += at->flags & DS_LADDR_HERE;
		laddrs->at[kept++] = *at;
	}
	laddrs->n = kept;
	return err;
}

static int load_addresses(struct ds_local *local, enum ds_family family)
{
	struct ds_laddrs *laddrs = &local->laddrs[family];
	u32 i;
	int err = 0;

	for (i = 0; i < laddrs->ndevs && !err; i++)
		err = load_addresses_of(local, family, &laddrs->dev[i]);
	if (!err)
		err = ds_array_sort(laddrs->at, laddrs->n, sizeof(*laddrs->at), cmp_laddrs, NULL);
	return err ?: count_addresses(laddrs);
}

/* ------------------------------------------------------------------ routes */

static bool is_below(const struct ds_laddr *at, const struct ds_route *route)
{
	return ipv6_prefix_equal(&at->addr, &route->prefix, route->len);
}

static u64 size_of(const struct ds_route *route)
{
	return route->len > 128 - 48 ? 1ULL << (128 - route->len) : DS_LADDRS_MANY;
}

/**
 * struct route_sum - adds the addresses of the routes in a dump to the counts of the devices
 * @laddrs: the devices
 * @prefix: prefix of the last route
 * @len: its length
 * @nr: number of prefixes so far; @prefix is the last of them
 * @budget: steps, outside of RCU read sections
 */
struct route_sum {
	struct ds_laddrs *laddrs;
	struct in6_addr prefix;
	u8 len;
	u32 nr;
	struct ds_budget budget;
};

static void begin_prefix(const struct route_sum *sum, struct ds_laddr_dev *dev)
{
	if (dev->prefix_nr == sum->nr)
		return;
	dev->prefix_nr = sum->nr;
	dev->below = 0;
	dev->routed = 0;
}

/*
 * Count for each device its addresses inside a route's prefix. A prefix may have any number of
 * routes, with different metrics or devices. They follow each other in a dump, and this counts only
 * for the first of them. Prefixes of one length do not overlap, so a dump visits an address at most
 * once for each length.
 */
static int count_below(struct route_sum *sum, const struct ds_route *route)
{
	struct ds_laddrs *laddrs = sum->laddrs;
	int err = 0;
	u32 i;

	if (sum->nr && sum->len == route->len && ipv6_addr_equal(&sum->prefix, &route->prefix))
		return 0;
	sum->prefix = route->prefix;
	sum->len = route->len;
	sum->nr++;
	for (i = ds_laddrs_first(laddrs, &route->prefix); i < laddrs->n && !err; i++) {
		struct ds_laddr_dev *dev = ds_laddrs_dev(laddrs, laddrs->at[i].dev);

		if (!is_below(&laddrs->at[i], route))
			break;
		if (dev) {
			begin_prefix(sum, dev);
			dev->below++;
		}
		err = ds_array_step(&sum->budget, 1);
	}
	return err;
}

static int add_route(const struct ds_route *route, void *arg)
{
	struct route_sum *sum = arg;
	struct ds_laddr_dev *dev = ds_laddrs_dev(sum->laddrs, route->ifindex);
	u32 kind = route->anycast ? DS_ROUTED_ANYCAST : DS_ROUTED_LOCAL;
	u64 size = size_of(route);
	int err;

	if (!dev)
		return 0;
	err = count_below(sum, route);
	if (err)
		return err;

	begin_prefix(sum, dev);
	if (dev->routed & kind)
		return 0;
	dev->routed |= kind;
	size -= min_t(u64, size, dev->below);
	if (route->anycast) {
		dev->anycast = ds_laddrs_sum(dev->anycast, size);
		return 0;
	}
	dev->range = ds_laddrs_sum(dev->range, size);
	if (ds_addr_is_mapped(&route->prefix) && ipv4_is_loopback(route->prefix.s6_addr32[3]))
		dev->range_here = ds_laddrs_sum(dev->range_here, size);
	return 0;
}

static void clear_ranges(struct ds_laddrs *laddrs)
{
	u32 i;

	for (i = 0; i < laddrs->ndevs; i++) {
		laddrs->dev[i].range = 0;
		laddrs->dev[i].range_here = 0;
		laddrs->dev[i].anycast = 0;
		laddrs->dev[i].prefix_nr = 0;
	}
}

/*
 * A dump may miss routes if routes change meanwhile. Then it is repeated, up to MAX_RESTARTS times;
 * the last dump counts. Only a user who may change the namespace's routes can hide one this way.
 */
static int load_routes(struct ds_local *local, enum ds_family family)
{
	struct ds_laddrs *laddrs = &local->laddrs[family];
	u32 tries = 0;
	int err;

	do {
		struct route_sum sum = { .laddrs = laddrs };

		clear_ranges(laddrs);
		err = ds_routes_each(local->net, family, add_route, &sum);
	} while (err == -EAGAIN && tries++ < MAX_RESTARTS);
	return err == -EAGAIN ? 0 : err;
}

/**
 * ds_local_load() - load all addresses, or the local routes
 * @local: filled in by ds_local_collect()
 * @family: family of the addresses
 * @part: what to load; DS_LADDRS_ROUTES loads the addresses, too
 *
 * Context: process context; sleeps. On most kernels, loading routes takes the rtnl lock. Pointers
 * into @local->laddrs become invalid.
 * Return: 0 or a negative errno.
 */
int ds_local_load(struct ds_local *local, enum ds_family family, enum ds_laddrs_part part)
{
	struct ds_laddrs *laddrs = &local->laddrs[family];
	int err = 0;

	if (!ds_laddrs_loaded(laddrs, DS_LADDRS_ADDRESSES)) {
		err = load_addresses(local, family);
		laddrs->loaded |= 1U << DS_LADDRS_ADDRESSES;
	}
	if (!err && part == DS_LADDRS_ROUTES && !ds_laddrs_loaded(laddrs, DS_LADDRS_ROUTES)) {
		err = load_routes(local, family);
		laddrs->loaded |= 1U << DS_LADDRS_ROUTES;
	}
	return err ?: index_family(laddrs);
}

/**
 * ds_local_free() - free what ds_local_collect() and ds_local_load() allocated
 * @local: may be all zero
 *
 * Context: process context.
 */
void ds_local_free(struct ds_local *local)
{
	int family;

	for (family = 0; family < DS_NFAMILIES; family++) {
		struct ds_laddrs *laddrs = &local->laddrs[family];

		ds_free(laddrs->at);
		ds_free(laddrs->dev);
		ds_free(laddrs->by_vrf);
		ds_free(laddrs->vrf);
	}
	ds_share_end(&local->share);
	memset(local, 0, sizeof(*local));
}
