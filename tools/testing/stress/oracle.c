// SPDX-License-Identifier: GPL-2.0-only
/* The oracle: standing sockets, each of which must be in every table exactly once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "stress.h"

#define MAX_STANDING	4096

static unsigned long inode[MAX_STANDING];
static unsigned char seen[MAX_STANDING];
static size_t n;
static bool sorted;

void oracle_clear(void)
{
	n = 0;
}

void oracle_add(int fd)
{
	struct stat st;

	if (n == MAX_STANDING || fstat(fd, &st)) {
		fprintf(stderr, "stress: no standing socket\n");
		exit(1);
	}
	inode[n++] = st.st_ino;
	sorted = false;
}

size_t oracle_size(void)
{
	return n;
}

static int cmp(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/* Parse the number in word @column (from 0) of a line. */
static bool word_number(const char *line, int column, unsigned long *number)
{
	char *end;

	for (;; column--) {
		line += strspn(line, " ");
		if (!column)
			break;
		line += strcspn(line, "\n ");
	}
	*number = strtoul(line, &end, 10);
	return end != line;
}

bool inode_dualstack(const char *line, unsigned long *number)
{
	return word_number(line, 6, number);
}

bool inode_all(const char *line, unsigned long *number)
{
	return word_number(line, 7, number);
}

/* of /proc/net/tcp6 and the like */
bool inode_proc(const char *line, unsigned long *number)
{
	return word_number(line, 9, number);
}

/* of ss -e */
bool inode_ss(const char *line, unsigned long *number)
{
	const char *word = strstr(line, " ino:");
	const char *end = strchr(line, '\n');

	if (!word || (end && word > end))
		return false;
	*number = strtoul(word + 5, NULL, 10);
	return true;
}

bool oracle_check(const char *text, inode_fn *inode_of)
{
	unsigned long number, lost = 0, doubled = 0;
	const unsigned long *found;
	size_t i;

	if (!sorted)
		qsort(inode, n, sizeof(*inode), cmp);
	sorted = true;
	memset(seen, 0, n);
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		if (!inode_of(text, &number))
			continue;
		found = bsearch(&number, inode, n, sizeof(*inode), cmp);
		if (found && seen[found - inode] < 255)
			seen[found - inode]++;
	}
	for (i = 0; i < n; i++) {
		lost += !seen[i];
		doubled += seen[i] > 1;
	}
	atomic_fetch_add(&shared->lost, lost);
	atomic_fetch_add(&shared->doubled, doubled);
	return !lost && !doubled;
}
