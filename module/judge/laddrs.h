/* SPDX-License-Identifier: GPL-2.0-only */
/* Local addresses of a namespace and family. Uses no kernel state. */
#ifndef DUALSTACK_LADDRS_H
#define DUALSTACK_LADDRS_H

#include "types.h"

enum ds_laddr_flag {
	/* packets reach it only at the device that owns it: loopback, link-local */
	DS_LADDR_HERE		= 1 << 0,
	/* local for UDP only */
	DS_LADDR_ANYCAST	= 1 << 1,
	/* local by a route of a table that ds_laddr_dev.range does not include */
	DS_LADDR_UNCOUNTED	= 1 << 2,
};

/* What kinds of routes a prefix has through a device: see ds_laddr_dev.routed. */
enum ds_laddr_routed {
	DS_ROUTED_LOCAL		= 1 << 0,
	DS_ROUTED_ANYCAST	= 1 << 1,
};

/**
 * struct ds_laddr - a local address
 * @addr: the address; an IPv4 address in v4-mapped form
 * @dev: index of the device that owns it
 * @master: index of this device's VRF, or 0; equal to @dev for a VRF device
 * @flags: enum ds_laddr_flag
 */
struct ds_laddr {
	struct in6_addr addr;
	int dev;
	int master;
	u32 flags;
};

/**
 * struct ds_laddr_dev - a device, and the number of its local addresses
 * @dev: its index
 * @master: index of its VRF, or 0; equal to @dev for a VRF device
 * @outside: packets come in here from outside, for any address of the VRF (weak host model)
 * @silent: no packet comes in here, since this device and the loopback device are down; packets for
 *	its addresses may still come in at other devices
 * @count: number of addresses that it owns and that packets arrive for; until DS_LADDRS_ADDRESSES
 *	are loaded, 1 stands for any number above 0
 * @here: number of addresses in @count that packets reach only at this device
 * @range: number of addresses that local routes add; an estimate until DS_LADDRS_ROUTES are loaded
 * @range_here: number of addresses in @range that packets reach only at this device
 * @anycast: number of addresses that routes add for UDP only
 * @below: number of its addresses inside the prefix of the routes that are being loaded
 * @routed: the kinds of these routes that are in @range or @anycast, a set of enum ds_laddr_routed
 * @prefix_nr: number of the prefix for which @below and @routed were counted; 0 is none
 * @held: number of addresses in @count, @range and @anycast that a row of the port is bound to
 * @taken: number of its addresses that a row is bound to and that ds_laddr_vrf.taken counts, too
 * @narrow: number of the VRF's addresses that have a bind on this device, but neither a bind
 *	without a device nor one on the VRF
 * @pass: ds_judge.pass of the port for which @held, @taken and @narrow were counted
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
	u32 below;
	u32 routed;
	u32 prefix_nr;
	u32 held;
	u32 taken;
	u32 narrow;
	u32 pass;
};

/* A range of ds_laddrs.by_vrf: from @first on, before @end. */
struct ds_laddr_range {
	u32 first;
	u32 end;
};

/**
 * struct ds_laddr_vrf - a VRF, its devices, and the number of their local addresses
 * @master: index of the VRF, or 0 for the devices outside of VRFs
 * @owners: for TCP [0] and UDP [1]: its devices that own addresses and are not silent
 * @outside: its devices at which packets come in from outside
 * @next_owner: for TCP and UDP: index of the next VRF that has such owners, or ds_laddrs.nvrfs
 * @silent: one of its devices is silent; true only for @master 0
 * @all: number of addresses of its devices that are not silent, DS_LADDR_HERE ones included
 * @count: number of addresses for which packets may come in from outside at any of its devices; an
 *	address that several devices own counts once
 * @range: number of such addresses that local routes add
 * @anycast: number of such addresses that routes add for UDP only
 * @wide: number of addresses in @count, @range and @anycast that a row is bound to, without a
 *	device or on the VRF
 * @taken: number of addresses with such a row that takes packets from any peer, in @wide or not
 * @seen: the address counted last in @wide, by the index of its first bind; ds_laddrs_index() also
 *	uses it
 * @owned: the last address that a row is bound to and that a device of the VRF owns, by the index
 *	of its first bind
 * @routed: the last address that a row is bound to and that a route makes local, by the index of
 *	its first bind
 * @taken_first: index of the first bind of the first address in @taken
 * @taken_end: index after the last bind of this address
 * @pass: ds_judge.pass of the port for which @wide to @taken_end were counted
 */
