// SPDX-License-Identifier: GPL-2.0-only
/* Address presence: the places that a packet can arrive for in a namespace. */
#include <linux/bsearch.h>
#include <linux/igmp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "compat.h"
#include "mem.h"
#include "places.h"
#include "routes.h"
#include "section.h"

static int master_of(const struct net_device *dev)
{
	return l3mdev_master_ifindex_rcu(dev);
}

/* Local delivery needs the loopback device, or the VRF's; delivery from outside @dev itself. */
static bool arrives(const struct ds_places_walk *c, const struct net_device *dev)
{
	const struct net_device *vrf;

	if (READ_ONCE(dev->flags) & IFF_UP)
		return true;
	if (!master_of(dev))
		return c->lo_up;
	vrf = dev_get_by_index_rcu(c->places->net, master_of(dev));
	return vrf && READ_ONCE(vrf->flags) & IFF_UP;
}

static void add_place(struct ds_place_list *list, const struct in6_addr *addr,
		      const struct ds_place_dev *dev)
{
	struct ds_place *place = &list->at[list->n++];

	place->addr = *addr;
	place->owner = dev->owner;
	place->master = dev->master;
}

/* An address with a prefix on a loopback device makes all of the prefix local. */
static u64 range_of(const struct net_device *dev, const struct in_ifaddr *ifa)
{
	if (!(dev->flags & IFF_LOOPBACK) || (ifa->ifa_flags & IFA_F_SECONDARY) ||
	    ifa->ifa_prefixlen >= 31)
		return 0;
	/* all but the network's own address, its broadcast address, and @ifa itself */
	return (1ULL << (32 - ifa->ifa_prefixlen)) - 3;
}

static bool is_local4(const struct net_device *dev, const struct in_ifaddr *ifa)
{
	return ifa->ifa_local &&
	       inet_addr_type_dev_table(dev_net(dev), dev, ifa->ifa_local) == RTN_LOCAL;
}

static void add_device4(struct ds_places_walk *c, const struct net_device *dev)
{
	struct ds_place_list *list = &c->places->list[DS_V4];
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	struct ds_place_dev this = { .owner = dev->ifindex, .master = master_of(dev) };
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		struct in6_addr addr;

		if (!is_local4(dev, ifa))
			continue;
		if (list->n == list->max || list->ndevs == list->maxdevs) {
			c->full = true;
			return;
		}
		ipv6_addr_set_v4mapped(ifa->ifa_local, &addr);
		add_place(list, &addr, &this);
		this.count++;
		this.range += range_of(dev, ifa);
	}
	if (this.count)
		list->dev[list->ndevs++] = this;
}

#if IS_ENABLED(CONFIG_IPV6)
/* Tentative and failed addresses have no route yet, or no more. */
static bool is_local6(const struct inet6_ifaddr *ifa)
{
	const struct fib6_info *rt = READ_ONCE(ifa->rt);

	return rt && rcu_access_pointer(rt->fib6_node);
}

static void add_device6(struct ds_places_walk *c, const struct net_device *dev)
{
	struct ds_place_list *list = &c->places->list[DS_V6];
	const struct inet6_dev *idev = __in6_dev_get(dev);
	struct ds_place_dev this = { .owner = dev->ifindex, .master = master_of(dev) };
	const struct inet6_ifaddr *ifa;

	if (!idev || READ_ONCE(idev->cnf.disable_ipv6))
		return;
	list_for_each_entry_rcu(ifa, &idev->addr_list, if_list) {
		if (!is_local6(ifa))
			continue;
		if (list->n == list->max || list->ndevs == list->maxdevs) {
			c->full = true;
			return;
		}
		add_place(list, &ifa->addr, &this);
		this.count++;
	}
	if (this.count)
		list->dev[list->ndevs++] = this;
}
#else
static void add_device6(struct ds_places_walk *c, const struct net_device *dev)
{
}
#endif

static void add_device(struct ds_places_walk *c, const struct net_device *dev)
{
	struct ds_place_list *v4 = &c->places->list[DS_V4];
	struct ds_place_list *v6 = &c->places->list[DS_V6];
	u32 n4 = v4->n, n6 = v6->n, ndevs4 = v4->ndevs;

	if (!arrives(c, dev))
		return;
	add_device4(c, dev);
	if (!c->full)
		add_device6(c, dev);
	if (c->full) {
		/* this device again, once there is more room */
		v4->n = n4;
		v4->ndevs = ndevs4;
		v6->n = n6;
	}
}

