/* SPDX-License-Identifier: GPL-2.0-only */
/* The local addresses of a namespace: those that devices own, and those that routes make local. */
#ifndef DUALSTACK_LADDR_H
#define DUALSTACK_LADDR_H

#include <linux/types.h>
#include "account.h"
#include "budget.h"
#include "judge/laddrs.h"

struct net;
struct net_device;

/**
 * struct ds_local - the local addresses of a namespace
 * @net: the namespace; the caller holds a reference
 * @share: the memory is charged to it
 * @laddrs: the addresses of each family, for the judge
 * @glanced: for each family: no device needs more than a look at its first GLANCE addresses
 * @max: for each family: room in @laddrs for addresses
 * @maxdevs: room in @laddrs for devices
 */
struct ds_local {
	struct net *net;
	struct ds_share share;
	struct ds_laddrs laddrs[DS_NFAMILIES];
	bool glanced[DS_NFAMILIES];
	u32 max[DS_NFAMILIES];
	u32 maxdevs;
};

/**
 * struct ds_device_walk - a walk over the devices of a namespace
 * @local: gets the devices
 * @budget: the current RCU read section
 * @seq: the namespace's dev_base_seq when the walk began
 * @last: index of the last visited device, 0 for none
 * @restarts: how often the walk began from the start
 */
struct ds_device_walk {
	struct ds_local *local;
	struct ds_budget budget;
	unsigned int seq;
	int last;
	u32 restarts;
};

int ds_local_walk_on(struct ds_device_walk *w);
int ds_local_collect(struct ds_local *local, struct net *net, struct ds_charge *charge);
int ds_local_load(struct ds_local *local, enum ds_family family, enum ds_laddrs_part part);
void ds_local_free(struct ds_local *local);

/* routed.c */
bool ds_local_route(const struct ds_local *local, enum ds_family family,
		    const struct in6_addr *addr, int dev, struct ds_laddr *laddr);
bool ds_local_owns(const struct net *net, enum ds_family family, const struct in6_addr *addr,
		   const struct net_device *dev);
bool ds_local_is_broadcast(const struct net *net, const struct in6_addr *addr, int dev);
int ds_local_broadcast_dev(const struct net *net, const struct in6_addr *addr, int dev);
int ds_local_master(const struct net *net, int dev);
bool ds_local_delivers(const struct net *net, const struct net_device *dev);
bool ds_local_outside(const struct net_device *dev, enum ds_family family);

#endif
