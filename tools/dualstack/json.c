// SPDX-License-Identifier: GPL-2.0-only
/* Reads JSON files. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "util.h"

static char *read_fd(int fd, size_t size, size_t *len)
{
	char *text = xmalloc(size + 1);
	ssize_t n;

	*len = 0;
	while (*len < size && (n = read(fd, text + *len, size - *len)) > 0)
		*len += n;
	text[*len] = '\0';
	return text;
}

static char *read_regular(const char *path, size_t most, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= most)
		text = read_fd(fd, st.st_size, len);
	close(fd);
	return text;
}

json_t *json_file(const char *path, size_t most)
{
	size_t len;
	char *text = read_regular(path, most, &len);
	json_t *root = text ? json_loadb(text, len, 0, NULL) : NULL;

	free(text);
	return root;
}

const char *json_text(const json_t *o, const char *member)
{
	return json_string_value(json_object_get(o, member));
}
