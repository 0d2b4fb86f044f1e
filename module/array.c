// SPDX-License-Identifier: GPL-2.0-only
/* Sorts arrays of any length: reschedules between steps, and ends when the reader is killed. */
#include "array.h"
#include "budget.h"
#include "judge/merge.h"
#include "mem.h"

/* Argument of compare() and step(). */
struct sorting {
	struct ds_budget budget;
	int (*cmp)(const void *a, const void *b, const void *arg);
	const void *arg;
};

static int compare(const void *a, const void *b, const void *arg)
{
	const struct sorting *s = arg;

	return s->cmp(a, b, s->arg);
}

static int step(void *arg, u32 steps)
{
	struct sorting *s = arg;

	return ds_array_step(&s->budget, steps);
}

/**
 * ds_array_step() - spend steps of a budget outside of an RCU read section
 * @budget: a struct ds_budget, all zero before the first call; its RCU section is not used
 * @steps: number of steps
 *
 * A callback for code that does not depend on the kernel, such as ds_merge_sort().
 *
 * Context: process context; sleeps.
 * Return: 0, or -EINTR if the reader was killed.
 */
int ds_array_step(void *budget, u32 steps)
{
	struct ds_budget *b = budget;

	ds_budget_spend(b, steps);
	if (b->steps > 0)
		return 0;
	b->steps = DS_SECTION_STEPS;
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/**
 * ds_array_sort() - sort an array
 * @base: the array
 * @n: number of elements, at most 2^30
 * @size: size of an element
 * @cmp: compares two elements
 * @arg: passed to @cmp
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM or -EINTR.
 */
int ds_array_sort(void *base, u32 n, size_t size,
		  int (*cmp)(const void *a, const void *b, const void *arg), const void *arg)
{
	struct sorting s = { .cmp = cmp, .arg = arg };
	struct ds_merge merge = {
		.base = base, .size = size, .cmp = compare, .step = step, .arg = &s,
	};
	int err;

	if (n < 2)
		return 0;
	merge.scratch = ds_alloc(n, size);
	if (!merge.scratch)
		return -ENOMEM;
	err = ds_merge_sort(&merge, n);
	ds_free(merge.scratch);
	return err;
}
