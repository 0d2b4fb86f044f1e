// SPDX-License-Identifier: GPL-2.0-only
/* What the programs that run in a guest share: time, files, addresses, namespaces. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "testlib.h"

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* A table that was read only in part is no table. */
char *slurp_fd(int fd, size_t chunk, size_t *len)
{
	size_t size = 1 << 16, used = 0;
	char *text = malloc(size);
	ssize_t n;

	while (text) {
		if (used + chunk + 1 > size) {
			char *more = realloc(text, size = (used + chunk + 1) * 2);

			if (!more)
				break;
			text = more;
		}
		n = read(fd, text + used, chunk);
		if (n < 0)
			break;
		used += n;
		if (!n) {
			text[used] = '\0';
			*len = used;
			return text;
		}
	}
	n = errno;
	free(text);
	errno = n;
	return NULL;
}

char *slurp(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	char *text;

	if (fd < 0)
		return NULL;
	text = slurp_fd(fd, 1 << 16, len);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

socklen_t parse_address(const char *text, int port, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;
	const char *dev = strchr(text, '%');
	char addr[64];

	memset(ss, 0, sizeof(*ss));
	snprintf(addr, sizeof(addr), "%.*s", (int)strcspn(text, "%"), text);
	if (inet_pton(AF_INET, addr, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, addr, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		in6->sin6_scope_id = dev ? if_nametoindex(dev + 1) : 0;
		return sizeof(*in6);
	}
	errno = EINVAL;
	return 0;
}

bool loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return false;
	err = ioctl(fd, SIOCSIFFLAGS, &ifr) ? errno : 0;
	close(fd);
	errno = err;
	return !err;
}

bool new_netns(void)
{
	return !unshare(CLONE_NEWNET) && loopback_up();
}
