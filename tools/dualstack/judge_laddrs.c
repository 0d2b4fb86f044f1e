// SPDX-License-Identifier: GPL-2.0-only
/* The local addresses of a family as struct ds_laddrs, for the judge. */
#include <net/if.h>
#include <stdlib.h>

#include "judge_laddrs.h"

#define LOOPBACK 1

/*
 * Whether any packet can come in: from outside if the device is up, from the host itself if the
 * device's VRF is up, or for a device without a VRF, the loopback device.
 */
static bool arrives(const struct local *l, const struct ldev *dev)
{
	return dev->flags & IFF_UP || local_is_up(l, dev->vrf ? dev->vrf : LOOPBACK);
}

static bool is_outside(const struct ldev *dev, enum ds_family family)
{
	return dev->takes[family] && dev->flags & IFF_UP && !(dev->flags & IFF_LOOPBACK) &&
	       dev->vrf != dev->index;
}

static bool is_loopback4(const struct in6_addr *addr)
{
	return ds_addr_is_mapped(addr) && addr->s6_addr[12] == 127;
}

static bool is_loopback6(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_LOOPBACK(addr);
}

/* Whether packets reach the address only at the device that owns it. */
static bool is_here(const struct local *l, const struct in6_addr *addr)
{
	size_t i;

	if (is_loopback6(addr) || IN6_IS_ADDR_LINKLOCAL(addr))
		return true;
	if (!is_loopback4(addr))
		return false;
	for (i = 0; i < l->n_devs; i++)
		if (l->devs[i].route_localnet)
			return false;
	return true;
}

static bool is_in_range(const struct in6_addr *addr, const struct laddr *range)
{
	unsigned int bytes = range->len / 8, bits = range->len % 8;

	if (memcmp(addr, &range->addr, bytes))
		return false;
	return !bits || !((addr->s6_addr[bytes] ^ range->addr.s6_addr[bytes]) >> (8 - bits));
}

/* ---------------------------------------------------------------- counts */

/* Number of addresses in a range that have no route of their own. */
static u64 size_of_range(const struct local *l, enum ds_family family, const struct laddr *range)
{
	u64 size = range->len > 80 ? 1ULL << (128 - range->len) : DS_LADDRS_MANY;
	size_t i, first = local_first(l, family, &range->addr), n = l->n_addrs[family];
	const struct laddr *a = l->addrs[family];

	for (i = first; i < n && is_in_range(&a[i].addr, range); i++)
		/* several devices may have an address */
		if (a[i].table == range->table &&
		    (i == first || ds_addr_cmp(&a[i - 1].addr, &a[i].addr)))
			size--;
	return size;
}

static bool is_same_range(const struct laddr *a, const struct laddr *b)
{
	return a->len == b->len && a->table == b->table && !ds_addr_cmp(&a->addr, &b->addr);
}

static void count_range(const struct local *l, const struct laddr *range, u64 size,
			struct ds_laddr_dev *dev)
{
	if (range->anycast) {
		dev->anycast = ds_laddrs_sum(dev->anycast, size);
		return;
	}
	dev->range = ds_laddrs_sum(dev->range, size);
	if (is_here(l, &range->addr))
		dev->range_here = ds_laddrs_sum(dev->range_here, size);
}

static void count_address(struct ds_laddrs *laddrs, const struct local *l, const struct laddr *a,
			  struct ds_laddr_dev *dev)
{
	bool here = is_here(l, &a->addr);

	if (a->anycast) {
		dev->anycast++;
		return;
	}
	dev->count++;
	dev->here += here;
	laddrs->at[laddrs->n++] = (struct ds_laddr) {
		.addr = a->addr,
		.dev = a->dev,
		.master = dev->master,
		.flags = here ? DS_LADDR_HERE : 0,
	};
}

/* The device of a route; NULL if packets that come in there are looked up in other tables. */
static struct ds_laddr_dev *dev_of(struct ds_laddrs *laddrs, const struct local *l,
				   enum ds_family family, const struct laddr *a)
{
	if (!local_in_table(l, family, local_dev(l, a->dev), a->table))
		return NULL;
	return ds_laddrs_dev(laddrs, a->dev);
}

static void count_all(struct ds_laddrs *laddrs, const struct local *l, enum ds_family family)
{
	const struct laddr *range = l->ranges[family];
	struct ds_laddr_dev *dev;
	u64 size = 0;
	size_t i;

	for (i = 0; i < l->n_addrs[family]; i++) {
		dev = dev_of(laddrs, l, family, &l->addrs[family][i]);
		if (dev)
			count_address(laddrs, l, &l->addrs[family][i], dev);
	}
	for (i = 0; i < l->n_ranges[family]; i++) {
		/* many devices may have the same range: count its addresses once */
		if (!i || !is_same_range(&range[i - 1], &range[i]))
			size = size_of_range(l, family, &range[i]);
		dev = dev_of(laddrs, l, family, &range[i]);
		if (dev)
			count_range(l, &range[i], size, dev);
	}
}

