/* SPDX-License-Identifier: GPL-2.0-only */
/* How to configure the families that well-known servers serve. */
#ifndef DUALSTACK_SERVERS_H
#define DUALSTACK_SERVERS_H

#include "lines.h"
#include "row.h"

enum { SERVER_TCP = 1 << L4_TCP, SERVER_UDP = 1 << L4_UDP };

struct server {
	const char *names[4];	/* names of the process, or of its program file */
	unsigned int protos;	/* protocols of the sockets: SERVER_TCP, SERVER_UDP */
	const char *title;
	const char *both;	/* how to serve both families; "%u" stands for the port */
	const char *note;
};

/* The server that holds a socket; NULL: not a well-known one. */
const struct server *server_of(const struct row *r);
/* Adds a line of struct server, with the port filled in. */
void server_line(struct str *out, const char *line, unsigned int port);

/* If systemd opened the socket: adds a line with the socket units whose files name the port. */
void server_unit(const struct row *r, struct lines *out);

#endif
