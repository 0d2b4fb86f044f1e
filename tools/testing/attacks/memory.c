// SPDX-License-Identifier: GPL-2.0-only
/* Memory of snapshots: many open files, files in flight, user namespaces, many readers. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "attacks.h"

#define FILES		1000
#define ROWS		(full ? 10000UL : 4000UL)
#define INNOCENT	(200UL << 20)	/* bytes; the OOM killer would choose this process first */
#define PASSED		200
#define NAMESPACES	30
#define FILES_EACH	10
#define READERS		20
#define TABLES_EACH	3
#define CROWD		(full ? 100000UL : 10000UL)
#define LADDRS		5000UL
#define LADDR_READERS	200
#define GROUP		"/sys/fs/cgroup/dualstack-attacks"
#define GROUP_ROWS	20000UL

/* Limit for all open files of one user, plus one table that is being collected. */
#define ACCOUNT_BYTES	(36L << 20)
#define ROW_BYTES	136

static void make_rows(unsigned long n)
{
	unsigned long i;

	make_room(n + FILES);
	act_as_user();
	for (i = 0; i < n; i++)
		bound_socket("udp %s port=%lu", loopback_address(i / 60000), 2000 + i % 60000);
	act_as_root();
}

static void check_held(const char *what, long before, long most)
{
	long held = stat_of("bytes") - before;

	ktap_note("%s: %ld bytes", what, held);
	if (held > most)
		wrong("%s: %ld bytes, more than %ld", what, held, most);
}

static void check_rows(const char *whose, uid_t uid, unsigned long rows)
{
	struct cost cost = read_cost(TABLE, uid);

	if (!cost.err && cost.rows != rows)
		wrong("a table of %s has %lu rows, not %lu", whose, cost.rows, rows);
}

static long oom_kills(void)
{
	size_t len;
	char *text = slurp("/proc/vmstat", &len);
	char *at = text ? strstr(text, "\noom_kill ") : NULL;
	long n = at ? atol(at + 10) : -1;

	free(text);
	return n;
}

static void sleep_on_memory(void *arg)
{
	void *at = mmap(NULL, INNOCENT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	memset(at, 1, INNOCENT);
	for (;;)
		pause();
}

/* Return: the number of files that returned a byte. */
static int touch(const int *fd, int n)
{
	int i, given = 0;
	char byte;

	for (i = 0; i < n; i++) {
		ssize_t got = pread(fd[i], &byte, 1, 0);

		given += got == 1;
		if (got < 0 && errno != EDQUOT) {
			wrong("file %d: errno %d", i, errno);
			break;
		}
	}
	return given;
}

static int open_all(int *fd, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		fd[i] = open(TABLE, O_RDONLY | O_CLOEXEC);
		if (fd[i] < 0) {
			wrong("open %d: errno %d", i, errno);
			break;
		}
	}
	return i;
}

/* Read from the second byte to the end, unless the account had to drop the snapshot. */
static void drain(const int *fd, int n)
{
	static char piece[1 << 16];
	int i, stale = 0;
	ssize_t got;

	for (i = 0; i < n; i++) {
		lseek(fd[i], 1, SEEK_SET);
		do
			got = read(fd[i], piece, sizeof(piece));
		while (got > 0);
		stale += got < 0 && errno == ESTALE;
		if (got < 0 && errno != ESTALE && errno != EDQUOT)
			wrong("reading on: errno %d", errno);
	}
	ktap_note("%d of %d files were stale", stale, n);
}

/* 1,000 open files of one user: no process is killed, and another user can still read. */
void open_files(void)
{
	static int fd[FILES];
	long before = stat_of("bytes");
	pid_t innocent;
	int n, given;

	make_rows(ROWS);
	innocent = start_process(sleep_on_memory, NULL, BYSTANDER);
	settle();
	act_as_user();
	n = open_all(fd, FILES);
	act_as_root();
	check_held("open files that nobody read from", before, 0);
	act_as_user();
	given = touch(fd, n);
	act_as_root();
	ktap_note("%d of %d files gave a byte", given, n);
	check_held("files open in the middle", before, ACCOUNT_BYTES);
	check_rows("the same user", ATTACKER, ROWS);
	check_rows("another user", BYSTANDER, ROWS);
	act_as_user();
	drain(fd, n);
	act_as_root();
	check_held("files read to the end", before, 0);
	if (oom_kills() || waitpid(innocent, NULL, WNOHANG))
		wrong("an innocent process was killed, %ld in all", oom_kills());
	kill(innocent, SIGKILL);
	check_section();
}

