// SPDX-License-Identifier: GPL-2.0-only
/* A file that serves a snapshot: taken at open, and anew when a reader comes back to the start. */
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/uio.h>
#include <net/net_namespace.h>
#include "mem.h"
#include "section.h"
#include "rows.h"
#include "snapshot.h"
#include "table.h"
#include "text.h"

/* Room for the text of most rows. */
#define ROW_TEXT	192
/* Rows that seq_file is handed as one record. */
#define ROWS_AT_ONCE	16

/**
 * struct table - an open file
 * @lock: one reader at a time may replace the snapshot
 * @net: the opener's namespace, with a reference; NULL for all
 * @snapshot: what is served; NULL after a failed attempt to take a new one
 * @owner: of the row shown last
 * @uid: @owner as the reader sees it
 * @uid_known: @uid is that of @owner
 * @begun: something was read, or sought: the next read at 0 takes a new snapshot
 */
struct table {
	struct mutex lock;	/* of the snapshot and of begun */
	struct net *net;
	struct ds_rows *snapshot;
	kuid_t owner;
	uid_t uid;
	bool uid_known;
	bool begun;
};

static int take(struct table *table)
{
	struct ds_rows *s = table->net ? ds_snapshot_take(table->net) : ds_snapshot_take_all();

	if (table->snapshot)
		ds_rows_free(table->snapshot);
	table->snapshot = IS_ERR(s) ? NULL : s;
	table->begun = false;
	return PTR_ERR_OR_ZERO(s);
}

/* Place 0 is the header, each further place some rows. */
static bool is_place(const struct ds_rows *s, loff_t pos)
{
	return !pos || pos - 1 < DIV_ROUND_UP(s->nshown, ROWS_AT_ONCE);
}

static void *start(struct seq_file *m, loff_t *pos)
{
	const struct table *table = m->private;

	if (!table->snapshot)
		return ERR_PTR(-ENOMEM);
	return is_place(table->snapshot, *pos) ? pos : NULL;
}

static void *next(struct seq_file *m, void *v, loff_t *pos)
{
	const struct table *table = m->private;

	++*pos;
	cond_resched();
	return is_place(table->snapshot, *pos) ? pos : NULL;
}

static void stop(struct seq_file *m, void *v)
{
}

/* Neighbours often have the same owner. */
static uid_t uid_seen(struct seq_file *m, struct table *table, kuid_t owner)
{
	if (!table->uid_known || !uid_eq(table->owner, owner)) {
		table->owner = owner;
		table->uid = from_kuid_munged(seq_user_ns(m), owner);
		table->uid_known = true;
	}
	return table->uid;
}

static int show(struct seq_file *m, void *v)
{
	struct table *table = m->private;
	const struct ds_rows *s = table->snapshot;
	loff_t pos = *(loff_t *)v;
	u32 i, end;

	if (!pos) {
		ds_row_put_header(m, s->all);
		return 0;
	}
	i = (pos - 1) * ROWS_AT_ONCE;
	end = min_t(u32, i + ROWS_AT_ONCE, s->nshown);
	for (; i < end; i++) {
		const struct ds_row *row = ds_row_ordered(s, i);

		ds_row_put(m, row, ds_rows_device(s, row), uid_seen(m, table, row->uid),
			   s->all ? s->net[row->net]->ns.inum : 0);
	}
	return 0;
}

static const struct seq_operations table_seq_ops = {
	.start	= start,
	.next	= next,
	.stop	= stop,
	.show	= show,
};

static void free_table(struct table *table)
{
	if (table->snapshot)
		ds_rows_free(table->snapshot);
	if (table->net)
		put_net(table->net);
	mutex_destroy(&table->lock);
	kfree(table);
}

/**
 * ds_table_open() - take a snapshot and make it a file's text
 * @file: being opened
 * @net: the namespace, or NULL for all; a reference is taken
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM or -EINTR.
 */
int ds_table_open(struct file *file, struct net *net)
{
	struct table *table = kzalloc(sizeof(*table), DS_GFP);
	struct seq_file *m;
	int err;

	if (!table)
		return -ENOMEM;
	mutex_init(&table->lock);
	table->net = net ? get_net(net) : NULL;
	err = take(table);
	if (!err)
		err = seq_open(file, &table_seq_ops);
	if (err) {
		free_table(table);
		return err;
	}
	m = file->private_data;
	m->private = table;
	ds_seq_enlarge(m, table->snapshot->nshown * (size_t)ROW_TEXT + PAGE_SIZE);
	return 0;
}

/* Lock the file for a read at @pos; back at the start, a new snapshot is taken. */
static int begin_read(struct table *table, loff_t pos, size_t count)
{
	int err = 0;

	if (mutex_lock_killable(&table->lock))
		return -EINTR;
	if (!pos && (table->begun || !table->snapshot))
		err = take(table);
	if (err)
		mutex_unlock(&table->lock);
	else if (count)
		table->begun = true;
	return err;
}

/**
 * ds_table_read_iter() - read the table's text
 * @iocb: the read
 * @to: where it goes
 *
 * At position 0 of a file that was read before, a new snapshot is taken.
 *
 * Context: process context; sleeps.
 * Return: bytes read, or a negative errno.
 */
ssize_t ds_table_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct seq_file *m = iocb->ki_filp->private_data;
	struct table *table = m->private;
	ssize_t ret = begin_read(table, iocb->ki_pos, iov_iter_count(to));

	if (ret)
		return ret;
	ret = seq_read_iter(iocb, to);
	mutex_unlock(&table->lock);
	return ret;
}

/**
 * ds_table_read() - as ds_table_read_iter(), for debugfs, which knows no other way
 * @file: the file
 * @buf: where the text goes
 * @count: bytes at most
 * @pos: position
 *
 * Context: process context; sleeps.
 * Return: bytes read, or a negative errno.
 */
ssize_t ds_table_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	struct table *table = m->private;
	ssize_t ret = begin_read(table, *pos, count);

	if (ret)
		return ret;
	ret = seq_read(file, buf, count, pos);
	mutex_unlock(&table->lock);
	return ret;
}

/**
 * ds_table_lseek() - move in the table's text
 * @file: the file
 * @offset: bytes
 * @whence: SEEK_SET or SEEK_CUR
 *
 * Context: process context; sleeps.
 * Return: the new position, or a negative errno. The next read at 0 takes a new snapshot.
 */
loff_t ds_table_lseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;
	struct table *table = m->private;
	loff_t ret;

	if (mutex_lock_killable(&table->lock))
		return -EINTR;
	ret = seq_lseek(file, offset, whence);
	if (!ret)
		table->begun = true;
	mutex_unlock(&table->lock);
	return ret;
}

/**
 * ds_table_release() - give back a file's snapshot
 * @inode: not used
 * @file: being closed
 *
 * Context: process context; sleeps.
 * Return: 0.
 */
int ds_table_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	free_table(m->private);
	return seq_release(inode, file);
}
