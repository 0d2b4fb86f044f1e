// SPDX-License-Identifier: GPL-2.0-only
/* The sockets of the scenes. What cannot be made ends the process, and with it the scene. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench.h"

static void set_one(int fd, int level, int option)
{
	int one = 1;

	if (setsockopt(fd, level, option, &one, sizeof(one)))
		err(1, "setsockopt");
}

static socklen_t address(struct sockaddr_storage *ss, int family, const char *text, int port)
{
	struct sockaddr_in *in = (void *)ss;
	struct sockaddr_in6 *in6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == AF_INET) {
		in->sin_port = htons(port);
		inet_pton(family, text, &in->sin_addr);
		return sizeof(*in);
	}
	in6->sin6_port = htons(port);
	inet_pton(family, text, &in6->sin6_addr);
	return sizeof(*in6);
}

static int open_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static void bind_and_listen(int fd, int type, const char *text, int port)
{
	struct sockaddr_storage ss;
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	socklen_t len = address(&ss, family, text, port);

	if (bind(fd, (void *)&ss, len))
		err(1, "bind %s %d", text, port);
	if (type == SOCK_STREAM && listen(fd, 128))
		err(1, "listen %s %d", text, port);
}

/* The settings of listeners, in turn: a port each, so that none has a rival. */
static const struct kind {
	const char *address;
	bool v6only;
} kinds[] = {
	{ "0.0.0.0" }, { "::" }, { "::", true }, { "127.0.0.1" }, { "::1" },
};

static int open_listener(const struct plan *plan, int i)
{
	static const struct kind dual = { "::" };
	struct kind kind = plan->dual ? dual : kinds[i % ARRAY_SIZE(kinds)];
	int port = plan->first_port + (plan->ports ? i % plan->ports : i), fd;
	char text[32];

	if (plan->ports) {
		snprintf(text, sizeof(text), "127.0.0.%d", 1 + i / plan->ports);
		kind = (struct kind){ text };
	}
	fd = open_socket(strchr(kind.address, ':') ? AF_INET6 : AF_INET, SOCK_STREAM);
	if (kind.v6only)
		set_one(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	bind_and_listen(fd, SOCK_STREAM, kind.address, port);
	return fd;
}

/* At the end a reset: what lingers in TIME_WAIT would be in the next scene's way. */
static void set_reset(int fd)
{
	const struct linger reset = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		err(1, "SO_LINGER");
}

/* A connection to listener number @i over loopback: both ends stay open here. */
static void open_connection(const int *listener, int i, int port)
{
	const char *text = strchr(kinds[i % ARRAY_SIZE(kinds)].address, ':') ? "::1" : "127.0.0.1";
	struct sockaddr_storage ss;
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	int fd = open_socket(family, SOCK_STREAM);
	socklen_t len = address(&ss, family, text, port);
	int accepted;

	if (connect(fd, (void *)&ss, len))
		err(1, "connect %s %d", text, port);
	accepted = accept4(listener[i], NULL, NULL, SOCK_CLOEXEC);
	if (accepted < 0)
		err(1, "accept");
	set_reset(fd);
	set_reset(accepted);
}

/**
 * make_listeners() - TCP listeners, connections to them, other open files
 * @arg: struct plan
 */
void make_listeners(const void *arg)
{
	const struct plan *plan = arg;
	int *listener = calloc(plan->listeners, sizeof(*listener));

	if (!listener)
		err(1, "calloc");
	for (int i = 0; i < plan->listeners; i++)
		listener[i] = open_listener(plan, i);
	for (int i = 0; i < plan->connections; i++)
		open_connection(listener, i % plan->listeners,
				plan->first_port + i % plan->listeners);
	for (int i = 0; i < plan->files; i++)
		if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			err(1, "open");
}

/* From 127.1.0.1 on, past every .0 and .255. */
static const char *loopback_address(int i)
{
	const struct in_addr addr = {
		htonl(127U << 24 | (1 + i / 62500) << 16 | i / 250 % 250 << 8 | (1 + i % 250))
	};
	static char text[INET_ADDRSTRLEN];

	return inet_ntop(AF_INET, &addr, text, sizeof(text));
}

/**
 * make_one_port() - sockets that share port 1900
 * @arg: struct one_port
 */
void make_one_port(const void *arg)
{
	const struct one_port *p = arg;

	for (int i = 0; i < p->n + p->wildcard; i++) {
		int fd = open_socket(p->group ? AF_INET6 : AF_INET, p->type);

		/* on different addresses, sockets with SO_REUSEPORT make groups of one */
		if (p->group || p->type == SOCK_STREAM)
			set_one(fd, SOL_SOCKET, SO_REUSEPORT);
		else
			set_one(fd, SOL_SOCKET, SO_REUSEADDR);
		if (i == p->n)
			bind_and_listen(fd, p->type, "0.0.0.0", 1900);
		else
			bind_and_listen(fd, p->type, p->group ? "::" : loopback_address(i), 1900);
	}
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = open_socket(AF_INET, SOCK_DGRAM);

	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(1, "lo up");
	close(fd);
}

/* As `ip netns add` leaves it. */
static void name_namespace(int i)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/bench%d", i);
	fd = open(path, O_CREAT | O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0 || mount("/proc/self/ns/net", path, "none", MS_BIND, NULL))
		err(1, "%s", path);
	close(fd);
}

/**
 * make_namespaces() - named network namespaces with five listeners each
 * @arg: int, how many
 */
void make_namespaces(const void *arg)
{
	const struct plan plan = { .first_port = 8000 };
	const int n = *(const int *)arg;

	if (mkdir("/run/netns", 0755) && access("/run/netns", F_OK))
		err(1, "/run/netns");
	for (int i = 0; i < n; i++) {
		if (unshare(CLONE_NEWNET))
			err(1, "unshare");
		name_namespace(i);
		loopback_up();
		for (int k = 0; k < 5; k++)
			open_listener(&plan, k);
	}
}
