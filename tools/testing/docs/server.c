// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: server SPEC...
 * Opens a socket for each SPEC, prints "ready", and waits to be killed.
 *
 * SPEC is PROTO/ADDRESS/PORT[+COUNT][,OPTION]...: tcp/::/80 or udp/127.0.0.1/53, with COUNT ports
 * from PORT on; the kernel chooses port 0. A TCP socket listens. Options:
 *   v6only, dual, reuseport, freebind	are set before bind()
 *   nobind		listen(), or the first sendto(), has to bind it
 *   fails=ERRNO	bind() must fail with ERRNO
 *   late		after bind(), setting IPV6_V6ONLY must fail
 *   nolisten		a TCP socket is only bound
 *   connected		a UDP socket is connected to port 9 of its own address
 *   clients=N		N clients connect, and nobody accepts them
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "testlib.h"

struct spec {
	int nobind, fails, late, connected, clients;
	char proto[8], address[64];
	char options[200];		/* for open_socket() */
	unsigned int port, count;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void usage(const char *spec)
{
	fprintf(stderr, "server: cannot read '%s'\n", spec);
	exit(2);
}

static int errno_of(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} known[] = {
		{ "EACCES", EACCES }, { "EADDRINUSE", EADDRINUSE },
		{ "EADDRNOTAVAIL", EADDRNOTAVAIL }, { "EINVAL", EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].name, name))
			return known[i].number;
	usage(name);
	return 0;
}

static void read_option(struct spec *s, const char *option)
{
	size_t used = strlen(s->options);

	if (!strcmp(option, "nobind"))
		s->nobind = 1;
	else if (!strcmp(option, "late"))
		s->late = 1;
	else if (!strcmp(option, "connected"))
		s->connected = 1;
	else if (!strncmp(option, "clients=", 8))
		s->clients = atoi(option + 8);
	else if (!strncmp(option, "fails=", 6))
		s->fails = errno_of(option + 6);
	else
		snprintf(s->options + used, sizeof(s->options) - used, " %s",
			 strcmp(option, "dual") ? option : "v6only=0");
}

static struct spec read_spec(char *text)
{
	struct spec s = { .count = 1 };
	char *option = strtok(text, ",");

	if (sscanf(option, "%3[^/]/%63[^/]/%u+%u", s.proto, s.address, &s.port, &s.count) < 3)
		usage(option);
	strcat(s.proto, strchr(s.address, ':') ? "6" : "4");
	while ((option = strtok(NULL, ",")))
		read_option(&s, option);
	return s;
}

static void too_late(int fd)
{
	int one = 1;

	if (!setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) || errno != EINVAL) {
		fprintf(stderr, "server: IPV6_V6ONLY was set after bind()\n");
		exit(1);
	}
}

static int try_socket(const struct spec *s, unsigned int port)
{
	if (s->nobind && *s->proto == 'u')
		return open_socket("%s - port=9 sendto=%s%s", s->proto, s->address, s->options);
	return open_socket("%s %s port=%u backlog=8%s", s->proto, s->nobind ? "-" : s->address,
			   port, s->options);
}

static void open_one(const struct spec *s, unsigned int port)
{
	int fd = try_socket(s, port);

	if (fd < 0) {
		if (!strcmp(socket_step, "bind") && errno == s->fails)
			return;
		fprintf(stderr, "%s: ", s->address);
		die(socket_step);
	}
	if (s->fails) {
		fprintf(stderr, "server: bind() to %s port %u did not fail\n", s->address, port);
		exit(1);
	}
	if (s->late)
		too_late(fd);
	if (s->connected && !connect_to(fd, s->address, 9))
		die("connect");
	for (int i = 0; i < s->clients; i++)
		if (open_socket("%.3s - connect=%s port=%u", s->proto, s->address, port) < 0)
			die("a client");
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct spec s = read_spec(argv[i]);

		for (unsigned int n = 0; n < s.count; n++)
			open_one(&s, s.port + n);
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
