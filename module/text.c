// SPDX-License-Identifier: GPL-2.0-only
/* Text of numbers, words and addresses, without vsnprintf(). */
#include <linux/hex.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include "family.h"
#include "text.h"

static const char blanks[] = "                ";

#define BLANKS(n)	(blanks + sizeof(blanks) - 1 - min_t(int, n, sizeof(blanks) - 1))

/**
 * ds_seq_enlarge() - hand out a long text in larger pieces than a page
 * @m: just opened
 * @size: estimate of the whole text
 *
 * Context: process context; sleeps. Short of memory, a page will do.
 */
void ds_seq_enlarge(struct seq_file *m, size_t size)
{
	size = min_t(size_t, PAGE_ALIGN(size), SZ_32K);
	m->buf = kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (m->buf)
		m->size = size;
}

/**
 * ds_put_left() - a word, filled up with blanks on its right
 * @m: where to
 * @word: text without blanks
 * @width: columns to fill at least
 *
 * Context: any.
 */
void ds_put_left(struct seq_file *m, const char *word, int width)
{
	int len = strlen(word);

	seq_write(m, word, len);
	if (len < width)
		seq_puts(m, BLANKS(width - len));
}

static int digits(u64 number)
{
	int n = 1;

	for (; number >= 10000; number /= 10000)
		n += 4;
	for (; number >= 10; number /= 10)
		n++;
	return n;
}

/**
 * ds_put_right() - a blank, then a number, with blanks on its left
 * @m: where to
 * @number: what to print
 * @width: columns to fill at least, the separating blank not counted
 *
 * Context: any.
 */
void ds_put_right(struct seq_file *m, u64 number, int width)
{
	seq_put_decimal_ull(m, BLANKS(1 + max(width - digits(number), 0)), number);
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

static char *group_text(char *p, u16 group)
{
	if (group >= 0x1000)
		*p++ = hex_asc_lo(group >> 12);
	if (group >= 0x100)
		*p++ = hex_asc_lo(group >> 8);
	if (group >= 0x10)
		*p++ = hex_asc_lo(group >> 4);
	*p++ = hex_asc_lo(group);
	return p;
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952, 4.2). */
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
 * ds_addr_text() - an address in text (RFC 5952)
 * @text: room for DS_ADDR_TEXT characters
 * @addr: the address; an IPv4 one in v4-mapped form
 * @as_v4: write the dotted quad alone; else a v4-mapped one as ::ffff:a.b.c.d
 *
 * Context: any.
 * Return: characters written, the closing NUL not counted.
 */
int ds_addr_text(char *text, const struct in6_addr *addr, bool as_v4)
{
	char *p = text;

	if (as_v4) {
		p = v4_text(p, &addr->s6_addr[12]);
	} else if (ds_addr_is_mapped(addr)) {
		memcpy(p, "::ffff:", 7);
		p = v4_text(p + 7, &addr->s6_addr[12]);
	} else {
		p = v6_text(p, addr);
	}
	*p = '\0';
	return p - text;
}
