// SPDX-License-Identifier: GPL-2.0-only
/* Sends a packet, and checks which socket gets it. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "guest.h"

#define ARRIVES_MS	1000	/* timeout if a socket must get it */
#define NOBODY_MS	150	/* time to wait if no socket may get it */

/* Empty a socket's queue. Return: the number of packets or connections in it. */
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

/* Return: the number of the socket that got something, from 1; 0: none; -1: more than one. */
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

/* @where: `PROTO ADDRESS N`; the port is the Nth socket's, or the first one's if N is 0. */
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
	/* ECONNREFUSED is a result, too. */
	if (!connect(fd, (void *)&ss, len) || errno == EINPROGRESS)
		if (type == SOCK_DGRAM && send(fd, "x", 1, 0) != 1 && errno != ECONNREFUSED)
			give_up("send %s", where);
	who = who_got_it(w, type, want ? ARRIVES_MS : NOBODY_MS);
	close(fd);
	if (who != want)
		ktap_note("packet '%s' went to socket %d", where, who);
	return who == want;
}
