// SPDX-License-Identifier: GPL-2.0-only
/* Hostile readers: odd reads, many at once, without privileges, without memory. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "stress.h"

#define STANDING	300
#define CROWD		40000
#define NOBODY		1234	/* a user without a name */
#define HOARD		1500	/* open files of one user, each with a table of STANDING rows */
#define USER_MAX	(34L << 20)	/* limit of the account, and one snapshot */
#define READERS		20
#define MANY_ROWS	20000
#define CGROUP		"/sys/fs/cgroup/dualstack-stress"

static int standing[STANDING];

static void stand(void)
{
	int i;

	oracle_clear();
	for (i = 0; i < STANDING; i++) {
		standing[i] = make_socket(i & 1 ? SOCK_STREAM : SOCK_DGRAM,
					  i & 2 ? "::" : "127.0.0.1", 7000 + i / 5, true);
		if (standing[i] < 0)
			wrong("socket %d: errno %d", i, errno);
		else
			oracle_add(standing[i]);
	}
}

static bool sit(const char *what)
{
	int i;

	for (i = 0; i < STANDING; i++)
		close(standing[i]);
	ktap_note("%s: %lu deeds, %lu tables, %lu refused: %lu lost, %lu doubled, %lu wrong", what,
		  shared->deeds, shared->reads, shared->refused, shared->lost, shared->doubled,
		  shared->wrong);
	return shared->deeds && !shared->lost && !shared->doubled && !shared->wrong;
}

static int in_child(void (*fn)(void))
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		fn();
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		wrong("waitpid: errno %d", errno);
	return status;
}

static void must_work(void (*fn)(void))
{
	int status = in_child(fn);

	if (status)
		wrong("a child ended with status %#x", status);
}

/* Reads in pieces of all sizes must return the same text. */
static void pieces(const char *text, size_t len)
{
	static const size_t chunk[] = { 1, 2, 3, 63, 4095, 4096, 4097, 1 << 20, 64 << 20 };
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(chunk); i++) {
		int fd = open(TABLE, O_RDONLY | O_CLOEXEC);
		char *other = slurp_fd(fd, chunk[i], &n);

		if (!other || n != len || memcmp(text, other, len))
			wrong("in pieces of %zu: %zu bytes instead of %zu", chunk[i], n, len);
		free(other);
		close(fd);
		atomic_fetch_add(&shared->deeds, 1);
	}
}

/*
 * Read anywhere in the text; behind its end, which frees it; from its start, which takes a new
 * snapshot.
 */
static void anywhere(int fd, const char *text, size_t len)
{
	bool back = true;	/* the text was just read to its end */
	char piece[5000];
	int i;

	for (i = 0; i < 3000; i++) {
		size_t at = rand() % (len + 100), want = 1 + rand() % (sizeof(piece) - 1);
		ssize_t n = pread(fd, piece, want, at);
		ssize_t expected = at >= len ? 0 : want < len - at ? want : len - at;

		if (back && at && at < len) {
			if (n >= 0 || errno != ESTALE)
				wrong("after the end, pread at %zu: %zd, errno %d", at, n, errno);
			back = pread(fd, piece, 1, 0) != 1;
		} else if (n != expected || (n && memcmp(piece, text + at, n))) {
			wrong("pread of %zu at %zu of %zu: %zd, errno %d", want, at, len, n, errno);
		} else {
			back = at >= len;
		}
		atomic_fetch_add(&shared->deeds, 1);
	}
}

static void oddities(int fd)
{
	void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec none[2] = { { 0 } };
	char byte;

	if (pread(fd, &byte, 1, -1) >= 0 || errno != EINVAL)
		wrong("pread at -1: errno %d", errno);
	if (pread(fd, &byte, 1, 0x7ffffffffffffffeLL) != 0)
		wrong("pread at the end of the world: errno %d", errno);
	if (pread(fd, nowhere, 100, 0) >= 0 || errno != EFAULT)
		wrong("pread from the start to nowhere: errno %d", errno);
	if (pread(fd, nowhere, 100, 1) >= 0 || errno != EFAULT)
		wrong("pread to nowhere: errno %d", errno);
	if (readv(fd, none, 2) != 0)
		wrong("readv of nothing: errno %d", errno);
	if (lseek(fd, 0, SEEK_END) >= 0 || lseek(fd, -1, SEEK_SET) >= 0)
		wrong("lseek to where nobody goes succeeds");
	if (write(fd, "x", 1) >= 0)
		wrong("write succeeds");
	if (mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED)
		wrong("mmap succeeds");
	munmap(nowhere, 4096);
	atomic_fetch_add(&shared->deeds, 9);
}

