// SPDX-License-Identifier: GPL-2.0-only
/* A merge sort that can be interrupted. It is stable, and linear if the array is sorted already. */
#include "merge.h"

static char *at(void *base, const struct ds_merge *m, u32 i)
{
	return (char *)base + i * m->size;
}

/**
 * struct run - a merge of two neighbouring runs
 * @i: index of the next element of the left run
 * @left: index after the left run
 * @k: index of the next element of the right run
 * @right: index after the right run
 */
struct run {
	u32 i;
	u32 left;
	u32 k;
	u32 right;
};

static int merge_runs(const struct ds_merge *m, void *from, void *to, struct run r)
{
	u32 out = r.i, left;
	int err = 0;

	for (left = DS_MERGE_STEP; out < r.right; out++) {
		bool take_left = r.k == r.right ||
			(r.i < r.left && m->cmp(at(from, m, r.i), at(from, m, r.k), m->arg) <= 0);

		memcpy(at(to, m, out), at(from, m, take_left ? r.i++ : r.k++), m->size);
		if (--left)
			continue;
		left = DS_MERGE_STEP;
		err = m->step(m->arg, DS_MERGE_STEP);
		if (err)
			return err;
	}
	return m->step(m->arg, DS_MERGE_STEP - left);
}

static int merge_pass(const struct ds_merge *m, void *from, void *to, u32 n, u32 width)
{
	u32 first;
	int err = 0;

	for (first = 0; first < n && !err; first += 2 * width) {
		struct run r = {
			.i	= first,
			.left	= n - first < width ? n : first + width,
			.right	= n - first < 2 * width ? n : first + 2 * width,
		};

		r.k = r.left;
		err = merge_runs(m, from, to, r);
	}
	return err;
}

/* Count how many of the first elements are in order already. */
static int in_order(const struct ds_merge *m, u32 n, u32 *sorted)
{
	u32 i;
	int err = 0;

	for (i = 1; i < n && !err; i++) {
		if (m->cmp(at(m->base, m, i - 1), at(m->base, m, i), m->arg) > 0)
			break;
		if (!(i % DS_MERGE_STEP))
			err = m->step(m->arg, DS_MERGE_STEP);
	}
	*sorted = i;
	return err;
}

/**
 * ds_merge_sort() - sort an array
 * @m: the array
 * @n: number of elements, at most 2^30
 *
 * Context: any that @m->step allows.
 * Return: 0, or what @m->step returned; then the array is not sorted, and some elements may be lost
 * and others be there twice.
 */
int ds_merge_sort(const struct ds_merge *m, u32 n)
{
	void *from = m->base, *to = m->scratch;
	u32 width, sorted;
	int err;

	if (n < 2)
		return 0;
	err = in_order(m, n, &sorted);
	if (err || sorted == n)
		return err;
	for (width = 1; width < n && !err; width *= 2) {
		void *swap = from;

		err = merge_pass(m, from, to, n, width);
		from = to;
		to = swap;
	}
	if (!err && from != m->base)
		memcpy(m->base, from, n * m->size);
	return err;
}
