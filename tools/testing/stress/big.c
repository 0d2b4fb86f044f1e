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
#include "stress.h"

/*
 * Limit for an RCU read section. The clock runs on while an emulated CPU waits for a real one, so
 * this only finds sections without an end. KUnit tests the number of steps in a section.
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

/* @want, or fewer if there is not enough memory. */
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

/* One UDP port on many addresses: all sockets are in the one bucket of the port. */
static int in_bucket(unsigned long i)
{
	return make_socket(SOCK_DGRAM, loopback_address(i), 53, false);
}

static int listener(unsigned long i)
{
	return make_socket(SOCK_STREAM, loopback_address(i / 60000), 1024 + i % 60000, false);
}

static int in_namespace(unsigned long i)
{
	return unshare(CLONE_NEWNET) ? -1 :
	       make_socket(SOCK_DGRAM, i & 1 ? "::" : "0.0.0.0", 53, false);
}

static bool fill(const char *what, int (*make)(unsigned long i), unsigned long n)
{
	unsigned long i;

	make_room(n * 2);
	for (i = 0; i < n; i++) {
		if (make(i) < 0) {
			wrong("%s, socket %lu: errno %d", what, i, errno);
			return false;
		}
	}
	return check(what, make == in_namespace ? SOCKETS : TABLE, n);
}

/* Make @n sockets, or fewer if memory is short, in a process that ends after the check. */
static bool apart(const char *what, int (*make)(unsigned long i), unsigned long n,
		  unsigned long bytes_each)
{
	int status;
	pid_t pid;

	crew_begin();
	n = affordable(n, bytes_each);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		bool ok = fill(what, make, n);

		fflush(stdout);
		_exit(!ok);
	}
	return waitpid(pid, &status, 0) == pid && !status && !shared->wrong;
}

bool big_bucket(const struct options *opt)
{
	return apart("one bucket", in_bucket, opt->count ?: 100000, 4096);
}

bool big_listeners(const struct options *opt)
{
	return apart("listeners", listener, opt->count ?: 500000, 6144);
}

bool big_namespaces(const struct options *opt)
{
	return apart("namespaces, a socket in each", in_namespace, opt->count ?: 10000, 400 << 10);
}
