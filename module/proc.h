/* SPDX-License-Identifier: GPL-2.0-only */
/* Creates /proc/net/dualstack and /proc/net/dualstack_ask in each network namespace. */
#ifndef DUALSTACK_PROC_H
#define DUALSTACK_PROC_H

int ds_proc_init(void);
void ds_proc_exit(void);

#endif
