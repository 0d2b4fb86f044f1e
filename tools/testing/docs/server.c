// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: server SPEC...
 * Opens a socket for each SPEC, prints "ready", and waits to be killed.
 *
 * SPEC is PROTO/ADDRESS/PORT[+COUNT][,OPTION]...: tcp/::/80 or udp/127.0.0.1/53, with COUNT ports
 * from PORT on; port 0 is the kernel's to choose. A TCP socket listens. Options:
 *   v6only, dual, reuseport, freebind	are set before bind()
 *   nobind		listen(), or the first sendto(), has to bind it
 *   fails=ERRNO	bind() must fail so
 *   late		after bind(), IPV6_V6ONLY must not be changed any more
 *   nolisten		a TCP socket is bound, and no more
 *   connected		a UDP socket is connected to port 9 of its own address
 *   clients=N		N clients connect, whom nobody accepts
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct spec {
	int type;
	int v6only;			/* -1: as the kernel has it */
	int reuseport, freebind, nobind, fails, late, nolisten, connected, clients;
	char address[64];
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

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, name))
			return known[i].number;
	usage(name);
	return 0;
}

static void read_option(struct spec *s, const char *option)
{
	if (!strcmp(option, "v6only"))
		s->v6only = 1;
	else if (!strcmp(option, "dual"))
		s->v6only = 0;
	else if (!strcmp(option, "reuseport"))
		s->reuseport = 1;
	else if (!strcmp(option, "freebind"))
		s->freebind = 1;
	else if (!strcmp(option, "nobind"))
		s->nobind = 1;
	else if (!strcmp(option, "late"))
		s->late = 1;
	else if (!strcmp(option, "nolisten"))
		s->nolisten = 1;
	else if (!strcmp(option, "connected"))
		s->connected = 1;
	else if (!strncmp(option, "clients=", 8))
		s->clients = atoi(option + 8);
	else if (!strncmp(option, "fails=", 6))
		s->fails = errno_of(option + 6);
	else
		usage(option);
}

static struct spec read_spec(char *text)
{
	struct spec s = { .v6only = -1, .count = 1 };
	char proto[4], *option = strtok(text, ",");

	if (sscanf(option, "%3[^/]/%63[^/]/%u+%u", proto, s.address, &s.port, &s.count) < 3)
		usage(option);
	s.type = !strcmp(proto, "tcp") ? SOCK_STREAM : SOCK_DGRAM;
	while ((option = strtok(NULL, ",")))
		read_option(&s, option);
	return s;
}

static socklen_t fill(struct sockaddr_storage *ss, const char *address, unsigned int port)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *v4 = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (strchr(address, ':')) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		if (inet_pton(AF_INET6, address, &v6->sin6_addr) != 1)
			usage(address);
		return sizeof(*v6);
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(port);
	if (inet_pton(AF_INET, address, &v4->sin_addr) != 1)
		usage(address);
	return sizeof(*v4);
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die("setsockopt");
}

static int new_socket(const struct spec *s, int family)
{
	int fd = socket(family, s->type, 0);

	if (fd < 0)
		die("socket");
	if (s->v6only >= 0)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, s->v6only);
	if (s->reuseport)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (s->freebind)
		set(fd, IPPROTO_IP, IP_FREEBIND, 1);
	return fd;
}

static void too_late(int fd)
{
	int one = 1;

	if (!setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) || errno != EINVAL) {
		fprintf(stderr, "server: IPV6_V6ONLY was set after bind()\n");
		exit(1);
	}
}

/* What becomes of a socket once it is bound. */
static void use(const struct spec *s, int fd, unsigned int port)
{
	struct sockaddr_storage ss;
	socklen_t len = fill(&ss, s->address, s->type == SOCK_STREAM ? port : 9);
	int i;

	if (s->late)
		too_late(fd);
	if (s->connected && connect(fd, (struct sockaddr *)&ss, len))
		die("connect");
	if (s->type == SOCK_DGRAM && s->nobind && sendto(fd, "", 0, 0, (struct sockaddr *)&ss, len))
		die("sendto");
	if (s->type == SOCK_STREAM && !s->nolisten && listen(fd, 8))
		die("listen");
	for (i = 0; i < s->clients; i++)
		if (connect(socket(ss.ss_family, SOCK_STREAM, 0), (struct sockaddr *)&ss, len))
			die("connect");
}

static void open_one(const struct spec *s, unsigned int port)
{
	struct sockaddr_storage ss;
	socklen_t len = fill(&ss, s->address, port);
	int fd = new_socket(s, ss.ss_family);

	if (!s->nobind && bind(fd, (struct sockaddr *)&ss, len)) {
		if (errno == s->fails)
			return;
		die(s->address);
	}
	if (s->fails) {
		fprintf(stderr, "server: bind() to %s port %u did not fail\n", s->address, port);
		exit(1);
	}
	use(s, fd, port);
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
