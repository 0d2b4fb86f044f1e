// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fails every allocation of every operation once: the first, the second, ... until there are no
 * more. The result must be an errno or the whole table. Needs a kernel with fault injection.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "stress.h"

#define STANDING	600	/* several chunks of rows */
#define MAX_NTH		4000

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* Allocations of all kinds may fail, but only if fail-nth says so. */
static bool set_up(void)
{
	static const char * const knob[][2] = {
		{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N" },
		{ "/sys/kernel/debug/failslab/verbose", "0" },
		{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
		{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "/sys/kernel/debug/fail_page_alloc/min-order", "0" },
		{ "/sys/kernel/debug/fail_page_alloc/verbose", "0" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(knob); i++)
		if (!write_text(knob[i][0], knob[i][1]))
			return false;
	return true;
}

static int nth_fd = -1;

static void arm(int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", nth);
	if (pwrite(nth_fd, text, strlen(text), 0) < 0)
		wrong("fail-nth: errno %d", errno);
}

/* Return: whether an allocation failed. Then there may be more to fail. */
static bool disarm(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 0)
		wrong("fail-nth: errno %d", errno);
	arm(0);
	return atoi(text) == 0;
}

/**
 * struct operation - an operation that allocates memory
 * @what: name
 * @run: the operation; returns 0 or an errno, and sets @text to what it read
 * @reads: @text is a table, which must equal the one without failures
 * @others: other parts of the kernel take part, whose failures may have other errnos
 */
struct operation {
	const char *what;
	int (*run)(char *text, size_t size, size_t *len);
	bool reads;
	bool others;
};

static char quiet[1 << 20], text[1 << 20];

static int read_all(int fd, char *into, size_t size, size_t *len)
{
	ssize_t n;

	for (*len = 0; ; *len += n) {
		n = read(fd, into + *len, size - *len);
		if (n < 0)
			return errno;
		if (!n)
			return 0;
	}
}

static int read_path(const char *path, char *into, size_t size, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = read_all(fd, into, size, len);
	close(fd);
	return err;
}

static int read_table(char *into, size_t size, size_t *len)
{
	return read_path(TABLE, into, size, len);
}

static int read_sockets(char *into, size_t size, size_t *len)
{
	return read_path(SOCKETS, into, size, len);
}

static int read_owners(char *into, size_t size, size_t *len)
{
	return read_path(OWNERS, into, size, len);
}

/* Take a second snapshot with an open file. After a failed read the file can be read again. */
static int read_again(char *into, size_t size, size_t *len)
{
	static int fd = -1;
	int err;

	if (fd < 0)
		fd = open(TABLE, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return errno;
	err = read_all(fd, into, size, len);
	if (err)
		return err;
	lseek(fd, 0, SEEK_SET);
	return read_all(fd, into, size, len);
}

static int new_namespace(char *into, size_t size, size_t *len)
{
	(void)into;
	(void)size;
	(void)len;
	return unshare(CLONE_NEWNET) ? errno : 0;
}

static const char *module_path;

static int load_unload(char *into, size_t size, size_t *len)
{
	int fd = open(module_path, O_RDONLY | O_CLOEXEC), err;

	(void)into;
	(void)size;
	(void)len;
	if (fd < 0)
		return errno;
	err = syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	close(fd);
	if (!err && syscall(SYS_delete_module, "dualstack", O_NONBLOCK))
		wrong("unload: errno %d", errno);
	return err;
}

static bool is_same(const struct operation *op, size_t len, size_t quiet_len)
{
	return !op->reads || (len == quiet_len && !memcmp(text, quiet, len));
}

/* Run @op with each failure in turn. */
static void sweep(const struct operation *op)
{
	unsigned long errnos = 0, whole = 0;
	size_t len = 0, quiet_len = 0;
	int nth, err;

	err = op->run(quiet, sizeof(quiet), &quiet_len);
	if (err || (op->reads && quiet_len < 1000))
		wrong("%s, in quiet times: errno %d, %zu bytes", op->what, err, quiet_len);
	for (nth = 1; nth < MAX_NTH; nth++) {
		arm(nth);
		err = op->run(text, sizeof(text), &len);
		if (!disarm())
			break;
		atomic_fetch_add(&shared->deeds, 1);
		errnos += err != 0;
		whole += !err;
		if (err && err != ENOMEM && !op->others)
			wrong("%s, failure %d: errno %d", op->what, nth, err);
		if (!err && !is_same(op, len, quiet_len)) {
			atomic_fetch_add(&shared->lost, 1);
			wrong("%s, failure %d: another table, of %zu bytes", op->what, nth, len);
		}
	}
	if (!errnos || nth == MAX_NTH)
		wrong("%s: %lu errnos in %d failures", op->what, errnos, nth - 1);
	ktap_note("%s: %d allocations failed one by one: %lu times an errno, %lu times whole",
		  op->what, nth - 1, errnos, whole);
	/* and afterwards it works as before */
	err = op->run(text, sizeof(text), &len);
	if (err || !is_same(op, len, quiet_len))
		wrong("%s, afterwards: errno %d", op->what, err);
}

static void in_child(void (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
		fn();
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		wrong("a child ended with status %#x", status);
}

static void sweep_reads(void)
{
	static const struct operation op[] = {
		{ "table", read_table, true }, { "sockets", read_sockets, true },
		{ "second snapshot", read_again, true }, { "owners", read_owners, true },
	};
	int i, fd;

	/* rows of all kinds: groups, rows that compete, rows alone on their port */
	make_room(STANDING);
	for (i = 0; i < STANDING; i++) {
		fd = make_socket(i & 1 ? SOCK_STREAM : SOCK_DGRAM, i & 2 ? "::" : "127.0.0.1",
				 7000 + i / 5, true);
		if (fd < 0)
			wrong("socket %d: errno %d", i, errno);
	}
	for (i = 0; i < (int)ARRAY_SIZE(op); i++)
		sweep(&op[i]);
}

static void sweep_namespace(void)
{
	static const struct operation op = {
		"a new namespace", new_namespace, .others = true,
	};

	sweep(&op);
}

static void sweep_load(void)
{
	static const struct operation op = { "load", load_unload, .others = true };

	if (syscall(SYS_delete_module, "dualstack", O_NONBLOCK))
		wrong("unload: errno %d", errno);
	sweep(&op);
	disarm();
	if (syscall(SYS_finit_module, open(module_path, O_RDONLY), "", 0))
		wrong("load: errno %d", errno);
}

bool fault(const struct options *opt)
{
	crew_begin();
	module_path = opt->module;
	if (!set_up()) {
		ktap_note("this kernel has no fault injection");
		return false;
	}
	in_child(sweep_reads);
	if (!shared->wrong)
		in_child(sweep_namespace);
	if (!shared->wrong)
		in_child(sweep_load);
	ktap_note("%lu failures: %lu short tables, %lu wrong", shared->deeds, shared->lost,
		  shared->wrong);
	return shared->deeds && !shared->lost && !shared->wrong;
}
