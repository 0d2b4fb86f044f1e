/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A merge sort that can be interrupted. Uses no kernel state. The kernel's sort() and sort_r() do
 * not reschedule and do not check for signals, and a user decides how much there is to sort.
 */
#ifndef DUALSTACK_MERGE_H
#define DUALSTACK_MERGE_H

#include "types.h"

/**
 * struct ds_merge - an array to sort
 * @base: the array
 * @scratch: room for a second array of the same size
 * @size: size of an element, in bytes
 * @cmp: compares two elements, as for qsort_r()
 * @step: called with the number of elements merged since the last call; a non-zero return value
 *	ends the sort
 * @arg: passed to @cmp and @step
 */
struct ds_merge {
	void *base;
	void *scratch;
	size_t size;
	int (*cmp)(const void *a, const void *b, const void *arg);
	int (*step)(void *arg, u32 elements);
	void *arg;
};

/* Elements merged between two calls of @step. */
#define DS_MERGE_STEP	64

int ds_merge_sort(const struct ds_merge *m, u32 n);

#endif
