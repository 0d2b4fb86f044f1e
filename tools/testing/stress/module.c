// SPDX-License-Identifier: GPL-2.0-only
/* Loads and unloads the module. */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "stress.h"

int load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long ret = fd < 0 ? -1 : syscall(SYS_finit_module, fd, "", 0);

	close(fd);
	return ret ? errno : 0;
}

/* An open file of debugfs holds a reference on the module, so try until it is closed. */
int unload_module(void)
{
	double end = now() + 30;

	while (syscall(SYS_delete_module, "dualstack", O_NONBLOCK)) {
		if (errno != EWOULDBLOCK || now() > end)
			return errno;
		usleep(1000);
	}
	return 0;
}
