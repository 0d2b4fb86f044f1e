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

#define FLUSH_AT (64 * 1024)

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

/* The cell as the form writes it, added to @out. */
static void put_text(struct str *out, const struct column *col, const struct row *r,
		     struct cell *c, enum escape how)
{
	if (!col->get(r, c))
		str_addc(out, '-');
	else if (col->type == T_STRING)
		escape(out, c->text, how);
	else if (col->type == T_NUMBERS)
		str_adds(out, c->text);
	else
		str_addu(out, c->number);
}

static void pad(struct str *out, size_t n)
{
	static const char blanks[] = "                                ";

	for (; n > sizeof(blanks) - 1; n -= sizeof(blanks) - 1)
		str_add(out, blanks, sizeof(blanks) - 1);
	str_add(out, blanks, n);
}

static bool is_right(const struct column *col)
{
	return col->type == T_NUMBER;
}

static void put_aligned(struct str *out, const char *text, size_t len, size_t width, bool right,
			bool last)
{
	size_t have = text_width(text, len), fill = width > have ? width - have : 0;

	if (right)
		pad(out, fill);
	str_add(out, text, len);
	if (!right && !last)
		pad(out, fill);
	str_addc(out, last ? '\n' : ' ');
}

static void put_headings(struct str *out, const struct columns *cols, const size_t *widths)
{
	struct str name = { 0 };
	size_t k;

	for (k = 0; k < cols->n; k++) {
		str_reset(&name);
		upper(&name, cols->list[k]->name);
		put_aligned(out, name.s, name.len, widths ? widths[k] : 0,
			    widths && is_right(cols->list[k]), k + 1 == cols->n);
	}
	str_free(&name);
}

/*
 * Every cell's text, each behind its length, row by row: made once, since the widths must be known
 * before the first line is printed, and making a cell costs more than keeping it.
 */
static void render(struct str *cells, const struct columns *cols, const struct table *t,
		   size_t *widths)
{
	struct cell c = { 0 };
	size_t i, k, at, width;
	uint32_t len = 0;

	for (i = 0; i < t->n; i++) {
		for (k = 0; k < cols->n; k++) {
			at = cells->len;
			str_add(cells, (char *)&len, sizeof(len));
			put_text(cells, cols->list[k], &t->rows[i], &c, ESC_TABLE);
			len = cells->len - at - sizeof(len);
			memcpy(cells->s + at, &len, sizeof(len));
			width = text_width(cells->s + at + sizeof(len), len);
			if (width > widths[k])
				widths[k] = width;
		}
	}
	str_free(&c.buf);
}

static void print_rendered(struct str *out, const struct columns *cols, size_t n, const char *at,
			   const size_t *widths)
{
	uint32_t len = 0;
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < cols->n; k++) {
			memcpy(&len, at, sizeof(len));
			at += sizeof(len);
			put_aligned(out, at, len, widths[k], is_right(cols->list[k]),
				    k + 1 == cols->n);
			at += len;
		}
		flush(out, FLUSH_AT);
	}
}

static void print_table(const struct print *p, const struct table *t)
{
	size_t *widths = xcalloc(p->columns.n, sizeof(*widths)), k;
	struct str out = { 0 }, cells = { 0 };

	for (k = 0; !p->no_header && k < p->columns.n; k++)
		widths[k] = strlen(p->columns.list[k]->name);
	render(&cells, &p->columns, t, widths);
	if (!p->no_header)
		put_headings(&out, &p->columns, widths);
	print_rendered(&out, &p->columns, t->n, cells.s, widths);
	flush(&out, 1);
	free(widths);
	str_free(&cells);
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
		/* of nothing, libsmartcols prints nothing: not even what the columns are */
		if (p->terminal && t->n)
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
