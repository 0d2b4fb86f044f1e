// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that a server accepts in a second while another CPU reads the table in a loop.
 *
 * Server and client are one process on the first CPU, so that nothing but locks, caches and RCU
 * links it to the reader on the second. Where nobody reads, the second CPU counts: an idle one
 * would give the first more of the host's time, and that is not what is measured.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

#define ROUNDS		21
#define ROUND_SECONDS	1.0

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "CPU %d: two are needed", cpu);
}

static int server(struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*addr = (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_port = htons(1999),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (fd < 0 || bind(fd, (void *)addr, sizeof(*addr)) || listen(fd, 16))
		err(1, "server");
	return fd;
}

/* Closes with a reset: no connection lingers to slow down the next ones. */
static void one_connection(int listener, const struct sockaddr_in *addr)
{
	const struct linger reset = { .l_onoff = 1 };
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int accepted;

	if (client < 0 || connect(client, (void *)addr, sizeof(*addr)))
		err(1, "connect");
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (accepted < 0)
		err(1, "accept");
	setsockopt(accepted, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(accepted);
	close(client);
}

static double rate(int listener, const struct sockaddr_in *addr)
{
	double begun = now(), end;
	long n = 0;

	do {
		for (int i = 0; i < 16; i++, n++)
			one_connection(listener, addr);
		end = now();
	} while (end - begun < ROUND_SECONDS);
	return n / (end - begun);
}

/* The other CPU's work; NULL: none, but busy. */
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
	if (!command)
		for (volatile long i = 0;; i++)
			;
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
	/* a program that was running is not the loop's any more, and soon over */
	usleep(200000);
}

/**
 * measure_accepts() - print accepts per second: nobody reading, ours, ss
 *
 * The sockets that are read are there already.
 */
void measure_accepts(void)
{
	static const char * const who[] = { NULL, OURS, "ss -ltn" };
	double value[ARRAY_SIZE(who)][ROUNDS], min, max, m;
	struct sockaddr_in addr;
	int listener = server(&addr);

	pin(0);
	for (int r = 0; r < ROUNDS; r++) {
		for (size_t i = 0; i < ARRAY_SIZE(who); i++) {
			pid_t pid = other_start(who[i]);

			usleep(100000);
			value[i][r] = rate(listener, &addr);
			other_end(pid);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(who); i++) {
		m = median(value[i], ROUNDS, &min, &max);
		figure(who[i] ? who[i] : "nobody reads", "connections/s", m, min, max);
	}
	close(listener);
}
