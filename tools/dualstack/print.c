// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the forms for pipes. This does not use libsmartcols: for 10,000 rows that alone would take
 * as long as performance.rst allows for a whole run. libsmartcols prints the table on a terminal
 * (term.c), where width and colours matter.
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
	out_bytes(out->s, out->len);
	out->len = 0;
}

static void upper(struct str *out, const char *name)
{
	for (; *name; name++)
		str_addc(out, toupper((unsigned char)*name));
}

/* Precedes the text of each cell in the output of render(). */
struct rendered {
	uint32_t len, width;
};

static bool is_right(const struct column *col)
{
	return col->type == T_NUMBER;
}

/*
 * Most cells are short. So at least 16 bytes are copied even if fewer are needed, since that takes
 * two instructions, and a call takes many. Source and destination need SLACK bytes more room.
 */
#define SLACK 16

static inline char *copy(char *to, const char *from, size_t n)
{
	memcpy(to, from, SLACK);
	if (n > SLACK)
		memcpy(to + SLACK, from + SLACK, n - SLACK);
	return to + n;
}

static inline char *pad(char *to, size_t n)
{
	memset(to, ' ', SLACK);
	if (n > SLACK)
		memset(to + SLACK, ' ', n - SLACK);
	return to + n;
}

static inline char *put_aligned(char *to, const char *text, const struct rendered *cell,
				size_t width, bool right)
{
	size_t fill = width > cell->width ? width - cell->width : 0;

	if (right)
		to = pad(to, fill);
	to = copy(to, text, cell->len);
	return right ? to : pad(to, fill);
}

/* Adds a line of cells, without blanks after the last one. Returns where the next line begins. */
static const char *put_line(struct str *out, const struct columns *cols, const char *at,
			    const size_t *widths)
{
	struct rendered cell;
	size_t k, room = 0;
	char *to;

	for (k = 0; k < cols->n; k++)
		room += widths[k] * 4 + 1;	/* a character has 4 bytes at most */
	str_room(out, room + SLACK);
	to = out->s + out->len;
	for (k = 0; k < cols->n; k++) {
		bool last = k + 1 == cols->n, right = is_right(cols->list[k]);

		memcpy(&cell, at, sizeof(cell));
		at += sizeof(cell);
		to = put_aligned(to, at, &cell, last && !right ? 0 : widths[k], right);
		*to++ = last ? '\n' : ' ';
		at += cell.len;
	}
	out->len = to - out->s;
	return at;
}

static void put_headings(struct str *out, const struct columns *cols)
{
	size_t k;

	for (k = 0; k < cols->n; k++) {
		upper(out, cols->list[k]->name);
		str_addc(out, k + 1 == cols->n ? '\n' : ' ');
	}
}

/* Adds the headings as the first row. */
static void render_headings(struct str *cells, const struct columns *cols, size_t *widths)
{
	struct rendered cell;
	size_t k;

	for (k = 0; k < cols->n; k++) {
		cell.len = strlen(cols->list[k]->name);
		cell.width = cell.len;
		widths[k] = cell.len;
		str_add(cells, (char *)&cell, sizeof(cell));
		upper(cells, cols->list[k]->name);
	}
}

/*
 * Adds the text of all cells, row by row, each after its struct rendered. The widths must be known
 * before the first line is printed, and keeping a cell costs less than making it twice.
 */
static void render(struct str *cells, const struct columns *cols, const struct table *t,
		   size_t *widths)
{
	struct cell c = { .table = t, .how = ESC_TABLE };
	struct rendered cell = { 0 };
	size_t i, k, at;

	for (i = 0; i < t->n; i++) {
		for (k = 0; k < cols->n; k++) {
			const struct column *col = cols->list[k];

			str_add(cells, (char *)&cell, sizeof(cell));
			at = cells->len;
			put_cell(cells, col, &t->rows[i], &c);
			cell.len = cells->len - at;
			cell.width = col->traits & (COL_FOREIGN | COL_ESCAPED) ?
				     text_width(cells->s + at, cell.len) : cell.len;
			memcpy(cells->s + at - sizeof(cell), &cell, sizeof(cell));
			if (cell.width > widths[k])
				widths[k] = cell.width;
		}
	}
	str_free(&c.buf);
}

