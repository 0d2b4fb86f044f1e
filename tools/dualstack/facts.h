/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts about sockets that rows do not show: options for bind(), VRFs, devices that are down. */
#ifndef DUALSTACK_FACTS_H
#define DUALSTACK_FACTS_H

#include "holders.h"
#include "laddr.h"
#include "row.h"

/* Facts about one port; each part may be missing, if it could not be loaded. */
struct facts {
	struct holders holders;
	struct local local;
	bool has_holders, has_local;
};

void facts_load(struct facts *facts, const struct table *t, enum l4 l4, uint16_t port);
void facts_free(struct facts *facts);

/* Each adds a sentence to @out, or nothing. */
void put_reuse(struct str *out, const struct facts *facts, const struct table *t,
	       const struct row *r);
void put_vrfs(struct str *out, const struct facts *facts, const struct row *r);
void put_down(struct str *out, const struct facts *facts, const struct row *r);

#endif