bool hostile_reads(const struct options *opt)
{
	double end = now() + opt->seconds;
	size_t len, again;

	crew_begin();
	stand();
	do {
		int fd = open(TABLE, O_RDONLY | O_CLOEXEC);
		char *text = slurp_fd(fd, 1 << 16, &len), *other;

		if (!text || !table_is_sound(text, len, false)) {
			wrong("no sound table: errno %d", errno);
			break;
		}
		oracle_check(text, inode_dualstack);
		pieces(text, len);
		anywhere(fd, text, len);
		oddities(fd);
		lseek(fd, 0, SEEK_SET);
		other = slurp_fd(fd, 777, &again);
		if (!other || again != len || memcmp(text, other, len))
			wrong("after all of that: %zu bytes instead of %zu", again, len);
		atomic_fetch_add(&shared->reads, 1);
		free(other);
		free(text);
		close(fd);
	} while (now() < end && !shared->wrong);
	return sit("odd reads");
}

static int common = -1;

static void *read_anyhow(void *arg)
{
	static _Thread_local char piece[70000];
	unsigned int seed = (unsigned long)arg;

	while (!shared->stop) {
		ssize_t n = 0, i;

		switch (rand_r(&seed) % 4) {
		case 0:
			n = read(common, piece, 1 + rand_r(&seed) % sizeof(piece));
			break;
		case 1:
			n = pread(common, piece, 100, rand_r(&seed) % 3000);
			break;
		case 2:
			n = pread(common, piece, sizeof(piece), 0);
			break;
		default:
			lseek(common, rand_r(&seed) % 5000, SEEK_SET);
		}
		/* another thread may have read to the end */
		if (n < 0 && errno != ESTALE)
			wrong("a thread's read: errno %d", errno);
		for (i = 0; i < n; i++)
			if (piece[i] != '\n' && (piece[i] < ' ' || piece[i] > '~')) {
				wrong("a byte %#x", piece[i]);
				break;
			}
		atomic_fetch_add(&shared->deeds, 1);
	}
	return NULL;
}

/* Threads that share one descriptor, also with other processes. */
static void share(int number)
{
	pthread_t thread[4];
	unsigned long i;
	int fd = dup(common);

	for (i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, read_anyhow, (void *)(i + 10 * number));
	while (!shared->stop)
		usleep(10000);
	for (i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	close(fd);
}

/* A reader that is killed at any moment, also in a read. */
static void die_early(int number)
{
	size_t len;

	(void)number;
	while (!shared->stop) {
		pid_t pid = fork();

		if (!pid)
			for (;;)
				free(slurp(TABLE, &len));
		usleep(rand() % 20000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		atomic_fetch_add(&shared->deeds, 1);
	}
}

bool hostile_threads(const struct options *opt)
{
	crew_begin();
	stand();
	common = open(TABLE, O_RDONLY | O_CLOEXEC);
	crew_start(share, 1);
	crew_start(share, 2);
	crew_start(die_early, 3);
	crew_wait(opt->seconds);
	crew_stop();
	close(common);
	return sit("threads and forks on one descriptor, readers killed");
}

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		wrong("setuid: errno %d", errno);
}

static void refused(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0 || errno != EACCES)
		wrong("%s for a user: %s, errno %d", path, fd >= 0 ? "opened" : "refused", errno);
	else
		atomic_fetch_add(&shared->refused, 1);
	close(fd);
}

static void user_reads(void)
{
	double end = now() + 1;
	size_t len;

	become_nobody();
	refused(SOCKETS, O_RDONLY);
	refused(OWNERS, O_RDONLY);
	refused(STATS, O_RDONLY);
	refused(TABLE, O_WRONLY);
	refused(TABLE, O_RDWR);
	while (now() < end) {
		char *text = slurp(TABLE, &len);

		if (!text || !table_is_sound(text, len, false))
			wrong("a user's table: errno %d", errno);
		else
			oracle_check(text, inode_dualstack);
		free(text);
		atomic_fetch_add(&shared->reads, 1);
		atomic_fetch_add(&shared->deeds, 1);
	}
}

