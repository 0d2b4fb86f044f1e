// SPDX-License-Identifier: GPL-2.0-only
/*
 * The forms for pipes. They are written here and not by libsmartcols, which keeps every cell in
 * memory and takes as long for 10,000 rows as the whole answer may take; it draws the table on a
 * terminal (term.c), where fitting the width and colours matter.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "print.h"

#define FLUSH_AT (32 * 1024)

static void flush(struct str *out, size_t at_least)
{
	if (out->len < at_least)
		return;
	fwrite(out->s, 1, out->len, stdout);
	out->len = 0;
}

static void upper(struct str *out, const char *name)
{
	for (; *name; name++)
		str_addc(out, toupper((unsigned char)*name));
}

/* The cell as the form writes it, into @out. */
static void put_text(struct str *out, const struct column *col, const struct row *r,
		     struct cell *c, enum escape how)
{
	const char *text;

	if (col->type != T_STRING) {
		str_adds(out, cell_text(col, r, c));
		return;
	}
	text = cell_text(col, r, c);
	escape(out, text, how);
}

static void pad(struct str *out, size_t n)
{
	static const char blanks[] = "                                ";

	for (; n > sizeof(blanks) - 1; n -= sizeof(blanks) - 1)
		str_add(out, blanks, sizeof(blanks) - 1);
	str_add(out, blanks, n);
}

static void put_aligned(struct str *out, const char *text, size_t width, bool right, bool last)
{
	size_t have = text_width(text), fill = width > have ? width - have : 0;

	if (right)
		pad(out, fill);
	str_adds(out, text);
	if (!right && !last)
		pad(out, fill);
	str_addc(out, last ? '\n' : ' ');
}

static void measure(const struct columns *cols, const struct table *t, size_t *widths)
{
	struct str text = { 0 };
	struct cell c = { 0 };
	size_t i, k, width;

	for (k = 0; k < cols->n; k++) {
		for (i = 0; i < t->n; i++) {
			str_reset(&text);
			put_text(&text, cols->list[k], &t->rows[i], &c, ESC_TABLE);
			width = text_width(text.s);
			if (width > widths[k])
				widths[k] = width;
		}
	}
	str_free(&text);
	str_free(&c.buf);
}

static bool is_right(const struct column *col)
{
	return col->type == T_NUMBER;
}

static void put_headings(struct str *out, const struct columns *cols, const size_t *widths)
{
	struct str name = { 0 };
	size_t k;

	for (k = 0; k < cols->n; k++) {
		str_reset(&name);
		upper(&name, cols->list[k]->name);
		put_aligned(out, name.s, widths ? widths[k] : 0,
			    widths && is_right(cols->list[k]), k + 1 == cols->n);
	}
	str_free(&name);
}

static void print_table(const struct print *p, const struct table *t)
{
	size_t *widths = xcalloc(p->columns.n, sizeof(*widths)), i, k;
	struct str out = { 0 }, text = { 0 };
	struct cell c = { 0 };

	for (k = 0; !p->no_header && k < p->columns.n; k++)
		widths[k] = strlen(p->columns.list[k]->name);
	measure(&p->columns, t, widths);
	if (!p->no_header)
		put_headings(&out, &p->columns, widths);
	for (i = 0; i < t->n; i++) {
		for (k = 0; k < p->columns.n; k++) {
			str_reset(&text);
			put_text(&text, p->columns.list[k], &t->rows[i], &c, ESC_TABLE);
			put_aligned(&out, text.s, widths[k], is_right(p->columns.list[k]),
				    k + 1 == p->columns.n);
		}
		flush(&out, FLUSH_AT);
	}
	flush(&out, 1);
	free(widths);
	str_free(&text);
	str_free(&c.buf);
	str_free(&out);
}

static void print_raw(const struct print *p, const struct table *t)
{
	struct str out = { 0 };
	struct cell c = { 0 };
	size_t i, k;

	if (!p->no_header)
		put_headings(&out, &p->columns, NULL);
	for (i = 0; i < t->n; i++) {
		for (k = 0; k < p->columns.n; k++) {
			put_text(&out, p->columns.list[k], &t->rows[i], &c, ESC_RAW);
			str_addc(&out, k + 1 == p->columns.n ? '\n' : ' ');
		}
		flush(&out, FLUSH_AT);
	}
	flush(&out, 1);
	str_free(&c.buf);
	str_free(&out);
}

