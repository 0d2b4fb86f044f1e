// SPDX-License-Identifier: GPL-2.0-only
/* terminal-colors.d(5): [[NAME][@TERM].]disable and .enable; the most specific file decides. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "colors.h"

#define NAME "dualstack"

/* How specific a file is: the program counts more than the terminal; 0: it does not apply. */
static int score_of(const char *file, const char *type, const char *term)
{
	size_t len = strlen(file), end = strlen(type), name;
	const char *at;
	int score = 1;

	if (len < end || strcmp(file + len - end, type))
		return 0;
	if (len == end)
		return score;
	if (file[len - end - 1] != '.')
		return 0;
	len -= end + 1;
	at = memchr(file, '@', len);
	name = at ? (size_t)(at - file) : len;
	if (name && (name != strlen(NAME) || memcmp(file, NAME, name)))
		return 0;
	score += name ? 20 : 0;
	if (!at)
		return score;
	at++;
	if ((size_t)(file + len - at) != strlen(term) || memcmp(at, term, strlen(term)))
		return 0;
	return score + 10;
}

static void look(const char *folder, const char *term, int *disable, int *enable)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	int score;

	if (!dir)
		return;
	while ((d = readdir(dir))) {
		score = score_of(d->d_name, "disable", term);
		*disable = score > *disable ? score : *disable;
		score = score_of(d->d_name, "enable", term);
		*enable = score > *enable ? score : *enable;
	}
	closedir(dir);
}

bool colors_disabled(const char *term)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int disable = 0, enable = 0;
	struct str folder = { 0 };

	if (config && *config)
		str_addf(&folder, "%s/terminal-colors.d", config);
	else
		str_addf(&folder, "%s/.config/terminal-colors.d", home ? home : "");
	look(folder.s, term, &disable, &enable);
	str_free(&folder);
	/* the user's own files override those of the system */
	if (!disable && !enable)
		look(sys_path("/etc/terminal-colors.d"), term, &disable, &enable);
	return disable > enable;
}
