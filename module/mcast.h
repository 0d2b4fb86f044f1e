/* SPDX-License-Identifier: GPL-2.0-only */
/* Multicast and broadcast addresses: every UDP socket that is bound to one gets its own copy. */
#ifndef DUALSTACK_MCAST_H
#define DUALSTACK_MCAST_H

#include <linux/types.h>
#include "account.h"
#include "budget.h"
#include "laddr.h"

struct in_device;
struct ip_mc_list;

enum ds_mcast_kind {
	DS_MCAST_GROUP = 1,
	DS_MCAST_BROADCAST,
};

/**
 * struct ds_group - a multicast group that a device joined, or a broadcast address of a device
 * @addr: address of the group, or broadcast address
 * @dev: index of the device
 * @master: index of its VRF, or 0
 */
struct ds_group {
	struct in6_addr addr;
	int dev;
	int master;
};

/**
 * struct ds_mcast - the groups that the devices of a namespace joined, or their broadcast addresses
 * @at: the groups, IPv4 ones in v4-mapped form, sorted by address, then by VRF, then by device
 * @n: number of entries in @at
 * @max: room in @at
 * @share: the memory is charged to it
 * @loaded: the groups were collected
 */
struct ds_mcast {
	struct ds_group *at;
	u32 n;
	u32 max;
	struct ds_share share;
	bool loaded;
};

/**
 * struct ds_mcast_key - the socket to find a verdict for
 * @local: local addresses of its namespace
 * @budget: the RCU read section; the functions may leave it and enter another
 * @ifindex: the device that the socket is bound to, or 0
 * @accept: sockets that are not bound to a device get packets from VRFs
 */
struct ds_mcast_key {
	const struct ds_local *local;
	struct ds_budget *budget;
	int ifindex;
	bool accept;
};

int ds_mcast_is(const struct ds_mcast_key *key, const struct in6_addr *addr);
int ds_mcast_load(struct ds_mcast *mcast, const struct ds_local *local, bool broadcast);
bool ds_mcast_arrives(const struct ds_mcast_key *key, const struct ds_mcast *mcast,
		      const struct in6_addr *addr, int joined);
void ds_mcast_free(struct ds_mcast *mcast);

struct ip_mc_list *ds_mcast_joined4(const struct in_device *in_dev, __be32 group);

#endif
