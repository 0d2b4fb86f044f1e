/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of the output: their names, their types for ever, and how a row fills them. */
#ifndef DUALSTACK_COLUMNS_H
#define DUALSTACK_COLUMNS_H

#include "fail.h"
#include "out.h"
#include "row.h"

enum column_type { T_STRING, T_NUMBER, T_BOOLEAN, T_NUMBERS };

/* What must be known before a column can be filled. */
enum {
	NEED_OWNERS = 1 << 0,
	NEED_NETNS = 1 << 1,
	NEED_UNIT = 1 << 2,		/* owners, where the cgroup alone does not tell it */
	NEED_TAKERS = 1 << 3,		/* owners of the sockets that rows name */
};

/* What a column is like, for those who print it. */
enum {
	COL_VERDICT = 1 << 0,		/* its number is the verdict */
	COL_FOREIGN = 1 << 1,		/* text that others chose: to be escaped */
	COL_ESCAPED = 1 << 2,		/* text that its getter has escaped */
	COL_SHRINKS = 1 << 3,		/* gives way where the terminal is narrow */
	COL_LAST = 1 << 4,		/* wide: stands behind the others */
	COL_CUT = 1 << 6,		/* the same, but only among few columns */
	COL_OPTIONAL = 1 << 5,		/* left out on a terminal where no row has it */
};

/* A row's value for a column; zeroed but for @table and @how, and freed by str_free() of @buf. */
struct cell {
	const struct table *table;
	enum escape how;
	uint64_t number;		/* T_NUMBER, T_BOOLEAN, and verdicts */
	const char *text;		/* T_STRING, T_NUMBERS (with commas) */
	struct str buf;			/* where text is made */
};

struct column {
	const char *name;
	enum column_type type;
	unsigned int needs;
	unsigned int traits;
	/* False: absent ("-", or null in JSON). */
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
/* Those that no row has are left out (COL_OPTIONAL). */
void columns_drop_empty(struct columns *c, const struct table *t);
bool columns_have(const struct columns *c, const char *name);
void columns_append(struct columns *c, const struct column *col);
/* By name, where it is not there yet. */
void columns_add(struct columns *c, const char *name);
/* Before the wide columns at the end: the processes and what goes with them. */
void columns_add_narrow(struct columns *c, const char *name);
/* "-o LIST", "-o +LIST" */
bool columns_parse(struct columns *c, const char *list, struct fail *f);
unsigned int columns_need(const struct columns *c);
const char *column_type_name(const struct column *c);

/* The text of a cell, added to @out, escaped for its form; absent is "-". */
void put_cell(struct str *out, const struct column *col, const struct row *r, struct cell *c);
/* 127.0.0.1:80, [::1]:80, [fe80::1]%eth0:80: as ss writes it. */
void local_text(const struct row *r, struct str *out);
/* Without a name, or where names are another machine's: the number. */
const char *user_text(const struct table *t, uint32_t uid);

#endif
