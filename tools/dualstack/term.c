// SPDX-License-Identifier: GPL-2.0-only
/* Prints the table on a terminal with libsmartcols: cut to its width, verdicts in colour. */
#include <ctype.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "print.h"

/* Does not use brightness: grey on black can't be read, and "-" matters, too. */
const char *verdict_sgr(enum verdict v)
{
	switch (v) {
	case V_YES:
	case V_SHARED:
		return "32";
	case V_PARTIAL:
	case V_UNKNOWN:
		return "33";
	case V_SHADOWED:
	case V_NOADDR:
		return "31";
	default:
		return NULL;
	}
}

static void check(int rc)
{
	if (rc)
		fatal(ST_OTHER, "libsmartcols: %s", strerror(-rc));
}

static void add_row(struct libscols_table *table, const struct print *p, const struct row *r,
		    struct cell *c, struct str *text)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	const char *sgr;
	char color[16];
	size_t k;

	if (!line)
		fatal(ST_OTHER, "out of memory");
	for (k = 0; k < p->columns.n; k++) {
		const struct column *col = p->columns.list[k];

		str_reset(text);
		put_cell(text, col, r, c);
		check(scols_line_set_data(line, k, text->s));
		sgr = p->color && col->traits & COL_VERDICT ? verdict_sgr(c->number) : NULL;
		if (!sgr)
			continue;
		snprintf(color, sizeof(color), "\033[%sm", sgr);
		check(scols_cell_set_color(scols_line_get_cell(line, k), color));
	}
}

/* With more columns than this no terminal is wide enough, and a cut address is of no use. */
#define FEW_COLUMNS 9

static int column_flags(const struct column *col, size_t columns)
{
	unsigned int shrinks = columns > FEW_COLUMNS ? COL_SHRINKS : COL_SHRINKS | COL_CUT;

	if (col->type == T_NUMBER)
		return SCOLS_FL_RIGHT;
	return col->traits & shrinks ? SCOLS_FL_TRUNC : 0;
}

static void add_columns(struct libscols_table *table, const struct columns *cols)
{
	struct libscols_column *col;
	char name[32];
	size_t k, i;

	for (k = 0; k < cols->n; k++) {
		for (i = 0; cols->list[k]->name[i] && i < sizeof(name) - 1; i++)
			name[i] = toupper((unsigned char)cols->list[k]->name[i]);
		name[i] = '\0';
		col = scols_table_new_column(table, name, 0, column_flags(cols->list[k], cols->n));
		if (!col)
			fatal(ST_OTHER, "out of memory");
		/* cells are escaped already: libsmartcols must not escape their backslashes */
		check(scols_column_set_safechars(col, "\\"));
	}
}

void print_terminal(const struct print *p, const struct table *t)
{
	struct libscols_table *table = scols_new_table();
	struct cell c = { .table = t, .how = ESC_TABLE };
	struct str text = { 0 };
	size_t i;

	if (!table)
		fatal(ST_OTHER, "out of memory");
	check(scols_table_enable_colors(table, p->color));
	check(scols_table_enable_noheadings(table, p->no_header));
	add_columns(table, &p->columns);
	for (i = 0; i < t->n; i++)
		add_row(table, p, &t->rows[i], &c, &text);
	check(scols_print_table(table));
	scols_unref_table(table);
	str_free(&text);
	str_free(&c.buf);
}
