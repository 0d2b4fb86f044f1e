// SPDX-License-Identifier: GPL-2.0-only
/* Sums up the local addresses of a namespace and family by VRF. */
#include "laddrs.h"
#include "merge.h"

/* Argument of cmp_by_vrf() and sort_step(). */
struct sorting {
	const struct ds_laddrs *laddrs;
	int (*step)(void *arg, u32 steps);
	void *arg;
};

/*
 * The kinds of devices of a VRF. In this order those that own addresses for TCP are neighbours,
 * those that own addresses for UDP, and those at which packets come in from outside. So a port does
 * not look at any number of devices that are of no use for it.
 */
enum kind { ANYCAST, OWNS, OWNS_OUTSIDE, ANYCAST_OUTSIDE, OUTSIDE, OTHER };

static enum kind kind_of(const struct ds_laddr_dev *dev)
{
	if (!dev->silent && (dev->count || dev->range))
		return dev->outside ? OWNS_OUTSIDE : OWNS;
	if (!dev->silent && dev->anycast)
		return dev->outside ? ANYCAST_OUTSIDE : ANYCAST;
	return dev->outside ? OUTSIDE : OTHER;
}

static int cmp_by_vrf(const void *a, const void *b, const void *arg)
{
	const struct sorting *s = arg;
	const struct ds_laddr_dev *x = &s->laddrs->dev[*(const u32 *)a];
	const struct ds_laddr_dev *y = &s->laddrs->dev[*(const u32 *)b];

	if (x->master != y->master)
		return x->master < y->master ? -1 : 1;
	if (kind_of(x) != kind_of(y))
		return kind_of(x) < kind_of(y) ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

static int sort_step(void *arg, u32 elements)
{
	const struct sorting *s = arg;

	return s->step(s->arg, elements);
}

static bool is_of_use(const struct ds_laddr_dev *dev)
{
	/* keep a VRF or a silent device even without addresses: a route may add some */
	if (dev->master == dev->dev || dev->silent)
		return true;
	return dev->count || dev->range || dev->anycast || (dev->master && dev->outside);
}

/* Extend a range by the device at @at if it is of one of the kinds from @first to @last. */
static void extend(struct ds_laddr_range *range, u32 at, enum kind kind, enum kind first,
		   enum kind last)
{
	if (kind < first || kind > last)
		return;
	if (range->first == range->end)
		range->first = at;
	range->end = at + 1;
}

static void add_to_vrf(struct ds_laddrs *laddrs, u32 at)
{
	const struct ds_laddr_dev *dev = &laddrs->dev[laddrs->by_vrf[at]];
	struct ds_laddr_vrf *vrf = laddrs->nvrfs ? &laddrs->vrf[laddrs->nvrfs - 1] : NULL;

	if (!vrf || vrf->master != dev->master) {
		vrf = &laddrs->vrf[laddrs->nvrfs++];
		*vrf = (struct ds_laddr_vrf) { .master = dev->master };
	}
	extend(&vrf->owners[0], at, kind_of(dev), OWNS, OWNS_OUTSIDE);
	extend(&vrf->owners[1], at, kind_of(dev), ANYCAST, ANYCAST_OUTSIDE);
	extend(&vrf->outside, at, kind_of(dev), OWNS_OUTSIDE, OUTSIDE);
	vrf->silent |= dev->silent;
	if (!dev->silent)
		vrf->all = ds_laddrs_sum(vrf->all, ds_laddrs_sum(dev->count, dev->range));
	if (!ds_laddrs_loaded(laddrs, DS_LADDRS_ADDRESSES))
		vrf->count = ds_laddrs_sum(vrf->count, dev->count - dev->here);
	vrf->range = ds_laddrs_sum(vrf->range, dev->range - dev->range_here);
	vrf->anycast = ds_laddrs_sum(vrf->anycast, dev->anycast);
}

/* Sum up the VRFs, and link those that have owners. */
static int sum_up_vrfs(struct ds_laddrs *laddrs, int (*step)(void *arg, u32 steps), void *arg)
{
	u32 i = laddrs->nvrfs;
	int udp, err = 0;

	laddrs->first_owner[0] = laddrs->nvrfs;
	laddrs->first_owner[1] = laddrs->nvrfs;
	laddrs->in_vrfs = 0;
	laddrs->anycast_in_vrfs = 0;
	while (i-- && !err) {
		struct ds_laddr_vrf *vrf = &laddrs->vrf[i];

		if (!vrf->master)
			break;
		laddrs->in_vrfs = ds_laddrs_sum(laddrs->in_vrfs, vrf->all);
		laddrs->anycast_in_vrfs = ds_laddrs_sum(laddrs->anycast_in_vrfs, vrf->anycast);
		for (udp = 0; udp < 2; udp++) {
			vrf->next_owner[udp] = laddrs->first_owner[udp];
			if (vrf->owners[udp].first < vrf->owners[udp].end)
				laddrs->first_owner[udp] = i;
		}
		err = step(arg, 1);
	}
	return err;
}

static int find_from_outside(struct ds_laddrs *laddrs, int (*step)(void *arg, u32 steps), void *arg)
{
	u32 i;
	int err = 0;

	for (i = 0; i < laddrs->ndevs && !err; i++) {
		if (!laddrs->dev[i].master && laddrs->dev[i].outside)
			break;
		err = step(arg, 1);
	}
	laddrs->from_outside = i;
	return err;
}

/* Count an address once, even if several devices of a VRF own it. */
static int count_addresses(struct ds_laddrs *laddrs, int (*step)(void *arg, u32 steps), void *arg)
{
	u32 i, run = 0;
	int err = 0;

	for (i = 0; i < laddrs->nvrfs; i++)
		laddrs->vrf[i].seen = (u32)-1;
	for (i = 0; i < laddrs->n && !err; i++) {
		const struct ds_laddr *at = &laddrs->at[i];
		struct ds_laddr_vrf *vrf = ds_laddrs_vrf(laddrs, at->master);

		if (ds_addr_cmp(&laddrs->at[run].addr, &at->addr))
			run = i;
		if (vrf && vrf->seen != run && !(at->flags & DS_LADDR_HERE)) {
			vrf->seen = run;
			vrf->count++;
		}
		err = step(arg, 1);
	}
	return err;
}

/**
 * ds_laddrs_index() - sum up the addresses of the devices by VRF
 * @laddrs: with dev and at sorted; fills in by_vrf and vrf, which must have been allocated
 * @step: spends budget steps, and may sleep; a non-zero return value ends the call
 * @arg: passed to @step
 *
 * Context: any that @step allows.
 * Return: 0 or what @step returned.
 */
int ds_laddrs_index(struct ds_laddrs *laddrs, int (*step)(void *arg, u32 steps), void *arg)
{
	struct sorting sorting = { .laddrs = laddrs, .step = step, .arg = arg };
	const struct ds_merge merge = {
		.base	 = laddrs->by_vrf,
		.scratch = laddrs->by_vrf + laddrs->ndevs,
		.size	 = sizeof(*laddrs->by_vrf),
		.cmp	 = cmp_by_vrf,
		.step	 = sort_step,
		.arg	 = &sorting,
	};
	u32 i, n = 0;
	int err;

	for (i = 0; i < laddrs->ndevs; i++)
		if (is_of_use(&laddrs->dev[i]))
			laddrs->by_vrf[n++] = i;
	err = ds_merge_sort(&merge, n);
	laddrs->nvrfs = 0;
	for (i = 0; i < n && !err; i++) {
		add_to_vrf(laddrs, i);
		err = step(arg, 1);
	}
	if (!err)
		err = sum_up_vrfs(laddrs, step, arg);
	if (!err)
		err = find_from_outside(laddrs, step, arg);
	return err ?: count_addresses(laddrs, step, arg);
}
