/* SPDX-License-Identifier: GPL-2.0-only */
/* Why no packet can arrive at a socket (the verdict noaddr), as the system says at this moment. */
#ifndef DUALSTACK_REASON_H
#define DUALSTACK_REASON_H

#include "row.h"

/* One or two sentences without a full stop at the end, added to @out. */
void noaddr_reason(struct str *out, const struct table *t, const struct row *r, bool v6);
/* Has this namespace any address of the family? True where that can't be asked. */
bool family_has_address(const struct table *t, bool v6);

#endif
