/* SPDX-License-Identifier: GPL-2.0-only */
/* Without the module: loads the same sockets from sock_diag(7), with unknown verdicts. */
#ifndef DUALSTACK_DIAG_H
#define DUALSTACK_DIAG_H

#include "fail.h"
#include "row.h"

bool diag_load(struct table *t, struct fail *f);

#endif
