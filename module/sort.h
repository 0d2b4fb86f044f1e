/* SPDX-License-Identifier: GPL-2.0-only */
/* Sorts the table. */
#ifndef DUALSTACK_SORT_H
#define DUALSTACK_SORT_H

#include "rows.h"

int ds_sort(struct ds_rows *s);
/* Whether the row at index @i of the table is the last of its namespace, protocol and port. */
static inline bool ds_alone_on_port(const struct ds_rows *s, u32 i)
{
	const struct ds_row *row, *next;

	if (i + 1 == s->nrows)
		return true;
	row = ds_row_ordered(s, i);
	next = ds_row_ordered(s, i + 1);
	return row->port != next->port || row->proto != next->proto || row->net != next->net;
}

u32 ds_same_port(const struct ds_rows *s, u32 first);

#endif
