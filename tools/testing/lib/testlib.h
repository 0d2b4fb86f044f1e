/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by programs that run in a guest: KTAP, time, files, sockets, network namespaces. */
#ifndef DUALSTACK_TESTLIB_H
#define DUALSTACK_TESTLIB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define PRINTF(fmt, args)	__attribute__((format(printf, fmt, args)))

/*
 * KTAP, which ktap-check reads: ktap_begin(), a result for each case, and `return ktap_end();` from
 * main(). Without @suite the document is flat. A document that does not keep its plan has failed.
 */
void ktap_begin(const char *suite, int planned);
void PRINTF(1, 2) ktap_note(const char *fmt, ...);
void PRINTF(2, 3) ktap_result(bool ok, const char *fmt, ...);
void PRINTF(2, 3) ktap_skip(const char *reason, const char *fmt, ...);
int ktap_end(void);

/* Seconds on the monotonic clock. */
double now(void);

/* Read to the end, @chunk bytes per read(). Return: the text; NULL with errno if one failed. */
char *slurp_fd(int fd, size_t chunk, size_t *len);
char *slurp(const char *path, size_t *len);

/* Write @text to a file of the kernel, with one write(). */
bool put(const char *path, const char *text);

/* `ADDRESS[%DEV]` and @port as a socket address. Return: its length, or 0 with EINVAL. */
socklen_t parse_address(const char *text, int port, struct sockaddr_storage *ss);

/* An IPv4 address in host order as text; the nth of 127.1.0.1 on whose last byte is 1 to 250. */
const char *ipv4_text(unsigned int address);
const char *loopback_address(unsigned long n);

/*
 * A socket from a line of text, `PROTO ADDRESS [OPTION]...`, separated by blanks or commas:
 *   PROTO	tcp4 tcp6 udp4 udp6, its type and family; with tcp and udp the family is ADDRESS's
 *   ADDRESS	to bind to, with %DEV for a scope; `-` for no bind()
 *   OPTIONs	port=N (80); v6only[=N], reuseaddr, reuseport, freebind, transparent, nonblock;
 *		cpu=N, dev=NAME, ifindex=N, uid=N (owner); connect=ADDRESS, sendto=ADDRESS (both to
 *		that port); join=GROUP[%DEV]; backlog=N (128), nolisten
 * A TCP socket listens, unless it is connected. Return: its descriptor, or -1 with errno; then
 * socket_step names the step that failed, and socket_line is the whole line.
 */
int PRINTF(1, 2) open_socket(const char *fmt, ...);
int PRINTF(1, 0) vopen_socket(const char *fmt, va_list ap);
extern _Thread_local const char *socket_step;
extern _Thread_local char socket_line[512];
bool connect_to(int fd, const char *address, int port);
bool reset_at_close(int fd);	/* so no socket stays in TIME_WAIT */

/* Both return false with errno if the kernel refuses. */
bool loopback_up(void);
bool new_netns(void);	/* this process enters a new network namespace, with lo up */

#endif
