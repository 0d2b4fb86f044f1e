// SPDX-License-Identifier: GPL-2.0-only
/* Loads and unloads the module while it is used. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "stress.h"

#define READERS		8
#define STANDING	50
#define OPEN_FILES	64

static void stand(int *fd)
{
	int i;

	oracle_clear();
	for (i = 0; i < STANDING; i++) {
		fd[i] = make_socket(i & 1 ? SOCK_STREAM : SOCK_DGRAM, "::1", 7000 + i / 2, false);
		oracle_add(fd[i]);
	}
}

static void sit(const int *fd)
{
	int i;

	for (i = 0; i < STANDING; i++)
		close(fd[i]);
}

/* The file is gone between two reads, before open(), or just now. No other errno is allowed. */
static bool is_excuse(int err)
{
	return err == ENOENT || err == EIO || err == ENXIO || err == EINVAL;
}

static void read_on(int number)
{
	/* one reader reads the file in debugfs */
	const char *path = number ? TABLE : SOCKETS;
	size_t len;

	while (!shared->stop) {
		char *text = slurp(path, &len);

		if (text) {
			if (!table_is_sound(text, len, !number))
				wrong("an unsound table of %zu bytes", len);
			oracle_check(text, number ? inode_dualstack : inode_all);
			atomic_fetch_add(&shared->reads, 1);
		} else if (is_excuse(errno)) {
			atomic_fetch_add(&shared->refused, 1);
			/* let it be loaded again: the readers need all CPUs */
			usleep(number ? 200 : 2000);
		} else {
			wrong("reader %d: errno %d", number, errno);
		}
		free(text);
	}
}

bool load(const struct options *opt)
{
	unsigned long want = opt->count ?: 2000, done = 0;
	double end = now() + opt->seconds;
	int fd[STANDING], i, err = 0;

	crew_begin();
	stand(fd);
	for (i = 0; i < READERS; i++)
		crew_start(read_on, i);
	/* compete with many busy readers */
	nice(-20);
	while (!err && done < want && now() < end) {
		err = unload_module();
		if (err)
			wrong("unload: errno %d", err);
		else
			err = load_module(opt->module);
		done += !err;
		/* let readers in before the next round */
		usleep(rand() % 3000);
	}
	if (err)
		wrong("load: errno %d", err);
	nice(20);
	crew_stop();
	sit(fd);
	ktap_note("%lu of %lu loads under %d readers, %lu tables, %lu refused", done, want, READERS,
		  shared->reads, shared->refused);
	ktap_note("%lu lost, %lu doubled, %lu wrong", shared->lost, shared->doubled,
		  shared->wrong);
	return done && shared->reads && shared->refused && !shared->lost && !shared->doubled &&
	       !shared->wrong;
}

/* Files of /proc are open in all states: rmmod works at once, and reads fail with EIO. */
static void unload_over_files(const struct options *opt)
{
	int fd[OPEN_FILES], i, err;
	char byte[64];

	for (i = 0; i < OPEN_FILES; i++) {
		fd[i] = open(TABLE, O_RDONLY | O_CLOEXEC);
		if (fd[i] < 0)
			wrong("open: errno %d", errno);
		if (i % 2 && read(fd[i], byte, 1 + i % 60) < 0)
			wrong("read: errno %d", errno);
		if (i % 4 == 3)
			lseek(fd[i], 0, SEEK_SET);
	}
	err = unload_module();
	if (err)
		wrong("unload with files of /proc open: errno %d", err);
	for (i = 0; i < OPEN_FILES; i++) {
		if (read(fd[i], byte, sizeof(byte)) >= 0 || errno != EIO)
			wrong("file %d after the unload: errno %d", i, errno);
		if (i % 2)
			close(fd[i]);
	}
	err = load_module(opt->module);
	if (err)
		wrong("load: errno %d", err);
	/* files opened before do not show the new module's tables */
	for (i = 0; i < OPEN_FILES; i += 2) {
		if (read(fd[i], byte, sizeof(byte)) >= 0 || errno != EIO)
			wrong("file %d after the next load: errno %d", i, errno);
		close(fd[i]);
	}
}

