/* SPDX-License-Identifier: GPL-2.0-only */
/* The local addresses of a family as struct ds_laddrs, for the judge. */
#ifndef DUALSTACK_JUDGE_LADDRS_H
#define DUALSTACK_JUDGE_LADDRS_H

#include "laddr.h"
#include "../../module/judge/laddrs.h"

/* Allocates memory for @laddrs, which does not refer to @local. */
void judge_laddrs_make(struct ds_laddrs *laddrs, const struct local *local,
		       enum ds_family family);
void judge_laddrs_free(struct ds_laddrs *laddrs);

/*
 * Finds the local address for a packet to @addr that comes in at device @dev; 0 is for a packet
 * that the host sends to itself. Returns false if @addr is not local there.
 */
bool judge_laddrs_route(const struct local *local, enum ds_family family,
			const struct in6_addr *addr, uint32_t dev, struct ds_laddr *laddr);

#endif