static bool still_here(const struct ds_places_walk *c, const struct net_device *dev)
{
	return ds_dev_registered(dev) &&
	       net_eq(dev_net(dev), c->places->net);
}

static void pause_at(struct ds_places_walk *c, struct net_device *dev)
{
	dev_hold(dev);
	ds_dev_put(c->paused_at);
	c->paused_at = dev;
}

/* The device that the walk paused at is gone, and with it the place in the list. */
static void restart(struct ds_places_walk *c)
{
	int family;

	for (family = 0; family < DS_NFAMILIES; family++) {
		c->places->list[family].n = 0;
		c->places->list[family].ndevs = 0;
	}
	ds_dev_put(c->paused_at);
	c->paused_at = NULL;
}

/* One section of the walk. The device that it pauses at is the last that was added. */
static bool walk_devices(struct ds_places_walk *c)
{
	struct net *net = c->places->net;
	struct ds_section section;
	struct net_device *dev, *last = NULL;
	bool done = true;

	ds_section_enter(&section);
	c->lo_up = READ_ONCE(net->loopback_dev->flags) & IFF_UP;
	dev = c->paused_at;
	if (dev && !still_here(c, dev)) {
		restart(c);
		dev = NULL;
	}
	if (!dev)
		dev = net_device_entry(&net->dev_base_head);
	for_each_netdev_continue_rcu(net, dev) {
		u32 before = c->places->list[DS_V4].n + c->places->list[DS_V6].n;

		add_device(c, dev);
		if (c->full || ds_section_used_up(&section)) {
			done = false;
			break;
		}
		section.steps -= DS_SOCKET_STEPS *
			(1 + c->places->list[DS_V4].n + c->places->list[DS_V6].n - before);
		last = dev;
	}
	if (!done && last)
		pause_at(c, last);
	ds_section_leave(&section);
	return done;
}

static void *grown(void *old, u32 n, u32 max, size_t size)
{
	void *p = kvmalloc_array(max, size, DS_GFP);

	if (!p)
		return NULL;
	if (n)
		memcpy(p, old, n * size);
	kvfree(old);
	return p;
}

static int grow(struct ds_places_walk *c)
{
	int family;

	for (family = 0; family < DS_NFAMILIES; family++) {
		struct ds_place_list *list = &c->places->list[family];
		u32 max = max(list->max * 2, 64U);
		void *at = grown(list->at, list->n, max, sizeof(*list->at));
		void *dev;

		if (!at)
			return -ENOMEM;
		list->at = at;
		list->max = max;
		dev = grown(list->dev, list->ndevs, max, sizeof(*list->dev));
		if (!dev)
			return -ENOMEM;
		list->dev = dev;
		list->maxdevs = max;
	}
	c->full = false;
	return 0;
}

static int cmp_places(const void *a, const void *b)
{
	const struct ds_place *x = a, *y = b;
	int diff = ipv6_addr_cmp(&x->addr, &y->addr);

	/* a host may have very many addresses, and sort() lets nobody else run */
	cond_resched();
	return diff ?: x->owner - y->owner;
}

static int cmp_devs(const void *a, const void *b)
{
	const struct ds_place_dev *x = a, *y = b;

	return x->owner - y->owner;
}

/* A device may have one IPv4 address several times, with other prefixes or peers: one place. */
static void sort_list(struct ds_place_list *list)
{
	u32 i, kept = 0;

	sort(list->at, list->n, sizeof(*list->at), cmp_places, NULL);
	sort(list->dev, list->ndevs, sizeof(*list->dev), cmp_devs, NULL);
	for (i = 0; i < list->n; i++) {
		if (kept && !cmp_places(&list->at[i], &list->at[kept - 1]))
			ds_places_dev(list, list->at[i].owner)->count--;
		else
			list->at[kept++] = list->at[i];
	}
	list->n = kept;
}

/**
 * ds_places_walk_begin() - begin a walk over the devices of a namespace
 * @c: the walk; for ds_places_walk_end(), also after an error
 * @places: to be filled; for ds_places_free(), also after an error
 * @net: the namespace; the caller holds a reference for as long as @places lives
 *
 * Context: process context; sleeps.
 * Return: 0 or -ENOMEM.
 */
int ds_places_walk_begin(struct ds_places_walk *c, struct ds_places *places, struct net *net)
{
	*c = (struct ds_places_walk) { .places = places };
	memset(places, 0, sizeof(*places));
	places->net = net;
	return grow(c);
}

