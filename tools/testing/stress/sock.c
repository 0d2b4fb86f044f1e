// SPDX-License-Identifier: GPL-2.0-only
/* Sockets. */
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "stress.h"

/* Of the family that the address is of; -1 with errno. */
int make_socket(int type, const char *addr, int port, bool reuseport)
{
	struct sockaddr_storage ss;
	socklen_t len = parse_address(addr, port, &ss);
	int one = 1, fd, err;

	if (!len)
		return -1;
	fd = socket(ss.ss_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (reuseport)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (!bind(fd, (void *)&ss, len) &&
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
