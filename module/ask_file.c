// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/dualstack_ask: a write asks a question, the reads after it return the answer.
 *
 * The file is a stream without a position. The write finds the answer, and the file keeps it until
 * the next write or until it is closed. The opener's account is charged for the answer, as for a
 * snapshot of the table; if the account is full, another file of the account may drop the answer.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <net/net_namespace.h>
#include "account.h"
#include "ask_file.h"
#include "compat.h"
#include "holders.h"
#include "mem.h"
#include "printer.h"
#include "question.h"
#include "who.h"

/**
 * struct answer - the text of an answer
 * @len: its length
 * @text: the text; no NUL ends it
 */
struct answer {
	size_t len;
	char text[];
};

/**
 * struct ask - an open file
 * @lock: one question or read at a time; guards the use of @charge and all members after it
 * @file: the file, to check the capabilities of its opener
 * @net: the namespace to ask about, with a reference
 * @user_ns: the opener's user namespace, for uids; the file's credentials hold a reference on it
 * @charge: holds the answer to the last question
 * @pos: how many bytes of the answer were read
 * @answered: the last question was answered; if the answer is missing, it was dropped
 */
struct ask {
	struct mutex lock;	/* one question or read at a time */
	struct file *file;
	struct net *net;
	struct user_namespace *user_ns;
	struct ds_charge charge;
	size_t pos;
	bool answered;
};

static void free_answer(void *content)
{
	ds_free(content);
}

/* Copy the text, so that no more memory is kept than it needs. */
static struct answer *keep(struct ask *ask, const char *text, size_t len)
{
	struct answer *a;
	int err = ds_charge_add(&ask->charge, struct_size(a, text, len));

	if (err)
		return ERR_PTR(err);
	a = ds_alloc(1, struct_size(a, text, len));
	if (!a)
		return ERR_PTR(-ENOMEM);
	a->len = len;
	memcpy(a->text, text, len);
	return a;
}

static int begin_text(struct ask *ask, struct ds_printer *out, struct ds_share *share, size_t max)
{
	int err = ds_share_grow(share, max);

	*out = (struct ds_printer) { .net = ask->net, .user_ns = ask->user_ns };
	out->text = err ? NULL : ds_alloc(1, max);
	out->p = out->text;
	return out->text ? 0 : err ?: -ENOMEM;
}

static struct answer *end_text(struct ask *ask, struct ds_printer *out)
{
	struct answer *a = keep(ask, out->text, out->p - out->text);

	ds_free(out->text);
	return a;
}

static struct answer *write_holders(struct ask *ask, const struct ds_holders *h)
{
	struct ds_share share = { .charge = &ask->charge };
	struct ds_printer out;
	struct answer *a;
	int err = begin_text(ask, &out, &share, ds_holders_text_max(h));

	if (!err)
		ds_holders_text(&out, h);
	a = err ? ERR_PTR(err) : end_text(ask, &out);
	ds_share_end(&share);
	return a;
}

static struct answer *answer_holders(struct ask *ask, const struct ds_asked *q)
{
	struct ds_holders *h = kmalloc(sizeof(*h), DS_GFP);
	struct answer *a;
	int err;

	if (!h)
		return ERR_PTR(-ENOMEM);
	err = ds_holders_find(h, ask->net, q);
	a = err ? ERR_PTR(err) : write_holders(ask, h);
	ds_holders_free(h);
	kfree(h);
	return a;
}

static struct answer *write_who(struct ask *ask, struct ds_who *w)
{
	struct ds_printer out;
	int err = begin_text(ask, &out, &w->share, ds_who_text_max(w));

	if (err)
		return ERR_PTR(err);
	ds_who_text(&out, w);
	return end_text(ask, &out);
}

/*
 * Whether the question may name a peer. If a BPF program is attached, it would run with this peer.
 * So a peer needs CAP_NET_ADMIN in the namespace, as attaching the program does. This checks the
 * opener of the file and not the writer, since the descriptor may have been passed on.
 */
static bool may_name_peer(const struct ask *ask)
{
	return !ds_net_has_sk_lookup(ask->net) ||
	       file_ns_capable(ask->file, ask->net->user_ns, CAP_NET_ADMIN);
}

static struct answer *answer_who(struct ask *ask, const struct ds_asked *q)
{
	struct answer *a;
	struct ds_who w;
	int err;

	if (q->has_peer && !may_name_peer(ask))
		return ERR_PTR(-EPERM);
	err = ds_who_find(&w, ask->net, q, &ask->charge);
	a = err ? ERR_PTR(err) : write_who(ask, &w);
	ds_who_free(&w);
	return a;
}

static struct answer *find_answer(struct ask *ask, const char *line, size_t len)
{
	struct ds_asked q;
	int err = ds_question_parse(&q, line, len);

	if (err)
		return ERR_PTR(err);
	if (q.kind == DS_ASK_HOLDERS)
		return answer_holders(ask, &q);
	return answer_who(ask, &q);
}

static int answer(struct ask *ask, const char *line, size_t len)
{
	struct answer *a;

	ds_charge_begin(&ask->charge);
	a = find_answer(ask, line, len);
	ds_charge_end(&ask->charge, IS_ERR(a) ? NULL : a);
	ds_charge_rest(&ask->charge);
	ask->answered = !IS_ERR(a);
	return PTR_ERR_OR_ZERO(a);
}

