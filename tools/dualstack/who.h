/* SPDX-License-Identifier: GPL-2.0-only */
/* `dualstack who`: who gets a packet to an address and port. */
#ifndef DUALSTACK_WHO_H
#define DUALSTACK_WHO_H

#include "fail.h"
#include "options.h"

enum status who(const struct options *o, struct fail *f);

#endif
