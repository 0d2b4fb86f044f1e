// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/dualstack_ask: each write is a question, the reads that follow give its answer.
 *
 * The file is a stream. The answer is collected by the write, and kept until the next one or until
 * the file is closed; where its reader is lives in the open file.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <net/net_namespace.h>
#include "ask_file.h"
#include "holders.h"
#include "mem.h"
#include "question.h"

/**
 * struct ask - an open file
 * @lock: guards the answer
 * @net: the namespace that it was opened in, with a reference
 * @user_ns: the opener's, for uids; the file's credentials keep it
 * @text: the answer to the last question, or NULL
 * @len: its length
 * @pos: what was read of it
 */
struct ask {
	struct mutex lock;	/* one question or read at a time */
	struct net *net;
	struct user_namespace *user_ns;
	char *text;
	size_t len;
	size_t pos;
};

static void drop_answer(struct ask *ask)
{
	kvfree(ask->text);
	ask->text = NULL;
	ask->len = 0;
	ask->pos = 0;
}

static int write_holders(struct ask *ask, const struct ds_holders *h)
{
	char *text = kvmalloc(ds_holders_text_max(h), DS_GFP);

	if (!text)
		return -ENOMEM;
	ask->text = text;
	ask->len = ds_holders_text(text, h, ask->net, ask->user_ns) - text;
	return 0;
}

static int answer_holders(struct ask *ask, const struct ds_asked *q)
{
	struct ds_holders *h = kmalloc(sizeof(*h), DS_GFP);
	int err;

	if (!h)
		return -ENOMEM;
	err = ds_holders_find(h, ask->net, q);
	if (!err)
		err = write_holders(ask, h);
	ds_holders_free(h);
	kfree(h);
	return err;
}

static int answer(struct ask *ask, const char *line, size_t len)
{
	struct ds_asked q;
	int err = ds_question_parse(&q, line, len);

	if (err)
		return err;
	if (q.kind == DS_ASK_HOLDERS)
		return answer_holders(ask, &q);
	return -EINVAL;
}

/**
 * ds_ask_write() - ask a question
 * @file: the open file
 * @buf: one line, whose newline may be missing
 * @count: its length
 * @pos: not used
 *
 * The answer to the last question is dropped, also where this one fails.
 *
 * Context: process context; sleeps.
 * Return: @count; -EINVAL for a text that is no question, -EFAULT, -ENOMEM; -EINTR where the asker
 * was killed.
 */
ssize_t ds_ask_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct ask *ask = file->private_data;
	char line[DS_QUESTION_MAX + 1];
	int err;

	if (mutex_lock_killable(&ask->lock))
		return -EINTR;
	drop_answer(ask);
	if (count > sizeof(line))
		err = -EINVAL;
	else if (copy_from_user(line, buf, count))
		err = -EFAULT;
	else
		err = answer(ask, line, count);
	mutex_unlock(&ask->lock);
	return err ?: count;
}

static ssize_t read_answer(struct ask *ask, struct iov_iter *to)
{
	size_t wanted = min(iov_iter_count(to), ask->len - ask->pos);
	size_t copied = wanted ? copy_to_iter(ask->text + ask->pos, wanted, to) : 0;

	ask->pos += copied;
	return wanted && !copied ? -EFAULT : copied;
}

/**
 * ds_ask_read_iter() - read the answer on
 * @iocb: the read
 * @to: where it goes
 *
 * Context: process context; sleeps.
 * Return: bytes read, 0 at the end of the answer and where none is; -EFAULT; -EINTR where the
 * reader was killed.
 */
ssize_t ds_ask_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct ask *ask = iocb->ki_filp->private_data;
	ssize_t ret;

	if (mutex_lock_killable(&ask->lock))
		return -EINTR;
	ret = read_answer(ask, to);
	mutex_unlock(&ask->lock);
	return ret;
}

/**
 * ds_ask_open() - open the file; nothing is asked yet
 * @inode: its inode
 * @file: being opened
 * @net: the namespace; a reference is taken
 *
 * Context: process context of the opener; sleeps.
 * Return: 0 or -ENOMEM.
 */
int ds_ask_open(struct inode *inode, struct file *file, struct net *net)
{
	struct ask *ask = kzalloc(sizeof(*ask), DS_GFP);

	if (!ask)
		return -ENOMEM;
	mutex_init(&ask->lock);
	ask->net = get_net(net);
	ask->user_ns = file->f_cred->user_ns;
	file->private_data = ask;
	return stream_open(inode, file);
}

/**
 * ds_ask_release() - give back what the file holds
 * @inode: not used
 * @file: being closed
 *
 * Context: process context; sleeps.
 * Return: 0.
 */
int ds_ask_release(struct inode *inode, struct file *file)
{
	struct ask *ask = file->private_data;

	drop_answer(ask);
	put_net(ask->net);
	mutex_destroy(&ask->lock);
	kfree(ask);
	return 0;
}
