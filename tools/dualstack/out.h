/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that may hold anything (a process names itself), made safe for where it goes. */
#ifndef DUALSTACK_OUT_H
#define DUALSTACK_OUT_H

#include "util.h"

enum escape {
	ESC_TABLE,	/* control characters and broken UTF-8 as \xHH */
	ESC_RAW,	/* blanks and backslashes too: one field stays one field */
	ESC_PAIRS,	/* and what a shell would expand between double quotes */
	ESC_JSON,	/* a JSON string's inside */
};

void escape(struct str *out, const char *s, enum escape how);
/* The same of a name that stands before "(" and "," of ours, which it must not forge. */
void escape_name(struct str *out, const char *s, enum escape how);
/* Columns that the text takes on a terminal, a character each. */
static inline size_t text_width(const char *s, size_t len)
{
	size_t n = 0, i;

	for (i = 0; i < len; i++)
		n += (s[i] & 0xc0) != 0x80;
	return n;
}

#endif
