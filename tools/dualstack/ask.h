/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/net/dualstack_ask: a question is written, its answer read. */
#ifndef DUALSTACK_ASK_H
#define DUALSTACK_ASK_H

#include "fail.h"
#include "util.h"

#define ASK_FILE "/proc/net/dualstack_ask"

/* Words of a line, by blanks. */
struct fields {
	char *list[32];
	size_t n;
};

/* Of this network namespace; false: why not. ST_NOMODULE where nobody can be asked. */
bool ask_module(const char *question, struct str *answer, struct fail *f);

/* Writes into @line. */
void fields_split(struct fields *fields, char *line);
/* What stands behind `key=` in one of the fields, or NULL. */
const char *fields_value(const struct fields *fields, const char *key);
uint64_t fields_number(const struct fields *fields, const char *key);

#endif
