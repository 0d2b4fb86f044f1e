/* SPDX-License-Identifier: GPL-2.0-only */
/* The local addresses and devices of a network namespace, from rtnetlink. */
#ifndef DUALSTACK_LADDR_H
#define DUALSTACK_LADDR_H

#include "fail.h"
#include "util.h"
#include "../../module/family.h"

/* A local route: one address, or a range of them (127.0.0.0/8, AnyIP). */
struct laddr {
	struct in6_addr addr;		/* IPv4 in v4-mapped form */
	uint8_t len;			/* of the prefix; 128 for one address of either family */
	bool anycast;
	uint32_t dev;			/* index of the device that owns it */
	uint32_t table;			/* routing table: RT_TABLE_LOCAL, a VRF's, or a rule's */
};

/* A broadcast address of a device. */
struct lbroadcast {
	uint32_t addr;			/* network order */
	uint32_t dev;
};

/* A multicast group that an interface has joined. */
struct lgroup {
	struct in6_addr addr;		/* IPv4 in v4-mapped form */
	uint32_t dev;
};

struct ldev {
	uint32_t index;
	uint32_t vrf;			/* index of its VRF, or 0; equal to @index for a VRF */
	uint32_t table;			/* routing table of a VRF; otherwise 0 */
	uint32_t flags;			/* IFF_UP, IFF_LOOPBACK, IFF_BROADCAST */
	bool takes[DS_NFAMILIES];	/* accepts packets of the family */
	bool route_localnet;		/* 127.0.0.0/8 may come in here */
};

struct local {
	struct laddr *addrs[DS_NFAMILIES];	/* single ones, by address, then device */
	size_t n_addrs[DS_NFAMILIES], room_addrs[DS_NFAMILIES];
	struct laddr *ranges[DS_NFAMILIES];	/* by address, length, table, device */
	size_t n_ranges[DS_NFAMILIES], room_ranges[DS_NFAMILIES];
	uint32_t *tables[DS_NFAMILIES];		/* tables that rules name for all packets */
	size_t n_tables[DS_NFAMILIES], room_tables[DS_NFAMILIES];
	struct lbroadcast *broadcasts;
	size_t n_broadcasts, room_broadcasts;
	struct lgroup *groups;
	size_t n_groups, room_groups;
	struct ldev *devs;			/* sorted by index */
	size_t n_devs, room_devs;
	bool accept[DS_NPROTOS];	/* *_l3mdev_accept */
};

/* Loads the current network namespace. */
bool local_load(struct local *l, struct fail *f);
void local_free(struct local *l);
const struct ldev *local_dev(const struct local *l, uint32_t index);
bool local_is_up(const struct local *l, uint32_t index);
/* The v4-mapped form of an IPv4 address in network order. */
void set_mapped(struct in6_addr *to, uint32_t addr);
/* Are packets that come in at @dev looked up in @table? NULL: the host's own packets. */
bool local_in_table(const struct local *l, enum ds_family family, const struct ldev *dev,
		    uint32_t table);
/* Index in @addrs of the first entry for @addr, or where it would be inserted. */
size_t local_first(const struct local *l, enum ds_family family, const struct in6_addr *addr);
/* A multicast or broadcast address: each UDP socket on it gets its own copy of a datagram. */
bool local_gets_copies(const struct local *l, const struct in6_addr *addr);
bool local_is_group(const struct in6_addr *addr);
/* Do copies for such an address reach a UDP socket that is bound to @dev, or to no device (0)? */
bool local_is_joined(const struct local *l, const struct in6_addr *addr, uint32_t dev);

#endif
