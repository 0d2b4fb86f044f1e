/* SPDX-License-Identifier: GPL-2.0-only */
/* How well-known servers are told which families to serve. */
#ifndef DUALSTACK_SERVERS_H
#define DUALSTACK_SERVERS_H

#include "lines.h"
#include "row.h"

enum { SERVER_TCP = 1 << L4_TCP, SERVER_UDP = 1 << L4_UDP };

struct server {
	const char *names[4];	/* of the process, or of its program file */
	unsigned int protos;	/* SERVER_TCP, SERVER_UDP: to whose sockets this applies */
	const char *title;
	const char *both;	/* how to serve both families; "%u" stands for the port */
	const char *note;
};

/* NULL: none that we know. */
const struct server *server_of(const struct row *r);
/* One of its lines with the port filled in. */
void server_line(struct str *out, const char *line, unsigned int port);

/* Where systemd opened the socket: the units whose files name the port. */
void server_unit(const struct row *r, struct lines *out);

#endif