static void add_devs(struct ds_laddrs *laddrs, const struct local *l, enum ds_family family)
{
	size_t i;

	for (i = 0; i < l->n_devs; i++) {
		const struct ldev *dev = &l->devs[i];

		/* leave out a VRF that is down, and its devices that are down, too */
		if (dev->vrf && !arrives(l, dev))
			continue;
		laddrs->dev[laddrs->ndevs++] = (struct ds_laddr_dev) {
			.dev = dev->index,
			.master = dev->vrf,
			.outside = is_outside(dev, family),
			.silent = !arrives(l, dev),
		};
	}
}

static int no_step(void *arg, u32 steps)
{
	(void)arg;
	(void)steps;
	return 0;
}

void judge_laddrs_make(struct ds_laddrs *laddrs, const struct local *local, enum ds_family family)
{
	size_t n = local->n_devs + 1;

	memset(laddrs, 0, sizeof(*laddrs));
	laddrs->at = xcalloc(local->n_addrs[family] + 1, sizeof(*laddrs->at));
	laddrs->dev = xcalloc(n, sizeof(*laddrs->dev));
	laddrs->by_vrf = xcalloc(2 * n, sizeof(*laddrs->by_vrf));
	laddrs->vrf = xcalloc(n, sizeof(*laddrs->vrf));
	laddrs->loaded = 1U << DS_LADDRS_ADDRESSES | 1U << DS_LADDRS_ROUTES;
	add_devs(laddrs, local, family);
	count_all(laddrs, local, family);
	ds_laddrs_index(laddrs, no_step, NULL);
}

void judge_laddrs_free(struct ds_laddrs *laddrs)
{
	free(laddrs->at);
	free(laddrs->dev);
	free(laddrs->by_vrf);
	free(laddrs->vrf);
	memset(laddrs, 0, sizeof(*laddrs));
}

/* ---------------------------------------------------------------- one address */

/* Is @a local for a packet that comes in at @dev (NULL: for the host's own packets)? */
static bool is_found(const struct local *l, const struct laddr *a, const struct in6_addr *addr,
		     const struct ldev *dev, enum ds_family family)
{
	const struct ldev *owner = local_dev(l, a->dev);

	if (!owner || !local_in_table(l, family, dev, a->table))
		return false;
	if (!dev || dev->index == a->dev || dev->vrf == dev->index)
		return arrives(l, owner);
	if (!is_outside(dev, family) || is_here(l, addr))
		return false;
	return !is_loopback4(addr) || dev->route_localnet;
}

/* If several devices have the address, prefers the one that the packet comes in at. */
static const struct laddr *find_address(const struct local *l, enum ds_family family,
					const struct in6_addr *addr, const struct ldev *dev)
{
	const struct laddr *best = NULL, *a;
	size_t i;

	for (i = local_first(l, family, addr); i < l->n_addrs[family]; i++) {
		a = &l->addrs[family][i];
		if (ds_addr_cmp(&a->addr, addr))
			break;
		if (is_found(l, a, addr, dev, family) && (!best || (dev && a->dev == dev->index)))
			best = a;
	}
	return best;
}

static const struct laddr *find_range(const struct local *l, enum ds_family family,
				      const struct in6_addr *addr, const struct ldev *dev)
{
	const struct laddr *best = NULL, *a;
	size_t i;

	for (i = 0; i < l->n_ranges[family]; i++) {
		a = &l->ranges[family][i];
		if (is_in_range(addr, a) && is_found(l, a, addr, dev, family) &&
		    (!best || a->len > best->len))
			best = a;
	}
	return best;
}

bool judge_laddrs_route(const struct local *l, enum ds_family family, const struct in6_addr *addr,
			uint32_t dev, struct ds_laddr *laddr)
{
	const struct ldev *at = dev ? local_dev(l, dev) : NULL;
	const struct laddr *a;

	if (dev && !at)
		return false;
	a = find_address(l, family, addr, at);
	if (!a)
		a = find_range(l, family, addr, at);
	if (!a)
		return false;
	*laddr = (struct ds_laddr) {
		.addr = *addr,
		.dev = a->dev,
		.master = local_dev(l, a->dev)->vrf,
		.flags = (is_here(l, addr) ? DS_LADDR_HERE : 0) |
			 (a->anycast ? DS_LADDR_ANYCAST : 0),
	};
	return true;
}