static void print_table(const struct print *p, const struct table *t)
{
	size_t *widths = xcalloc(p->columns.n, sizeof(*widths)), i;
	struct str out = { 0 }, cells = { 0 };
	const char *at;

	if (!p->no_header)
		render_headings(&cells, &p->columns, widths);
	render(&cells, &p->columns, t, widths);
	str_room(&cells, SLACK);
	at = cells.s;
	for (i = 0; i < t->n + !p->no_header; i++) {
		at = put_line(&out, &p->columns, at, widths);
		flush(&out, FLUSH_AT);
	}
	flush(&out, 1);
	free(widths);
	str_free(&cells);
	str_free(&out);
}

static void print_raw(const struct print *p, const struct table *t)
{
	struct str out = { 0 };
	struct cell c = { .table = t, .how = ESC_RAW };
	size_t i, k;

	if (!p->no_header)
		put_headings(&out, &p->columns);
	for (i = 0; i < t->n; i++) {
		for (k = 0; k < p->columns.n; k++) {
			put_cell(&out, p->columns.list[k], &t->rows[i], &c);
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
		put_cell(out, col, r, c);
	str_addc(out, '"');
}

static void print_pairs(const struct print *p, const struct table *t)
{
	struct str out = { 0 };
	struct cell c = { .table = t, .how = ESC_PAIRS };
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

void json_number(struct str *out, uint64_t n)
{
	bool big = n > 1ull << 53;

	str_adds(out, big ? "\"" : "");
	str_addu(out, n);
	str_adds(out, big ? "\"" : "");
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
		json_number(out, c->number);
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
		if (col->traits & COL_FOREIGN)
			escape(out, c->text, ESC_JSON);
		else
			str_adds(out, c->text);
		str_addc(out, '"');
	}
}

void json_row(struct str *out, const struct columns *cols, const struct table *t,
	      const struct row *r)
{
	struct cell c = { .table = t, .how = ESC_JSON };
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

void json_string(struct str *out, const char *s)
{
	str_addc(out, '"');
	escape(out, s, ESC_JSON);
	str_addc(out, '"');
}

void json_head(struct str *out, const struct table *t)
{
	str_addf(out, "{\"version\": %d, \"source\": \"%s\", \"netns\": ", JSON_VERSION,
		 source_name(t->source));
	if (t->netns)
		json_number(out, t->netns);
	else
		str_adds(out, "null");
	str_adds(out, ", ");
}

static void print_json(const struct print *p, const struct table *t)
{
	struct str out = { 0 };
	size_t i;

	json_head(&out, t);
	str_adds(&out, "\"listeners\": [");
	for (i = 0; i < t->n; i++) {
		str_adds(&out, i ? ",\n  " : "\n  ");
		json_row(&out, &p->columns, t, &t->rows[i]);
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
		/* without rows libsmartcols does not even print the headings */
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
		outf("{\"columns\": [\n");
	else if (p->form == FORM_TABLE && !p->no_header)
		outf("%-12s %-8s %s\n", "NAME", "TYPE", "MEANING");
	for (i = 0; i < n_all_columns; i++) {
		const struct column *c = &all_columns[i];
		const char *type = column_type_name(c);

		if (p->form == FORM_JSON)
			outf("  {\"name\": \"%s\", \"type\": \"%s\", \"meaning\": \"%s\"}%s\n",
			     c->name, type, c->help, i + 1 < n_all_columns ? "," : "\n]}");
		else if (p->form == FORM_RAW)
			outf("%s\n", c->name);
		else if (p->form == FORM_PAIRS)
			outf("NAME=\"%s\" TYPE=\"%s\" MEANING=\"%s\"\n", c->name, type, c->help);
		else
			outf("%-12s %-8s %s\n", c->name, type, c->help);
	}
}