struct ds_laddr_vrf {
	int master;
	struct ds_laddr_range owners[2];
	struct ds_laddr_range outside;
	u32 next_owner[2];
	bool silent;
	u64 all;
	u64 count;
	u64 range;
	u64 anycast;
	u32 wide;
	u32 taken;
	u32 seen;
	u32 owned;
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
 * struct ds_laddrs - the local addresses of a namespace and family
 * @at: the addresses, sorted by address, then device; empty until DS_LADDRS_ADDRESSES are loaded
 * @n: number of entries in @at
 * @dev: the devices that take packets of the family, sorted by index
 * @ndevs: number of devices
 * @by_vrf: indexes into @dev, sorted by VRF, of the devices that own addresses, that a route may
 *	give some, or at which packets for addresses of their VRF come in; room for 2 * @ndevs. A
 *	port looks only at those of a VRF that it may need: see ds_laddr_vrf.owners and outside
 * @vrf: the VRFs, sorted by @master; room for @ndevs + 1
 * @nvrfs: number of VRFs
 * @first_owner: for TCP [0] and UDP [1]: index of the first VRF, other than 0, with such owners
 * @in_vrfs: ds_laddr_vrf.all, summed up over the VRFs other than 0
 * @anycast_in_vrfs: ds_laddr_vrf.anycast, likewise
 * @from_outside: index of the first device outside of VRFs at which packets come in from outside,
 *	or @ndevs
 * @loaded: the parts that are loaded, a set of 1 << enum ds_laddrs_part
 */
struct ds_laddrs {
	struct ds_laddr *at;
	u32 n;
	struct ds_laddr_dev *dev;
	u32 ndevs;
	u32 *by_vrf;
	struct ds_laddr_vrf *vrf;
	u32 nvrfs;
	u32 first_owner[2];
	u64 in_vrfs;
	u64 anycast_in_vrfs;
	u32 from_outside;
	u32 loaded;
};

static inline bool ds_laddrs_loaded(const struct ds_laddrs *laddrs, enum ds_laddrs_part part)
{
	return laddrs->loaded & 1U << part;
}

/* The largest count of addresses: routes may cover more than fit into 64 bits. */
#define DS_LADDRS_MANY	0x1000000000000ULL

/* The sum of two counts of addresses. */
static inline u64 ds_laddrs_sum(u64 a, u64 b)
{
	return a + b < DS_LADDRS_MANY ? a + b : DS_LADDRS_MANY;
}

/*
 * The table of any VRF may make an address local, so the judge asks about a bind without a device
 * in each VRF. Nobody limits the number of VRFs, so it asks in this many at most.
 */
#define DS_MAX_VRFS	64

/* The number of entries of ds_laddrs.vrf to ask about; one of them stands for no VRF. */
static inline u32 ds_laddrs_vrfs_to_ask(const struct ds_laddrs *laddrs)
{
	return laddrs->nvrfs <= DS_MAX_VRFS ? laddrs->nvrfs : DS_MAX_VRFS + 1;
}

int ds_laddrs_index(struct ds_laddrs *laddrs, int (*step)(void *arg, u32 steps), void *arg);

/* The number of all addresses that a device owns. */
static inline u64 ds_laddrs_of_dev(const struct ds_laddr_dev *dev, bool udp)
{
	return ds_laddrs_sum(dev->count, ds_laddrs_sum(dev->range, udp ? dev->anycast : 0));
}

/* The number of all addresses for which packets may come in from outside at a VRF's devices. */
static inline u64 ds_laddrs_of_vrf(const struct ds_laddr_vrf *vrf, bool udp)
{
	return ds_laddrs_sum(vrf->count, ds_laddrs_sum(vrf->range, udp ? vrf->anycast : 0));
}

/* Find the first entry of an address in laddrs->at, or where it would be. */
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
