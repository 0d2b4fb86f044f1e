/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line. */
#ifndef DUALSTACK_OPTIONS_H
#define DUALSTACK_OPTIONS_H

#include "print.h"
#include "select.h"

enum command {
	CMD_LIST,
	CMD_CHECK,
	CMD_EXPLAIN,
	CMD_WATCH,
	CMD_METRICS,
	CMD_COLUMNS,
	CMD_HELP,
	CMD_VERSION,
};

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct options {
	enum command command;
	struct print print;
	struct selection select;
	const char *file;		/* --file */
	const char *netns;		/* -N */
	uint32_t netns_pid;		/* -N, where it can be read but not entered */
	struct fail netns_fail;		/* why it could not be entered */
	bool all_netns;			/* -A */
	bool processes;			/* -p: all of them, with user and unit */
	bool extended;			/* -e */
	bool quiet;			/* -q */
	enum when fold, color;
	const char *columns;		/* -o */
	double interval;		/* --watch, seconds */
	double wait;			/* --wait, seconds */
	char **words;			/* what is neither option nor command */
	size_t n_words;
};

bool options_parse(struct options *o, int argc, char **argv, struct fail *f);
void usage(FILE *to);

#endif
