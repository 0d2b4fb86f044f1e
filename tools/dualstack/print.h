/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints rows as a table, or in one of the forms for scripts. */
#ifndef DUALSTACK_PRINT_H
#define DUALSTACK_PRINT_H

#include "columns.h"

enum form { FORM_TABLE, FORM_RAW, FORM_PAIRS, FORM_JSON };

struct print {
	enum form form;
	bool no_header;
	bool terminal;		/* fit a terminal, drawn by libsmartcols */
	bool color;
	struct columns columns;
};

void print_rows(const struct print *p, const struct table *t);
/* The version of the JSON output: increase it if a member is removed or changes its meaning. */
#define JSON_VERSION 1

/* One row as a JSON object, in one line. */
void json_row(struct str *out, const struct columns *cols, const struct table *t,
	      const struct row *r);
/* Adds a number; as a string if a parser that uses doubles would round it. */
void json_number(struct str *out, uint64_t n);
/* Adds text as a JSON string, with its quotes. */
void json_string(struct str *out, const char *s);
/* Opens an object, and adds the members "version", "source" and "netns". */
void json_head(struct str *out, const struct table *t);
/* The colour of a verdict, as the numbers of an escape sequence; NULL: none. */
const char *verdict_sgr(enum verdict v);
/* Prints the table on a terminal (term.c). */
void print_terminal(const struct print *p, const struct table *t);
/* Prints names, types and meanings of the columns, in the form @p->form. */
void print_columns(const struct print *p);

#endif
