/* SPDX-License-Identifier: GPL-2.0-only */
/* The order of the table. */
#ifndef DUALSTACK_SORT_H
#define DUALSTACK_SORT_H

#include <linux/types.h>

struct ds_snapshot;

int ds_sort(struct ds_snapshot *s);
bool ds_alone_on_port(const struct ds_snapshot *s, u32 i);
u32 ds_same_port(const struct ds_snapshot *s, u32 first);

#endif
