// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that collect their content at the first read and serve this one snapshot, whatever the
 * positions and sizes of later reads.
 *
 * Between two reads a file keeps the records, not their text. For every 256th record that was
 * written so far it also keeps the offset in the text. A read writes the records that it needs into
 * a buffer, and frees the buffer before it returns.
 *
 * A read that returns 0 (end of file) frees the content; only the length is kept. Another reader of
 * the same account may also drop the content, to make room. In both cases a later read before the
 * end fails with ESTALE, and a read at offset 0 collects a new content.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>
#include <net/net_namespace.h>
#include "file.h"
#include "mem.h"

/* A file remembers the offset of each record whose number is a multiple of this. */
#define MARK_RECORDS	256U

/**
 * struct text - a content, and the offsets of its records in the text
 * @ops: the file's operations
 * @content: what @ops->take() returned
 * @records: number of records
 * @nmarks: entries of @mark that are known
 * @mark: mark[i] is the offset of record i * MARK_RECORDS
 */
struct text {
	const struct ds_file_ops *ops;
	void *content;
	u32 records;
	u32 nmarks;
	u64 mark[];
};

static void free_text(void *content)
{
	struct text *t = content;

	t->ops->free(t->content);
	ds_free(t);
}

static struct text *collect(struct ds_file *f)
{
	void *content = f->ops->take(f);
	struct text *t;
	u32 records;

	if (IS_ERR(content))
		return content;
	records = f->ops->records(content);
	t = ds_alloc(1, struct_size(t, mark, DIV_ROUND_UP(records, MARK_RECORDS)));
	if (!t) {
		f->ops->free(content);
		return ERR_PTR(-ENOMEM);
	}
	*t = (struct text) {
		.ops = f->ops, .content = content, .records = records, .nmarks = 1,
	};
	t->mark[0] = 0;
	return t;
}

/* Collect a content. It stays in use, so that nobody drops it before its first piece is read. */
static int take(struct ds_file *f)
{
	struct text *t;

	ds_charge_drop(&f->charge);
	f->record = 0;
	f->at = 0;
	f->length = -1;
	ds_charge_begin(&f->charge);
	t = collect(f);
	ds_charge_end(&f->charge, IS_ERR(t) ? NULL : t);
	if (IS_ERR(t))
		return PTR_ERR(t);
	f->taken = true;
	return 0;
}

