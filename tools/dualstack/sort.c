// SPDX-License-Identifier: GPL-2.0-only
/* --sort: sorts rows by columns: numbers by value, absent values last. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "sort.h"

bool sort_parse(struct sort_keys *keys, const char *list, struct fail *f)
{
	const struct column *col;
	bool backwards;
	size_t len;

	for (;;) {
		backwards = *list == '-';
		list += backwards;
		len = strcspn(list, ",");
		col = column_by_name(list, len);
		if (!col)
			return fail_set(f, ST_USAGE, "no column '%.*s' to sort by: "
					"dualstack --list-columns names them",
					(int)(len < 60 ? len : 60), list);
		columns_append(&keys->columns, col);
		keys->backwards = xrealloc(keys->backwards, keys->columns.n,
					   sizeof(*keys->backwards));
		keys->backwards[keys->columns.n - 1] = backwards;
		if (!list[len])
			return true;
		list += len + 1;
	}
}

struct context {
	const struct sort_keys *keys;
	struct cell a, b;
};

static int cmp_cells(const struct column *col, const struct cell *a, const struct cell *b)
{
	if (col->type == T_STRING || col->type == T_NUMBERS)
		return strcmp(a->text, b->text);
	return a->number < b->number ? -1 : a->number > b->number;
}

static int cmp(const void *x, const void *y, void *arg)
{
	const struct row *a = *(const struct row *const *)x, *b = *(const struct row *const *)y;
	struct context *c = arg;
	size_t i;

	for (i = 0; i < c->keys->columns.n; i++) {
		const struct column *col = c->keys->columns.list[i];
		bool has_a = col->get(a, &c->a), has_b = col->get(b, &c->b);
		int order = has_a && has_b ? cmp_cells(col, &c->a, &c->b) : 0;

		if (has_a != has_b)
			return has_a ? -1 : 1;
		if (order)
			return c->keys->backwards[i] ? -order : order;
	}
	/* keep the order of equal rows, since qsort() is not stable */
	return a < b ? -1 : a > b;
}

void sort_rows(const struct sort_keys *keys, struct table *t)
{
	struct context c = {
		.keys = keys,
		.a = { .table = t, .how = ESC_RAW }, .b = { .table = t, .how = ESC_RAW },
	};
	const struct row **order = xmalloc((t->n + 1) * sizeof(*order));
	struct row *sorted = xmalloc((t->n + 1) * sizeof(*sorted));
	size_t i;

	for (i = 0; i < t->n; i++)
		order[i] = &t->rows[i];
	qsort_r(order, t->n, sizeof(*order), cmp, &c);
	for (i = 0; i < t->n; i++)
		sorted[i] = *order[i];
	free(order);
	free(t->rows);
	t->rows = sorted;
	t->room = t->n + 1;
	str_free(&c.a.buf);
	str_free(&c.b.buf);
}
