// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections per second that a server accepts while another CPU reads the table in a loop.
 *
 * Server and client are one process on the first CPU, so that it shares nothing but locks, caches
 * and RCU with the reader on the second. If nobody reads, the second CPU still runs a program in a
 * loop: with an idle CPU the host would give more time to the first one, which would change the
 * result.
 *
 * A busy host takes CPUs away at any moment. So this times thousands of batches of a few
 * connections, and prints the median and the rate of the least disturbed tenth.
 */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

#define PORT		1999
#define ROUNDS		60
#define ROUND_SECONDS	0.5
#define BATCH		4
#define MAX_BATCHES	100000

/* Programs for the second CPU. */
static const struct reader {
	const char *name;
	const char *command;
} readers[] = {
	{ "nobody reads", "cat /dev/null" },
	{ OURS, OURS },
	{ "ss -ltn", "ss -ltn" },
};

/* Seconds of each batch. */
static double batch[ARRAY_SIZE(readers)][MAX_BATCHES];
static size_t nbatches[ARRAY_SIZE(readers)];

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "CPU %d: two are needed", cpu);
}

/* Close with a reset, so that no connection stays in TIME_WAIT and slows down the next ones. */
static void one_connection(int listener)
{
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int accepted;

	if (client < 0 || !connect_to(client, "127.0.0.1", PORT))
		err(1, "connect");
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (accepted < 0)
		err(1, "accept");
	reset_at_close(accepted);
	close(accepted);
	close(client);
}

static void round_of(size_t reader, int listener)
{
	double begun = now(), last = begun, end;

	do {
		for (int i = 0; i < BATCH; i++)
			one_connection(listener);
		end = now();
		if (nbatches[reader] < MAX_BATCHES)
			batch[reader][nbatches[reader]++] = end - last;
		last = end;
	} while (end - begun < ROUND_SECONDS);
}

static pid_t other_start(const char *command)
{
	const struct contender c = { command };
	struct cost cost;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	pin(1);
	while (!run_timed(&c, &cost))
		;
	_exit(1);
}

static void other_end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		errx(1, "the reader ended early");
	/* a running program of the loop is not killed with it, but it soon ends */
	usleep(50000);
}

static void print_rates(size_t reader)
{
	const size_t n = nbatches[reader];
	double min, max, m = median(batch[reader], n, &min, &max);
	const double *sorted = batch[reader];
	char key[128];

	figure(readers[reader].name, "connections/s", BATCH / m, BATCH / max, BATCH / min);
	snprintf(key, sizeof(key), "%s: least disturbed tenth", readers[reader].name);
	figure(key, "connections/s", BATCH / sorted[n / 20], BATCH / sorted[n / 10], BATCH / min);
}

/**
 * measure_accepts() - print accepts per second: nobody reading, ours, ss
 *
 * The caller has made the sockets that are read.
 */
void measure_accepts(void)
{
	int listener = open_socket("tcp 127.0.0.1 port=%d backlog=16", PORT);

	if (listener < 0)
		err(1, "%s", socket_step);
	pin(0);
	for (int r = 0; r < ROUNDS; r++) {
		for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
			pid_t pid = other_start(readers[i].command);

			usleep(50000);
			round_of(i, listener);
			other_end(pid);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		print_rates(i);
	close(listener);
}
