// SPDX-License-Identifier: GPL-2.0-only
/* usage: sockets COMMAND [ARG]...: runs COMMAND while one socket of each kind is open. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "testlib.h"

static const char *const kinds[] = {
	"tcp6 :: port=7001 v6only=0 backlog=7",
	"tcp6 :: port=7002 v6only=1 backlog=7",
	"tcp4 0.0.0.0 port=7003 backlog=7",
	"tcp6 ::ffff:127.0.0.1 port=7004 v6only=0 backlog=7",
	"tcp6 ::ffff:0.0.0.0 port=7005 v6only=0 backlog=7",
	"tcp6 ::1 port=7006 v6only=0 backlog=7",
	"tcp4 127.0.0.1 port=7007 dev=lo backlog=7",
	"tcp6 :: port=7008 v6only=0 nolisten",
	"udp6 :: port=7001 v6only=0",
	"udp6 :: port=7002 v6only=1",
	"udp4 127.0.0.1 port=7003",
	"udp6 ::ffff:127.0.0.1 port=7004 v6only=0",
	"udp4 0.0.0.0 port=7006 reuseport",
	"udp4 0.0.0.0 port=7006 reuseport",
};

static int check(int rc, const char *what)
{
	if (rc < 0) {
		perror(what);
		exit(1);
	}
	return rc;
}

int main(int argc, char **argv)
{
	int status = 0;
	size_t i;
	pid_t pid;

	if (argc < 2)
		return 2;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		check(open_socket("%s", kinds[i]), kinds[i]);
	i = check(open_socket("udp6 :: port=7005 v6only=0"), "udp6");
	check(connect_to(i, "::1", 9) - 1, "connect");
	pid = fork();
	check(pid, "fork");
	if (!pid) {
		execvp(argv[1], argv + 1);
		check(-1, argv[1]);
	}
	check(waitpid(pid, &status, 0), "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
