/* SPDX-License-Identifier: GPL-2.0-only */
/* How well-known servers are told which families to serve. */
#ifndef DUALSTACK_SERVERS_H
#define DUALSTACK_SERVERS_H

#include "row.h"

struct server {
	const char *names[4];	/* of the process, or of its program file */
	const char *title;
	const char *both, *only4, *only6;	/* "%u" stands for the port */
	const char *note;
};

/* NULL: none that we know. */
const struct server *server_of(const struct row *r);
/* One of its lines with the port filled in. */
void server_line(struct str *out, const char *line, unsigned int port);

#endif
