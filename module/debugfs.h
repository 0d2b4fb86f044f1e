/* SPDX-License-Identifier: GPL-2.0-only */
/* The report in debugfs, for root: sockets of all namespaces, their owners, statistics. */
#ifndef DUALSTACK_DEBUGFS_H
#define DUALSTACK_DEBUGFS_H

void ds_debugfs_init(void);
void ds_debugfs_exit(void);

#endif
