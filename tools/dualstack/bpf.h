/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts without the module: its judge runs in the reader, a BPF program does the lookups. */
#ifndef DUALSTACK_BPF_H
#define DUALSTACK_BPF_H

#include "fail.h"
#include "row.h"

/* Whether this process may run the BPF program; if not, @f says what is missing. */
bool bpf_allowed(struct fail *f);

/* Adds the rows of the current network namespace. Call bpf_allowed() first. */
bool bpf_load(struct table *t, struct fail *f);

/* Why a verdict is "?": reason_name() is a word for scripts, reason_text() ends a sentence. */
const char *reason_name(enum reason reason);
const char *reason_text(enum reason reason);

#endif
