/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that serves a snapshot: what /proc/net/dualstack and debugfs's sockets have in common. */
#ifndef DUALSTACK_TABLE_H
#define DUALSTACK_TABLE_H

#include <linux/types.h>

struct file;
struct inode;
struct iov_iter;
struct kiocb;
struct net;

int ds_table_open(struct file *file, struct net *net);
ssize_t ds_table_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t ds_table_read(struct file *file, char __user *buf, size_t count, loff_t *pos);
loff_t ds_table_lseek(struct file *file, loff_t offset, int whence);
int ds_table_release(struct inode *inode, struct file *file);

#endif
