/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints a line above the rows of a port: who serves it. */
#ifndef DUALSTACK_SUMMARY_H
#define DUALSTACK_SUMMARY_H

#include "select.h"

/* "tcp/80: IPv4 yes (nginx), IPv6 yes (nginx)", if the selection is one port and nothing else. */
void print_summary(const struct selection *s, const struct table *t);

#endif
