/* SPDX-License-Identifier: GPL-2.0-only */
/* Formats numbers, words and addresses, faster than vsnprintf(). */
#ifndef DUALSTACK_TEXT_H
#define DUALSTACK_TEXT_H

#include <linux/compiler.h>
#include <linux/in6.h>
#include <linux/string.h>
#include <linux/types.h>

/* Room for "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255" and a NUL. */
#define DS_ADDR_TEXT	48

/* The widest column of numbers. */
#define DS_TEXT_WIDTH	15

/* Append a word without a NUL. For a constant word this compiles to a few stores. */
static __always_inline char *ds_text_word(char *p, const char *word)
{
	size_t len = strlen(word);

	memcpy(p, word, len);
	return p + len;
}

int ds_addr_text(char *text, const struct in6_addr *addr, bool as_v4);
char *ds_text_number(char *p, u64 number);
char *ds_text_left(char *p, const char *word, int width);
char *ds_text_right(char *p, u64 number, int width);

#endif
