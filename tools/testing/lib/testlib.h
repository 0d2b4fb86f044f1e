/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs that run in a guest share: time, files, addresses, namespaces. */
#ifndef DUALSTACK_TESTLIB_H
#define DUALSTACK_TESTLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Seconds on the monotonic clock. */
double now(void);

/* All that is left to read, @chunk bytes a read(); NULL with errno where one of them failed. */
char *slurp_fd(int fd, size_t chunk, size_t *len);
char *slurp(const char *path, size_t *len);

/* Writes @text to a file of the kernel with one write(). */
bool put(const char *path, const char *text);

/* `ADDRESS[%DEV]` and @port as a socket address; 0 with EINVAL where @text is no address. */
socklen_t parse_address(const char *text, int port, struct sockaddr_storage *ss);

/* Both return false with errno where the kernel refuses. */
bool loopback_up(void);
bool new_netns(void);	/* this process enters a new network namespace, with lo up */

#endif
