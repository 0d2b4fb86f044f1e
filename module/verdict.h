/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the verdicts of a snapshot's rows. */
#ifndef DUALSTACK_VERDICT_H
#define DUALSTACK_VERDICT_H

struct ds_rows;

int ds_judge(struct ds_rows *s);

#endif
