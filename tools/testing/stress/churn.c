// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writers open, bind, listen, reuse, connect, disconnect and close sockets as fast as they can, in
 * the buckets of standing sockets (which stay) and in others, while readers read tables.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "stress.h"

#define STANDING	1000
#define BASE		7000
#define WRITERS		4
#define READERS		2
/* A walk pauses after 256 sockets of a chain. Each writer has so many, in two chains. */
#define MOVING		200
#define PORTS		"7000 7001\n"
#define PORT_RANGE	"/proc/sys/net/ipv4/ip_local_port_range"
/* Parsing all words of a table takes longer than reading it: parse one table in so many. */
#define PARSE_EACH	8

/* Half of each protocol are in one reuseport group and so in one chain, half on their own ports. */
static void stand(bool tcp, bool udp)
{
	int i, fd, one = 1;

	oracle_clear();
	for (i = 0; i < STANDING; i++) {
		bool is_tcp = i < STANDING / 2;
		bool grouped = i % 2;

		fd = make_socket(is_tcp ? SOCK_STREAM : SOCK_DGRAM, i % 4 < 2 ? "::1" : "::",
				 grouped ? BASE : BASE + 1 + i, grouped);
		if (fd < 0)
			wrong("standing socket %d: errno %d", i, errno);
		else if (is_tcp ? tcp : udp)
			oracle_add(fd);
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	}
}

static void point_to(int fd, int family, int port)
{
	struct sockaddr_in6 peer = { .sin6_family = family, .sin6_port = htons(port),
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	connect(fd, (struct sockaddr *)&peer, sizeof(peer));
}

/* Listen, stop, listen again, in the group of the standing sockets or on another port. */
static void churn_listener(unsigned int *seed)
{
	bool grouped = rand_r(seed) % 2;
	int fd = make_socket(SOCK_STREAM, rand_r(seed) % 2 ? "::1" : "::",
			     grouped ? BASE : 20000 + rand_r(seed) % 20000, true);

	if (fd < 0)
		return;
	if (rand_r(seed) % 2) {
		shutdown(fd, SHUT_RD);
		listen(fd, 4);
	}
	close(fd);
}

/*
 * Connected sockets of a writer that move between two chains forever. The standing sockets are in
 * one of them, which is so long that walks pause in it. If a walk went on from a socket that has
 * moved, it would go on in the other chain, and lose the standing sockets after it.
 */
static int moving[MOVING] = { [0 ... MOVING - 1] = -1 };
static bool moves;

static void churn_moving(unsigned int *seed)
{
	int *fd = &moving[rand_r(seed) % MOVING];
	int one = 1;

	if (*fd < 0) {
		*fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	}
	/* the port is automatic: disconnecting releases it, connecting chooses one of PORTS */
	point_to(*fd, AF_UNSPEC, 0);
	point_to(*fd, AF_INET6, 9);
}

/* Bind, connect, connect elsewhere, disconnect: the kernel hashes the socket again each time. */
static void churn_datagram(unsigned int *seed)
{
	bool grouped = rand_r(seed) % 2;
	int fd = make_socket(SOCK_DGRAM, rand_r(seed) % 2 ? "::1" : "::",
			     grouped ? BASE : 20000 + rand_r(seed) % 20000, true);
	int i, n = rand_r(seed) % 4;

	if (fd < 0)
		return;
	for (i = 0; i < n; i++) {
		point_to(fd, AF_INET6, 9 + i);
		point_to(fd, AF_UNSPEC, 0);
	}
	close(fd);
}

/* Connect from an automatic port to a listener, and close both. */
static void churn_connection(unsigned int *seed)
{
	int port = 45000 + rand_r(seed) % 1000;
	int fd = make_socket(SOCK_STREAM, "::1", port, true);
	int client = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && client >= 0)
		point_to(client, AF_INET6, port);
	close(client);
	close(fd);
}

