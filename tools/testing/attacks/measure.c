// SPDX-License-Identifier: GPL-2.0-only
/* Start readers and measure their CPU time, the longest RCU section and the time to kill them. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "attacks.h"

/* Permanently: no capability and no other id is left. */
void become(uid_t uid)
{
	if (!uid)
		return;
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		wrong("setresuid: errno %d", errno);
}

/* A process of @uid that inherits only stdin, stdout and stderr. */
pid_t start_process(void (*fn)(void *arg), void *arg, uid_t uid)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		wrong("fork: errno %d", errno);
	if (pid)
		return pid;
	close_range(3, ~0U, 0);
	become(uid);
	fn(arg);
	fflush(stdout);
	_exit(0);
}

/*
 * A process of the attacker that calls @fn and keeps what that made until let_go(). It inherits no
 * descriptor.
 */
pid_t hold(void (*fn)(unsigned long n), unsigned long n)
{
	int ready[2];
	char byte;
	pid_t pid = -1;

	act_as_root();
	fflush(stdout);
	if (!pipe2(ready, O_CLOEXEC))
		pid = fork();
	if (pid < 0) {
		wrong("a process: errno %d", errno);
		return -1;
	}
	if (!pid) {
		dup2(ready[1], 3);
		close_range(4, ~0U, 0);
		become(ATTACKER);
		fn(n);
		if (write(3, "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		wrong("a process of the attacker's has ended");
	close(ready[0]);
	return pid;
}

void let_go(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Reap @pid if it ends in time. Otherwise kill it, and wait only as long again. */
bool ends_within(pid_t pid, double seconds)
{
	struct pollfd p = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	bool ended = poll(&p, 1, seconds * 1000) == 1;

	if (!ended) {
		kill(pid, SIGKILL);
		poll(&p, 1, seconds * 1000);
	}
	close(p.fd);
	waitpid(pid, NULL, WNOHANG);
	return ended;
}

static double cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

struct order {
	const char *path;
	struct cost cost;
};

/* Open a path, or ASK and write the question that follows ASK_THIS. */
static int open_path(const char *path)
{
	size_t len = strlen(ASK_THIS);
	int fd, err;

	if (strncmp(path, ASK_THIS, len))
		return open(path, O_RDONLY | O_CLOEXEC);
	fd = open(ASK, O_RDWR | O_CLOEXEC);
	if (fd < 0 || write(fd, path + len, strlen(path + len)) > 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static void read_once(struct order *o)
{
	static char piece[1 << 16];
	double begin = cpu_time();
	struct cost cost = { 0 };
	ssize_t n = -1, i;
	int fd = open_path(o->path);

	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0) {
		cost.bytes += n;
		for (i = 0; i < n; i++)
			cost.rows += piece[i] == '\n';
	}
	if (n < 0)
		cost.err = errno;
	if (fd >= 0)
		close(fd);
	cost.rows -= !!cost.rows;
	cost.cpu = cpu_time() - begin;
	o->cost = cost;
}

static void reader(void *arg)
{
	read_once(arg);
}

static void endless_reader(void *arg)
{
	struct order order = { .path = arg };

	for (;;)
		read_once(&order);
}

/* One read by a process of @uid. */
struct cost read_cost(const char *path, uid_t uid)
{
	struct order *o = mmap(NULL, sizeof(*o), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct cost cost = { .err = ENOMEM };
	long lookup = stat_of("lookup_ns");

	if (o == MAP_FAILED)
		return cost;
	*o = (struct order){ .path = path, .cost = { .err = ECHILD } };
	if (!ends_within(start_process(reader, o, uid), READ_SECONDS))
		o->cost = (struct cost){ .cpu = READ_SECONDS, .err = ETIME };
	cost = o->cost;
	cost.lookup = (stat_of("lookup_ns") - lookup) / 1e9;
	munmap(o, sizeof(*o));
	if (cost.err)
		wrong("a read of %s: errno %d", path, cost.err);
	return cost;
}

/*
 * Seconds from the SIGKILL for a reader in a loop to its end. The time that we wait for the CPU
 * counts: a reader that does not leave the CPU delays everybody.
 */
double kill_seconds(const char *path, uid_t uid, double after)
{
	pid_t pid = start_process(endless_reader, (void *)path, uid);
	double at = now() + after;
	const struct timespec t = { at, (at - (time_t)at) * 1e9 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return now() - at;
}

/* Kill at several moments of a read that takes @read_seconds. */
void check_kill(const char *path, uid_t uid, double read_seconds)
{
	double worst = 0;
	int i;

	for (i = 1; i <= 3; i++) {
		double s = kill_seconds(path, uid, read_seconds * i / 4);

		worst = s > worst ? s : worst;
	}
	ktap_note("a killed reader is gone after %.2f ms", worst * 1e3);
	if (worst > KILL_SECONDS)
		wrong("SIGKILL took %.0f ms", worst * 1e3);
}

static bool long_section;

bool section_was_long(void)
{
	return long_section;
}

/* The statistics begin when the module is loaded, which is done for each attack. */
void check_section(void)
{
	long ns = stat_of("longest_ns");

	ktap_note("longest section %.1f us, longest lookup %.1f us, %ld lookups past %ld sockets",
		  ns / 1e3, stat_of("lookup_longest_ns") / 1e3, stat_of("lookups"),
		  stat_of("lookup_chain"));
	if (ns > SECTION_NS) {
		ktap_note("an RCU read section of %.2f ms", ns / 1e6);
		long_section = true;
	}
	if (ns < 0)
		wrong("no statistics");
}

/* Let deferred work of previous changes end; it would otherwise interrupt the reader. */
void settle(void)
{
	usleep(100000);
}
