/* SPDX-License-Identifier: GPL-2.0-only */
/* Explains the verdict noaddr: why no packet can reach a socket, from the system's state now. */
#ifndef DUALSTACK_REASON_H
#define DUALSTACK_REASON_H

#include "row.h"

/* Adds one or two sentences to @out, without a full stop at the end. */
void noaddr_reason(struct str *out, const struct table *t, const struct row *r, bool v6);
/* Does this namespace have an address of the family? True if this is not known. */
bool family_has_address(const struct table *t, bool v6);

#endif
