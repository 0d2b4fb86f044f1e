// SPDX-License-Identifier: GPL-2.0-only
/* The content of /proc/net/dualstack and of debugfs's sockets: a header and a snapshot's rows. */
#include <linux/uidgid.h>
#include <net/net_namespace.h>
#include "rows.h"
#include "snapshot.h"
#include "table.h"

static void *take(struct ds_file *f)
{
	return f->net ? ds_snapshot_take(f->net, &f->charge) : ds_snapshot_take_all(&f->charge);
}

static void free(void *content)
{
	ds_rows_free(content);
}

/* Record 0 is the header. */
static u32 records(const void *content)
{
	const struct ds_rows *s = content;

	return s->nshown + 1;
}

static char *put(const struct ds_file *f, const void *content, u32 first, u32 n, char *p)
{
	const struct ds_rows *s = content;
	const struct ds_row *row = NULL;
	kuid_t owner = INVALID_UID;
	uid_t uid = 0;
	u32 i;

	for (i = first; i < first + n; i++) {
		if (!i) {
			p = ds_row_header(p, s->all);
			continue;
		}
		row = ds_row_ordered(s, i - 1);
		/* map the uid again only where it differs from that of the row before */
		if (!uid_valid(owner) || !uid_eq(row->uid, owner)) {
			owner = row->uid;
			uid = from_kuid_munged(f->user_ns, owner);
		}
		p = ds_row_put(p, row, ds_rows_device(s, row), uid,
			       s->all ? s->net[row->net]->ns.inum : 0);
	}
	return p;
}

const struct ds_file_ops ds_table_ops = {
	.max		= DS_ROW_TEXT_MAX,
	.take		= take,
	.free		= free,
	.records	= records,
	.put		= put,
};