static void put_pair(struct str *out, const struct column *col, const struct row *r,
		     struct cell *c)
{
	upper(out, col->name);
	str_adds(out, "=\"");
	if (col->get(r, c))
		put_text(out, col, r, c, ESC_PAIRS);
	str_addc(out, '"');
}

static void print_pairs(const struct print *p, const struct table *t)
{
	struct str out = { 0 };
	struct cell c = { 0 };
	size_t i, k;

	for (i = 0; i < t->n; i++) {
		for (k = 0; k < p->columns.n; k++) {
			put_pair(&out, p->columns.list[k], &t->rows[i], &c);
			str_addc(&out, k + 1 == p->columns.n ? '\n' : ' ');
		}
		flush(&out, FLUSH_AT);
	}
	flush(&out, 1);
	str_free(&c.buf);
	str_free(&out);
}

static void json_cell(struct str *out, const struct column *col, const struct row *r,
		      struct cell *c)
{
	if (!col->get(r, c)) {
		str_adds(out, "null");
		return;
	}
	switch (col->type) {
	case T_NUMBER:
		str_addu(out, c->number);
		break;
	case T_BOOLEAN:
		str_adds(out, c->number ? "true" : "false");
		break;
	case T_NUMBERS:
		str_addc(out, '[');
		str_adds(out, c->text);
		str_addc(out, ']');
		break;
	default:
		str_addc(out, '"');
		escape(out, c->text, ESC_JSON);
		str_addc(out, '"');
	}
}

void json_row(struct str *out, const struct columns *cols, const struct row *r)
{
	struct cell c = { 0 };
	size_t k;

	for (k = 0; k < cols->n; k++) {
		str_adds(out, k ? ", \"" : "{\"");
		str_adds(out, cols->list[k]->name);
		str_adds(out, "\": ");
		json_cell(out, cols->list[k], r, &c);
	}
	str_addc(out, '}');
	str_free(&c.buf);
}

static void print_json(const struct print *p, const struct table *t)
{
	struct str out = { 0 };
	size_t i;

	str_adds(&out, "{\"listeners\": [");
	for (i = 0; i < t->n; i++) {
		str_adds(&out, i ? ",\n  " : "\n  ");
		json_row(&out, &p->columns, &t->rows[i]);
		flush(&out, FLUSH_AT);
	}
	str_adds(&out, t->n ? "\n]}\n" : "]}\n");
	flush(&out, 1);
	str_free(&out);
}

void print_rows(const struct print *p, const struct table *t)
{
	switch (p->form) {
	case FORM_RAW:
		print_raw(p, t);
		break;
	case FORM_PAIRS:
		print_pairs(p, t);
		break;
	case FORM_JSON:
		print_json(p, t);
		break;
	default:
		if (p->terminal)
			print_terminal(p, t);
		else
			print_table(p, t);
	}
}

void print_columns(const struct print *p)
{
	size_t i;

	if (p->form == FORM_JSON)
		printf("{\"columns\": [\n");
	else if (p->form == FORM_TABLE && !p->no_header)
		printf("%-12s %-8s %s\n", "NAME", "TYPE", "MEANING");
	for (i = 0; i < n_all_columns; i++) {
		const struct column *c = &all_columns[i];
		const char *type = column_type_name(c);

		if (p->form == FORM_JSON)
			printf("  {\"name\": \"%s\", \"type\": \"%s\", \"meaning\": \"%s\"}%s\n",
			       c->name, type, c->help, i + 1 < n_all_columns ? "," : "\n]}");
		else if (p->form == FORM_RAW)
			printf("%s\n", c->name);
		else if (p->form == FORM_PAIRS)
			printf("NAME=\"%s\" TYPE=\"%s\" MEANING=\"%s\"\n", c->name, type, c->help);
		else
			printf("%-12s %-8s %s\n", c->name, type, c->help);
	}
}
