// SPDX-License-Identifier: GPL-2.0-only
/* Finds the processes that get the packets of shadowed and partial sockets. */
#include <stdlib.h>

#include "fail.h"
#include "owners.h"
#include "takers.h"

static int cmp_inode(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static void add(struct table *takers, uint64_t inode)
{
	if (inode)
		table_add(takers)->inode = inode;
}

static void make_unique(struct table *takers)
{
	size_t i, n = 0;

	qsort(takers->rows, takers->n, sizeof(*takers->rows), cmp_inode);
	for (i = 0; i < takers->n; i++)
		if (!n || takers->rows[n - 1].inode != takers->rows[i].inode)
			takers->rows[n++] = takers->rows[i];
	takers->n = n;
}

bool takers_load(struct table *t, struct fail *f)
{
	struct table *takers = xcalloc(1, sizeof(*takers));
	size_t i;

	for (i = 0; i < t->n; i++) {
		add(takers, t->rows[i].v4by);
		add(takers, t->rows[i].v6by);
	}
	t->takers = takers;
	if (!takers->n)
		return true;
	make_unique(takers);
	return t->source == SOURCE_FILE || owners_load(takers, f);
}

/* Without t->takers (check, explain), all rows of the table have their owners. */
static const struct row *find(const struct table *t, uint64_t inode)
{
	const struct row key = { .inode = inode };
	size_t i;

	if (t->takers)
		return t->takers->n ? bsearch(&key, t->takers->rows, t->takers->n, sizeof(key),
					      cmp_inode) : NULL;
	for (i = 0; i < t->n; i++)
		if (t->rows[i].inode == inode)
			return &t->rows[i];
	return NULL;
}

void put_taker(struct str *out, const struct table *t, uint64_t inode, enum escape how)
{
	const struct row *taker = find(t, inode);

	if (taker && process_text(taker, 3, how, out))
		return;
	str_adds(out, "inode:");
	str_addu(out, inode);
}
