// SPDX-License-Identifier: GPL-2.0-only
/* A module that only prints a warning, which the harness must notice. */
#include <linux/bug.h>
#include <linux/module.h>

static int __init telltale_init(void)
{
	WARN_ON(1);
	return 0;
}

static void __exit telltale_exit(void)
{
}

module_init(telltale_init);
module_exit(telltale_exit);
MODULE_DESCRIPTION("Warns once, for the tests of the test harness");
MODULE_LICENSE("GPL");
