// SPDX-License-Identifier: GPL-2.0-only
/* Merges members of a SO_REUSEPORT group that look alike into one row. */
#include <stdlib.h>
#include <string.h>

#include "fold.h"

static bool mergeable(const struct row *a, const struct row *b)
{
	return a->has & HAS_GROUP && b->has & HAS_GROUP && row_same_group(a, b) &&
	       a->families == b->families && a->v4 == b->v4 && a->v6 == b->v6;
}

static void merge(struct row *into, const struct row *r)
{
	into->count += r->count;
	into->queue += r->queue;
	into->rx += r->rx;
	into->drops += r->drops;
	into->has |= r->has & HAS_DROPS;
}

/*
 * Finds the row to merge @r into; SIZE_MAX if there is none. Members are next to each other (same
 * address and device), with at most a few rows between them that differ in a verdict, so it looks
 * back 16 rows at most.
 */
static size_t find(const struct table *t, size_t kept, const struct row *r)
{
	size_t i = kept;

	while (i-- > 0 && kept - i <= 16) {
		if (t->rows[i].addr != r->addr || t->rows[i].port != r->port)
			break;
		if (mergeable(&t->rows[i], r))
			return i;
	}
	return SIZE_MAX;
}

static int cmp_pid(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* Keeps each process once, even if it holds several members of the group. */
static size_t unique_pids(struct owner *o, size_t n)
{
	size_t i, kept = 0;

	qsort(o, n, sizeof(*o), cmp_pid);
	for (i = 0; i < n; i++)
		if (!kept || o[kept - 1].pid != o[i].pid)
			o[kept++] = o[i];
	return kept;
}

/* Copies all owners into a new array, sorted by row. @old[i] was merged into row @row_of[i]. */
static void merge_owners(struct table *t, const struct row *old, const size_t *row_of,
			 size_t n_old)
{
	size_t total = 0, i, at = 0, row;
	struct owner *all;

	for (i = 0; i < n_old; i++)
		total += old[i].n_owners;
	if (!total)
		return;
	all = xmalloc(total * sizeof(*all));
	/* count the owners of each row to find where its part of the array begins, then copy */
	for (row = 0; row < t->n; row++)
		t->rows[row].n_owners = 0;
	for (i = 0; i < n_old; i++)
		t->rows[row_of[i]].n_owners += old[i].n_owners;
	for (row = 0; row < t->n; row++) {
		t->rows[row].owners = all + at;
		at += t->rows[row].n_owners;
		t->rows[row].n_owners = 0;
	}
	for (i = 0; i < n_old; i++) {
		struct row *r = &t->rows[row_of[i]];

		if (old[i].n_owners)
			memcpy((struct owner *)r->owners + r->n_owners, old[i].owners,
			       old[i].n_owners * sizeof(*all));
		r->n_owners += old[i].n_owners;
	}
	for (row = 0; row < t->n; row++)
		t->rows[row].n_owners = unique_pids((struct owner *)t->rows[row].owners,
						    t->rows[row].n_owners);
	free(t->owners);
	t->owners = all;
	t->n_owners = total;
}

bool fold(struct table *t)
{
	struct row *old = xmalloc((t->n + 1) * sizeof(*old));
	size_t *row_of = xmalloc((t->n + 1) * sizeof(*row_of)), n_old = t->n, i, at;
	bool folded = false;

	if (t->n)
		memcpy(old, t->rows, t->n * sizeof(*old));
	t->n = 0;
	for (i = 0; i < n_old; i++) {
		at = find(t, t->n, &old[i]);
		if (at == SIZE_MAX) {
			at = t->n++;
			t->rows[at] = old[i];
		} else {
			merge(&t->rows[at], &old[i]);
			folded = true;
		}
		row_of[i] = at;
	}
	if (folded)
		merge_owners(t, old, row_of, n_old);
	free(row_of);
	free(old);
	return folded;
}