/* The index of the last mark at or before @pos. The first mark is at offset 0. */
static u32 mark_before(const struct text *t, u64 pos)
{
	u32 low = 0, high = t->nmarks;

	while (high - low > 1) {
		u32 mid = low + (high - low) / 2;

		if (t->mark[mid] <= pos)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* Go to a record at or before @pos: where the last read ended, or the last mark if it is nearer. */
static void go_to(struct ds_file *f, const struct text *t, u64 pos)
{
	u32 mark = mark_before(t, pos);

	if (f->at <= pos && f->at >= t->mark[mark])
		return;
	f->record = mark * MARK_RECORDS;
	f->at = t->mark[mark];
}

static void remember(struct text *t, u32 record, u64 at)
{
	if (record < t->records && record == t->nmarks * MARK_RECORDS)
		t->mark[t->nmarks++] = at;
}

/* How many records surely fit into @bytes, but at least one, and not beyond the next mark. */
static u32 batch(const struct text *t, u32 record, u64 bytes)
{
	u32 most = min(MARK_RECORDS - record % MARK_RECORDS, t->records - record);

	return clamp_t(u64, div_u64(bytes, t->ops->max), 1, most);
}

/**
 * struct piece - a part of the text
 * @buf: buffer for the text
 * @size: size of @buf
 * @pos: offset of the first wanted byte
 * @count: number of wanted bytes
 * @text: result: where the byte at @pos is in @buf
 * @len: result: how many of the wanted bytes are there
 */
struct piece {
	char *buf;
	size_t size;
	u64 pos;
	size_t count;
	const char *text;
	size_t len;
};

/*
 * Write records into the buffer until it holds @count bytes from @pos on, or until it is full. The
 * records that follow overwrite those before @pos. Afterwards f->record is the record that holds
 * the next byte.
 */
static int write_text(struct ds_file *f, struct text *t, struct piece *piece)
{
	u64 pos = piece->pos, end = pos + piece->count, at, base;
	char *p = piece->buf, *full = p + piece->size;
	u32 record, n;

	go_to(f, t, pos);
	record = f->record;
	at = f->at;
	base = at;
	while (record < t->records && at < end) {
		if (at <= pos) {
			base = at;
			p = piece->buf;
		} else if (full - p < t->ops->max) {
			break;
		}
		f->record = record;
		f->at = at;
		n = batch(t, record, min_t(u64, full - p, (at < pos ? pos : end) - at));
		p = t->ops->put(f, t->content, record, n, p);
		at = base + (p - piece->buf);
		record += n;
		remember(t, record, at);
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	if (at <= end) {
		f->record = record;
		f->at = at;
	}
	if (record == t->records)
		f->length = at;
	piece->len = at > pos ? min_t(u64, piece->count, at - pos) : 0;
	piece->text = piece->buf + (pos - base);
	return 0;
}

static bool is_at_end(const struct ds_file *f, u64 pos)
{
	return f->length >= 0 && pos >= f->length;
}

/* While the content is in use, nobody can drop it. So do not wait for the reader's pages here. */
static int get_piece(struct ds_file *f, struct piece *piece)
{
	struct text *t = ds_charge_use(&f->charge);
	int err;

	piece->len = 0;
	if (!t)
		return is_at_end(f, piece->pos) ? 0 : -ESTALE;
	err = write_text(f, t, piece);
	ds_charge_rest(&f->charge);
	return err;
}

/* Read piece by piece. After an error, return what was read before it, if anything. */
static ssize_t read_pieces(struct ds_file *f, struct piece *piece, struct iov_iter *to)
{
	ssize_t total = 0;
	size_t copied;
	int err = 0;

	while (iov_iter_count(to)) {
		piece->count = iov_iter_count(to);
		err = get_piece(f, piece);
		if (err || !piece->len)
			break;
		copied = copy_to_iter(piece->text, piece->len, to);
		total += copied;
		piece->pos += copied;
		if (copied < piece->len) {
			err = -EFAULT;
			break;
		}
	}
	return total ?: err;
}

/* Room for @count bytes and one record, between a page and DS_CONTIGUOUS. */
static size_t buffer_size(const struct ds_file *f, size_t count)
{
	return clamp_t(size_t, count, PAGE_SIZE - f->ops->max, DS_CONTIGUOUS - f->ops->max) +
	       f->ops->max;
}

static ssize_t read_at(struct ds_file *f, loff_t pos, struct iov_iter *to)
{
	struct piece piece = { .pos = pos, .size = buffer_size(f, iov_iter_count(to)) };
	ssize_t ret = 0;

	piece.buf = ds_alloc(1, piece.size);
	if (!piece.buf)
		return -ENOMEM;
	if (!pos || !f->taken)
		ret = take(f);
	if (!ret)
		ret = read_pieces(f, &piece, to);
	ds_free(piece.buf);
	/* end of file */
	if (!ret)
		ds_charge_drop(&f->charge);
	return ret;
}

static ssize_t read_file(struct ds_file *f, loff_t *pos, struct iov_iter *to)
{
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	if (mutex_lock_interruptible(&f->lock))
		return -ERESTARTSYS;
	ret = read_at(f, *pos, to);
	mutex_unlock(&f->lock);
	if (ret > 0)
		*pos += ret;
	return ret;
}

/**
 * ds_file_read_iter() - read a file's text
 * @iocb: the read
 * @to: destination
 *
 * The first read, and each read at position 0, collects a content.
 *
 * Context: process context; sleeps. One reader of an open file at a time.
 * Return: bytes read; 0 at the end; -ESTALE if the content was freed or dropped and @iocb is
 * neither at 0 nor at the end; -ENOMEM, -EDQUOT, -EFAULT; -EINTR or -ERESTARTSYS for a signal.
 */
ssize_t ds_file_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return read_file(iocb->ki_filp->private_data, &iocb->ki_pos, to);
}

/**
 * ds_file_read() - as ds_file_read_iter(), for debugfs, which has no read_iter
 * @file: the file
 * @buf: destination
 * @count: maximum number of bytes
 * @pos: position
 *
 * Context: process context; sleeps.
 * Return: as ds_file_read_iter().
 */
ssize_t ds_file_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct iovec iov = { .iov_base = buf, .iov_len = count };
	struct iov_iter to;

	iov_iter_init(&to, READ, &iov, 1, count);
	return read_file(file->private_data, pos, &to);
}

/**
 * ds_file_open() - open a file, without collecting anything
 * @file: the file being opened
 * @ops: what it serves
 * @net: the namespace, or NULL for all; takes a reference
 *
 * Context: process context of the opener; sleeps.
 * Return: 0 or -ENOMEM.
 */
int ds_file_open(struct file *file, const struct ds_file_ops *ops, struct net *net)
{
	struct ds_file *f = kzalloc(sizeof(*f), DS_GFP);
	int err;

	if (!f)
		return -ENOMEM;
	err = ds_charge_open(&f->charge, ds_account_uid(file->f_cred),
			     ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE), free_text);
	if (err) {
		kfree(f);
		return err;
	}
	mutex_init(&f->lock);
	f->ops = ops;
	f->net = net ? get_net(net) : NULL;
	f->user_ns = file->f_cred->user_ns;
	f->length = -1;
	file->private_data = f;
	return 0;
}

/**
 * ds_file_release() - free what a file holds
 * @inode: not used
 * @file: the file being closed
 *
 * Context: process context; sleeps.
 * Return: 0.
 */
int ds_file_release(struct inode *inode, struct file *file)
{
	struct ds_file *f = file->private_data;

	ds_charge_close(&f->charge);
	if (f->net)
		put_net(f->net);
	mutex_destroy(&f->lock);
	kfree(f);
	return 0;
}
