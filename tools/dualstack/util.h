/* SPDX-License-Identifier: GPL-2.0-only */
/* What all files of the reader need: exit statuses, output, memory, strings, numbers. */
#ifndef DUALSTACK_UTIL_H
#define DUALSTACK_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __printf(fmt, first) __attribute__((format(printf, fmt, first)))

/* Exit statuses are part of the interface (dualstack(8)): never renumber. */
enum status {
	ST_OK = 0,
	ST_NO = 1,		/* a check failed, or nothing matched a selection */
	ST_USAGE = 2,
	ST_NOMODULE = 3,	/* not known; most often, since the module is not loaded */
	ST_PERM = 4,
	ST_OTHER = 5,
};

/* The answer to a question; it may be unknown. */
enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

/* Prints a line on stderr that begins with "dualstack: ". */
void __printf(1, 2) complain(const char *fmt, ...);
/* The same, and exits: only for failures of memory or a library. */
void __attribute__((noreturn)) __printf(2, 3) fatal(enum status status, const char *fmt, ...);

/* Print to stdout; out_errno keeps the reason of the first failure for main(). */
void out_bytes(const char *s, size_t len);
void out_line(const char *s);
void __printf(1, 2) outf(const char *fmt, ...);
/* Returns false if something was not written. */
bool out_flush(void);
extern int out_errno;

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
/* Makes room for one more element of an array; doubles it, so that appending stays linear. */
void *grow(void *p, size_t used, size_t *room, size_t size);

/* A string that grows; NUL-terminated once something was added. */
struct str {
	char *s;
	size_t len, room;
};

void str_grow(struct str *s, size_t more);
void str_reset(struct str *s);

/* Inline, since printing a table of 10,000 rows takes half a million of these calls. */
static inline void str_room(struct str *s, size_t more)
{
	if (s->room - s->len <= more)
		str_grow(s, more);
}

static inline void str_add(struct str *s, const char *bytes, size_t len)
{
	str_room(s, len);
	memcpy(s->s + s->len, bytes, len);
	s->len += len;
	s->s[s->len] = '\0';
}

static inline void str_adds(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

static inline void str_addc(struct str *s, char c)
{
	str_room(s, 1);
	s->s[s->len++] = c;
	s->s[s->len] = '\0';
}

void str_addu(struct str *s, uint64_t n);
void __printf(2, 0) str_addv(struct str *s, const char *fmt, va_list ap);
void __printf(2, 3) str_addf(struct str *s, const char *fmt, ...);
void str_free(struct str *s);

/* Decimal text of @n at @buf (21 bytes are always enough); returns its length. */
size_t u64_text(char *buf, uint64_t n);

bool parse_u64_long(const char *s, size_t len, uint64_t max, uint64_t *out);

/* Parses @len bytes as a decimal number in [0, @max], and nothing else. */
static inline bool parse_u64(const char *s, size_t len, uint64_t max, uint64_t *out)
{
	const char *end = s + len;
	uint64_t n = 0;

	/* up to 19 digits cannot overflow */
	if (len - 1 >= 19)
		return parse_u64_long(s, len, max, out);
	do {
		unsigned int digit = (unsigned char)*s - '0';

		if (digit > 9)
			return false;
		n = n * 10 + digit;
	} while (++s < end);
	*out = n;
	return n <= max;
}

/*
 * The path of a system file, below $DUALSTACK_SYSROOT if this is set (a saved tree, for tests).
 * The result is valid until the next call.
 */
const char *sys_path(const char *fmt, ...) __printf(1, 2);

#endif
