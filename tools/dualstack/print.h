/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows as text: a table, or one of the forms for machines. */
#ifndef DUALSTACK_PRINT_H
#define DUALSTACK_PRINT_H

#include "columns.h"

enum form { FORM_TABLE, FORM_RAW, FORM_PAIRS, FORM_JSON };

struct print {
	enum form form;
	bool no_header;
	bool terminal;		/* fit a terminal: libsmartcols, "no" for "-" */
	bool color;
	struct columns columns;
};

void print_rows(const struct print *p, const struct table *t);
/* One row as a JSON object, in one line. */
void json_row(struct str *out, const struct columns *cols, const struct row *r);
/* On a terminal (term.c). */
void print_terminal(const struct print *p, const struct table *t);
/* The names, types and meanings of the columns, in the form asked for. */
void print_columns(const struct print *p);

#endif
