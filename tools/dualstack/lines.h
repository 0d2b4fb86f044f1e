/* SPDX-License-Identifier: GPL-2.0-only */
/* A list of paragraphs. */
#ifndef DUALSTACK_LINES_H
#define DUALSTACK_LINES_H

#include "util.h"

struct lines {
	char **list;
	size_t n;
};

void __printf(2, 3) lines_addf(struct lines *l, const char *fmt, ...);
void lines_free(struct lines *l);

#endif
