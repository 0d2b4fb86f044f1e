// SPDX-License-Identifier: GPL-2.0-only
/* Creates /proc/net/dualstack and /proc/net/dualstack_ask in each network namespace. */
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <net/net_namespace.h>
#include "ask_file.h"
#include "compat.h"
#include "proc.h"
#include "table.h"

#define NAME		"dualstack"
#define ASK_NAME	"dualstack_ask"
/* anybody may write: a write asks a question and changes nothing */
#define ASK_MODE	0666

/*
 * The kernel removes the proc entry before it frees the namespace, so the pointer is valid here.
 * The namespace's reference count may already be zero.
 */
static int open(struct inode *inode, struct file *file)
{
	struct net *net = maybe_get_net(pde_data(inode));
	int err;

	if (!net)
		return -ENXIO;
	err = ds_file_open(file, &ds_table_ops, net);
	put_net(net);
	return err;
}

static const struct ds_proc_ops ops = {
	DS_PROC_READ(ds_file_read, ds_file_read_iter),
	.ds_proc_open		= open,
	.ds_proc_lseek		= no_seek_end_llseek,
	.ds_proc_release	= ds_file_release,
};

static int ask_open(struct inode *inode, struct file *file)
{
	struct net *net = maybe_get_net(pde_data(inode));
	int err;

	if (!net)
		return -ENXIO;
	err = ds_ask_open(inode, file, net);
	put_net(net);
	return err;
}

static const struct ds_proc_ops ask_ops = {
	DS_PROC_READ(ds_ask_read, ds_ask_read_iter),
	.ds_proc_open		= ask_open,
	.ds_proc_write		= ds_ask_write,
	.ds_proc_release	= ds_ask_release,
};

static int __net_init add(struct net *net)
{
	if (!proc_create_data(NAME, 0444, net->proc_net, &ops, net))
		return -ENOMEM;
	if (proc_create_data(ASK_NAME, ASK_MODE, net->proc_net, &ask_ops, net))
		return 0;
	remove_proc_entry(NAME, net->proc_net);
	return -ENOMEM;
}

static void __net_exit remove(struct net *net)
{
	remove_proc_entry(ASK_NAME, net->proc_net);
	remove_proc_entry(NAME, net->proc_net);
}

static struct pernet_operations pernet_ops = {
	.init = add,
	.exit = remove,
};

/**
 * ds_proc_init() - create the files in every namespace
 *
 * Context: process context; sleeps.
 * Return: 0 or -ENOMEM.
 */
int __init ds_proc_init(void)
{
	return register_pernet_subsys(&pernet_ops);
}

/**
 * ds_proc_exit() - remove the files
 *
 * Context: process context; sleeps until running reads end. Later reads of files that are still
 * open fail with EIO.
 */
void ds_proc_exit(void)
{
	unregister_pernet_subsys(&pernet_ops);
}
