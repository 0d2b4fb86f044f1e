// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes questions, wrong questions and random bytes to /proc/net/dualstack_ask, while sockets come
 * and go, and several processes share a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "stress.h"

#define ASK		"/proc/thread-self/net/dualstack_ask"
#define BASE		7000
#define PORTS		5
#define QUESTION_MAX	300

static int common = -1;

static const char *any(unsigned int *seed, const char * const *list, size_t n)
{
	return list[rand_r(seed) % n];
}

static const char *some_address(unsigned int *seed)
{
	static const char * const list[] = {
		"127.0.0.1", "::1", "0.0.0.0", "::", "127.9.9.9", "192.0.2.1", "fe80::1",
		"224.0.0.1", "ff02::1", "255.255.255.255", "::ffff:127.0.0.1", "1.2.3", ":::",
	};

	return any(seed, list, ARRAY_SIZE(list));
}

static const char *some_device(unsigned int *seed)
{
	static const char * const list[] = { "lo", "eth0", "", "../lo", "abcdefghijklmnopq" };

	return any(seed, list, ARRAY_SIZE(list));
}

static int some_port(unsigned int *seed)
{
	return rand_r(seed) % 8 ? BASE + (int)(rand_r(seed) % PORTS) : (int)(rand_r(seed) % 70000);
}

static void add(char *text, const char *key, const char *value)
{
	size_t len = strlen(text);

	snprintf(text + len, QUESTION_MAX - len, "%s%s", key, value);
}

/* A question, which is mostly valid. */
static size_t some_question(unsigned int *seed, char *text)
{
	const char *proto = rand_r(seed) % 2 ? "tcp" : "udp";
	char port[16];

	snprintf(port, sizeof(port), "%d", some_port(seed));
	if (rand_r(seed) % 3)
		snprintf(text, QUESTION_MAX, "who %s %s %s", proto, some_address(seed), port);
	else
		snprintf(text, QUESTION_MAX, "holders %s %s", proto, port);
	if (!(rand_r(seed) % 3))
		add(text, " dev=", some_device(seed));
	if (!(rand_r(seed) % 4))
		add(text, " from=", some_address(seed));
	if (!(rand_r(seed) % 4))
		add(text, " fromport=", port);
	if (!(rand_r(seed) % 4))
		add(text, " address=", some_address(seed));
	if (!(rand_r(seed) % 3))
		add(text, "\n", "");
	return strlen(text);
}

/* Change some bytes, cut the text, or make it too long. */
static size_t spoil(unsigned int *seed, char *text, size_t len)
{
	unsigned int i, n = rand_r(seed) % 4;

	for (i = 0; i < n && len; i++)
		text[rand_r(seed) % len] = rand_r(seed);
	if (!(rand_r(seed) % 8))
		len = rand_r(seed) % (len + 1);
	if (!(rand_r(seed) % 16))
		len = QUESTION_MAX;
	return len;
}

static bool may_fail_with(int err)
{
	return err == EINVAL || err == ENODEV || err == EDQUOT || err == ENOMEM;
}

/* An answer is a header and lines of printable characters. */
static void judge(const char *text, ssize_t n)
{
	ssize_t i;

	if (strncmp(text, "dev ", 4) && strncmp(text, "state ", 6))
		wrong("an answer without a header: %.40s", text);
	for (i = 0; i < n; i++)
		if (text[i] != '\n' && (text[i] < ' ' || text[i] > '~'))
			wrong("an answer with the byte %#x", text[i]);
	if (text[n - 1] != '\n')
		wrong("an answer that ends within a line");
}

static void read_answer(int fd, unsigned int *seed, bool shares)
{
	char text[65536];
	ssize_t n, len = 0;
	size_t want;

	do {
		want = 1 + rand_r(seed) % 5000;
		if (want > sizeof(text) - len)
			return;
		n = read(fd, text + len, want);
		if (n > 0)
			len += n;
	} while (n > 0 && rand_r(seed) % 32);
	/* another process may have dropped the answer, or read its beginning */
	if (n < 0 && !(shares && errno == ESTALE) && !may_fail_with(errno))
		wrong("reading an answer: errno %d", errno);
	if (n || shares || !len)
		return;
	judge(text, len);
	atomic_fetch_add(&shared->reads, 1);
}

static void ask(int fd, unsigned int *seed, bool shares)
{
	char text[QUESTION_MAX];
	size_t len = some_question(seed, text);

	if (rand_r(seed) % 2)
		len = spoil(seed, text, len);
	if (write(fd, text, len) >= 0)
		read_answer(fd, seed, shares);
	else if (may_fail_with(errno))
		atomic_fetch_add(&shared->refused, 1);
	else
		wrong("'%.*s': errno %d", (int)len, text, errno);
	atomic_fetch_add(&shared->deeds, 1);
}

static void asks(int number)
{
	unsigned int seed = number;
	int fd = -1;

	while (!atomic_load(&shared->stop)) {
		if (fd < 0)
			fd = open(ASK, O_RDWR | O_CLOEXEC);
		if (fd < 0) {
			wrong("open: errno %d", errno);
			return;
		}
		ask(fd, &seed, false);
		if (rand_r(&seed) % 16)
			continue;
		close(fd);
		fd = -1;
	}
	close(fd);
}

static void asks_together(int number)
{
	unsigned int seed = number;

	while (!atomic_load(&shared->stop))
		ask(common, &seed, true);
}

/* Sockets of all states on the ports of the questions. */
static void moves(int number)
{
	unsigned int seed = number;
	int fd[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	size_t i;

	while (!atomic_load(&shared->stop)) {
		i = rand_r(&seed) % ARRAY_SIZE(fd);
		close(fd[i]);
		fd[i] = make_socket(rand_r(&seed) % 2 ? SOCK_STREAM : SOCK_DGRAM,
				    rand_r(&seed) % 2 ? "::" : "127.0.0.1",
				    BASE + rand_r(&seed) % PORTS, rand_r(&seed) % 2);
	}
}

bool questions(const struct options *opt)
{
	crew_begin();
	common = open(ASK, O_RDWR | O_CLOEXEC);
	if (common < 0)
		wrong("open: errno %d", errno);
	crew_start(asks, 1);
	crew_start(asks, 2);
	crew_start(asks_together, 3);
	crew_start(asks_together, 4);
	crew_start(moves, 5);
	crew_wait(opt->seconds);
	crew_stop();
	close(common);
	ktap_note("%lu questions, %lu answers read to the end, %lu refused, %lu wrong",
		  shared->deeds, shared->reads, shared->refused, shared->wrong);
	return shared->reads && shared->refused && !shared->wrong;
}
