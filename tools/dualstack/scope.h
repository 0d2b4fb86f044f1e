/* SPDX-License-Identifier: GPL-2.0-only */
/* From how far away a socket can be reached, by its address and device. */
#ifndef DUALSTACK_SCOPE_H
#define DUALSTACK_SCOPE_H

#include "row.h"

enum scope {
	SCOPE_HOST,		/* loopback: only this host */
	SCOPE_LINK,		/* neighbours on a link */
	SCOPE_GLOBAL,
	SCOPE_COUNT
};

enum scope row_scope(const struct row *r);
const char *scope_name(enum scope scope);
/* SCOPE_COUNT: there is no scope of this name. */
enum scope scope_by_name(const char *s);

#endif
