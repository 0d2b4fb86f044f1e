/* SPDX-License-Identifier: GPL-2.0-only */
/* The local addresses of one family, in the form that the judge of binds wants them. */
#ifndef DUALSTACK_JUDGE_LADDRS_H
#define DUALSTACK_JUDGE_LADDRS_H

#include "laddr.h"
#include "../../module/judge/laddrs.h"

/* @laddrs refers to memory of its own; @local has to outlive it. */
void judge_laddrs_make(struct ds_laddrs *laddrs, const struct local *local,
		       enum ds_family family);
void judge_laddrs_free(struct ds_laddrs *laddrs);

/*
 * The local address that a packet for @addr finds, which comes in at device @dev; 0: the host's
 * own packet. False: there is none.
 */
bool judge_laddrs_route(const struct local *local, enum ds_family family,
			const struct in6_addr *addr, uint32_t dev, struct ds_laddr *laddr);

#endif
