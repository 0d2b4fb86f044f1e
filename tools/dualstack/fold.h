/* SPDX-License-Identifier: GPL-2.0-only */
/* Merges the members of a SO_REUSEPORT group into one row with a count. */
#ifndef DUALSTACK_FOLD_H
#define DUALSTACK_FOLD_H

#include "row.h"

/* Returns true if at least one row now stands for several sockets. */
bool fold(struct table *t);

#endif
