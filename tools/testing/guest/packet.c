// SPDX-License-Identifier: GPL-2.0-only
/* Sends one packet and sees which socket gets it: what the table says must be what happens. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "guest.h"

#define ARRIVES_MS	1000	/* at most, where somebody must get it */
#define NOBODY_MS	150	/* for how long nobody may */

/* Empties a socket's queue of what earlier packets left. */
static int drain(const struct sock *s)
{
	char buf[64];
	int fd, n = 0;

	if (s->type == SOCK_DGRAM) {
		while (recv(s->fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
			n++;
		return n;
	}
	while (s->listens && (fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		close(fd);
		n++;
	}
	return n;
}

/* Which of the sockets got something, as a number from 1; 0 for none, -1 for more than one. */
static int who_got_it(struct world *w, int type, int timeout_ms)
{
	struct pollfd p[MAX_SOCKS];
	int i, who = 0;

	for (i = 0; i < w->nsocks; i++) {
		p[i].fd = w->sock[i].type == type ? w->sock[i].fd : -1;
		p[i].events = POLLIN;
	}
	poll(p, w->nsocks, timeout_ms);
	for (i = 0; i < w->nsocks; i++)
		if (w->sock[i].type == type && drain(&w->sock[i]))
			who = who ? -1 : i + 1;
	return who;
}

/* @where: `PROTO ADDRESS N`; the port is that of the case, or the Nth socket's own. */
bool packet_goes(struct world *w, const char *where)
{
	struct sockaddr_storage ss;
	char proto[8], address[64];
	int want, who, fd, i, type;
	socklen_t len;

	if (sscanf(where, "%7s %63s %d", proto, address, &want) != 3)
		give_up("no packet: %s", where);
	type = proto[0] == 't' ? SOCK_STREAM : SOCK_DGRAM;
	for (i = 0; i < w->nsocks; i++)
		drain(&w->sock[i]);
	len = parse_address(address, w->sock[want ? want - 1 : 0].port, &ss);
	fd = socket(ss.ss_family, type | SOCK_NONBLOCK, 0);
	if (fd < 0)
		give_up("socket for %s", where);
	/* A refusal is an answer as well. */
	if (!connect(fd, (void *)&ss, len) || errno == EINPROGRESS)
		if (type == SOCK_DGRAM && send(fd, "x", 1, 0) != 1 && errno != ECONNREFUSED)
			give_up("send %s", where);
	who = who_got_it(w, type, want ? ARRIVES_MS : NOBODY_MS);
	close(fd);
	if (who != want)
		ktap_note("packet '%s' went to socket %d", where, who);
	return who == want;
}
