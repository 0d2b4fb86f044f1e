/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of the output: names and types, which never change, and how to fill them. */
#ifndef DUALSTACK_COLUMNS_H
#define DUALSTACK_COLUMNS_H

#include "fail.h"
#include "out.h"
#include "row.h"

enum column_type { T_STRING, T_NUMBER, T_BOOLEAN, T_NUMBERS };

/* What must be loaded before a column can be filled. */
enum {
	NEED_OWNERS = 1 << 0,
	NEED_NETNS = 1 << 1,
	NEED_UNIT = 1 << 2,		/* owners, if the cgroup does not name the unit */
	NEED_TAKERS = 1 << 3,		/* owners of the sockets in v4by and v6by */
};

/* How to print a column. */
enum {
	COL_VERDICT = 1 << 0,		/* its number is the verdict */
	COL_FOREIGN = 1 << 1,		/* text that others chose: has to be escaped */
	COL_ESCAPED = 1 << 2,		/* text that column.get has escaped */
	COL_SHRINKS = 1 << 3,		/* cut on a narrow terminal */
	COL_LAST = 1 << 4,		/* wide: comes after the others */
	COL_CUT = 1 << 6,		/* cut on a narrow terminal, if there are few columns */
	COL_OPTIONAL = 1 << 5,		/* left out on a terminal if no row has a value */
};

/* A row's value for a column. Set @table and @how, zero the rest; free @buf with str_free(). */
struct cell {
	const struct table *table;
	enum escape how;
	uint64_t number;		/* T_NUMBER, T_BOOLEAN, and verdicts */
	const char *text;		/* T_STRING, T_NUMBERS (with commas) */
	struct str buf;			/* memory for @text, if it has to be composed */
};

struct column {
	const char *name;
	enum column_type type;
	unsigned int needs;
	unsigned int traits;
	/* Returns false if the value is absent ("-", or null in JSON). */
	bool (*get)(const struct row *r, struct cell *c);
	const char *help;
};

struct columns {
	const struct column **list;
	size_t n;
};

extern const struct column all_columns[];
extern const size_t n_all_columns;

const struct column *column_by_name(const char *name, size_t len);
/* Removes the COL_OPTIONAL columns for which no row has a value. */
void columns_drop_empty(struct columns *c, const struct table *t);
void columns_append(struct columns *c, const struct column *col);
/* Adds a column by its name, unless it is there already. */
void columns_add(struct columns *c, const char *name);
/* Adds a column before the wide ones at the end (COL_LAST). */
void columns_add_narrow(struct columns *c, const char *name);
/* "-o LIST", "-o +LIST" */
bool columns_parse(struct columns *c, const char *list, struct fail *f);
unsigned int columns_need(const struct columns *c);
const char *column_type_name(const struct column *c);

/* Adds the text of a cell to @out, escaped as @c->how says; "-" if the value is absent. */
void put_cell(struct str *out, const struct column *col, const struct row *r, struct cell *c);
/* 127.0.0.1:80, [::1]:80, [fe80::1]%eth0:80: as ss writes it. */
void local_text(const struct row *r, struct str *out);
/* The name of a user; the number if the user has no name, or if @t->numeric is set. */
const char *user_text(const struct table *t, uint32_t uid);

#endif
