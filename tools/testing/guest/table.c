// SPDX-License-Identifier: GPL-2.0-only
/* Reads the table, and compares it with the rows that a case expects. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "guest.h"

static const char header[] = "proto port v4 v6 v6only uid inode dev address";

/* Read @fd to the end, @chunk bytes at a time. */
char *table_read(int fd, size_t chunk)
{
	size_t len;
	char *text = slurp_fd(fd, chunk, &len);

	if (!text)
		give_up("read of the table");
	return text;
}

char *table_now(void)
{
	size_t len;
	char *text = slurp(TABLE, &len);

	if (!text)
		give_up("read of " TABLE);
	return text;
}

/* Squeeze the blanks between columns to one. */
char *squeeze(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++)
		if (from[0] != ' ' || from[1] != ' ')
			*to++ = *from;
	*to = '\0';
	return text;
}

/* The cgroup v2 id of all sockets of these tests, which is the last word of their rows. */
static unsigned long long own_cgroup(void)
{
	char path[4096] = "/sys/fs/cgroup", line[4000];
	FILE *f = fopen("/proc/self/cgroup", "re");
	struct stat st;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "0::", 3)) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line + 3);
		}
	if (!f || stat(path, &st))
		give_up("no cgroup v2 at %s", path);
	fclose(f);
	return st.st_ino;
}

/* Write @row with `#N` and `@N` replaced by the Nth socket's inode and port. */
static void expand(const struct world *w, const char *row, FILE *to)
{
	for (; *row; row++) {
		if (*row == '#')
			fprintf(to, "%lu", (unsigned long)w->sock[*++row - '1'].inode);
		else if (*row == '@')
			fprintf(to, "%d", w->sock[*++row - '1'].port);
		else
			fputc(*row, to);
	}
	fprintf(to, " cgroup=%llu\n", own_cgroup());
}

static void show(const char *what, const char *text)
{
	const char *end;

	for (; *text; text = end + 1) {
		end = strchrnul(text, '\n');
		ktap_note("%s %.*s", what, (int)(end - text), text);
		if (!*end)
			break;
	}
}

/* Whether @text is exactly the header and @rows, in this order. */
bool table_is(const struct world *w, const char *text, const char * const *rows)
{
	char *got = strdup(text), *want;
	size_t len;
	FILE *f = open_memstream(&want, &len);
	bool same;

	if (!got || !f)
		give_up("no memory");
	fprintf(f, "%s\n", header);
	for (; *rows; rows++)
		expand(w, *rows, f);
	fclose(f);
	squeeze(got);
	same = !strcmp(got, want);
	if (!same) {
		show("got: ", got);
		show("want:", want);
	}
	free(got);
	free(want);
	return same;
}
