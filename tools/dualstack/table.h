/* SPDX-License-Identifier: GPL-2.0-only */
/* The parser of the table's text: /proc/net/dualstack, debugfs `sockets`, or a saved one. */
#ifndef DUALSTACK_TABLE_H
#define DUALSTACK_TABLE_H

#include "fail.h"
#include "row.h"

/* A line of the kernel's is below 400 bytes; what is far longer is not this table. */
#define LINE_MAX_BYTES 8192

struct parser {
	struct table *table;
	const char *name;		/* of the file, for messages */
	unsigned long line;
	bool seen_header;
	struct str rest;		/* a line cut off by the end of a buffer */
};

/* Feed the text in pieces of any size, then end it: false fills @f and ends the parse. */
void parser_init(struct parser *p, struct table *t, const char *name);
bool parser_feed(struct parser *p, const char *buf, size_t len, struct fail *f);
bool parser_end(struct parser *p, struct fail *f);
void parser_free(struct parser *p);

/* All of an open file. */
bool table_read(struct table *t, int fd, const char *name, struct fail *f);

#endif
