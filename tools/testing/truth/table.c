// SPDX-License-Identifier: GPL-2.0-only
/* Reads and parses the table. A line that does not parse is an error. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "truth.h"

static const char *const columns[] = {
	"proto", "port", "v4", "v6", "v6only", "uid", "inode", "dev", "address"
};

static int parse_header(const char *line)
{
	char buf[256], *word, *save = NULL;
	unsigned int i = 0;

	snprintf(buf, sizeof(buf), "%s", line);
	for (word = strtok_r(buf, " ", &save); word; word = strtok_r(NULL, " ", &save), i++)
		if (i < ARRAY_SIZE(columns) && strcmp(word, columns[i]))
			return -1;
	return i >= ARRAY_SIZE(columns) ? 0 : -1;
}

static int parse_row(const char *line, struct row *row)
{
	int at = -1;

	memset(row, 0, sizeof(*row));
	if (sscanf(line, "%7s %u %11s %11s %3s %u %lu %31s %46s%n", row->proto, &row->port,
		   row->v4, row->v6, row->v6only, &row->uid, &row->inode, row->dev, row->address,
		   &at) != 9 || at < 0)
		return -1;
	line += at;
	if (*line && *line != ' ')
		return -1;
	snprintf(row->words, sizeof(row->words), "%s", line + strspn(line, " "));
	return 0;
}

int table_parse(struct table *t, bool header, char *why, size_t len)
{
	char *line, *next, *copy = strdup(t->text);
	int room = 0;

	for (line = copy; line && *line; line = next) {
		next = strchr(line, '\n');
		if (!next) {
			snprintf(why, len, "the last line has no end: %s", line);
			goto fail;
		}
		*next++ = '\0';
		if (line == copy && header) {
			if (!parse_header(line))
				continue;
			snprintf(why, len, "header: %s", line);
			goto fail;
		}
		if (t->nr == room)
			t->rows = realloc(t->rows, (room += 256) * sizeof(*t->rows));
		if (!t->rows || parse_row(line, &t->rows[t->nr++])) {
			snprintf(why, len, "row: %s", line);
			goto fail;
		}
	}
	free(copy);
	return 0;
fail:
	free(copy);
	return -1;
}

/* Returns 0, or -1 with the reason in why. */
int table_read(const char *path, struct table *t, char *why, size_t len)
{
	memset(t, 0, sizeof(*t));
	t->text = slurp(path, &t->len);
	if (!t->text) {
		snprintf(why, len, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (table_parse(t, true, why, len))
		return -1;
	if (t->len)
		return 0;
	snprintf(why, len, "%s is empty", path);
	return -1;
}

void table_free(struct table *t)
{
	free(t->text);
	free(t->rows);
	memset(t, 0, sizeof(*t));
}

struct row *table_find(struct table *t, ino_t ino)
{
	for (int i = 0; i < t->nr; i++)
		if (t->rows[i].inode == ino)
			return &t->rows[i];
	return NULL;
}

const char *row_word(const struct row *row, const char *key, char *buf, size_t len)
{
	size_t n = strlen(key);

	for (const char *p = row->words; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		if (strncmp(p, key, n) || p[n] != '=')
			continue;
		p += n + 1;
		snprintf(buf, len, "%.*s", (int)strcspn(p, " "), p);
		return buf;
	}
	return NULL;
}
