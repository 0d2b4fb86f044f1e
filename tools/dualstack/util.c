// SPDX-License-Identifier: GPL-2.0-only
/* What all files of the reader need: output, memory, strings, numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* Prints a line on stderr, after all that was printed to stdout. */
static void speak(const char *fmt, va_list ap)
{
	fflush(stdout);
	fputs("dualstack: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
}

void fatal(enum status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
	exit(status);
}

int out_errno;

void out_bytes(const char *s, size_t len)
{
	if (fwrite(s, 1, len, stdout) != len && !out_errno)
		out_errno = errno;
}

void out_line(const char *s)
{
	out_bytes(s, strlen(s));
	out_bytes("\n", 1);
}

void outf(const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_addv(&s, fmt, ap);
	va_end(ap);
	out_bytes(s.s, s.len);
	str_free(&s);
}

bool out_flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	if (!out_errno)
		out_errno = errno;
	return false;
}

void *xrealloc(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n ? n : 1, size ? size : 1);

	if (!q)
		fatal(ST_OTHER, "out of memory");
	return q;
}

void *xmalloc(size_t size)
{
	return xrealloc(NULL, 1, size);
}

void *xcalloc(size_t n, size_t size)
{
	void *p = xrealloc(NULL, n, size);

	return memset(p, 0, n * size);
}

char *xstrdup(const char *s)
{
	size_t len = strlen(s) + 1;

	return memcpy(xmalloc(len), s, len);
}

void *grow(void *p, size_t used, size_t *room, size_t size)
{
	if (used < *room)
		return p;
	*room = *room ? *room * 2 : 16;
	return xrealloc(p, *room, size);
}

void str_grow(struct str *s, size_t more)
{
	size_t room = s->room ? s->room : 64;

	while (room - s->len <= more)
		room *= 2;
	s->s = xrealloc(s->s, room, 1);
	s->room = room;
}

void str_reset(struct str *s)
{
	str_room(s, 1);
	s->len = 0;
	s->s[0] = '\0';
}

void str_addu(struct str *s, uint64_t n)
{
	char buf[24];

	str_add(s, buf, u64_text(buf, n));
}

void str_addv(struct str *s, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return;
	str_room(s, len);
	vsnprintf(s->s + s->len, len + 1, fmt, ap);
	s->len += len;
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_addv(s, fmt, ap);
	va_end(ap);
}

void str_free(struct str *s)
{
	free(s->s);
	memset(s, 0, sizeof(*s));
}

size_t u64_text(char *buf, uint64_t n)
{
	char text[20], *p = text + sizeof(text);
	size_t len;

	do {
		*--p = '0' + n % 10;
		n /= 10;
	} while (n);
	len = text + sizeof(text) - p;
	memcpy(buf, p, len);
	buf[len] = '\0';
	return len;
}

bool parse_u64_long(const char *s, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	size_t i;

	if (!len || len > 20)
		return false;
	for (i = 0; i < len; i++) {
		unsigned int digit = (unsigned char)s[i] - '0';

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return n <= max;
}

const char *sys_path(const char *fmt, ...)
{
	static struct str path;
	static const char *root;
	char rest[512];
	va_list ap;

	if (!root) {
		/* not in a privileged program: the user could choose which files it reads */
		root = secure_getenv("DUALSTACK_SYSROOT");
		root = root ? root : "";
	}
	va_start(ap, fmt);
	vsnprintf(rest, sizeof(rest), fmt, ap);
	va_end(ap);
	str_reset(&path);
	str_adds(&path, root);
	str_adds(&path, rest);
	return path.s;
}
