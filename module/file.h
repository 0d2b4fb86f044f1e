/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files whose text is collected at the first read and then served as it was, however it is read:
 * /proc/net/dualstack and debugfs's sockets and owners.
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
 * struct ds_file_ops - what a file serves: a content of records, whose text can be written again
 * @max: characters of the longest record
 * @take: collects a content, or gives ERR_PTR(); charges its memory to the file's charge
 * @free: gives it back
 * @records: how many it has, at least one
 * @put: writes the text of @n records from @first on; gives the end of what was written. The text
 *       of a record is the same each time
 *
 * All are called in process context, for one content by one task at a time.
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
 * @lock: one reader at a time; guards what follows @charge
 * @ops: what it serves
 * @net: the namespace that it was opened in, with a reference; NULL for all
 * @user_ns: the opener's, for uids; the file's credentials keep it
 * @charge: holds the content
 * @record: where the last read ended: in this record
 * @at: offset of that record
 * @length: of the whole text, once it is known, or -1
 * @taken: a content was collected before: without one, only a read at 0 collects another
 */
struct ds_file {
	struct mutex lock;	/* of what follows the charge, and of its use */
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