static void refuse_over_debugfs(void)
{
	static const char * const path[] = { SOCKETS, OWNERS, STATS };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(path); i++) {
		int fd = open(path[i], O_RDONLY | O_CLOEXEC);
		char byte;

		if (fd < 0 || read(fd, &byte, 1) != 1)
			wrong("%s: errno %d", path[i], errno);
		if (!syscall(SYS_delete_module, "dualstack", O_NONBLOCK) || errno != EWOULDBLOCK)
			wrong("unload with %s open: errno %d", path[i], errno);
		if (pread(fd, &byte, 1, 1) != 1)
			wrong("%s after that: errno %d", path[i], errno);
		close(fd);
	}
}

bool load_open(const struct options *opt)
{
	unsigned long i, n = opt->count ? opt->count / 20 + 1 : 100;
	int fd[STANDING];

	crew_begin();
	stand(fd);
	for (i = 0; i < n && !shared->wrong; i++) {
		unload_over_files(opt);
		refuse_over_debugfs();
	}
	sit(fd);
	ktap_note("%lu rounds with %d files of /proc open, and each file of debugfs: %lu wrong", i,
		  OPEN_FILES, shared->wrong);
	return !shared->wrong;
}

/* A page that is absent until UFFDIO_ZEROPAGE: a read() into it blocks in the kernel. */
static int absent_page(void **page)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	/* poll() of a blocking userfaultfd only returns an error */
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	*page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (unsigned long)*page;
	reg.range.len = 4096;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg)) {
		close(fd);
		return -1;
	}
	return fd;
}

struct reader {
	void *page;
	ssize_t n;
	int err;
};

static void *read_blocked(void *arg)
{
	struct reader *r = arg;
	int fd = open(TABLE, O_RDONLY | O_CLOEXEC);

	r->n = read(fd, r->page, 4096);
	r->err = errno;
	close(fd);
	return NULL;
}

struct unloader {
	atomic_bool done;
	int err;
};

static void *unload_waiting(void *arg)
{
	struct unloader *u = arg;

	u->err = unload_module();
	u->done = true;
	return NULL;
}

static void bring_page(int uffd, void *page)
{
	struct uffdio_zeropage zero = { .range = { (unsigned long)page, 4096 } };

	ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}

static bool one_blocked(const struct options *opt)
{
	struct reader r = { };
	struct unloader u = { };
	int uffd = absent_page(&r.page);
	struct pollfd p = { .fd = uffd, .events = POLLIN };
	pthread_t reader, unloader;
	bool waited;

	if (uffd < 0) {
		wrong("userfaultfd: errno %d", errno);
		return false;
	}
	pthread_create(&reader, NULL, read_blocked, &r);
	if (poll(&p, 1, 20000) != 1 || p.revents != POLLIN)
		wrong("the reader did not block: %#x", p.revents);
	pthread_create(&unloader, NULL, unload_waiting, &u);
	usleep(100000);
	waited = !u.done;
	bring_page(uffd, r.page);
	pthread_join(reader, NULL);
	pthread_join(unloader, NULL);
	if (!waited)
		wrong("the module went with a reader inside");
	if (u.err)
		wrong("unload: errno %d", u.err);
	if (r.n < 64 || strncmp(r.page, "proto ", 6))
		wrong("the reader got %zd bytes, errno %d", r.n, r.err);
	munmap(r.page, 4096);
	close(uffd);
	if (load_module(opt->module))
		wrong("load: errno %d", errno);
	return !shared->wrong;
}

bool load_blocked(const struct options *opt)
{
	unsigned long i, n = opt->count ? opt->count / 100 + 1 : 20;

	crew_begin();
	for (i = 0; i < n; i++)
		if (!one_blocked(opt))
			break;
	ktap_note("%lu unloads with a reader blocked inside read(): %lu wrong", i, shared->wrong);
	return !shared->wrong;
}
