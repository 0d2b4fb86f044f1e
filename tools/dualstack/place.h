/* SPDX-License-Identifier: GPL-2.0-only */
/* Is an address this network namespace's own? */
#ifndef DUALSTACK_PLACE_H
#define DUALSTACK_PLACE_H

#include "spec.h"

struct place {
	enum answer local;
	const char *why;
};

void place_find(struct place *p, const struct table *t, const struct prefix *addr);

#endif
