/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses the text of a table: /proc/net/dualstack, `sockets` in debugfs, or a saved one. */
#ifndef DUALSTACK_TABLE_H
#define DUALSTACK_TABLE_H

#include "fail.h"
#include "row.h"

/* The kernel's lines have less than 400 bytes. A file with far longer lines is not this table. */
#define LINE_MAX_BYTES 8192

struct parser {
	struct table *table;
	const char *name;		/* the file's name, for messages */
	unsigned long line;
	bool seen_header;
	struct str rest;		/* the beginning of a line that ends in a later piece */
};

/* Feed the text in pieces of any size, then call parser_end(); stop if one fails. */
void parser_init(struct parser *p, struct table *t, const char *name);
bool parser_feed(struct parser *p, const char *buf, size_t len, struct fail *f);
bool parser_end(struct parser *p, struct fail *f);
void parser_free(struct parser *p);

/* Parses an open file to its end. */
bool table_read(struct table *t, int fd, const char *name, struct fail *f);

#endif
