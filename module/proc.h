/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/net/dualstack: the table of the namespace of the process that opens it. */
#ifndef DUALSTACK_PROC_H
#define DUALSTACK_PROC_H

int ds_proc_init(void);
void ds_proc_exit(void);

#endif
