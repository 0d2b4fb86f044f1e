// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: cases SUITE
 * Suites: sockets (the table, and packets that prove it), reading (behaviour of the file), asking
 * (the file that answers questions), reports (what the reader says about situations that people
 * reported), noipv6 (a kernel booted with ipv6.disable=1). Each case is a process with its own
 * network namespaces, which end with it.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

/* long enough for debug kernels on a busy machine */
#define CASE_SECONDS	300

static bool run_scene(struct world *w, const struct scene *c)
{
	const char * const *line;
	bool ok;

	if (c->setup)
		run(c->setup);
	for (line = c->socks; *line; line++)
		sock_make(w, *line);
	ok = table_is(w, table_now(), c->rows);
	world_enter(w->other);
	ok = table_is(w, table_now(), c->rows_other) && ok;
	world_enter(w->home);
	for (line = c->packets; *line; line++)
		ok = packet_goes(w, *line) && ok;
	return ok;
}

/* One of the three lists is set. */
static const struct suite {
	const char *name;
	const struct scene *scenes;
	const struct deed *deeds;
	const struct report *reports;
} suites[] = {
	{ "sockets", .scenes = scenes },
	{ "reading", .deeds = deeds },
	{ "asking", .deeds = deeds_asking },
	{ "reports", .reports = reports },
	{ "noipv6", .scenes = scenes_noipv6 },
};

static const char *case_name(const struct suite *s, int n)
{
	if (s->scenes)
		return s->scenes[n].name;
	return s->deeds ? s->deeds[n].name : s->reports[n].name;
}

static bool case_holds(struct world *w, const struct suite *s, int n)
{
	world_make(w);
	if (s->scenes)
		return run_scene(w, &s->scenes[n]);
	return s->deeds ? s->deeds[n].run(w) : report_holds(w, &s->reports[n]);
}

static void run_case(const struct suite *s, int n)
{
	struct world w;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (!pid) {
		alarm(CASE_SECONDS);
		status = case_holds(&w, s, n);
		fflush(stdout);
		_exit(!status);
	}
	if (waitpid(pid, &status, 0) != pid)
		give_up("waitpid");
	if (WIFSIGNALED(status))
		ktap_note("killed by signal %d", WTERMSIG(status));
	ktap_result(WIFEXITED(status) && !WEXITSTATUS(status), "%s", case_name(s, n));
}

static int run_suite(const struct suite *s)
{
	int i, n = 0;

	while (case_name(s, n))
		n++;
	ktap_begin(s->name, n);
	for (i = 0; i < n; i++) {
		const struct report *r = s->reports ? &s->reports[i] : NULL;

		if (r && r->needs && access(r->needs, F_OK))
			ktap_skip("this kernel has no such file", "%s", r->name);
		else
			run_case(s, i);
	}
	return ktap_end();
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(suites); i++)
		if (!strcmp(argv[1], suites[i].name))
			return run_suite(&suites[i]);
	fprintf(stderr, "usage: cases sockets|reading|asking|reports|noipv6\n");
	return 2;
}