static void send_files(int socket, const int *fd, int n)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(PASSED * sizeof(int))];
	} control = { .h = { CMSG_LEN(n * sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = CMSG_SPACE(n * sizeof(int)) };

	memcpy(CMSG_DATA(&control.h), fd, n * sizeof(int));
	if (sendmsg(socket, &msg, 0) != 1)
		wrong("sendmsg: errno %d", errno);
}

static int receive_files(int socket, int *fd)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(PASSED * sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int n;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != 1)
		wrong("recvmsg: errno %d", errno);
	n = (control.h.cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fd, CMSG_DATA(&control.h), n * sizeof(int));
	return n;
}

/* Another user reads the files, or they are in flight: the user who opened them is charged. */
void passed_files(void)
{
	static int fd[PASSED];
	long before = stat_of("bytes");
	int pair[2], n;

	make_rows(ROWS);
	settle();
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		wrong("socketpair: errno %d", errno);
	act_as_user();
	n = open_all(fd, PASSED);
	touch(fd, n);
	send_files(pair[0], fd, n);
	close_range(fd[0], fd[n - 1], 0);
	act_as_root();
	check_held("files in flight", before, ACCOUNT_BYTES);
	check_rows("another user", BYSTANDER, ROWS);
	/* root may read without a limit, but these files are charged to their opener */
	n = receive_files(pair[1], fd);
	touch(fd, n);
	check_held("files that root received", before, ACCOUNT_BYTES);
	check_rows("another user", BYSTANDER, ROWS);
	close_range(fd[0], fd[n - 1], 0);
	check_held("files closed", before, 0);
}

/* The caller is root in the new user namespace, and may create another one in it. */
static void own_user_namespace(void)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %d 1", geteuid());
	/* after setresuid() the files in /proc/self belong to root */
	prctl(PR_SET_DUMPABLE, 1);
	if (unshare(CLONE_NEWUSER) || !put("/proc/self/setgroups", "deny") ||
	    !put("/proc/self/uid_map", map) || !put("/proc/self/gid_map", map))
		wrong("a user namespace: errno %d", errno);
}

static void hold_files_in_namespace(unsigned long depth)
{
	static int fd[FILES_EACH];

	while (depth--)
		own_user_namespace();
	touch(fd, open_all(fd, FILES_EACH));
}

/* The users of a user's own user namespaces have no accounts of their own. */
void namespace_files(void)
{
	long before = stat_of("bytes");
	pid_t pid[NAMESPACES];
	int i;

	make_rows(ROWS);
	settle();
	for (i = 0; i < NAMESPACES; i++)
		pid[i] = hold(hold_files_in_namespace, 1 + i % 2);
	check_held("files in user namespaces", before, ACCOUNT_BYTES);
	check_rows("another user", BYSTANDER, ROWS);
	for (i = 0; i < NAMESPACES; i++)
		let_go(pid[i]);
	check_held("all of them ended", before, 0);
}

static void read_on(void *arg)
{
	size_t len;
	char *text;

	(void)arg;
	do {
		text = slurp(TABLE, &len);
		free(text);
	} while (text);
	wrong("one of many readers: errno %d", errno);
}

/* As root of a user namespace, who may add any number of addresses. */
static void hold_readers_of_addresses(unsigned long n)
{
	unsigned long i;
	int device;

	own_user_namespace();
	world_begin();
	device = add_device("dummy0", "dummy", 0);
	for (i = 0; i < LADDRS; i++)
		add_address4(device, 0x0a640000 + i);
	/* rows whose verdicts depend on the local addresses */
	bound_socket("udp 0.0.0.0 port=2000 reuseaddr");
	bound_socket("udp 10.100.0.0 port=2000 reuseaddr");
	while (n--)
		start_process(read_on, NULL, 0);
}

