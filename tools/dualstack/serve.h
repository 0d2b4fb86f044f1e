/* SPDX-License-Identifier: GPL-2.0-only */
/* Who serves one port, and perhaps one address: what check and explain ask the table. */
#ifndef DUALSTACK_SERVE_H
#define DUALSTACK_SERVE_H

#include "spec.h"

struct service {
	const struct row **rows;	/* sockets that cover the port (and address) */
	size_t n;
	bool v4, v6;			/* packets of that family reach one of them */
	bool unknown;			/* a verdict among them is "?" */
};

/* Does the row's bind cover the address? NULL: any address. 0.0.0.0, ::: the wildcard itself. */
bool row_covers(const struct row *r, const struct prefix *addr);
void service_find(struct service *s, const struct table *t, enum l4 l4, uint16_t port,
		  const struct prefix *addr);
void service_free(struct service *s);

/* An address is one of this network namespace's; also true where that cannot be known. */
bool address_is_local(const struct prefix *addr);

#endif
