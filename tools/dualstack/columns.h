/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of the output: their names, their types for ever, and how a row fills them. */
#ifndef DUALSTACK_COLUMNS_H
#define DUALSTACK_COLUMNS_H

#include "row.h"

enum column_type { T_STRING, T_NUMBER, T_BOOLEAN, T_NUMBERS };

/* What must be known before a column can be filled. */
enum {
	NEED_OWNERS = 1 << 0,
	NEED_NETNS = 1 << 1,
	NEED_UNIT = 1 << 2,		/* owners, where the cgroup alone does not tell it */
};

struct cell {
	uint64_t number;		/* T_NUMBER, T_BOOLEAN */
	const char *text;		/* T_STRING, T_NUMBERS (with commas) */
	struct str buf;			/* where text is made */
};

struct column {
	const char *name;
	enum column_type type;
	unsigned int needs;
	/* False: absent ("-", or null in JSON). */
	bool (*get)(const struct row *r, struct cell *c);
	const char *help;
	bool foreign;			/* text that others chose: to be escaped */
};

struct columns {
	const struct column **list;
	size_t n;
};

extern const struct column all_columns[];
extern const size_t n_all_columns;

const struct column *column_by_name(const char *name, size_t len);
bool columns_have(const struct columns *c, const char *name);
void columns_add(struct columns *c, const char *name);
/* Before the wide columns at the end: the processes and what goes with them. */
void columns_add_narrow(struct columns *c, const char *name);
/* "-o LIST", "-o +LIST" */
bool columns_parse(struct columns *c, const char *list, struct fail *f);
unsigned int columns_need(const struct columns *c);
const char *column_type_name(const struct column *c);

/* Text of a cell for people (absent is "-"); the bytes are as they came, nothing escaped. */
const char *cell_text(const struct column *col, const struct row *r, struct cell *c);
/* "nginx(812)", "systemd(1),sshd(640)", and "+3" for what exceeds @max processes. */
bool process_text(const struct row *r, size_t max, struct str *out);
/* 127.0.0.1:80, [::1]:80 */
void local_text(const struct row *r, struct str *out);
const char *user_name(uint32_t uid);
/* -n: users by number, no name service is asked. */
void users_numeric(void);

#endif