static void write_on(int number)
{
	unsigned int seed = number + 1;

	while (!shared->stop) {
		if (moves)
			churn_moving(&seed);
		switch ((number + rand_r(&seed) % 2) % 4) {
		case 0:
			churn_listener(&seed);
			break;
		case 2:
			churn_connection(&seed);
			break;
		default:
			churn_datagram(&seed);
		}
		atomic_fetch_add(&shared->deeds, 1);
	}
}

static char *run_ss(size_t *len)
{
	FILE *p = popen("ss -tlnHe", "r");
	char *text;

	if (!p)
		return NULL;
	text = slurp_fd(fileno(p), 1 << 16, len);
	if (pclose(p)) {
		free(text);
		return NULL;
	}
	return text;
}

static const char *source;
static inode_fn *inode_of;
static unsigned long enough;

static void read_on(int number)
{
	unsigned int turn = 0;
	size_t len = 0;

	while (!shared->stop) {
		char *text = source ? slurp(source, &len) : run_ss(&len);

		if (!text) {
			wrong("reader %d: errno %d", number, errno);
			continue;
		}
		if (inode_of == inode_dualstack && !(turn++ % PARSE_EACH) &&
		    !table_is_sound(text, len, false))
			wrong("an unsound table of %zu bytes", len);
		oracle_check(text, inode_of);
		free(text);
		if (atomic_fetch_add(&shared->reads, 1) + 1 >= enough)
			shared->stop = true;
	}
}

static bool run(const struct options *opt, const char *what, const char *path, inode_fn *fn,
		bool tcp, bool udp)
{
	long restarts = stat_of("restarts");
	bool ok;
	int i;

	make_room(STANDING + 100);
	crew_begin();
	stand(tcp, udp);
	source = path;
	inode_of = fn;
	enough = opt->count ?: ~0UL;
	for (i = 0; i < WRITERS; i++)
		crew_start(write_on, i);
	for (i = 0; i < READERS; i++)
		crew_start(read_on, i);
	crew_wait(opt->seconds);
	ok = crew_stop();
	ktap_note("%s: %zu standing sockets, %lu tables, %lu sockets churned, %ld restarts", what,
		  oracle_size(), shared->reads, shared->deeds, stat_of("restarts") - restarts);
	ktap_note("%s: %lu lost, %lu doubled, %lu wrong", what, shared->lost, shared->doubled,
		  shared->wrong);
	return ok && shared->reads && shared->deeds && !shared->wrong;
}

/* Run it in a process whose end closes the standing sockets. */
static bool apart(const struct options *opt, const char *what, const char *path, inode_fn *fn,
		  bool tcp, bool udp, bool strict)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		bool ok = run(opt, what, path, fn, tcp, udp);

		if (strict)
			ok = ok && !shared->lost && !shared->doubled;
		fflush(stdout);
		_exit(!ok);
	}
	return waitpid(pid, &status, 0) == pid && !status;
}

bool churn(const struct options *opt)
{
	return apart(opt, "dualstack", TABLE, inode_dualstack, true, true, true);
}

bool churn_moves(const struct options *opt)
{
	bool ok = put(PORT_RANGE, PORTS);

	moves = true;
	ok &= apart(opt, "dualstack, moves", TABLE, inode_dualstack, true, true, true);
	moves = false;
	return put(PORT_RANGE, "32768 60999\n") && ok;
}

/* Only for comparison: sockets that these files lose are counted, and the test does not fail. */
bool churn_ss(const struct options *opt)
{
	return apart(opt, "ss -tlnHe", NULL, inode_ss, true, false, false);
}

bool churn_tcp6(const struct options *opt)
{
	return apart(opt, "/proc/net/tcp6", "/proc/net/tcp6", inode_proc, true, false, false);
}

bool churn_udp6(const struct options *opt)
{
	return apart(opt, "/proc/net/udp6", "/proc/net/udp6", inode_proc, false, true, false);
}
