/* SPDX-License-Identifier: GPL-2.0-only */
/* What matters of a socket and stands in no row: options of bind(), VRFs, devices that are down. */
#ifndef DUALSTACK_FACTS_H
#define DUALSTACK_FACTS_H

#include "holders.h"
#include "laddr.h"
#include "row.h"

/* Of one port; each part only where it could be asked for. */
struct facts {
	struct holders holders;
	struct local local;
	bool has_holders, has_local;
};

void facts_load(struct facts *facts, const struct table *t, enum l4 l4, uint16_t port);
void facts_free(struct facts *facts);

/* Each a sentence in @out, or nothing. */
void put_reuse(struct str *out, const struct facts *facts, const struct table *t,
	       const struct row *r);
void put_vrfs(struct str *out, const struct facts *facts, const struct row *r);
void put_down(struct str *out, const struct facts *facts, const struct row *r);

#endif
