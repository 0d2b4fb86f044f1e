/* SPDX-License-Identifier: GPL-2.0-only */
/* `dualstack --watch`: prints rows that come, go and change. */
#ifndef DUALSTACK_WATCH_H
#define DUALSTACK_WATCH_H

#include "fail.h"
#include "options.h"

/* Runs until a signal ends it, or its output can't be written. */
enum status watch(const struct options *o, struct fail *f);

#endif
