/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that collect their content at the first read and serve this one snapshot, whatever the
 * positions and sizes of later reads: /proc/net/dualstack, and sockets and owners in debugfs.
 */
#ifndef DUALSTACK_FILE_H
#define DUALSTACK_FILE_H

#include <linux/mutex.h>
#include <linux/types.h>
#include "account.h"

struct ds_file;
struct file;
struct inode;
struct iov_iter;
struct kiocb;
struct net;
struct user_namespace;

/**
 * struct ds_file_ops - what a file serves: a content, which is a list of records
 * @max: characters of the longest record's text
 * @take: collects a content; returns it or ERR_PTR(). Its memory is charged to the file's charge
 * @free: frees a content
 * @records: returns the number of records, at least one
 * @put: writes the text of @n records from number @first on and returns the end of the text; writes
 *       the same text for a record each time
 *
 * All are called in process context. No two tasks call them for one content at a time.
 */
struct ds_file_ops {
	size_t max;
	void *(*take)(struct ds_file *f);
	void (*free)(void *content);
	u32 (*records)(const void *content);
	char *(*put)(const struct ds_file *f, const void *content, u32 first, u32 n, char *p);
};

/**
 * struct ds_file - an open file
 * @lock: one reader at a time; guards the use of @charge and all members after it
 * @ops: what the file serves
 * @net: the namespace to show, with a reference; NULL for all namespaces
 * @user_ns: the opener's user namespace, for uids; the file's credentials hold a reference on it
 * @charge: holds the content
 * @record: the record in which the last read ended
 * @at: offset of that record in the text
 * @length: length of the whole text, or -1 while it is not known
 * @taken: a content was collected before; once it is gone, only a read at 0 collects another
 */
struct ds_file {
	struct mutex lock;	/* guards the use of charge, and the members after it */
	const struct ds_file_ops *ops;
	struct net *net;
	struct user_namespace *user_ns;
	struct ds_charge charge;
	u32 record;
	u64 at;
	loff_t length;
	bool taken;
};

int ds_file_open(struct file *file, const struct ds_file_ops *ops, struct net *net);
ssize_t ds_file_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t ds_file_read(struct file *file, char __user *buf, size_t count, loff_t *pos);
int ds_file_release(struct inode *inode, struct file *file);

#endif
