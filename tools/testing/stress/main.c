// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress [--seconds N] [--count N] [--module KO] SCENARIO...
 * Runs in a guest, as root. Prints KTAP, with notes about what was done and lost.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "stress.h"

static const struct scenario {
	const char *name;
	bool (*run)(const struct options *opt);
} scenarios[] = {
	{ "churn", churn },
	{ "churn-moves", churn_moves },
	{ "churn-ss", churn_ss },
	{ "churn-tcp6", churn_tcp6 },
	{ "churn-udp6", churn_udp6 },
	{ "namespaces", namespaces },
	{ "devices", devices },
	{ "load", load },
	{ "load-open", load_open },
	{ "load-blocked", load_blocked },
	{ "fault", fault },
	{ "hostile-reads", hostile_reads },
	{ "hostile-threads", hostile_threads },
	{ "hostile-users", hostile_users },
	{ "hostile-memory", hostile_memory },
	{ "hostile-files", hostile_files },
	{ "questions", questions },
	{ "big-bucket", big_bucket },
	{ "big-listeners", big_listeners },
	{ "big-namespaces", big_namespaces },
};

static const struct scenario *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

static int usage(void)
{
	size_t i;

	fprintf(stderr, "usage: stress [--seconds N] [--count N] [--module KO] SCENARIO...\n"
		"--seconds and --count hold for the scenarios after them, which are:\n");
	for (i = 0; i < ARRAY_SIZE(scenarios); i++)
		fprintf(stderr, "  %s\n", scenarios[i].name);
	return 2;
}

/* Return: the number of scenarios in the arguments, or -1 if the arguments are wrong. */
static int check_arguments(int argc, char **argv)
{
	int i, n = 0;

	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--", 2)) {
			if ((strcmp(argv[i], "--seconds") && strcmp(argv[i], "--count") &&
			     strcmp(argv[i], "--module")) || ++i == argc)
				return -1;
			continue;
		}
		if (!find(argv[i])) {
			fprintf(stderr, "stress: no scenario '%s'\n", argv[i]);
			return -1;
		}
		n++;
	}
	return n ?: -1;
}

int main(int argc, char **argv)
{
	struct options opt = { .seconds = 10, .module = "/test/dualstack.ko" };
	int i, n = check_arguments(argc, argv);

	if (n < 0)
		return usage();
	signal(SIGPIPE, SIG_IGN);
	ktap_begin("stress", n);
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--seconds"))
			opt.seconds = atof(argv[++i]);
		else if (!strcmp(argv[i], "--count"))
			opt.count = strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--module"))
			opt.module = argv[++i];
		else
			ktap_result(find(argv[i])->run(&opt), "%s", argv[i]);
	}
	return ktap_end();
}
