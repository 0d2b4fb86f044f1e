// SPDX-License-Identifier: GPL-2.0-only
/* A list of paragraphs. */
#include <stdlib.h>

#include "lines.h"

void lines_addf(struct lines *l, const char *fmt, ...)
{
	struct str text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	l->list = xrealloc(l->list, l->n + 1, sizeof(*l->list));
	l->list[l->n++] = text.s;
}

void lines_free(struct lines *l)
{
	while (l->n)
		free(l->list[--l->n]);
	free(l->list);
	memset(l, 0, sizeof(*l));
}
