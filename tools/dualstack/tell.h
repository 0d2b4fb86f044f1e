/* SPDX-License-Identifier: GPL-2.0-only */
/* What explain says about a port, as lines, so that text and JSON have the same contents. */
#ifndef DUALSTACK_TELL_H
#define DUALSTACK_TELL_H

#include "facts.h"
#include "free.h"
#include "lines.h"
#include "nat.h"
#include "serve.h"

/* A question about a port, and all that is known about it. */
struct question {
	const struct table *t;
	struct wanted wanted;
	struct service found;
	bool family[2];			/* the question is about IPv4, IPv6 */
	int bindv6only;			/* the sysctl; -1: unknown */
	struct facts facts;
	struct nat_answers nat;		/* rules that send the port's packets elsewhere */
	struct freed *bind;		/* whether a server could bind it; NULL: not asked */
};

static inline enum verdict verdict_in(const struct row *r, bool v6)
{
	return v6 ? r->v6 : r->v4;
}

/* put_holder() adds who holds a socket, put_socket() its address, port and inode, too. */
void put_holder(struct str *out, const struct table *t, const struct row *r);
void put_socket(struct str *out, const struct table *t, const struct row *r);
/* Whether it is known that no process holds the socket: WireGuard, VXLAN, NFS... */
bool is_kernels(const struct table *t, const struct row *r);

/* Is the family served? Listeners that refuse new connections do not count. */
enum answer tell_served(const struct question *q, bool v6);
/* Adds a sentence: who serves the clients of a family. */
void tell_family(const struct question *q, bool v6, struct str *out);
/* What a socket is and gets; and how to make it serve the other family, too. */
void tell_socket(const struct question *q, const struct row *r, struct lines *out);
void tell_change(const struct question *q, const struct row *r, struct lines *out);
/* Where rules of NAT send packets, before any socket of this namespace gets them. */
void tell_nat(const struct question *q, struct lines *out);
/* What is known about a port that nobody serves. */
void tell_nobody(const struct question *q, struct lines *out);
/* Whether a server could bind this port, which holder is in the way, and what to do. */
void tell_bind(const struct freed *r, struct lines *out);

#endif