static int count_rows(const char *text)
{
	int n = -1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* In a user's own namespaces: only the user's row, with an unmapped uid. */
static void user_in_namespace(void)
{
	size_t len;
	char *text, uid[32] = "";
	int fd;

	become_nobody();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		wrong("unshare: errno %d", errno);
		return;
	}
	fd = make_socket(SOCK_DGRAM, "::", 53, false);
	text = slurp(TABLE, &len);
	if (fd < 0 || !text || count_rows(text) != 1) {
		wrong("in a user's own namespace: errno %d, %s", errno, text);
		return;
	}
	if (sscanf(strchr(text, '\n'), "%*s %*s %*s %*s %*s %31s", uid) != 1 ||
	    strcmp(uid, "65534"))
		wrong("a uid of no name is shown as %s", uid);
	refused(SOCKETS, O_RDONLY);
	refused(OWNERS, O_RDONLY);
	free(text);
	atomic_fetch_add(&shared->deeds, 1);
}

bool hostile_users(const struct options *opt)
{
	double end = now() + opt->seconds;

	crew_begin();
	/* debugfs keeps users out by itself; without that, the files must do it */
	chmod("/sys/kernel/debug", 0755);
	stand();
	do {
		must_work(user_reads);
		must_work(user_in_namespace);
	} while (now() < end && !shared->wrong);
	chmod("/sys/kernel/debug", 0700);
	return sit("users without rights");
}

static long event(const char *name)
{
	char *text, *at;
	size_t len;
	long n = -1;

	text = slurp(CGROUP "/memory.events", &len);
	at = text ? strstr(text, name) : NULL;
	if (at)
		n = atol(at + strlen(name));
	free(text);
	return n;
}

/* A snapshot exceeds the cgroup's limit: each read fails with ENOMEM, and nobody is killed. */
static void want_too_much(void)
{
	int i, fd;
	char byte;

	if (!put(CGROUP "/cgroup.procs", "0"))
		wrong("cgroup.procs: errno %d", errno);
	for (i = 0; i < 50; i++) {
		fd = open(TABLE, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, &byte, 1) >= 0 || errno != ENOMEM)
			wrong("a snapshot in a small group: errno %d", errno);
		else
			atomic_fetch_add(&shared->refused, 1);
		close(fd);
		atomic_fetch_add(&shared->deeds, 1);
	}
}

/* A process in the same cgroup, larger than the reader: the OOM killer would choose it. */
static pid_t bystander(void)
{
	size_t size = 8 << 20;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		put(CGROUP "/cgroup.procs", "0");
		memset(mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0), 1, size);
		for (;;)
			pause();
	}
	return pid;
}

/* Read beside the bystander in the cgroup. Runs in a child, whose end closes its sockets. */
static void in_small_group(void)
{
	int status;
	pid_t pid = bystander();

	usleep(500000);
	status = in_child(want_too_much);
	if (status)
		wrong("the greedy reader ended with status %#x", status);
	if (event("oom_kill ") != 0)
		wrong("%ld OOM kills in the group", event("oom_kill "));
	if (waitpid(pid, &status, WNOHANG))
		wrong("the bystander is gone, status %#x", status);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* Many rows, whose sockets are not charged to the small cgroup: the caller is not in it. */
static void crowd(void)
{
	int i;

	for (i = 0; i < CROWD; i++) {
		if (make_socket(SOCK_DGRAM, loopback_address(i), 53, false) < 0)
			wrong("socket %d: errno %d", i, errno);
	}
	in_small_group();
}

bool hostile_memory(const struct options *opt)
{
	(void)opt;
	crew_begin();
	stand();
	make_room(CROWD + STANDING);
	put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(CGROUP, 0755) || !put(CGROUP "/memory.max", "12582912"))
		wrong("no memory cgroup: errno %d", errno);
	/* this file does not exist without swap */
	put(CGROUP "/memory.swap.max", "0");
	must_work(crowd);
	rmdir(CGROUP);
	return sit("a memory cgroup too small") && shared->refused;
}

