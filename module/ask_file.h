/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/net/dualstack_ask: a write asks a question, a read returns the answer. */
#ifndef DUALSTACK_ASK_FILE_H
#define DUALSTACK_ASK_FILE_H

#include <linux/types.h>

struct file;
struct inode;
struct iov_iter;
struct kiocb;
struct net;

int ds_ask_open(struct inode *inode, struct file *file, struct net *net);
ssize_t ds_ask_write(struct file *file, const char __user *buf, size_t count, loff_t *pos);
ssize_t ds_ask_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t ds_ask_read(struct file *file, char __user *buf, size_t count, loff_t *pos);
int ds_ask_release(struct inode *inode, struct file *file);

#endif
