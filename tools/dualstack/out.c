// SPDX-License-Identifier: GPL-2.0-only
/* Escaping of text that others chose, for each form of output. */
#include <string.h>

#include "out.h"

/*
 * Bytes of the well-formed UTF-8 character at @s, or 0. Does not depend on the locale: the same
 * rows give the same bytes whatever LANG says.
 */
static size_t utf8_len(const unsigned char *s)
{
	if (s[0] < 0x80)
		return 1;
	/* U+0080..U+009F are control characters of terminals */
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return (s[1] & 0xc0) == 0x80 ? 2 : 0;
	if ((s[0] & 0xf0) == 0xe0) {
		if ((s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
			return 0;
		if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return 3;
	}
	if (s[0] < 0xf0 || s[0] > 0xf4 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80 ||
	    (s[3] & 0xc0) != 0x80)
		return 0;
	return (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ? 0 : 4;
}

/* Which bytes stand for themselves, a bit for each way: most cells are nothing but these. */
static unsigned char plain[256];

static void init_plain(void)
{
	unsigned int c;

	for (c = ' '; c < 127; c++) {
		plain[c] = 1 << ESC_TABLE;
		if (c != ' ' && c != '\\')
			plain[c] |= 1 << ESC_RAW;
		if (!strchr("\"\\$`", c))
			plain[c] |= 1 << ESC_PAIRS;
		if (c != '"' && c != '\\')
			plain[c] |= 1 << ESC_JSON;
	}
}

static void escape_byte(struct str *out, unsigned char c, enum escape how)
{
	static const char hex[] = "0123456789abcdef";

	if (how == ESC_JSON && c < 0x80) {
		if (c == '"' || c == '\\') {
			str_addc(out, '\\');
			str_addc(out, c);
			return;
		}
		str_adds(out, "\\u00");
	} else {
		/* bytes that are no UTF-8 have no place in JSON: their hex text stands for them */
		str_adds(out, how == ESC_JSON ? "\\\\x" : "\\x");
	}
	str_addc(out, hex[c >> 4]);
	str_addc(out, hex[c & 15]);
}

void escape(struct str *out, const char *s, enum escape how)
{
	const unsigned char *at = (const unsigned char *)s;
	unsigned char bit = 1 << how;
	size_t n;

	if (!plain['a'])
		init_plain();
	while (*at) {
		for (n = 0; plain[at[n]] & bit; n++)
			;
		str_add(out, (const char *)at, n);
		at += n;
		if (!*at)
			break;
		n = *at < 0x80 ? 0 : utf8_len(at);
		if (n) {
			str_add(out, (const char *)at, n);
			at += n;
		} else {
			escape_byte(out, *at++, how);
		}
	}
}
