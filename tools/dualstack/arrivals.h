/* SPDX-License-Identifier: GPL-2.0-only */
/* The devices at which a packet for an address can come in, according to the local routes. */
#ifndef DUALSTACK_ARRIVALS_H
#define DUALSTACK_ARRIVALS_H

#include "laddr.h"
#include "row.h"

#define MAX_ARRIVALS 256

/* Where a packet goes; an IPv4 address is in v4-mapped form. */
struct destination {
	enum l4 l4;
	enum ds_family family;
	struct in6_addr addr;
};

struct arrival {
	uint32_t dev;
	bool copies;			/* each UDP socket gets its own copy */
};

struct arrivals {
	struct arrival list[MAX_ARRIVALS];
	size_t n;
	size_t more;			/* devices that did not fit into @list */
	/* if there is no device: the module's word for the reason (proc_net_dualstack(5)) */
	const char *why;
};

/* Checks the device @ifindex; for 0, all devices that have the address or joined the group. */
void arrivals_find(struct arrivals *a, const struct local *l, const struct destination *d,
		   uint32_t ifindex);

#endif
