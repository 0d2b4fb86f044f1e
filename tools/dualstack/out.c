// SPDX-License-Identifier: GPL-2.0-only
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

static bool plain(unsigned char c, enum escape how)
{
	if (c < ' ' || c >= 127)
		return false;
	switch (how) {
	case ESC_TABLE:
		return true;
	case ESC_RAW:
		return c != ' ' && c != '\\';
	case ESC_PAIRS:
		return !strchr("\"\\$`", c);
	default:
		return c != '"' && c != '\\';
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
	size_t n;

	while (*at) {
		for (n = 0; plain(at[n], how); n++)
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

size_t text_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}
