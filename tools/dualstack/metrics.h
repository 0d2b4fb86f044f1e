/* SPDX-License-Identifier: GPL-2.0-only */
/* `dualstack --openmetrics`: the table for Prometheus, bounded in cardinality. */
#ifndef DUALSTACK_METRICS_H
#define DUALSTACK_METRICS_H

#include "fail.h"
#include "options.h"

enum status metrics(const struct options *o, struct fail *f);

#endif
