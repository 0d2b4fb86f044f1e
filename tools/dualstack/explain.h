/* SPDX-License-Identifier: GPL-2.0-only */
/* `dualstack explain`: who receives the clients of a port, and why, in sentences. */
#ifndef DUALSTACK_EXPLAIN_H
#define DUALSTACK_EXPLAIN_H

#include "fail.h"
#include "options.h"

enum status explain(const struct options *o, struct fail *f);

#endif
