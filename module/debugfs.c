// SPDX-License-Identifier: GPL-2.0-only
/* Files in debugfs, for root: the sockets of all namespaces, their owners, statistics. */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include "debugfs.h"
#include "owners.h"
#include "stats.h"
#include "table.h"

static struct dentry *dir;

static int sockets_open(struct inode *inode, struct file *file)
{
	return ds_file_open(file, &ds_table_ops, NULL);
}

static int owners_open(struct inode *inode, struct file *file)
{
	return ds_file_open(file, &ds_owners_ops, NULL);
}

/* With .owner set, debugfs holds a reference on the module while the file is open. */
static const struct file_operations sockets_fops = {
	.owner		= THIS_MODULE,
	.open		= sockets_open,
	.read		= ds_file_read,
	.llseek		= no_seek_end_llseek,
	.release	= ds_file_release,
};

static const struct file_operations owners_fops = {
	.owner		= THIS_MODULE,
	.open		= owners_open,
	.read		= ds_file_read,
	.llseek		= no_seek_end_llseek,
	.release	= ds_file_release,
};

static int stats_show(struct seq_file *m, void *v)
{
	seq_printf(m, "snapshots %lld\n", atomic64_read(&ds_stats.snapshots));
	seq_printf(m, "visited %lld\n", atomic64_read(&ds_stats.visited));
	seq_printf(m, "restarts %lld\n", atomic64_read(&ds_stats.restarts));
	seq_printf(m, "lookups %lld\n", atomic64_read(&ds_stats.lookups));
	seq_printf(m, "lookup_chain %lld\n", atomic64_read(&ds_stats.lookup_chain));
	seq_printf(m, "lookup_ns %lld\n", atomic64_read(&ds_stats.lookup_ns));
	seq_printf(m, "gone %lld\n", atomic64_read(&ds_stats.gone));
	seq_printf(m, "walk_ns %lld\n", atomic64_read(&ds_stats.walk_ns));
	seq_printf(m, "sort_ns %lld\n", atomic64_read(&ds_stats.sort_ns));
	seq_printf(m, "judge_ns %lld\n", atomic64_read(&ds_stats.judge_ns));
	seq_printf(m, "longest_ns %lld\n", atomic64_read(&ds_stats.longest_ns));
	seq_printf(m, "lookup_longest_ns %lld\n", atomic64_read(&ds_stats.lookup_longest_ns));
	seq_printf(m, "bytes %lld\n", atomic64_read(&ds_stats.bytes));
	seq_printf(m, "dropped %lld\n", atomic64_read(&ds_stats.dropped));
	seq_printf(m, "waits %lld\n", atomic64_read(&ds_stats.waits));
	seq_printf(m, "failures %lld\n", atomic64_read(&ds_stats.failures));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/**
 * ds_debugfs_init() - create the files
 *
 * Context: process context; sleeps. Ignores errors, since nothing else depends on these files.
 */
void __init ds_debugfs_init(void)
{
	dir = debugfs_create_dir("dualstack", NULL);
	debugfs_create_file("sockets", 0400, dir, NULL, &sockets_fops);
	debugfs_create_file("owners", 0400, dir, NULL, &owners_fops);
	debugfs_create_file("stats", 0400, dir, NULL, &stats_fops);
}

/**
 * ds_debugfs_exit() - remove the files
 *
 * Context: process context; sleeps.
 */
void ds_debugfs_exit(void)
{
	debugfs_remove_recursive(dir);
}
