/* SPDX-License-Identifier: GPL-2.0-only */
/* `dualstack --openmetrics`: prints the table for Prometheus, with a bounded number of series. */
#ifndef DUALSTACK_METRICS_H
#define DUALSTACK_METRICS_H

#include "fail.h"
#include "options.h"

enum status metrics(const struct options *o, struct fail *f);

#endif
