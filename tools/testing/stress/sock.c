// SPDX-License-Identifier: GPL-2.0-only
/* Sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "stress.h"

/* Of the family that the address is of; -1 with errno. */
int make_socket(int type, const char *addr, int port, bool reuseport)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool v6 = strchr(addr, ':');
	struct sockaddr *sa = v6 ? (struct sockaddr *)&sin6 : (struct sockaddr *)&sin;
	int one = 1, fd, err;

	if (inet_pton(v6 ? AF_INET6 : AF_INET, addr,
		      v6 ? (void *)&sin6.sin6_addr : (void *)&sin.sin_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (reuseport)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (!bind(fd, sa, v6 ? sizeof(sin6) : sizeof(sin)) &&
	    (type != SOCK_STREAM || !listen(fd, 16)))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* Room for so many descriptors in this process. */
void make_room(unsigned long files)
{
	struct rlimit limit = { files + 256, files + 256 };
	FILE *f = fopen("/proc/sys/fs/file-max", "w");

	if (f) {
		fprintf(f, "%lu\n", files * 4 + 100000);
		fclose(f);
	}
	f = fopen("/proc/sys/fs/nr_open", "w");
	if (f) {
		fprintf(f, "%lu\n", files + 1024 > 1048576 ? (files + 2048) & ~1023UL : 1048576UL);
		fclose(f);
	}
	if (setrlimit(RLIMIT_NOFILE, &limit))
		wrong("no room for %lu files: errno %d", files, errno);
}