/* Many readers of a table with two rows, whose verdicts need thousands of addresses. */
void many_address_readers(void)
{
	long before = stat_of("bytes"), most = 0, held;
	pid_t pid;
	int i;

	settle();
	pid = hold(hold_readers_of_addresses, LADDR_READERS);
	for (i = 0; i < 100; i++) {
		held = stat_of("bytes") - before;
		most = held > most ? held : most;
		usleep(50000);
	}
	ktap_note("%d readers of %lu addresses held up to %ld bytes", LADDR_READERS, LADDRS, most);
	if (most > ACCOUNT_BYTES)
		wrong("addresses are not charged: %ld bytes", most);
	let_go(pid);
	check_section();
}

/* Read small pieces, and let other processes run after each. */
static void read_slowly(void *arg)
{
	unsigned long rows = *(unsigned long *)arg;
	char piece[1 << 14];
	int i;

	for (i = 0; i < TABLES_EACH; i++) {
		int fd = open(TABLE, O_RDONLY | O_CLOEXEC);
		unsigned long lines = 0;
		ssize_t n, k;

		while ((n = read(fd, piece, sizeof(piece))) > 0) {
			for (k = 0; k < n; k++)
				lines += piece[k] == '\n';
			sched_yield();
		}
		if (n < 0)
			wrong("one of many readers: errno %d", errno);
		else if (lines != rows + 1)
			wrong("one of many readers: %lu lines of %lu rows", lines, rows);
		close(fd);
	}
}

void many_readers(void)
{
	long before = stat_of("bytes"), most = 0, held;
	unsigned long rows = CROWD;
	pid_t pid[READERS];
	int i;

	make_rows(rows);
	settle();
	for (i = 0; i < READERS; i++)
		pid[i] = start_process(read_slowly, &rows, ATTACKER);
	for (i = 0; i < READERS; i++) {
		while (!waitpid(pid[i], NULL, WNOHANG)) {
			held = stat_of("bytes") - before;
			most = held > most ? held : most;
			usleep(20000);
		}
	}
	ktap_note("%d readers of %lu rows held up to %ld bytes", READERS, rows, most);
	/* an account may hold one more snapshot than fits into it */
	if (most > ACCOUNT_BYTES + (long)rows * ROW_BYTES)
		wrong("an account is not capped: %ld bytes", most);
	check_held("all of them ended", before, 0);
	check_section();
}

static void read_in_group(void *arg)
{
	size_t len;
	int i;

	(void)arg;
	become(BYSTANDER);
	for (i = 0; i < 20; i++) {
		int fd = open(TABLE, O_RDONLY | O_CLOEXEC);
		static char piece[1 << 16];
		ssize_t n;

		for (len = 0; (n = read(fd, piece, sizeof(piece))) > 0; )
			len += n;
		if (n < 0 && errno != ENOMEM)
			wrong("in a small group: errno %d", errno);
		atomic_fetch_add(n < 0 ? &shared->refused : &shared->reads, 1);
		close(fd);
	}
}

static void enter_group_and_read(void *arg)
{
	if (!put(GROUP "/cgroup.procs", "0"))
		wrong("cgroup.procs: errno %d", errno);
	read_in_group(arg);
}

/* A reader in a small memory cgroup, while another user's sockets fill the table. */
void small_cgroup(void)
{
	long before = stat_of("bytes");

	put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) || !put(GROUP "/memory.max", "3145728"))
		wrong("no memory cgroup: errno %d", errno);
	put(GROUP "/memory.swap.max", "0");
	make_rows(GROUP_ROWS);
	settle();
	ends_within(start_process(enter_group_and_read, NULL, 0), READ_SECONDS);
	ktap_note("%lu tables, %lu times ENOMEM", shared->reads, shared->refused);
	if (shared->reads + shared->refused != 20)
		wrong("the reader was ended by something else");
	if (oom_kills())
		wrong("%ld processes were killed", oom_kills());
	rmdir(GROUP);
	check_held("the reader ended", before, 0);
	check_section();
}
