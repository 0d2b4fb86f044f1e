/* SPDX-License-Identifier: GPL-2.0-only */
/* Dumps the routes of a namespace that make addresses local (AnyIP, anycast), with rtnetlink. */
#ifndef DUALSTACK_ROUTES_H
#define DUALSTACK_ROUTES_H

#include <linux/in6.h>
#include <linux/types.h>
#include "family.h"

struct net;

/**
 * struct ds_route - a route that makes addresses local
 * @prefix: its prefix; an IPv4 prefix in v4-mapped form
 * @len: prefix length in bits, from 0 to 128; 96 more than in IPv4
 * @anycast: it is an anycast route, which makes addresses local for UDP only
 * @ifindex: its device, which owns the addresses
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
