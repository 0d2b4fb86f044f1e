/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The judge: which questions to ask about a port, and what the answers make of each row. Pure
 * arithmetic on rows, local addresses and answers; the module and the reader compile it.
 *
 * A row's verdict depends on its bind (address and device) and on its reuseport group only. So the
 * rows of a port and family are sorted into binds, questions are asked about packets, and each
 * answer counts for every bind that covers the packet.
 */
#ifndef DUALSTACK_JUDGE_H
#define DUALSTACK_JUDGE_H

#include "state.h"

int ds_judge_port(struct ds_judge *j);
int ds_judge_single(struct ds_judge *j, const struct in6_addr *addr, int ifindex,
		    enum ds_verdict *verdict);

#endif
