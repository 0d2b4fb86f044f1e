// SPDX-License-Identifier: GPL-2.0-only
/* The sockets of the scenes. A failure ends the process and the scene. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench.h"

/* open_socket() that must not fail. */
static int must_open(const char *fmt, ...)
{
	va_list ap;
	int fd;

	va_start(ap, fmt);
	fd = vopen_socket(fmt, ap);
	va_end(ap);
	if (fd < 0)
		err(1, "%s: %s", socket_line, socket_step);
	return fd;
}

/* Kinds of listeners, which alternate. Each has its own port, so none competes. */
static const char *const kinds[] = {
	"tcp 0.0.0.0", "tcp ::", "tcp :: v6only", "tcp 127.0.0.1", "tcp ::1",
};

static int open_listener(const struct plan *plan, int i)
{
	const char *kind = plan->dual ? "tcp ::" : kinds[i % ARRAY_SIZE(kinds)];

	if (plan->ports)
		return must_open("tcp 127.0.0.%d port=%d", 1 + i / plan->ports,
				 plan->first_port + i % plan->ports);
	return must_open("%s port=%d", kind, plan->first_port + i);
}

/* Close with a reset: a socket in TIME_WAIT would disturb the next scene. */
static void set_reset(int fd)
{
	if (!reset_at_close(fd))
		err(1, "SO_LINGER");
}

/* A connection to listener number @i over loopback; both ends stay open in this process. */
static void open_connection(const int *listener, int i, int port)
{
	const char *to = strchr(kinds[i % ARRAY_SIZE(kinds)], ':') ? "::1" : "127.0.0.1";
	int fd = must_open("tcp - connect=%s port=%d", to, port);
	int accepted = accept4(listener[i], NULL, NULL, SOCK_CLOEXEC);

	if (accepted < 0)
		err(1, "accept");
	set_reset(fd);
	set_reset(accepted);
}

/**
 * make_listeners() - make TCP listeners, connections to them, other open files
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

/**
 * make_one_port() - make sockets that share port 1900
 * @arg: struct one_port
 */
void make_one_port(const void *arg)
{
	const struct one_port *p = arg;

	for (int i = 0; i < p->n + p->wildcard; i++) {
		const char *address = i == p->n ? "0.0.0.0" : p->group ? "::" : loopback_address(i);
		const char *proto = p->type == SOCK_STREAM ? "tcp" : "udp";

		/* SO_REUSEPORT sockets on different addresses are in groups of one */
		must_open("%s %s port=1900 %s", proto, address,
			  p->group || p->type == SOCK_STREAM ? "reuseport" : "reuseaddr");
	}
}

/* Name it like `ip netns add` does. */
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
 * make_namespaces() - make named network namespaces with five listeners each
 * @arg: int, number of namespaces
 */
void make_namespaces(const void *arg)
{
	const struct plan plan = { .first_port = 8000 };
	const int n = *(const int *)arg;

	if (mkdir("/run/netns", 0755) && access("/run/netns", F_OK))
		err(1, "/run/netns");
	for (int i = 0; i < n; i++) {
		if (!new_netns())
			err(1, "a network namespace");
		name_namespace(i);
		for (int k = 0; k < 5; k++)
			open_listener(&plan, k);
	}
}
