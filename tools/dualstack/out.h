/* SPDX-License-Identifier: GPL-2.0-only */
/* Escapes text that others chose, such as the name of a process, for each form of output. */
#ifndef DUALSTACK_OUT_H
#define DUALSTACK_OUT_H

#include "util.h"

enum escape {
	ESC_TABLE,	/* control characters and broken UTF-8 as \xHH */
	ESC_RAW,	/* also blanks and backslashes, so that a field stays one field */
	ESC_PAIRS,	/* as ESC_TABLE, and what a shell would expand between double quotes */
	ESC_JSON,	/* as the contents of a JSON string */
};

void escape(struct str *out, const char *s, enum escape how);
/* For a name in a list like "nginx(812),sshd(640)": also escapes "(", ")" and ",". */
void escape_name(struct str *out, const char *s, enum escape how);
/* The text's width on a terminal, if each character takes one column. */
static inline size_t text_width(const char *s, size_t len)
{
	size_t n = 0, i;

	for (i = 0; i < len; i++)
		n += (s[i] & 0xc0) != 0x80;
	return n;
}

#endif
