// SPDX-License-Identifier: GPL-2.0-only
/* Escapes text that others chose, for each form of output. */
#include <string.h>

#include "out.h"

/*
 * Number of bytes of the UTF-8 character at @s; 0 if it is not well-formed. Does not use the
 * locale, so that LANG does not change the output.
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

/*
 * For each byte, the forms in which it needs no escape, a set of 1 << enum escape. Most cells have
 * only such bytes.
 */
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

/* Characters that a terminal does not show, or that change the direction of text. */
static bool is_invisible(const unsigned char *s, size_t len)
{
	if (len == 2)
		return s[0] == 0xd8 && s[1] == 0x9c;		/* U+061C */
	if (len != 3)
		return false;
	if (s[0] == 0xe2 && s[1] == 0x80)		/* U+200B..U+200F, U+2028..U+202E */
		return (s[2] >= 0x8b && s[2] <= 0x8f) || (s[2] >= 0xa8 && s[2] <= 0xae);
	if (s[0] == 0xe2 && s[1] == 0x81)		/* U+2060..U+206F */
		return s[2] >= 0xa0 && s[2] <= 0xaf;
	return s[0] == 0xef && ((s[1] == 0xbb && s[2] == 0xbf) ||	/* U+FEFF */
				(s[1] == 0xbf && s[2] >= 0xb9 && s[2] <= 0xbb));
}

static const char hex[] = "0123456789abcdef";

static void escape_byte(struct str *out, unsigned char c, enum escape how)
{
	if (how == ESC_JSON && c < 0x80) {
		if (c == '"' || c == '\\') {
			str_addc(out, '\\');
			str_addc(out, c);
			return;
		}
		str_adds(out, "\\u00");
	} else {
		/* JSON can't have bytes that are not UTF-8: write the text \xHH instead */
		str_adds(out, how == ESC_JSON ? "\\\\x" : "\\x");
	}
	str_addc(out, hex[c >> 4]);
	str_addc(out, hex[c & 15]);
}

static void escape_character(struct str *out, const unsigned char *s, size_t len, enum escape how)
{
	unsigned int c = (s[0] & 0x1f) << 6 | (s[1] & 0x3f);
	size_t i;

	if (!is_invisible(s, len)) {
		str_add(out, (const char *)s, len);
	} else if (how == ESC_JSON) {
		/* \u makes the character visible, and parsers still get the same character */
		if (len == 3)
			c = (s[0] & 0xf) << 12 | (s[1] & 0x3f) << 6 | (s[2] & 0x3f);
		str_addf(out, "\\u%04x", c);
	} else {
		for (i = 0; i < len; i++)
			escape_byte(out, s[i], how);
	}
}

static void escape_bytes(struct str *out, const char *s, size_t len, enum escape how)
{
	const unsigned char *at = (const unsigned char *)s, *end = at + len;
	unsigned char bit = 1 << how;
	size_t n;

	if (!plain['a'])
		init_plain();
	while (at < end) {
		for (n = 0; at + n < end && plain[at[n]] & bit; n++)
			;
		str_add(out, (const char *)at, n);
		at += n;
		if (at == end)
			break;
		n = *at < 0x80 ? 0 : utf8_len(at);
		if (n) {
			escape_character(out, at, n, how);
			at += n;
		} else {
			escape_byte(out, *at++, how);
		}
	}
}

void escape(struct str *out, const char *s, enum escape how)
{
	escape_bytes(out, s, strlen(s), how);
}

void escape_name(struct str *out, const char *s, enum escape how)
{
	size_t len;

	for (;;) {
		len = strcspn(s, "(),");
		escape_bytes(out, s, len, how);
		s += len;
		if (!*s)
			return;
		str_adds(out, how == ESC_JSON ? "\\\\x" : "\\x");
		str_addc(out, hex[(unsigned char)*s >> 4]);
		str_addc(out, hex[*s++ & 15]);
	}
}
