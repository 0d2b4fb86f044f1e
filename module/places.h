/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address presence: the places that a packet can arrive for in a namespace. A place is a local
 * address on the device that owns it. Knows nothing of sockets.
 */
#ifndef DUALSTACK_PLACES_H
#define DUALSTACK_PLACES_H

#include <linux/in6.h>
#include <linux/types.h>
#include "family.h"

struct net;
struct net_device;

/**
 * struct ds_place - an address that packets arrive for
 * @addr: the address; an IPv4 one in v4-mapped form
 * @owner: index of the device that owns it
 * @master: index of the VRF that this device belongs to, or 0
 */
struct ds_place {
	struct in6_addr addr;
	int owner;
	int master;
};

/**
 * struct ds_place_dev - what a device owns of one family
 * @owner: its index
 * @master: the VRF that it belongs to, or 0
 * @count: how many addresses packets arrive for
 * @range: how many more a local route covers, where it covers more than one
 * @held: scratch of the judge: addresses of these that a more specific socket holds
 * @pass: scratch of the judge: the pass that @held is of
 */
struct ds_place_dev {
	int owner;
	int master;
	u64 count;
	u64 range;
	u64 held;
	u32 pass;
};

struct ds_place_list {
	struct ds_place *at;		/* sorted by address, then owner */
	u32 n;
	u32 max;
	struct ds_place_dev *dev;	/* sorted by owner */
	u32 ndevs;
	u32 maxdevs;
};

/**
 * struct ds_places - what a namespace's packets can arrive for
 * @net: the namespace
 * @list: its places, by family
 * @routes_known: ranges are from the routes, for good; until then guessed from addresses
 */
struct ds_places {
	struct net *net;
	struct ds_place_list list[DS_NFAMILIES];
	bool routes_known[DS_NFAMILIES];
};

/**
 * struct ds_places_walk - a walk over the devices of a namespace
 * @places: what was found
 * @paused_at: the device that the walk paused at, with a reference, or NULL
 * @lo_up: packets of the host to itself are delivered
 * @full: some list has no room for the addresses of the next device
 */
struct ds_places_walk {
	struct ds_places *places;
	struct net_device *paused_at;
	bool lo_up;
	bool full;
};

/* What a packet brings as input device, and the slave's index where that is a VRF. */
static inline int ds_place_dif(const struct ds_place *place)
{
	return place->master ?: place->owner;
}

static inline int ds_place_sdif(const struct ds_place *place)
{
	return place->master ? place->owner : 0;
}

int ds_places_collect(struct ds_places *places, struct net *net);
int ds_places_walk_begin(struct ds_places_walk *c, struct ds_places *places, struct net *net);
int ds_places_walk_on(struct ds_places_walk *c);
void ds_places_walk_end(struct ds_places_walk *c);
int ds_places_know_routes(struct ds_places *places, enum ds_family family);
void ds_places_free(struct ds_places *places);
const struct ds_place *ds_places_of(const struct ds_places *places, enum ds_family family,
				    const struct in6_addr *addr, int ifindex,
				    struct ds_place *room, u32 *n);
bool ds_places_owned(const struct ds_places *places, enum ds_family family,
		     const struct in6_addr *addr);
struct ds_place_dev *ds_places_dev(const struct ds_place_list *list, int owner);

/* copies.c */
bool ds_places_gets_copies(const struct ds_places *places, const struct in6_addr *addr);
bool ds_places_joined(const struct ds_places *places, const struct in6_addr *addr, int ifindex);

#endif