/* Open n files, and read some of them; closing them must free all memory. */
static void many_files(void)
{
	const int n = 10000;
	long before = stat_of("bytes");
	char line[128];
	int i, fd, first = -1;

	make_room(n + 100);
	for (i = 0; i < n; i++) {
		fd = open(TABLE, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			wrong("file %d: errno %d", i, errno);
			break;
		}
		first = first < 0 ? fd : first;
		atomic_fetch_add(&shared->deeds, 1);
	}
	for (i = 0; i < n; i += 7)
		if (read(first + i, line, sizeof(line)) != sizeof(line))
			wrong("file %d: errno %d", i, errno);
	ktap_note("%d files open hold %ld bytes", n, stat_of("bytes") - before);
	close_range(first, ~0U, 0);
	if (stat_of("bytes") != before)
		wrong("%ld bytes before, %ld after", before, stat_of("bytes"));
}

static long held(int stats)
{
	char text[2000] = "", *at;

	if (pread(stats, text, sizeof(text) - 1, 0) <= 0)
		return -1;
	at = strstr(text, "\nbytes ");
	return at ? atol(at + strlen("\nbytes ")) : -1;
}

/* Another process of the same user reads whole tables meanwhile. */
static void sibling(int number)
{
	size_t len;

	(void)number;
	become_nobody();
	while (!shared->stop) {
		char *text = slurp(TABLE, &len);

		if (!text || !table_is_sound(text, len, false))
			wrong("a table beside a hoarder: errno %d", errno);
		free(text);
		atomic_fetch_add(&shared->reads, 1);
		usleep(100000);
	}
}

/*
 * A user begins to read more files than the account allows. Those that were idle for longest are
 * dropped, with ESTALE; the last ones are served; the memory stays within the limit.
 */
static void hoard(void)
{
	static int fd[HOARD];
	int stats = open(STATS, O_RDONLY | O_CLOEXEC), i, stale = 0;
	long before = held(stats), most = 0, now_held;
	char byte;

	make_room(HOARD + 100);
	become_nobody();
	for (i = 0; i < HOARD; i++) {
		fd[i] = open(TABLE, O_RDONLY | O_CLOEXEC);
		if (fd[i] < 0 || read(fd[i], &byte, 1) != 1)
			wrong("file %d: errno %d", i, errno);
		now_held = held(stats) - before;
		most = now_held > most ? now_held : most;
	}
	for (i = 0; i < HOARD; i++) {
		ssize_t n = read(fd[i], &byte, 1);

		if (n < 0 && errno == ESTALE)
			stale++;
		else if (n != 1)
			wrong("file %d, later: %zd, errno %d", i, n, errno);
		if ((!i && n == 1) || (i == HOARD - 1 && n != 1))
			wrong("file %d, later: %zd, errno %d", i, n, errno);
		close(fd[i]);
	}
	ktap_note("%d files of one user hold %ld bytes at most; %d were dropped", HOARD, most,
		  stale);
	if (before < 0 || most > USER_MAX || stale < HOARD / 10)
		wrong("%ld bytes held, %d of %d dropped", most, stale, HOARD);
}

static void *read_whole(void *arg)
{
	size_t len;
	char *text = slurp(TABLE, &len);

	(void)arg;
	if (!text || count_rows(text) < MANY_ROWS)
		wrong("one of many readers: errno %d", errno);
	else
		atomic_fetch_add(&shared->reads, 1);
	free(text);
	return NULL;
}

/* More readers at a time than memory allows: they wait for each other, and none is refused. */
static void many_readers(void)
{
	pthread_t thread[READERS];
	int i;

	make_room(MANY_ROWS + 100);
	for (i = 0; i < MANY_ROWS; i++) {
		if (make_socket(SOCK_DGRAM, loopback_address(i), 10000 + i, false) < 0)
			wrong("socket %d: errno %d", i, errno);
	}
	become_nobody();
	for (i = 0; i < READERS; i++)
		pthread_create(&thread[i], NULL, read_whole, NULL);
	for (i = 0; i < READERS; i++)
		pthread_join(thread[i], NULL);
}

bool hostile_files(const struct options *opt)
{
	(void)opt;
	crew_begin();
	stand();
	must_work(many_files);
	crew_start(sibling, 1);
	must_work(hoard);
	crew_stop();
	must_work(many_readers);
	return sit("10,000 open descriptors, a user who hoards, many readers at once");
}
