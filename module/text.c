// SPDX-License-Identifier: GPL-2.0-only
/* Formats numbers, words and addresses, faster than vsnprintf(). */
#include <linux/string.h>
#include "family.h"
#include "text.h"

static const char pair[100][3] = {
	"00", "01", "02", "03", "04", "05", "06", "07", "08", "09",
	"10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
	"20", "21", "22", "23", "24", "25", "26", "27", "28", "29",
	"30", "31", "32", "33", "34", "35", "36", "37", "38", "39",
	"40", "41", "42", "43", "44", "45", "46", "47", "48", "49",
	"50", "51", "52", "53", "54", "55", "56", "57", "58", "59",
	"60", "61", "62", "63", "64", "65", "66", "67", "68", "69",
	"70", "71", "72", "73", "74", "75", "76", "77", "78", "79",
	"80", "81", "82", "83", "84", "85", "86", "87", "88", "89",
	"90", "91", "92", "93", "94", "95", "96", "97", "98", "99",
};

/* power[n] is the smallest number with more than n digits; power[0] is 0. */
static const u64 power[DS_TEXT_WIDTH + 1] = {
	0ULL, 10ULL, 100ULL, 1000ULL, 10000ULL, 100000ULL, 1000000ULL, 10000000ULL, 100000000ULL,
	1000000000ULL, 10000000000ULL, 100000000000ULL, 1000000000000ULL, 10000000000000ULL,
	100000000000000ULL, 1000000000000000ULL,
};

static int digits(u64 number)
{
	int n = 1;

	for (; number > U32_MAX; number = div_u64(number, 10000))
		n += 4;
	for (; (u32)number >= 100; number = (u32)number / 100)
		n += 2;
	return n + (number >= 10);
}

/* Write a number so that it ends before @end. The kernel's put_dec() is not exported. */
static void put_backwards(char *end, u64 number)
{
	u32 low;

	/* use 64-bit division only while the number does not fit into 32 bits */
	while (number > U32_MAX) {
		number = div_u64_rem(number, 100, &low);
		end -= 2;
		memcpy(end, pair[low], 2);
	}
	for (low = number; low >= 10; low /= 100) {
		end -= 2;
		memcpy(end, pair[low % 100], 2);
		if (low < 100)
			return;
	}
	*--end = '0' + low;
}

/**
 * ds_text_number() - append a number in decimal
 * @p: where to write
 * @number: the number
 *
 * Context: any.
 * Return: the end of the text; no NUL is written.
 */
char *ds_text_number(char *p, u64 number)
{
	if (number < 10) {
		*p++ = '0' + number;
		return p;
	}
	p += digits(number);
	put_backwards(p, number);
	return p;
}

/**
 * ds_text_left() - append a left-aligned word, padded with blanks
 * @p: where to write
 * @word: the word
 * @width: minimum width
 *
 * Context: any.
 * Return: the end of the text; no NUL is written.
 */
char *ds_text_left(char *p, const char *word, int width)
{
	const char *full = p + width;

	while (*word)
		*p++ = *word++;
	while (p < full)
		*p++ = ' ';
	return p;
}

/**
 * ds_text_right() - append a blank and a right-aligned number, padded with blanks
 * @p: where to write; room for the text and for at least 1 + DS_TEXT_WIDTH bytes
 * @number: the number
 * @width: minimum width, not counting the first blank; at most DS_TEXT_WIDTH
 *
 * Context: any.
 * Return: the end of the text; no NUL is written.
 */
char *ds_text_right(char *p, u64 number, int width)
{
	memset(p, ' ', 1 + DS_TEXT_WIDTH);
	p += 1 + (number < power[width] ? width : digits(number));
	put_backwards(p, number);
	return p;
}

static char *octet_text(char *p, u8 octet)
{
	if (octet >= 100)
		*p++ = '0' + octet / 100;
	if (octet >= 10)
		*p++ = '0' + octet / 10 % 10;
	*p++ = '0' + octet % 10;
	return p;
}

static char *v4_text(char *p, const u8 *octet)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = octet_text(p, octet[i]);
	}
	return p;
}

static const char hex[] = "0123456789abcdef";

static char *group_text(char *p, u16 group)
{
	if (group >= 0x1000)
		*p++ = hex[group >> 12];
	if (group >= 0x100)
		*p++ = hex[group >> 8 & 0xf];
	if (group >= 0x10)
		*p++ = hex[group >> 4 & 0xf];
	*p++ = hex[group & 0xf];
	return p;
}

/* Find the longest run of two or more zero groups; of equal runs the first (RFC 5952, 4.2). */
static int longest_zeros(const struct in6_addr *addr, int *run)
{
	int best = -1, start, i;

	*run = 1;
	for (i = 0; i < 8; i++) {
		for (start = i; i < 8 && !addr->s6_addr16[i]; i++)
			;
		if (i - start > *run) {
			*run = i - start;
			best = start;
		}
	}
	return best;
}

static char *v6_text(char *p, const struct in6_addr *addr)
{
	int run, zeros = longest_zeros(addr, &run);
	int i;

	for (i = 0; i < 8; i++) {
		if (i == zeros) {
			*p++ = ':';
			i += run - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		p = group_text(p, ntohs(addr->s6_addr16[i]));
	}
	return p;
}

/**
 * ds_addr_text() - write an address as text (RFC 5952)
 * @text: room for DS_ADDR_TEXT characters
 * @addr: the address; an IPv4 address in v4-mapped form
 * @as_v4: write a v4-mapped address as a.b.c.d, not as ::ffff:a.b.c.d
 *
 * Context: any.
 * Return: number of characters, not counting the NUL at the end.
 */
int ds_addr_text(char *text, const struct in6_addr *addr, bool as_v4)
{
	char *p = text;

	if (as_v4) {
		p = v4_text(p, &addr->s6_addr[12]);
	} else if (ds_addr_is_any6(addr)) {
		/* a shortcut for the most common case */
		memcpy(p, "::", 2);
		p += 2;
	} else if (ds_addr_is_mapped(addr)) {
		memcpy(p, "::ffff:", 7);
		p = v4_text(p + 7, &addr->s6_addr[12]);
	} else {
		p = v6_text(p, addr);
	}
	*p = '\0';
	return p - text;
}
