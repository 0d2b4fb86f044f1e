// SPDX-License-Identifier: GPL-2.0-only
/* Checks the text of a table, and reads the module's statistics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "stress.h"

#define HEADER		"proto  port v4       v6       v6only    uid    inode dev      address\n"
#define HEADER_ALL	"     netns " HEADER
#define MAX_LINE	512

static bool is_number(const char *word)
{
	size_t n = strspn(word, "0123456789");

	return n && n <= 20 && !word[n];
}

static bool is_one_of(const char *word, const char * const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

/* name=number, or queue=N/M */
static bool is_extra(char *word)
{
	static const char * const known[] = {
		"queue", "rx", "drops", "group", "v4by", "v6by", "bpf", "cpu", "transparent",
		"freebind", "mptcp", "mcast", "mcall", "cgroup", "errors",
	};
	char *value = strchr(word, '=');
	char *slash;

	if (!value)
		return false;
	*value++ = '\0';
	slash = strcmp(word, "queue") ? NULL : strchr(value, '/');
	if (slash) {
		*slash++ = '\0';
		if (!is_number(slash))
			return false;
	}
	return is_one_of(word, known, ARRAY_SIZE(known)) && is_number(value);
}

/* Each word of a row must fit its column, so that for example no pointer is shown. */
static bool row_is_sound(char *line, bool all)
{
	static const char * const proto[] = {
		"tcp4", "tcp6", "tcp46", "udp4", "udp6", "udp46",
	};
	static const char * const verdict[] = {
		"-", "yes", "shared", "partial", "shadowed", "noaddr",
	};
	static const char * const v6only[] = { "-", "0", "1" };
	char *save = NULL, *w = strtok_r(line, " ", &save);
	int column = all ? -1 : 0;

	for (; w; w = strtok_r(NULL, " ", &save), column++) {
		bool ok = true;

		switch (column) {
		case 0:
			ok = is_one_of(w, proto, ARRAY_SIZE(proto));
			break;
		case 2:
		case 3:
			ok = is_one_of(w, verdict, ARRAY_SIZE(verdict));
			break;
		case 4:
			ok = is_one_of(w, v6only, ARRAY_SIZE(v6only));
			break;
		case 7:
			ok = strlen(w) < 16;
			break;
		case 8:
			ok = strspn(w, "0123456789abcdef:.") == strlen(w);
			break;
		case -1:
		case 1:
		case 5:
		case 6:
			ok = is_number(w);
			break;
		default:
			ok = is_extra(w);
		}
		if (!ok)
			return false;
	}
	return column >= 10;
}

/* A whole table: the header and whole rows, nothing else. */
bool table_is_sound(const char *text, size_t len, bool all)
{
	const char *header = all ? HEADER_ALL : HEADER;
	const char *line, *end;
	char row[MAX_LINE];

	if (strlen(text) != len || strncmp(text, header, strlen(header)))
		return false;
	for (line = text + strlen(header); *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end || end - line >= MAX_LINE)
			return false;
		memcpy(row, line, end - line);
		row[end - line] = '\0';
		if (!row_is_sound(row, all)) {
			printf("  # row: %.*s\n", (int)(end - line), line);
			return false;
		}
	}
	return true;
}

/* A number of the module's statistics, or -1. */
long stat_of(const char *name)
{
	size_t len, n = strlen(name);
	char *text = slurp(STATS, &len), *line;
	long value = -1;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, n) && line[n] == ' ')
			value = atol(line + n);
	}
	free(text);
	return value;
}
