// SPDX-License-Identifier: GPL-2.0-only
/* usage: sockets COMMAND [ARG]...: runs it while one socket of each kind is open. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum how { LISTEN, BIND, CONNECT, SHARE };

static const struct kind {
	int type, v6only;
	const char *address;
	unsigned short port;
	enum how how;
	const char *dev;
} kinds[] = {
	{ SOCK_STREAM, 0, "::", 7001, LISTEN, NULL },
	{ SOCK_STREAM, 1, "::", 7002, LISTEN, NULL },
	{ SOCK_STREAM, 0, "0.0.0.0", 7003, LISTEN, NULL },
	{ SOCK_STREAM, 0, "::ffff:127.0.0.1", 7004, LISTEN, NULL },
	{ SOCK_STREAM, 0, "::ffff:0.0.0.0", 7005, LISTEN, NULL },
	{ SOCK_STREAM, 0, "::1", 7006, LISTEN, NULL },
	{ SOCK_STREAM, 0, "127.0.0.1", 7007, LISTEN, "lo" },
	{ SOCK_STREAM, 0, "::", 7008, BIND, NULL },
	{ SOCK_DGRAM, 0, "::", 7001, BIND, NULL },
	{ SOCK_DGRAM, 1, "::", 7002, BIND, NULL },
	{ SOCK_DGRAM, 0, "127.0.0.1", 7003, BIND, NULL },
	{ SOCK_DGRAM, 0, "::ffff:127.0.0.1", 7004, BIND, NULL },
	{ SOCK_DGRAM, 0, "::", 7005, CONNECT, NULL },
	{ SOCK_DGRAM, 0, "0.0.0.0", 7006, SHARE, NULL },
	{ SOCK_DGRAM, 0, "0.0.0.0", 7006, SHARE, NULL },
};

static void check(int rc, const char *what)
{
	if (rc < 0) {
		perror(what);
		exit(1);
	}
}

static socklen_t fill(struct sockaddr_storage *ss, const struct kind *k)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *v4 = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (strchr(k->address, ':')) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(k->port);
		check(inet_pton(AF_INET6, k->address, &v6->sin6_addr) - 1, k->address);
		return sizeof(*v6);
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(k->port);
	check(inet_pton(AF_INET, k->address, &v4->sin_addr) - 1, k->address);
	return sizeof(*v4);
}

static void make(const struct kind *k)
{
	struct sockaddr_storage ss;
	socklen_t len = fill(&ss, k);
	int fd = socket(ss.ss_family, k->type | SOCK_CLOEXEC, 0);

	check(fd, "socket");
	if (ss.ss_family == AF_INET6)
		check(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &k->v6only, sizeof(k->v6only)),
		      "IPV6_V6ONLY");
	if (k->dev)
		check(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, k->dev, strlen(k->dev)),
		      k->dev);
	if (k->how == SHARE)
		check(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &(int){ 1 }, sizeof(int)),
		      "SO_REUSEPORT");
	check(bind(fd, (struct sockaddr *)&ss, len), "bind");
	if (k->how == LISTEN)
		check(listen(fd, 7), "listen");
	if (k->how == CONNECT) {
		struct kind peer = { .address = "::1", .port = 9 };

		len = fill(&ss, &peer);
		check(connect(fd, (struct sockaddr *)&ss, len), "connect");
	}
}

int main(int argc, char **argv)
{
	int status = 0;
	size_t i;
	pid_t pid;

	if (argc < 2)
		return 2;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		make(&kinds[i]);
	pid = fork();
	check(pid, "fork");
	if (!pid) {
		execvp(argv[1], argv + 1);
		check(-1, argv[1]);
	}
	check(waitpid(pid, &status, 0), "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
