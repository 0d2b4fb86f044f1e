// SPDX-License-Identifier: GPL-2.0-only
/* The table on a terminal: drawn by libsmartcols, cut to its width, the verdicts in colour. */
#include <ctype.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "print.h"

static const char *verdict_color(enum verdict v)
{
	switch (v) {
	case V_YES:
	case V_SHARED:
		return "green";
	case V_PARTIAL:
	case V_UNKNOWN:
		return "yellow";
	case V_SHADOWED:
	case V_NOADDR:
		return "red";
	default:
		return "darkgray";
	}
}

/* Whether the column is a verdict, and which. */
static bool verdict_cell(const struct column *col, const struct row *r, enum verdict *v)
{
	if (strcmp(col->name, "v4") && strcmp(col->name, "v6"))
		return false;
	*v = col->name[1] == '4' ? r->v4 : r->v6;
	return true;
}

static void check(int rc)
{
	if (rc)
		die(ST_OTHER, "libsmartcols: %s", strerror(-rc));
}

static void add_row(struct libscols_table *table, const struct print *p, const struct row *r,
		    struct cell *c, struct str *text)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	enum verdict v;
	size_t k;

	if (!line)
		die(ST_OTHER, "out of memory");
	for (k = 0; k < p->columns.n; k++) {
		const struct column *col = p->columns.list[k];
		bool is_verdict = verdict_cell(col, r, &v);

		str_reset(text);
		if (is_verdict && v == V_NONE)
			str_adds(text, "no");
		else
			escape(text, cell_text(col, r, c), ESC_TABLE);
		check(scols_line_set_data(line, k, text->s));
		if (is_verdict && p->color)
			check(scols_cell_set_color(scols_line_get_cell(line, k),
						   verdict_color(v)));
	}
}

static int column_flags(const struct column *col)
{
	if (col->type == T_NUMBER)
		return SCOLS_FL_RIGHT;
	/* the long ones give way when the terminal is narrow */
	return !strncmp(col->name, "process", 7) || !strcmp(col->name, "pids") ||
	       !strcmp(col->name, "unit") ? SCOLS_FL_TRUNC : 0;
}

static void add_columns(struct libscols_table *table, const struct columns *cols)
{
	char name[32];
	size_t k, i;

	for (k = 0; k < cols->n; k++) {
		for (i = 0; cols->list[k]->name[i] && i < sizeof(name) - 1; i++)
			name[i] = toupper((unsigned char)cols->list[k]->name[i]);
		name[i] = '\0';
		if (!scols_table_new_column(table, name, 0, column_flags(cols->list[k])))
			die(ST_OTHER, "out of memory");
	}
}

void print_terminal(const struct print *p, const struct table *t)
{
	struct libscols_table *table = scols_new_table();
	struct cell c = { 0 };
	struct str text = { 0 };
	size_t i;

	if (!table)
		die(ST_OTHER, "out of memory");
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
