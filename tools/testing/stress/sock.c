// SPDX-License-Identifier: GPL-2.0-only
/* Makes sockets. */
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include "stress.h"

/* A socket of the address's family, or -1 with errno. */
int make_socket(int type, const char *addr, int port, bool reuseport)
{
	return open_socket("%s %s port=%d backlog=16%s", type == SOCK_STREAM ? "tcp" : "udp", addr,
			   port, reuseport ? " reuseport" : "");
}

/* Allow this process so many descriptors. */
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
