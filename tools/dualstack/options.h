/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses the command line. */
#ifndef DUALSTACK_OPTIONS_H
#define DUALSTACK_OPTIONS_H

#include "fail.h"
#include "print.h"
#include "select.h"
#include "sort.h"

enum command {
	CMD_LIST,
	CMD_CHECK,
	CMD_EXPLAIN,
	CMD_WHO,
	CMD_WATCH,
	CMD_METRICS,
	CMD_COLUMNS,
	CMD_HELP,
	CMD_VERSION,
};

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

/* --source */
enum choice { CHOICE_AUTO, CHOICE_MODULE, CHOICE_BPF, CHOICE_SETTINGS };

struct options {
	enum command command;
	struct print print;
	struct selection select;
	const char *file;		/* --file */
	const char **netns;		/* -N, each */
	size_t n_netns;
	bool all_netns;			/* -A */
	enum choice source;		/* --source */
	bool processes;			/* -p: all of them, with user and unit */
	bool numeric;			/* -n */
	bool extended;			/* -e */
	bool quiet;			/* -q */
	enum when fold, color;
	const char **columns;		/* -o, each */
	size_t n_columns;
	bool all_columns;		/* --output-all */
	struct sort_keys sort;		/* --sort */
	double interval;		/* --watch, seconds */
	double wait;			/* --wait, seconds */
	char **words;			/* what is neither option nor command */
	size_t n_words;
};

bool options_parse(struct options *o, int argc, char **argv, struct fail *f);
void usage(FILE *to);

#endif
