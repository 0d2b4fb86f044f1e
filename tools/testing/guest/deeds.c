// SPDX-License-Identifier: GPL-2.0-only
/* Behaviour of the table's file: one snapshot, however it is read; other readers; rmmod. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

#define SOCKETS		"/sys/kernel/debug/dualstack/sockets"
#define MANY		400	/* rows: several pages of text */
#define SOME		32	/* rows whose binds differ */
#define FIRST_PORT	2000

static int open_table(void)
{
	int fd = open(TABLE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		give_up("open of " TABLE);
	return fd;
}

static bool same(const char *got, const char *want, const char *what)
{
	if (strcmp(got, want))
		ktap_note("%s: %zu bytes that differ from the %zu of one read", what, strlen(got),
			  strlen(want));
	return !strcmp(got, want);
}

static int listener(int port)
{
	return must_open("tcp6 :: port=%d backlog=1", port);
}

/* Make MANY rows. Return: the whole text. */
static char *many_rows(void)
{
	char *text;
	int i;

	for (i = 0; i < MANY; i++)
		listener(FIRST_PORT + i);
	text = table_now();
	if (strlen(text) < MANY * 40)
		give_up("a table of %d rows has %zu bytes", MANY, strlen(text));
	return text;
}

static bool in_chunks(struct world *w)
{
	static const size_t chunk[] = { 1, 3, 41, 511, 4095, 4096, 4097 };
	char *want = many_rows();
	bool ok = true;
	char what[40];
	size_t i;
	int fd;

	(void)w;
	for (i = 0; i < sizeof(chunk) / sizeof(*chunk); i++) {
		fd = open_table();
		snprintf(what, sizeof(what), "reads of %zu", chunk[i]);
		ok = same(table_read(fd, chunk[i]), want, what) && ok;
		close(fd);
	}
	return ok;
}

/* Read pieces with pread(), the last one first, at offsets at which no page and no row begins. */
static bool by_pread(struct world *w)
{
	char *want = many_rows(), *got;
	size_t len = strlen(want), step = 997, at;
	int fd = open_table();
	bool ok = true;

	(void)w;
	got = calloc(1, len + step);
	for (at = len - len % step; at; at -= step)
		if (pread(fd, got + at, step, at) < 0)
			give_up("pread at %zu", at);
	if (pread(fd, got, step, 0) != (ssize_t)step)
		give_up("pread at 0");
	ok = same(got, want, "preads backwards");
	ok = expect(!pread(fd, got, 1, len), "pread at the end gives nothing") && ok;
	ok = expect(!pread(fd, got, 1, len + 12345), "nor behind it") && ok;
	return ok;
}

static bool by_lseek(struct world *w)
{
	char *want = many_rows();
	size_t len = strlen(want), at;
	int fd = open_table();
	bool ok = true;
	char first;

	(void)w;
	for (at = 1; at < len; at = at * 3 + 1) {
		/* the previous round read to the end, which freed the snapshot */
		if (pread(fd, &first, 1, 0) != 1 || lseek(fd, at, SEEK_SET) != (off_t)at)
			give_up("lseek to %zu", at);
		ok = same(table_read(fd, 4096), want + at, "after lseek") && ok;
	}
	ok = expect(lseek(fd, 0, SEEK_SET) == 0, "lseek to 0") && ok;
	return same(table_read(fd, 77), want, "from the start again") && ok;
}

static bool has_port(const char *text, int port)
{
	char word[16];

	snprintf(word, sizeof(word), " %d ", port);
	return strstr(text, word);
}

/* Sockets made after the first read are not in it; an lseek or pread to 0 takes a new snapshot. */
static bool one_snapshot(struct world *w)
{
	char first, page[1 << 14] = "", *rest;
	int fd = open_table();
	bool ok = true;

	(void)w;
	listener(2001);
	ok = expect(read(fd, &first, 1) == 1 && first == 'p', "one byte") && ok;
	listener(2002);
	rest = table_read(fd, 100);
	ok = expect(has_port(rest, 2001), "2001 came before the first read") && ok;
	ok = expect(!has_port(rest, 2002), "2002 came after the first read") && ok;
	ok = expect(lseek(fd, 0, SEEK_SET) == 0, "lseek to 0") && ok;
	ok = expect(has_port(table_read(fd, 100), 2002), "lseek to 0 shows 2002") && ok;
	listener(2003);
	ok = expect(pread(fd, page, sizeof(page) - 1, 0) > 0, "pread at 0") && ok;
	return expect(has_port(page, 2003), "pread at 0 shows 2003") && ok;
}

/* A read at the end frees the text: reads at or after the end return 0, reads before it fail. */
static bool after_the_end(struct world *w)
{
	char byte, *text = many_rows();
	off_t len = strlen(text);
	int fd = open_table();
	bool ok;

	(void)w;
	ok = expect(pread(fd, &byte, 1, len - 1) == 1, "the last byte, at first");
	ok = expect(pread(fd, &byte, 1, 5) == 1 && byte == text[5], "and then one before it") && ok;
	ok = same(table_read(fd, 1 << 16), text, "a read to the end") && ok;
	ok = expect(pread(fd, &byte, 1, len) == 0, "the end") && ok;
	ok = expect(pread(fd, &byte, 1, len + 1) == 0, "behind the end") && ok;
	ok = expect(pread(fd, &byte, 1, len - 1) < 0 && errno == ESTALE, "ESTALE before it") && ok;
	ok = expect(pread(fd, &byte, 1, 5) < 0 && errno == ESTALE, "ESTALE again") && ok;
	ok = expect(lseek(fd, 0, SEEK_SET) == 0, "lseek to 0") && ok;
	return same(table_read(fd, 1 << 16), text, "from the start again") && ok;
}

static bool two_reads_agree(struct world *w)
{
	char *want = many_rows();

	(void)w;
	return same(table_now(), want, "a second read");
}

static bool mode_and_size(struct world *w)
{
	struct stat st;
	int fd;

	(void)w;
	if (stat(TABLE, &st))
		give_up("stat");
	fd = open(TABLE, O_WRONLY);
	return expect((st.st_mode & 07777) == 0444, "mode 0444") &
	       expect(fd < 0 || write(fd, "x", 1) < 0, "nobody writes");
}

static bool queues(struct world *w)
{
	char udp_row[80];
	const char * const rows[] = { "tcp6 80 - yes 1 0 #1 - ::1 queue=2/5", udp_row, NULL };
	unsigned int mem[SK_MEMINFO_VARS];
	socklen_t len = sizeof(mem);
	struct pollfd arrives;
	int i;

	sock_make(w, "tcp6 ::1");
	sock_make(w, "udp4 127.0.0.1");
	for (i = 0; i < 2; i++)
		must_open("tcp6 - connect=::1");
	close(must_open("udp4 - sendto=127.0.0.1"));
	/* it arrives by a softirq, which on a busy machine may be late */
	arrives = (struct pollfd){ .fd = w->sock[1].fd, .events = POLLIN };
	if (poll(&arrives, 1, 10000) != 1)
		give_up("poll");
	/* One byte is accounted as the whole buffer that holds it. */
	if (getsockopt(w->sock[1].fd, SOL_SOCKET, SO_MEMINFO, mem, &len) ||
	    !mem[SK_MEMINFO_RMEM_ALLOC])
		give_up("SO_MEMINFO");
	snprintf(udp_row, sizeof(udp_row), "udp4 80 yes - - 0 #2 - 127.0.0.1 rx=%u",
		 mem[SK_MEMINFO_RMEM_ALLOC]);
	return table_is(w, table_now(), rows);
}

/* Run @f, which may change its credentials, in a child. Return: what @f returned. */
static bool in_child(bool (*f)(struct world *w), struct world *w)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		status = !f(w);
		fflush(stdout);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		give_up("fork");
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool read_as_nobody(struct world *w)
{
	static const char * const rows[] = {
		"tcp46 80 yes yes 0 0 #1 - :: queue=0/5",
		"udp4 53 yes - - 1000 #2 - 0.0.0.0 rx=0", NULL
	};

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		give_up("setresuid");
	return table_is(w, table_now(), rows);
}

static bool unprivileged(struct world *w)
{
	sock_make(w, "tcp6 :: v6only=0");
	sock_make(w, "udp4 0.0.0.0 port=53 uid=1000");
	return in_child(read_as_nobody, w);
}

/* Uid 1000 is mapped to 7; root is not mapped, and is shown as the overflow uid. */
static bool read_in_userns(struct world *w)
{
	static const char * const rows[] = {
		"tcp46 80 yes yes 0 65534 #1 - :: queue=0/5",
		"udp4 53 yes - - 7 #2 - 0.0.0.0 rx=0", NULL
	};
	char byte;

	if (unshare(CLONE_NEWUSER))
		give_up("unshare of users");
	/* Only a process outside may map a uid of the outside: the parent does it. */
	if (write(w->sock[2].fd, "x", 1) != 1 || read(w->sock[3].fd, &byte, 1) != 1)
		give_up("the parent");
	return table_is(w, table_now(), rows);
}

static bool user_namespace(struct world *w)
{
	int to_parent[2], to_child[2], status;
	char path[40], byte;
	pid_t pid;
	int fd;

	sock_make(w, "tcp6 :: v6only=0");
	sock_make(w, "udp4 0.0.0.0 port=53 uid=1000");
	if (pipe(to_parent) || pipe(to_child))
		give_up("pipe");
	w->sock[2].fd = to_parent[1];
	w->sock[3].fd = to_child[0];
	fflush(stdout);
	pid = fork();
	if (!pid) {
		status = !read_in_userns(w);
		fflush(stdout);
		_exit(status);
	}
	if (read(to_parent[0], &byte, 1) != 1)
		give_up("the child");
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	fd = open(path, O_WRONLY);
	if (write(fd, "7 1000 1", 8) != 8 || write(to_child[1], "x", 1) != 1)
		give_up("uid_map");
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

static pthread_barrier_t all_there;

static void *just_be_there(void *arg)
{
	pthread_barrier_wait(&all_there);
	pause();
	return arg;
}

/* Unshare the file table, and start two threads that share the copy. */
static void *with_own_files(void *arg)
{
	pthread_t thread;

	if (unshare(CLONE_FILES) || pthread_create(&thread, NULL, just_be_there, NULL) ||
	    pthread_create(&thread, NULL, just_be_there, NULL))
		give_up("threads with files of their own");
	return just_be_there(arg);
}

static int owners_of(ino_t inode)
{
	int fd = open(OWNERS, O_RDONLY | O_CLOEXEC), n = 0;
	char word[32], *text, *line;

	if (fd < 0)
		give_up("open of " OWNERS);
	snprintf(word, sizeof(word), "\n%lu ", (unsigned long)inode);
	text = table_read(fd, 1 << 16);
	for (line = text; (line = strstr(line, word)); line++)
		n++;
	free(text);
	close(fd);
	return n;
}

/* Each file table of a process is listed once, however many threads share it. */
static bool owners_by_table(struct world *w)
{
	int fd = listener(2001);
	pthread_t thread;
	struct stat st;
	bool ok;

	(void)w;
	if (fstat(fd, &st))
		give_up("fstat");
	ok = expect(owners_of(st.st_ino) == 1, "one holder");
	pthread_barrier_init(&all_there, NULL, 5);
	if (pthread_create(&thread, NULL, just_be_there, NULL) ||
	    pthread_create(&thread, NULL, with_own_files, NULL))
		give_up("threads");
	pthread_barrier_wait(&all_there);
	return expect(owners_of(st.st_ino) == 2, "two, one for each file table") && ok;
}

/* Read from offset 0 for two seconds: an empty table, and after the first EIO only EIO. */
static bool empty_or_eio(const struct world *w, int fd)
{
	static const char * const none[] = { NULL };
	bool gone = false, ok = true;
	char text[1024];
	ssize_t got;
	int i;

	for (i = 0; i < 100; i++) {
		got = pread(fd, text, sizeof(text) - 1, 0);
		ok = expect(got > 0 || errno == EIO, "a table or EIO") && ok;
		ok = expect(got < 0 || !gone, "EIO for good") && ok;
		gone = got < 0;
		if (!gone) {
			text[got] = '\0';
			ok = table_is(w, text, none) && ok;
		}
		usleep(20000);
	}
	return ok;
}

/* The file's namespace loses its last process and its sockets while the file is open. */
static bool namespace_ends(struct world *w)
{
	char *text;
	bool ok;
	int fd;

	sock_make(w, "tcp6 :: other");
	world_enter(w->other);
	fd = open_table();
	world_enter(w->home);
	text = table_read(fd, 10);
	close(w->other);
	close(w->sock[0].fd);
	ok = expect(strstr(text, "tcp46") && strchr(text, '\n'), "the snapshot is still served");
	ok = empty_or_eio(w, fd) && ok;
	close(fd);
	return ok;
}

/* After rmmod, a read of the open file at any offset fails with EIO. */
static bool module_leaves(struct world *w)
{
	char *ko = getenv("DUALSTACK_KO"), byte, command[200];
	int fresh = open_table(), begun = open_table();
	bool ok;

	(void)w;
	if (!ko || read(begun, &byte, 1) != 1)
		give_up("no DUALSTACK_KO, or no read");
	run("rmmod dualstack");
	ok = expect(read(fresh, &byte, 1) < 0 && errno == EIO, "EIO in a fresh file");
	ok = expect(read(begun, &byte, 1) < 0 && errno == EIO, "EIO in the midst") && ok;
	/* proc decides what lseek() of a removed file returns; only the read must fail. */
	lseek(begun, 0, SEEK_SET);
	ok = expect(read(begun, &byte, 1) < 0 && errno == EIO, "EIO after lseek") && ok;
	ok = expect(pread(begun, &byte, 1, 5) < 0 && errno == EIO, "EIO by pread") && ok;
	ok = expect(access(TABLE, F_OK) < 0 && errno == ENOENT, "no file any more") && ok;
	snprintf(command, sizeof(command), "insmod %s", ko);
	run(command);
	ok = expect(read(begun, &byte, 1) < 0 && errno == EIO, "EIO after a new load") && ok;
	ok = expect(strlen(table_now()) > 40, "a new table") && ok;
	close(fresh);
	close(begun);
	return ok;
}

/* A listener with freebind. Return: its inode. */
static ino_t listener4(int port, const char *address, const char *option)
{
	struct stat st;

	if (fstat(must_open("tcp4 %s port=%d freebind backlog=1 %s", address, port, option), &st))
		give_up("fstat");
	return st.st_ino;
}

/* Whether the row with @inode has v4=@want. The table may begin with a column for the namespace. */
static bool v4_is(const char *text, ino_t inode, const char *want)
{
	char v4[20], first[20];
	unsigned long found;
	const char *line;

	for (line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		const char *row = line + 1;

		if (sscanf(row, "%19s", first) == 1 && first[0] >= '0' && first[0] <= '9')
			row = strchr(row + strspn(row, " "), ' ');
		if (sscanf(row, "%*s %*s %19s %*s %*s %*s %lu", v4, &found) != 2 || found != inode)
			continue;
		if (strcmp(v4, want))
			ktap_note("v4=%s, not %s: %.*s", v4, want, (int)strcspn(row, "\n"), row);
		return !strcmp(v4, want);
	}
	ktap_note("no row has inode %lu", (unsigned long)inode);
	return false;
}

/* Local addresses and others in turn, more than the module caches single verdicts for. */
static bool addresses_by_turns(struct world *w)
{
	ino_t inode[SOME];
	char address[20], *text;
	bool ok = true;
	int i;

	(void)w;
	for (i = 0; i < SOME; i++) {
		snprintf(address, sizeof(address), i % 2 ? "192.0.2.%d" : "127.0.0.%d", i + 1);
		inode[i] = listener4(FIRST_PORT + i, address, "");
	}
	text = table_now();
	for (i = 0; i < SOME; i++)
		ok = v4_is(text, inode[i], i % 2 ? "noaddr" : "yes") && ok;
	return ok;
}

static bool devices_by_turns(struct world *w)
{
	ino_t inode[SOME];
	char command[120], device[16];
	bool ok = true;
	char *text;
	int i;

	(void)w;
	for (i = 0; i < SOME; i++) {
		snprintf(device, sizeof(device), "dev=d%d", i);
		snprintf(command, sizeof(command), "%s; ip link add $dev type dummy%s", device,
			 i % 2 ? "" : "; ip addr add 192.0.2.1/32 dev $dev; ip link set $dev up");
		run(command);
		inode[i] = listener4(FIRST_PORT + i, "0.0.0.0", device);
	}
	text = table_now();
	for (i = 0; i < SOME; i++)
		ok = v4_is(text, inode[i], i % 2 ? "noaddr" : "yes") && ok;
	return ok;
}

/* The same bind in two namespaces; in one of them lo is down. */
static bool namespaces_by_turns(struct world *w)
{
	ino_t here, there;
	char *text;
	int fd;

	here = listener4(FIRST_PORT, "127.0.0.1", "");
	world_enter(w->other);
	run("ip link set lo down");
	there = listener4(FIRST_PORT, "127.0.0.1", "");
	world_enter(w->home);
	fd = open(SOCKETS, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		give_up("open of " SOCKETS);
	text = table_read(fd, 65536);
	close(fd);
	return v4_is(text, here, "yes") && v4_is(text, there, "noaddr");
}

const struct deed deeds[] = {
	{ "reads of 1 byte, and of other sizes", in_chunks },
	{ "pread at odd offsets, backwards", by_pread },
	{ "lseek to odd offsets", by_lseek },
	{ "one snapshot from the first read to the end, a new one at offset 0", one_snapshot },
	{ "after the end: 0 there, ESTALE before it", after_the_end },
	{ "two reads of an unchanged system are the same text", two_reads_agree },
	{ "mode 0444", mode_and_size },
	{ "queue=N/M and rx=N count what waits", queues },
	{ "an unprivileged reader", unprivileged },
	{ "a reader in a user namespace", user_namespace },
	{ "owners are listed once for each file table", owners_by_table },
	{ "addresses of lone rows, local and not", addresses_by_turns },
	{ "devices of lone rows, up and down", devices_by_turns },
	{ "namespaces of lone rows, with loopback and without", namespaces_by_turns },
	{ "the namespace ends while its file is open", namespace_ends },
	{ "rmmod while the file is open", module_leaves },
	{ }
};
