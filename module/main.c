// SPDX-License-Identifier: GPL-2.0-only
/* Loads and unloads the module. */
#include <linux/module.h>
#include "debugfs.h"
#include "proc.h"
#include "stats.h"
#include "version.h"

struct ds_stats ds_stats;

static int __init dualstack_init(void)
{
	int err = ds_proc_init();

	if (!err)
		ds_debugfs_init();
	return err;
}

static void __exit dualstack_exit(void)
{
	ds_debugfs_exit();
	ds_proc_exit();
}

module_init(dualstack_init);
module_exit(dualstack_exit);

MODULE_DESCRIPTION("Listening sockets and the address families that they really serve");
MODULE_AUTHOR("The dualstack authors");
MODULE_VERSION(DUALSTACK_VERSION);
MODULE_LICENSE("GPL");
