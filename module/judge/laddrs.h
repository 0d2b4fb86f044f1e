/* SPDX-License-Identifier: GPL-2.0-only */
/* Local addresses of a namespace and family, as the judge sees them. Pure. */
#ifndef DUALSTACK_LADDRS_H
#define DUALSTACK_LADDRS_H

#include "types.h"

enum ds_laddr_flag {
	/* only reached at its own device: loopback, link-local */
	DS_LADDR_HERE		= 1 << 0,
	/* local for UDP alone */
	DS_LADDR_ANYCAST	= 1 << 1,
	/* by a route of a table that ds_laddr_dev.range does not look at */
	DS_LADDR_UNCOUNTED	= 1 << 2,
};

/**
 * struct ds_laddr - a local address
 * @addr: the address; an IPv4 one in v4-mapped form
 * @dev: index of the device that owns it
 * @master: the VRF that this device belongs to, itself for a VRF device, or 0
 * @flags: enum ds_laddr_flag
 */
struct ds_laddr {
	struct in6_addr addr;
	int dev;
	int master;
	u32 flags;
};

/**
 * struct ds_laddr_dev - a device
 * @dev: its index
 * @master: the VRF that it belongs to, itself for a VRF device, or 0
 * @outside: packets come in here from outside, for any address of the VRF (weak host model)
 * @silent: no packet comes in here: it is down, and so is the loopback device, by which the host
 *	sends to itself; its addresses are reached at other devices alone
 * @count: addresses that it owns and that packets arrive for; 1 for any number until
 *	DS_LADDRS_ADDRESSES are loaded
 * @here: those of @count that are only reached at this device
 * @range: how many more local routes add; guessed until DS_LADDRS_ROUTES are loaded
 * @range_here: those of @range that are only reached at this device
 * @anycast: how many more they add for UDP
 * @held: those of all these that a row is bound to
 * @taken: those of @held that are in ds_laddr_vrf.taken
 * @narrow: addresses of the VRF that rows are bound to on this device alone
 * @pass: the port that @held, @taken and @narrow are of
 */
struct ds_laddr_dev {
	int dev;
	int master;
	bool outside;
	bool silent;
	u64 count;
	u64 here;
	u64 range;
	u64 range_here;
	u64 anycast;
	u32 held;
	u32 taken;
	u32 narrow;
	u32 pass;
};

/**
 * struct ds_laddr_vrf - the devices of a VRF, and their addresses
 * @master: the VRF, or 0 for the devices that belong to none
 * @first: its devices in ds_laddrs.by_vrf
 * @ndevs: how many
 * @silent: one of them is silent; never in a VRF
 * @all: addresses of its devices, those that are only reached at their own device included, but
 *	not those of silent devices
 * @count: addresses that packets from outside may have at any of them, as in ds_laddr_dev, but
 *	each once
 * @range: how many more local routes add
 * @anycast: how many more they add for UDP
 * @wide: those that a row is bound to on no device, or on the VRF
 * @taken: those of @wide where such a row takes packets from anybody
 * @seen: the last of @wide, by its first bind; also scratch of ds_laddrs_index()
 * @routed: the last address that a row is bound to and a route makes local, by its first bind
 * @taken_first: the binds of the first of @taken begin here
 * @taken_end: and end here
 * @pass: the port that all these are of
 */
struct ds_laddr_vrf {
	int master;
	u32 first;
	u32 ndevs;
	bool silent;
	u64 all;
	u64 count;
	u64 range;
	u64 anycast;
	u32 wide;
	u32 taken;
	u32 seen;
	u32 routed;
	u32 taken_first;
	u32 taken_end;
	u32 pass;
};

enum ds_laddrs_part {
	DS_LADDRS_ADDRESSES,
	DS_LADDRS_ROUTES,
};

/**
 * struct ds_laddrs - local addresses
 * @at: sorted by address, then device; with DS_LADDRS_ADDRESSES loaded
 * @n: how many
 * @dev: all devices that take packets of the family, sorted by index
 * @ndevs: how many
 * @by_vrf: indexes into @dev, by VRF, of those that own addresses or get the VRF's from outside;
 *	room for 2 * @ndevs
 * @vrf: sorted by index; room for @ndevs + 1
 * @nvrfs: how many
 * @loaded: set of 1 << enum ds_laddrs_part
 */
struct ds_laddrs {
	struct ds_laddr *at;
	u32 n;
	struct ds_laddr_dev *dev;
	u32 ndevs;
	u32 *by_vrf;
	struct ds_laddr_vrf *vrf;
	u32 nvrfs;
	u32 loaded;
};

static inline bool ds_laddrs_loaded(const struct ds_laddrs *laddrs, enum ds_laddrs_part part)
{
	return laddrs->loaded & 1U << part;
}

/* Counts stop here: routes may cover more addresses than a number holds. */
#define DS_LADDRS_MANY	0x1000000000000ULL

/* The sum of two counts of addresses. */
static inline u64 ds_laddrs_sum(u64 a, u64 b)
{
	return a + b < DS_LADDRS_MANY ? a + b : DS_LADDRS_MANY;
}

int ds_laddrs_index(struct ds_laddrs *laddrs, int (*step)(void *arg, u32 steps), void *arg);

/* All addresses that packets arrive for at a device, and at any device of a VRF. */
static inline u64 ds_laddrs_of_dev(const struct ds_laddr_dev *dev, bool udp)
{
	return ds_laddrs_sum(dev->count, ds_laddrs_sum(dev->range, udp ? dev->anycast : 0));
}

static inline u64 ds_laddrs_of_vrf(const struct ds_laddr_vrf *vrf, bool udp)
{
	return ds_laddrs_sum(vrf->count, ds_laddrs_sum(vrf->range, udp ? vrf->anycast : 0));
}

/* The first entry of an address, or where it would stand. */
static inline u32 ds_laddrs_first(const struct ds_laddrs *laddrs, const struct in6_addr *addr)
{
	u32 low = 0, high = laddrs->n;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (ds_addr_cmp(&laddrs->at[middle].addr, addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static inline struct ds_laddr_dev *ds_laddrs_dev(const struct ds_laddrs *laddrs, int dev)
{
	u32 low = 0, high = laddrs->ndevs;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (laddrs->dev[middle].dev < dev)
			low = middle + 1;
		else
			high = middle;
	}
	return low < laddrs->ndevs && laddrs->dev[low].dev == dev ? &laddrs->dev[low] : NULL;
}

static inline struct ds_laddr_vrf *ds_laddrs_vrf(const struct ds_laddrs *laddrs, int master)
{
	u32 low = 0, high = laddrs->nvrfs;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (laddrs->vrf[middle].master < master)
			low = middle + 1;
		else
			high = middle;
	}
	return low < laddrs->nvrfs && laddrs->vrf[low].master == master ? &laddrs->vrf[low] : NULL;
}

#endif
