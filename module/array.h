/* SPDX-License-Identifier: GPL-2.0-only */
/* Sorts arrays of any length: reschedules between steps, and ends when the reader is killed. */
#ifndef DUALSTACK_ARRAY_H
#define DUALSTACK_ARRAY_H

#include <linux/types.h>

int ds_array_sort(void *base, u32 n, size_t size,
		  int (*cmp)(const void *a, const void *b, const void *arg), const void *arg);
int ds_array_step(void *budget, u32 steps);

#endif
