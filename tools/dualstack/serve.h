/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds who serves a port, or a port at one address, for check and explain. */
#ifndef DUALSTACK_SERVE_H
#define DUALSTACK_SERVE_H

#include "scope.h"
#include "spec.h"

struct place;
struct who_asker;

/* The question: a port, perhaps at one address, by sockets of this scope or a wider one. */
struct wanted {
	enum l4 l4;
	uint16_t port;
	const struct prefix *addr;	/* NULL: any */
	const struct place *place;	/* whether @addr is local, if it is not a wildcard */
	struct who_asker *asker;	/* for lookups of packets to @addr */
	enum scope scope;
};

struct service {
	const struct row **rows;	/* sockets that cover the port (and address) */
	size_t n;
	const struct row **others;	/* sockets on the port, for other addresses */
	size_t n_others;
	enum answer v4, v6;		/* packets of that family reach one of @rows */
	const char *why;		/* why it is not known, or not served; or NULL */
	bool asked;			/* @rows are the sockets that the kernel's lookup found */
	char *text;			/* the memory of @why, if it is allocated */
};

/* Sorts the rows by protocol and port, which the functions below need. */
void service_sort(struct table *t);
void service_find(struct service *s, const struct table *t, const struct wanted *w);
/* The same, but asks the kernel about one address, if the table is of this network namespace. */
void service_ask(struct service *s, const struct table *t, const struct wanted *w);
void service_free(struct service *s);
/* The widest scope of the sockets that serve; SCOPE_COUNT if none does. */
enum scope service_scope(const struct service *s);
/* Do packets of the family reach the row's socket, as far as the row shows? */
enum answer row_answer(const struct row *r, bool v6);

/* Finds the rows that make a bind() without options fail; other holders of a port have no row. */
void service_find_holders(struct service *s, const struct table *t, const struct wanted *w);

#endif
