// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: cases SUITE
 * Suites: sockets (what the table says of sockets, and packets that prove it), reading (how the
 * file behaves), asking (the file that answers questions), reports (what the reader says of
 * situations that people reported), noipv6 (a kernel booted with ipv6.disable=1). Each case is a
 * process of its own, in network namespaces of its own, which end with it.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"
#include "ktap.h"

/* for kernels with every check, on a machine that does other things, too */
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

/* One of @c, @d and @r is given. */
static void run_case(const char *name, const struct scene *c, const struct deed *d,
		     const struct report *r)
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
		world_make(&w);
		status = c ? run_scene(&w, c) : d ? d->run(&w) : report_holds(&w, r);
		fflush(stdout);
		_exit(!status);
	}
	if (waitpid(pid, &status, 0) != pid)
		give_up("waitpid");
	if (WIFSIGNALED(status))
		ktap_note("killed by signal %d", WTERMSIG(status));
	ktap_result(WIFEXITED(status) && !WEXITSTATUS(status), name);
}

static int run_scenes(const char *suite, const struct scene *c)
{
	int n = 0;

	while (c[n].name)
		n++;
	ktap_begin(suite, n);
	for (; c->name; c++)
		run_case(c->name, c, NULL, NULL);
	return ktap_end();
}

static int run_deeds(const char *suite, const struct deed *d)
{
	int n = 0;

	while (d[n].name)
		n++;
	ktap_begin(suite, n);
	for (; d->name; d++)
		run_case(d->name, NULL, d, NULL);
	return ktap_end();
}

static int run_reports(const char *suite, const struct report *r)
{
	int n = 0;

	while (r[n].name)
		n++;
	ktap_begin(suite, n);
	for (; r->name; r++) {
		if (r->needs && access(r->needs, F_OK))
			ktap_skip(r->name, "this kernel has no such file");
		else
			run_case(r->name, NULL, NULL, r);
	}
	return ktap_end();
}

int main(int argc, char **argv)
{
	const char *suite = argc == 2 ? argv[1] : "";

	if (!strcmp(suite, "sockets"))
		return run_scenes(suite, scenes);
	if (!strcmp(suite, "noipv6"))
		return run_scenes(suite, scenes_noipv6);
	if (!strcmp(suite, "reading"))
		return run_deeds(suite, deeds);
	if (!strcmp(suite, "asking"))
		return run_deeds(suite, deeds_asking);
	if (!strcmp(suite, "reports"))
		return run_reports(suite, reports);
	fprintf(stderr, "usage: cases sockets|reading|asking|reports|noipv6\n");
	return 2;
}
