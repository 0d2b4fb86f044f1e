// SPDX-License-Identifier: GPL-2.0-only
/* Large tables: one long chain, very many listeners, very many namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "ktap.h"
#include "stress.h"

/*
 * No RCU read section may last longer. Clocks run on while an emulated CPU waits for a real one:
 * this only catches what goes on and on; that sections end after so many steps KUnit proves.
 */
#define SECTION_NS	5000000000L

static long megabytes_free(void)
{
	size_t len;
	char *text = slurp("/proc/meminfo", &len);
	char *at = text ? strstr(text, "MemAvailable:") : NULL;
	long kb = at ? atol(at + 13) : 0;

	free(text);
	return kb / 1024;
}

/* As many as asked for, where there is memory for them. */
static unsigned long affordable(unsigned long want, unsigned long bytes_each)
{
	unsigned long n = (megabytes_free() * 7 / 10) * 1024 * 1024 / bytes_each;

	return n < want ? n : want;
}

static unsigned long lines(const char *text)
{
	unsigned long n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static bool check(const char *what, const char *path, unsigned long want)
{
	double begin = now();
	size_t len = 0;
	char *text = slurp(path, &len);
	unsigned long rows = text ? lines(text) - 1 : 0;

	ktap_note("%s: %lu made, %lu rows, %zu bytes, in %.2f s; longest %ld us, %ld restarts",
		  what, want, rows, len, now() - begin, stat_of("longest_ns") / 1000,
		  stat_of("restarts"));
	if (rows != want || !table_is_sound(text, len, !strcmp(path, SOCKETS)))
		wrong("%lu rows of %lu: errno %d", rows, want, errno);
	if (stat_of("longest_ns") > SECTION_NS)
		wrong("a section of %ld ns", stat_of("longest_ns"));
	free(text);
	return !shared->wrong;
}

static bool apart(bool (*fn)(unsigned long), unsigned long n)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		bool ok = fn(n);

		fflush(stdout);
		_exit(!ok);
	}
	return waitpid(pid, &status, 0) == pid && !status && !shared->wrong;
}

static void address(char *text, size_t size, unsigned long n)
{
	snprintf(text, size, "127.%lu.%lu.%lu", n / 62500 + 1, n / 250 % 250, n % 250 + 1);
}

/* One UDP port on many addresses: they all hang in the one bucket of the port. */
static bool fill_bucket(unsigned long n)
{
	unsigned long i;
	char text[32];

	make_room(n);
	for (i = 0; i < n; i++) {
		address(text, sizeof(text), i);
		if (make_socket(SOCK_DGRAM, text, 53, false) < 0) {
			wrong("socket %lu: errno %d", i, errno);
			return false;
		}
	}
	return check("one bucket", TABLE, n);
}

bool big_bucket(const struct options *opt)
{
	unsigned long n = affordable(opt->count ?: 100000, 4096);

	crew_begin();
	return apart(fill_bucket, n);
}

static bool fill_listeners(unsigned long n)
{
	unsigned long i;
	char text[32];

	make_room(n);
	for (i = 0; i < n; i++) {
		address(text, sizeof(text), i / 60000);
		if (make_socket(SOCK_STREAM, text, 1024 + i % 60000, false) < 0) {
			wrong("socket %lu: errno %d", i, errno);
			return false;
		}
	}
	return check("listeners", TABLE, n);
}

bool big_listeners(const struct options *opt)
{
	unsigned long n = affordable(opt->count ?: 500000, 6144);

	crew_begin();
	return apart(fill_listeners, n);
}

static bool fill_namespaces(unsigned long n)
{
	unsigned long i;

	make_room(n * 2);
	for (i = 0; i < n; i++) {
		if (unshare(CLONE_NEWNET) ||
		    make_socket(SOCK_DGRAM, i & 1 ? "::" : "0.0.0.0", 53, false) < 0) {
			wrong("namespace %lu: errno %d", i, errno);
			return false;
		}
	}
	return check("namespaces, a socket in each", SOCKETS, n);
}

bool big_namespaces(const struct options *opt)
{
	unsigned long n = affordable(opt->count ?: 10000, 400 << 10);

	crew_begin();
	return apart(fill_namespaces, n);
}
