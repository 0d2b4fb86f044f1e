/* SPDX-License-Identifier: GPL-2.0-only */
/* Sorting by a function that is told what it compares in. */
#ifndef DUALSTACK_COMPAT_SORT_U32_H
#define DUALSTACK_COMPAT_SORT_U32_H

#include <linux/kernel.h>
#include <linux/sort.h>

typedef int (*ds_cmp_fn)(const void *a, const void *b, const void *arg);

/* sort_r(): 5.4, 4333fb96ca10 ("media: lib/sort.c: implement sort() variant ...") */
#ifdef DS_HAVE_SORT_R
static inline void ds_sort_u32(u32 *item, size_t n, ds_cmp_fn cmp, const void *arg)
{
	sort_r(item, n, sizeof(*item), cmp, NULL, arg);
}
#else
/* Restore the heap of the first @n items below @root. */
static inline void ds_sift(u32 *item, size_t root, size_t n, ds_cmp_fn cmp, const void *arg)
{
	size_t child;

	for (child = 2 * root + 1; child < n; child = 2 * root + 1) {
		if (child + 1 < n && cmp(item + child, item + child + 1, arg) < 0)
			child++;
		if (cmp(item + root, item + child, arg) >= 0)
			return;
		swap(item[root], item[child]);
		root = child;
	}
}

static inline void ds_sort_u32(u32 *item, size_t n, ds_cmp_fn cmp, const void *arg)
{
	size_t i;

	for (i = n / 2; i; i--)
		ds_sift(item, i - 1, n, cmp, arg);
	for (i = n; i > 1; i--) {
		swap(item[0], item[i - 1]);
		ds_sift(item, 0, i - 1, cmp, arg);
	}
}
#endif

#endif
