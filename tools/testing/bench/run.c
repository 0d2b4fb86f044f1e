// SPDX-License-Identifier: GPL-2.0-only
/* Runs programs in their own processes, as a shell would, and measures their cost. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

#define MAX_WORDS	16

static volatile sig_atomic_t late;
static volatile pid_t running;

static void on_alarm(int sig)
{
	(void)sig;
	late = 1;
	if (running > 0)
		kill(-running, SIGKILL);
}

const char *contender_name(const struct contender *c)
{
	return c->name ? c->name : c->command;
}

/* Split a copy of the command into words, which point into it. The caller frees the copy. */
static char *words_of(const struct contender *c, char **word)
{
	char *text = strdup(c->command), *save = NULL;
	int n = 0;

	if (!text)
		err(1, "strdup");
	if (c->shell) {
		word[n++] = "bash";
		word[n++] = "-c";
		word[n++] = text;
	} else {
		for (char *p = strtok_r(text, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
			if (n == MAX_WORDS)
				errx(1, "too many words: %s", c->command);
			word[n++] = p;
		}
	}
	word[n] = NULL;
	return text;
}

/* Start a process in its own group. @out gets its output; -1: /dev/null. */
static pid_t start(char **word, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	pid_t pid;
	int rc;

	posix_spawn_file_actions_init(&actions);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, 1);
	else
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	rc = posix_spawnp(&pid, word[0], &actions, &attr, word, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (rc)
		errx(1, "%s: %s", word[0], strerror(rc));
	return pid;
}

static double seconds(const struct timeval *tv)
{
	return tv->tv_sec + tv->tv_usec / 1e6;
}

static int reap(pid_t pid, double begun, struct cost *cost)
{
	struct rusage usage;
	int status;

	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			err(1, "wait4");
	cost->wall = now() - begun;
	cost->user = seconds(&usage.ru_utime);
	cost->sys = seconds(&usage.ru_stime);
	cost->maxrss = usage.ru_maxrss;
	return status;
}

static void drain(int fd, struct output *out)
{
	static char buf[1 << 17];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		out->bytes += n;
		for (char *p = buf; (p = memchr(p, '\n', buf + n - p)); p++)
			out->lines++;
	}
}

/**
 * run_counted() - run once and count the output
 * @c: what to run
 * @cost: set to the cost
 * @out: set to the output; too_slow if the program had to be killed
 *
 * Return: 0, or -1 if it failed.
 */
int run_counted(const struct contender *c, struct cost *cost, struct output *out)
{
	const struct itimerval limit = { .it_value.tv_sec = options.limit }, off = { 0 };
	const struct sigaction sa = { .sa_handler = on_alarm };
	char *word[MAX_WORDS + 1];
	char *text = words_of(c, word);
	double begun = now();
	int fd[2];

	*out = (struct output) { 0 };
	if (pipe2(fd, O_CLOEXEC))
		err(1, "pipe");
	sigaction(SIGALRM, &sa, NULL);
	late = 0;
	running = start(word, fd[1]);
	setitimer(ITIMER_REAL, &limit, NULL);
	close(fd[1]);
	drain(fd[0], out);
	out->status = reap(running, begun, cost);
	setitimer(ITIMER_REAL, &off, NULL);
	running = 0;
	close(fd[0]);
	free(text);
	out->too_slow = late;
	return out->status ? -1 : 0;
}

/**
 * run_timed() - run once, output to /dev/null
 * @c: what to run
 * @cost: set to the cost
 *
 * Return: its wait status.
 */
int run_timed(const struct contender *c, struct cost *cost)
{
	char *word[MAX_WORDS + 1];
	char *text = words_of(c, word);
	double begun = now();
	int status = reap(start(word, -1), begun, cost);

	free(text);
	return status;
}
