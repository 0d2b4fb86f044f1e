/* SPDX-License-Identifier: GPL-2.0-only */
/* Who holds the listening sockets: debugfs's owners file. */
#ifndef DUALSTACK_OWNERS_H
#define DUALSTACK_OWNERS_H

#include <linux/fs.h>

extern const struct file_operations ds_owners_fops;

#endif
