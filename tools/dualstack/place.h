/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds out whether an address is local in this network namespace. */
#ifndef DUALSTACK_PLACE_H
#define DUALSTACK_PLACE_H

#include "spec.h"

struct place {
	enum answer local;
	const char *why;
};

void place_find(struct place *p, const struct table *t, const struct prefix *addr);

#endif
