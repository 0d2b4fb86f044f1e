// SPDX-License-Identifier: GPL-2.0-only
/* Workers: processes that repeat something until they have to stop. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "stress.h"

#define MAX_WORKERS	64

struct shared *shared;
static pid_t worker[MAX_WORKERS];
static int nworkers;

/* Prints the first 10 failures, and counts all. */
void wrong(const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (atomic_fetch_add(&shared->wrong, 1) >= 10)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("  # wrong: %s\n", text);
	fflush(stdout);
}

void crew_begin(void)
{
	if (!shared)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	*shared = (struct shared){ 0 };
	nworkers = 0;
}

void crew_start(worker_fn *fn, int number)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		wrong("fork: errno %d", errno);
		return;
	}
	if (!pid) {
		fn(number);
		_exit(0);
	}
	worker[nworkers++] = pid;
}

/* Wait until the time is over, or a worker sets shared->stop. */
void crew_wait(double seconds)
{
	double end = now() + seconds;

	while (now() < end && !shared->stop)
		usleep(50000);
}

/* Return: whether every worker exited with 0. */
bool crew_stop(void)
{
	bool ok = true;
	int status, i;

	shared->stop = true;
	for (i = 0; i < nworkers; i++) {
		if (waitpid(worker[i], &status, 0) != worker[i] || status) {
			wrong("worker %d ended with status %#x", i, status);
			ok = false;
		}
	}
	nworkers = 0;
	return ok;
}
