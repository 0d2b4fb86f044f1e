/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes a question to /proc/net/dualstack_ask, and reads and parses the answer. */
#ifndef DUALSTACK_ASK_H
#define DUALSTACK_ASK_H

#include "fail.h"
#include "util.h"

#define ASK_FILE "/proc/net/dualstack_ask"

/* The words of a line, split at blanks. */
struct fields {
	char *list[32];
	size_t n;
};

/* Asks about this network namespace. Fails with ST_NOMODULE if the module can't answer. */
bool ask_module(const char *question, struct str *answer, struct fail *f);

/* Modifies @line. */
void fields_split(struct fields *fields, char *line);
/* The value of the field `key=value`, or NULL. */
const char *fields_value(const struct fields *fields, const char *key);
uint64_t fields_number(const struct fields *fields, const char *key);

#endif
