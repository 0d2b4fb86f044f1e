/* SPDX-License-Identifier: GPL-2.0-only */
/* Who serves one port, and perhaps one address: what check and explain ask the table. */
#ifndef DUALSTACK_SERVE_H
#define DUALSTACK_SERVE_H

#include "scope.h"
#include "spec.h"

struct place;
struct who_asker;

/* What is asked: a port, perhaps at an address, from a scope or wider. */
struct wanted {
	enum l4 l4;
	uint16_t port;
	const struct prefix *addr;	/* NULL: any */
	const struct place *place;	/* of @addr, where it is a concrete one */
	struct who_asker *asker;	/* of who gets a packet to @addr */
	enum scope scope;
};

struct service {
	const struct row **rows;	/* sockets that cover the port (and address) */
	size_t n;
	const struct row **others;	/* on the port, for other addresses */
	size_t n_others;
	enum answer v4, v6;		/* packets of that family reach one of them */
	const char *why;		/* what is not known, or why no packet can come; or NULL */
	bool asked;			/* the kernel said who gets it: @rows are those */
	char *text;			/* of @why, where that was made for it */
};

/* check and explain look at one port after the other: puts the rows into that order. */
void service_sort(struct table *t);
void service_find(struct service *s, const struct table *t, const struct wanted *w);
/* The same, but of one address the kernel is asked, where the table is of here. */
void service_ask(struct service *s, const struct table *t, const struct wanted *w);
void service_free(struct service *s);
/* From how far away the sockets that serve are reached; SCOPE_COUNT: nobody serves. */
enum scope service_scope(const struct service *s);
/* Is the row's family reached, as far as its source knows? */
enum answer row_answer(const struct row *r, bool v6);

/* The sockets of the table that a plain bind() would fail beside; other holders are not in it. */
void service_find_holders(struct service *s, const struct table *t, const struct wanted *w);

#endif
