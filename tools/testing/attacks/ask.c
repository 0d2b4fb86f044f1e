// SPDX-License-Identifier: GPL-2.0-only
/* Measures the cost of a question, and whether many questions stop a server from accepting. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "attacks.h"

#define PORT		2000
#define QUIET_PORT	3000	/* in another bucket */
#define HOLDERS		5000UL	/* beside the server; a question visits fewer */
#define ASKERS		2	/* one for each CPU */
#define WINDOWS		12
#define ATTEMPTS	3
#define QUESTIONS	1000
#define WINDOW_US	250000
#define ACCEPT_RATIO	0.9

struct contest {
	atomic_int port;	/* the questions are about this port */
	atomic_ulong accepted;
	atomic_ulong asked;
};

static struct contest *contest;

static void ask_on(void *arg)
{
	char line[64], piece[4096];
	int fd = open(ASK, O_RDWR | O_CLOEXEC);

	(void)arg;
	while (fd >= 0) {
		int n = snprintf(line, sizeof(line), "holders tcp %d",
				 atomic_load(&contest->port));

		if (write(fd, line, n) != n)
			break;
		while (read(fd, piece, sizeof(piece)) > 0)
			;
		atomic_fetch_add(&contest->asked, 1);
	}
	wrong("a question: errno %d", errno);
}

/* CPU seconds of a question and its answer: the mean of QUESTIONS. */
static double cost_of(const char *question)
{
	struct timespec begin, end;
	char piece[4096];
	int fd = open(ASK, O_RDWR | O_CLOEXEC), i;
	ssize_t len = strlen(question);

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	for (i = 0; i < QUESTIONS; i++) {
		if (write(fd, question, len) != len)
			wrong("%s: errno %d", question, errno);
		while (read(fd, piece, sizeof(piece)) > 0)
			;
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	close(fd);
	return (end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9) / QUESTIONS;
}

/* Few sockets: the cost of a single question. */
void ask_cost(void)
{
	static const char *const questions[] = {
		"who tcp 127.0.0.1 2000", "who tcp ::1 2000", "who tcp 127.0.0.1 2001",
		"who tcp 127.0.0.1 2000 dev=lo", "holders tcp 2000", "holders udp 2000",
	};
	unsigned int i;
	double cost;

	act_as_user();
	bound_socket("tcp :: port=%d", PORT);
	bound_socket("udp 0.0.0.0 port=%d", PORT);
	for (i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		cost = cost_of(questions[i]);
		ktap_note("%s: %.1f us", questions[i], cost * 1e6);
		if (cost > QUESTION_SECONDS)
			wrong("%s: %.1f us", questions[i], cost * 1e6);
	}
	act_as_root();
}

static void must_socket(bool ok, const char *what)
{
	if (!ok)
		wrong("%s: errno %d", what, errno);
}

/* Connect to the own listener, accept and close; no socket stays in TIME_WAIT. */
static void serve_on(void *arg)
{
	int server = bound_socket("tcp 127.0.0.1 port=%d reuseaddr", PORT);
	const struct linger hard = { .l_onoff = 1 };
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	(void)arg;
	must_socket(!getsockname(server, (void *)&ss, &len), "getsockname");
	while (!shared->wrong) {
		int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), child;

		must_socket(!connect(client, (void *)&ss, len), "connect");
		child = accept4(server, NULL, NULL, SOCK_CLOEXEC);
		must_socket(child >= 0, "accept");
		setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		close(client);
		close(child);
		atomic_fetch_add(&contest->accepted, 1);
	}
}

static void hold_port(void)
{
	unsigned long i;

	for (i = 0; i < HOLDERS; i++)
		bound_socket("tcp %s port=%d reuseaddr nolisten", loopback_address(i + 1), PORT);
}

static unsigned long accepted_while(int port, unsigned long *asked)
{
	unsigned long before, questions;

	atomic_store(&contest->port, port);
	usleep(WINDOW_US / 10);
	before = atomic_load(&contest->accepted);
	questions = atomic_load(&contest->asked);
	usleep(WINDOW_US);
	*asked += atomic_load(&contest->asked) - questions;
	return atomic_load(&contest->accepted) - before;
}

/* Return: the rate of accepts during questions about the server's port, relative to others. */
static double compare_rates(void)
{
	unsigned long busy = 0, quiet = 0, about_busy = 0, about_quiet = 0;
	int i;

	for (i = 0; i < WINDOWS && !shared->wrong; i++) {
		busy += accepted_while(PORT, &about_busy);
		quiet += accepted_while(QUIET_PORT, &about_quiet);
	}
	ktap_note("%lu accepts beside %lu questions about the port, %lu beside %lu about another",
		  busy, about_busy, quiet, about_quiet);
	if (!about_busy || !about_quiet || !quiet) {
		wrong("somebody did not get on");
		return 0;
	}
	return (double)busy / quiet;
}

/*
 * Askers use CPU time whatever they ask. So this compares questions about the server's own port,
 * whose bucket they lock, with questions about another port. The clock is the host's, which does
 * other things too, so the best of three attempts counts.
 */
void ask_accepts(void)
{
	double best = 0;
	int i;

	contest = mmap(NULL, sizeof(*contest), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	atomic_store(&contest->port, QUIET_PORT);
	act_as_user();
	hold_port();
	act_as_root();
	start_process(serve_on, NULL, ATTACKER);
	for (i = 0; i < ASKERS; i++)
		start_process(ask_on, NULL, ATTACKER);
	for (i = 0; i < ATTEMPTS && best < ACCEPT_RATIO && !shared->wrong; i++) {
		double ratio = compare_rates();

		best = ratio > best ? ratio : best;
	}
	if (best < ACCEPT_RATIO)
		wrong("accepts at %.2f of the rate", best);
}