/**
 * ds_places_walk_on() - pass devices for as long as one RCU read section may last
 * @c: the walk
 *
 * Holds a reference on the device that it pauses at.
 *
 * Context: process context; sleeps. A device's addresses are passed in one RCU read section, as
 * the kernel does for each choice of a source address.
 * Return: 0 when no device is left, 1 when the walk is to go on, or -ENOMEM or -EINTR.
 */
int ds_places_walk_on(struct ds_places_walk *c)
{
	if (walk_devices(c))
		return 0;
	if (fatal_signal_pending(current))
		return -EINTR;
	return c->full && grow(c) ? -ENOMEM : 1;
}

/**
 * ds_places_walk_end() - end a walk, and put what it found in order
 * @c: the walk
 *
 * Context: process context; sleeps.
 */
void ds_places_walk_end(struct ds_places_walk *c)
{
	ds_dev_put(c->paused_at);
	sort_list(&c->places->list[DS_V4]);
	sort_list(&c->places->list[DS_V6]);
}

/**
 * ds_places_collect() - find the addresses that packets can arrive for in a namespace
 * @places: filled; for ds_places_free(), also after an error
 * @net: the namespace; the caller holds a reference for as long as @places lives
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM or -EINTR.
 */
int ds_places_collect(struct ds_places *places, struct net *net)
{
	struct ds_places_walk walk;
	int ret = ds_places_walk_begin(&walk, places, net);

	if (!ret)
		do
			ret = ds_places_walk_on(&walk);
		while (ret > 0);
	ds_places_walk_end(&walk);
	return ret;
}

/**
 * ds_places_free() - give back what ds_places_collect() found
 * @places: may be all zero
 *
 * Context: process context.
 */
void ds_places_free(struct ds_places *places)
{
	int family;

	for (family = 0; family < DS_NFAMILIES; family++) {
		kvfree(places->list[family].at);
		kvfree(places->list[family].dev);
	}
	memset(places, 0, sizeof(*places));
}

/**
 * ds_places_dev() - what a device owns
 * @list: of a family
 * @owner: the device's index
 *
 * Context: any.
 * Return: its entry, or NULL where it owns no address of this family.
 */
struct ds_place_dev *ds_places_dev(const struct ds_place_list *list, int owner)
{
	const struct ds_place_dev key = { .owner = owner };

	return bsearch(&key, list->dev, list->ndevs, sizeof(key), cmp_devs);
}

