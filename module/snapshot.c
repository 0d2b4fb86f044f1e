// SPDX-License-Identifier: GPL-2.0-only
/* Takes a snapshot of the table: walk, name the devices, sort, judge. */
#include <net/net_namespace.h>
#include "mem.h"
#include "rows.h"
#include "snapshot.h"
#include "sort.h"
#include "stats.h"
#include "verdict.h"
#include "walk.h"

/* Leave out the rows of sockets that were closed while the snapshot was taken. */
static void drop_gone(struct ds_rows *s)
{
	u32 i;

	s->nshown = s->nrows;
	if (!s->ngone)
		return;
	s->nshown = 0;
	for (i = 0; i < s->nrows; i++)
		if (!(ds_row_ordered(s, i)->flags & DS_ROW_GONE))
			s->order[s->nshown++] = s->order[i];
	atomic64_add(s->nrows - s->nshown, &ds_stats.gone);
}

/* Add the time since @from to a counter. Returns the time now. */
static u64 spent(atomic64_t *counter, u64 from)
{
	u64 now = ktime_get_ns();

	atomic64_add(now - from, counter);
	return now;
}

static int fill(struct ds_rows *s)
{
	u64 time = ktime_get_ns();
	int err;

	err = ds_walk_tcp(s);
	if (!err)
		err = ds_walk_udp(s);
	if (!err)
		ds_rows_trim(s);
	time = spent(&ds_stats.walk_ns, time);
	if (!err)
		err = ds_rows_name_devices(s);
	if (!err)
		err = ds_sort(s);
	time = spent(&ds_stats.sort_ns, time);
	if (!err)
		err = ds_judge(s);
	spent(&ds_stats.judge_ns, time);
	ds_rows_free_chains(s);
	if (!err)
		drop_gone(s);
	return err;
}

static struct ds_rows *empty(struct ds_charge *charge)
{
	struct ds_rows *s = kzalloc(sizeof(*s), DS_GFP);

	if (s)
		s->charge = charge;
	else
		atomic64_inc(&ds_stats.failures);
	return s;
}

/* Fill the snapshot and return it; after an error free it and return ERR_PTR(). */
static struct ds_rows *filled(struct ds_rows *s, int err)
{
	if (!err)
		err = fill(s);
	if (err) {
		atomic64_inc(&ds_stats.failures);
		ds_rows_free(s);
		return ERR_PTR(err);
	}
	/* only the collection needs this pointer; the memory stays charged */
	s->charge = NULL;
	atomic64_inc(&ds_stats.snapshots);
	return s;
}

/**
 * ds_snapshot_take() - take a snapshot of one namespace's table
 * @net: the namespace; the caller holds a reference
 * @charge: the memory is charged to it; between ds_charge_begin() and ds_charge_end(); or NULL
 *
 * Context: process context; sleeps.
 * Return: a snapshot for ds_rows_free(), or ERR_PTR(-ENOMEM, -EINTR, -EDQUOT or -ERESTARTSYS).
 */
struct ds_rows *ds_snapshot_take(struct net *net, struct ds_charge *charge)
{
	struct ds_rows *s = empty(charge);

	return s ? filled(s, ds_rows_hold_net(s, net)) : ERR_PTR(-ENOMEM);
}

/**
 * ds_snapshot_take_all() - take a snapshot of the table of every namespace
 * @charge: as for ds_snapshot_take()
 *
 * Context: process context; sleeps.
 * Return: as ds_snapshot_take().
 */
struct ds_rows *ds_snapshot_take_all(struct ds_charge *charge)
{
	struct ds_rows *s = empty(charge);

	if (!s)
		return ERR_PTR(-ENOMEM);
	s->all = true;
	return filled(s, ds_rows_hold_all_nets(s));
}
