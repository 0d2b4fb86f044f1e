/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows as text: a table, or one of the forms for machines. */
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
/* Raised where a member is taken away or gets another meaning: never, it is hoped. */
#define JSON_VERSION 1

/* One row as a JSON object, in one line. */
void json_row(struct str *out, const struct columns *cols, const struct table *t,
	      const struct row *r);
/* A string where a reader of doubles would round it. */
void json_number(struct str *out, uint64_t n);
/* Text as a JSON string, with its quotes. */
void json_string(struct str *out, const char *s);
/* The brace that opens an object, and the members that say what it is about. */
void json_head(struct str *out, const struct table *t);
/* The colour of a verdict, as the numbers of an escape sequence; NULL: none. */
const char *verdict_sgr(enum verdict v);
/* On a terminal (term.c). */
void print_terminal(const struct print *p, const struct table *t);
/* The names, types and meanings of the columns, in the form asked for. */
void print_columns(const struct print *p);

#endif