/* The first place of an address, or where it would stand. */
static u32 lower_bound(const struct ds_place_list *list, const struct in6_addr *addr)
{
	u32 low = 0, high = list->n;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (ipv6_addr_cmp(&list->at[middle].addr, addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/**
 * ds_places_owned() - whether some device owns an address
 * @places: of the namespace
 * @family: of the address
 * @addr: the address; an IPv4 one in v4-mapped form
 *
 * Context: any.
 * Return: true where one does, and packets can arrive for it.
 */
bool ds_places_owned(const struct ds_places *places, enum ds_family family,
		     const struct in6_addr *addr)
{
	const struct ds_place_list *list = &places->list[family];
	u32 i = lower_bound(list, addr);

	return i < list->n && ipv6_addr_equal(&list->at[i].addr, addr);
}

/* Addresses that a route covers and no device has: those that one has are counted already. */
static u64 size_of_route(const struct ds_place_list *list, const struct ds_route *route)
{
	u64 size = route->len > 64 ? 1ULL << (128 - route->len) : U64_MAX >> 1;
	u32 i;

	for (i = lower_bound(list, &route->prefix); i < list->n; i++) {
		if (!ipv6_prefix_equal(&list->at[i].addr, &route->prefix, route->len))
			break;
		size -= list->at[i].owner == route->ifindex;
	}
	return size;
}

/* The entry of a device that owns no address, where packets arrive for it all the same. */
static struct ds_place_dev *add_owner(struct ds_places_walk *c, struct ds_place_list *list,
				      int ifindex)
{
	struct ds_place_dev *entry = NULL;
	const struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(c->places->net, ifindex);
	c->lo_up = READ_ONCE(c->places->net->loopback_dev->flags) & IFF_UP;
	if (dev && arrives(c, dev)) {
		entry = &list->dev[list->ndevs++];
		*entry = (struct ds_place_dev) { .owner = ifindex, .master = master_of(dev) };
	}
	rcu_read_unlock();
	if (!entry)
		return NULL;
	sort(list->dev, list->ndevs, sizeof(*list->dev), cmp_devs, NULL);
	return ds_places_dev(list, ifindex);
}

static int add_route(const struct ds_route *route, void *arg)
{
	struct ds_places_walk *c = arg;
	enum ds_family family = ds_addr_is_mapped(&route->prefix) ? DS_V4 : DS_V6;
	struct ds_place_list *list = &c->places->list[family];
	struct ds_place_dev *dev = ds_places_dev(list, route->ifindex);

	if (!dev && list->ndevs == list->maxdevs && grow(c))
		return -ENOMEM;
	if (!dev)
		dev = add_owner(c, list, route->ifindex);
	if (dev)
		dev->range += size_of_route(list, route);
	return 0;
}

/**
 * ds_places_know_routes() - take in the local routes that cover more than one address
 * @places: collected
 * @family: whose routes
 *
 * Context: process context; sleeps, on most kernels for the rtnl lock. Entries of devices move.
 * Return: 0 or a negative errno.
 */
int ds_places_know_routes(struct ds_places *places, enum ds_family family)
{
	struct ds_places_walk c = { .places = places };
	struct ds_place_list *list = &places->list[family];
	u32 i;

	if (places->routes_known[family])
		return 0;
	places->routes_known[family] = true;
	for (i = 0; i < list->ndevs; i++)
		list->dev[i].range = 0;
	return ds_routes_each(places->net, family, add_route, &c);
}

/* An address that no device has, but a local route covers: 127.0.0.2, AnyIP. */
static const struct net_device *routed4(struct net *net, const struct net_device *bound,
					__be32 addr)
{
	if (bound && master_of(bound))
		return inet_addr_type_dev_table(net, bound, addr) == RTN_LOCAL ? bound : NULL;
	if (inet_addr_type(net, addr) != RTN_LOCAL)
		return NULL;
	return __ip_dev_find(net, addr, false);
}

#if IS_ENABLED(CONFIG_IPV6)
static const struct net_device *routed6(struct net *net, const struct net_device *bound,
					const struct in6_addr *addr)
{
	const struct net_device *dev = NULL;
	struct rt6_info *rt;
	int oif = bound && master_of(bound) ? bound->ifindex : 0;

	if (!ipv6_mod_enabled())
		return NULL;
	rt = rt6_lookup(net, addr, NULL, oif, NULL, 0);
	if (!rt)
		return NULL;
	/* the device lives as long as the RCU read section, whatever becomes of the route */
	if (rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST) && rt->rt6i_idev)
		dev = rt->rt6i_idev->dev;
	ip6_rt_put(rt);
	return dev;
}
#else
static const struct net_device *routed6(struct net *net, const struct net_device *bound,
					const struct in6_addr *addr)
{
	return NULL;
}
#endif

static bool routed(const struct ds_places *places, enum ds_family family,
		   const struct in6_addr *addr, int ifindex, struct ds_place *room)
{
	struct net *net = places->net;
	struct ds_places_walk c = {
		.places = (struct ds_places *)places,
		.lo_up = READ_ONCE(net->loopback_dev->flags) & IFF_UP,
	};
	const struct net_device *bound = ifindex ? dev_get_by_index_rcu(net, ifindex) : NULL;
	const struct net_device *dev;

	if (family == DS_V4)
		dev = routed4(net, bound, addr->s6_addr32[3]);
	else
		dev = routed6(net, bound, addr);
	if (!dev || !arrives(&c, dev))
		return false;
	room->addr = *addr;
	room->owner = dev->ifindex;
	room->master = master_of(dev);
	return true;
}

/**
 * ds_places_of() - the places of one address
 * @places: of the namespace
 * @family: of the address
 * @addr: the address; an IPv4 one in v4-mapped form
 * @ifindex: the device that the asking socket is bound to, or 0: decides the VRF's table
 * @room: used where the address is local by a route alone
 * @n: how many places there are
 *
 * Context: process context.
 * Return: the first place of @n, sorted by owner.
 */
const struct ds_place *ds_places_of(const struct ds_places *places, enum ds_family family,
				    const struct in6_addr *addr, int ifindex,
				    struct ds_place *room, u32 *n)
{
	const struct ds_place_list *list = &places->list[family];
	u32 first = lower_bound(list, addr);
	u32 end = first;

	while (end < list->n && ipv6_addr_equal(&list->at[end].addr, addr))
		end++;
	*n = end - first;
	if (!*n) {
		rcu_read_lock();
		*n = routed(places, family, addr, ifindex, room);
		rcu_read_unlock();
		return room;
	}
	return &list->at[first];
}
