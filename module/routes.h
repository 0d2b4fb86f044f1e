/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks rtnetlink for the routes that make addresses local, in a namespace (AnyIP, anycast). */
#ifndef DUALSTACK_ROUTES_H
#define DUALSTACK_ROUTES_H

#include <linux/in6.h>
#include <linux/types.h>
#include "family.h"

struct net;

/**
 * struct ds_route - a route that makes addresses local
 * @prefix: its first address; an IPv4 one in v4-mapped form
 * @len: bits of @prefix that count, of the 128
 * @anycast: an anycast route: local for UDP alone
 * @ifindex: the device that its packets count as arriving at
 */
struct ds_route {
	struct in6_addr prefix;
	u8 len;
	bool anycast;
	int ifindex;
};

int ds_routes_each(struct net *net, enum ds_family family,
		   int (*visit)(const struct ds_route *route, void *arg), void *arg);

#endif
