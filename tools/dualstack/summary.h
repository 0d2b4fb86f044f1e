/* SPDX-License-Identifier: GPL-2.0-only */
/* The line above the rows of one port: who serves it, in a sentence. */
#ifndef DUALSTACK_SUMMARY_H
#define DUALSTACK_SUMMARY_H

#include "select.h"

/* "tcp/80: IPv4 yes (nginx), IPv6 yes (nginx)", where one port and nothing else was asked for. */
void print_summary(const struct selection *s, const struct table *t);

#endif
