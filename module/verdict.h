/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a packet: asks the kernel's own socket lookup. */
#ifndef DUALSTACK_VERDICT_H
#define DUALSTACK_VERDICT_H

struct ds_rows;

int ds_judge(struct ds_rows *s);

#endif
