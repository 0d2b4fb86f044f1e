/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts without the module: its judge, with the kernel's lookup asked by a BPF program. */
#ifndef DUALSTACK_BPF_H
#define DUALSTACK_BPF_H

#include "fail.h"
#include "row.h"

/* May this process ask? False: @f says what is missing. */
bool bpf_allowed(struct fail *f);

/* Adds the rows of the present network namespace. bpf_allowed() comes before. */
bool bpf_load(struct table *t, struct fail *f);

/* Why a verdict is "?": a word for scripts, and the end of a sentence. */
const char *reason_name(enum reason reason);
const char *reason_text(enum reason reason);

#endif
