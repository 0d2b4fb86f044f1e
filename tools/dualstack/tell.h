/* SPDX-License-Identifier: GPL-2.0-only */
/* What explain says of one port: gathered as data, so that a person and a program get the same. */
#ifndef DUALSTACK_TELL_H
#define DUALSTACK_TELL_H

#include "facts.h"
#include "free.h"
#include "lines.h"
#include "nat.h"
#include "serve.h"

/* A port in question, and what speaks of it. */
struct question {
	const struct table *t;
	struct wanted wanted;
	struct service found;
	bool family[2];			/* asked about IPv4, IPv6 */
	int bindv6only;			/* the sysctl; -1: unknown */
	struct facts facts;
	struct nat_answers nat;		/* rules that send its packets elsewhere */
	struct freed *bind;		/* whether a server could bind it; NULL: not asked */
};

static inline enum verdict verdict_in(const struct row *r, bool v6)
{
	return v6 ? r->v6 : r->v4;
}

/* Where the words come from: who holds a socket, and the socket itself. */
void put_holder(struct str *out, const struct table *t, const struct row *r);
void put_socket(struct str *out, const struct table *t, const struct row *r);
/* No process holds it, and that is known: WireGuard, VXLAN, NFS... */
bool is_kernels(const struct table *t, const struct row *r);

/* Does anybody get them, but for listeners that refuse them? */
enum answer tell_served(const struct question *q, bool v6);
/* One sentence: who gets the clients of a family. */
void tell_family(const struct question *q, bool v6, struct str *out);
/* What a socket is, gets and how it is changed. */
void tell_socket(const struct question *q, const struct row *r, struct lines *out);
void tell_change(const struct question *q, const struct row *r, struct lines *out);
/* Who gets packets by rules of NAT, before any socket of this namespace. */
void tell_nat(const struct question *q, struct lines *out);
/* The port that nobody serves. */
void tell_nobody(const struct question *q, struct lines *out);
/* Whether a server could bind it, who is in its way, and what to do. */
void tell_bind(const struct freed *r, struct lines *out);

#endif