/**
 * ds_ask_write() - ask a question
 * @file: the open file
 * @buf: one line, with or without a newline at its end
 * @count: its length
 * @pos: not used
 *
 * This drops the answer to the last question, even if this question fails.
 *
 * Context: process context; sleeps.
 * Return: @count; -EINVAL if the text is not a valid question; -ENODEV if the device does not
 * exist; -EPERM if the question names a peer and may not (see may_name_peer()); -EFAULT; -ENOMEM;
 * -EDQUOT if the opener's account is full; -EINTR if the task was killed; -ERESTARTSYS for another
 * signal.
 */
ssize_t ds_ask_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct ask *ask = file->private_data;
	char line[DS_QUESTION_MAX + 1];
	int err;

	if (mutex_lock_interruptible(&ask->lock))
		return -ERESTARTSYS;
	ds_charge_drop(&ask->charge);
	ask->answered = false;
	ask->pos = 0;
	if (count > sizeof(line))
		err = -EINVAL;
	else if (copy_from_user(line, buf, count))
		err = -EFAULT;
	else
		err = answer(ask, line, count);
	mutex_unlock(&ask->lock);
	return err ?: count;
}

/* Copy to a kernel buffer first: a page fault must not happen while the answer is in use. */
static ssize_t get_piece(struct ask *ask, char *buf, size_t size)
{
	struct answer *a = ds_charge_use(&ask->charge);
	size_t len;

	if (!a)
		return ask->answered ? -ESTALE : 0;
	len = min(size, a->len - ask->pos);
	memcpy(buf, a->text + ask->pos, len);
	ds_charge_rest(&ask->charge);
	return len;
}

static ssize_t read_answer(struct ask *ask, char *buf, size_t size, struct iov_iter *to)
{
	ssize_t total = 0, len = 0;
	size_t copied;

	while (iov_iter_count(to)) {
		len = get_piece(ask, buf, min(size, iov_iter_count(to)));
		if (len <= 0)
			break;
		copied = copy_to_iter(buf, len, to);
		ask->pos += copied;
		total += copied;
		if (copied < len) {
			len = -EFAULT;
			break;
		}
	}
	return total ?: min_t(ssize_t, len, 0);
}

static ssize_t read_file(struct ask *ask, struct iov_iter *to)
{
	size_t size = min_t(size_t, iov_iter_count(to), DS_CONTIGUOUS);
	char *buf = ds_alloc(1, size);
	ssize_t ret = -ERESTARTSYS;

	if (!buf)
		return -ENOMEM;
	if (!mutex_lock_interruptible(&ask->lock)) {
		ret = read_answer(ask, buf, size, to);
		mutex_unlock(&ask->lock);
	}
	ds_free(buf);
	return ret;
}

/**
 * ds_ask_read_iter() - read the next part of the answer
 * @iocb: the read
 * @to: destination
 *
 * Context: process context; sleeps.
 * Return: bytes read; 0 at the end of the answer, and if there is none; -ESTALE if the answer was
 * dropped; -EFAULT; -ENOMEM; -ERESTARTSYS for a signal.
 */
ssize_t ds_ask_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return read_file(iocb->ki_filp->private_data, to);
}

/**
 * ds_ask_read() - as ds_ask_read_iter(), for kernels whose proc files have no read_iter
 * @file: the file
 * @buf: destination
 * @count: maximum number of bytes
 * @pos: not used
 *
 * Context: process context; sleeps.
 * Return: as ds_ask_read_iter().
 */
ssize_t ds_ask_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct iovec iov = { .iov_base = buf, .iov_len = count };
	struct iov_iter to;

	iov_iter_init(&to, READ, &iov, 1, count);
	return read_file(file->private_data, &to);
}

/**
 * ds_ask_open() - open the file
 * @inode: its inode
 * @file: the file being opened
 * @net: the namespace; takes a reference
 *
 * Context: process context of the opener; sleeps.
 * Return: 0 or -ENOMEM.
 */
int ds_ask_open(struct inode *inode, struct file *file, struct net *net)
{
	struct ask *ask = kzalloc(sizeof(*ask), DS_GFP);
	int err;

	if (!ask)
		return -ENOMEM;
	err = ds_charge_open(&ask->charge, ds_account_uid(file->f_cred),
			     ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE), free_answer);
	if (err) {
		kfree(ask);
		return err;
	}
	mutex_init(&ask->lock);
	ask->file = file;
	ask->net = get_net(net);
	ask->user_ns = file->f_cred->user_ns;
	file->private_data = ask;
	return stream_open(inode, file);
}

/**
 * ds_ask_release() - free what the file holds
 * @inode: not used
 * @file: the file being closed
 *
 * Context: process context; sleeps.
 * Return: 0.
 */
int ds_ask_release(struct inode *inode, struct file *file)
{
	struct ask *ask = file->private_data;

	ds_charge_close(&ask->charge);
	put_net(ask->net);
	mutex_destroy(&ask->lock);
	kfree(ask);
	return 0;
}
