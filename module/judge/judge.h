/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The judge finds the verdicts of a port's rows in one family. It decides which packets to look up,
 * and derives the verdicts from the results. It uses no kernel state: the module and the reader
 * both compile it, each with lookups of its own (struct ds_judge_ops).
 *
 * Rows of one bind (address and device) and one reuseport group have the same verdict. So the rows
 * are sorted into binds, and the result of each lookup counts for all binds that cover the packet.
 */
#ifndef DUALSTACK_JUDGE_H
#define DUALSTACK_JUDGE_H

#include "state.h"

int ds_judge_port(struct ds_judge *j);
int ds_judge_single(struct ds_judge *j, const struct in6_addr *addr, int ifindex,
		    enum ds_verdict *verdict);

#endif
