/* SPDX-License-Identifier: GPL-2.0-only */
/* --sort: sorts rows by columns. */
#ifndef DUALSTACK_SORT_H
#define DUALSTACK_SORT_H

#include "columns.h"
#include "fail.h"

/* "port,-drops": columns, the most significant first; "-" reverses the order of one. */
struct sort_keys {
	struct columns columns;
	bool *backwards;
};

bool sort_parse(struct sort_keys *keys, const char *list, struct fail *f);
void sort_rows(const struct sort_keys *keys, struct table *t);

#endif
