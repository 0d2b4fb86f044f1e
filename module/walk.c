// SPDX-License-Identifier: GPL-2.0-only
/* Walks all buckets of a hash table and adds its sockets to a snapshot. */
#include <linux/sched/signal.h>
#include <net/sock.h>
#include "chain.h"
#include "budget.h"
#include "rows.h"
#include "walk.h"

/**
 * struct walk - state of a walk over a hash table
 * @s: the snapshot
 * @table: the table
 * @budget: the current RCU read section
 * @chain: the walk of the current bucket's chain
 * @bucket: number of the current bucket
 * @row: number of rows in the snapshot before this bucket
 * @visited: sockets and buckets visited
 * @in_bucket: sockets visited in this bucket
 * @in_chain: the walk of this bucket's chain has begun
 */
struct walk {
	struct ds_rows *s;
	const struct ds_hash *table;
	struct ds_budget budget;
	struct ds_chain chain;
	u32 bucket;
	u32 row;
	u64 visited;
	u32 in_bucket;
	bool in_chain;
};

static void visit(struct sock *sk, void *arg)
{
	struct walk *w = arg;

	w->visited++;
	w->in_bucket++;
	if (w->table->shown(sk))
		ds_budget_spend(&w->budget, ds_rows_add(w->s, sk, w->table->proto));
}

static void next_bucket(struct walk *w)
{
	if (w->table->proto == DS_TCP && w->s->listen_chain)
		w->s->listen_chain[w->bucket] = min_t(u32, w->in_bucket, U16_MAX);
	w->visited++;
	w->bucket++;
	w->in_chain = false;
	ds_budget_spend(&w->budget, 1);
}

static void walk_bucket(struct walk *w)
{
	if (!w->in_chain) {
		ds_chain_start(&w->chain, w->table->head(w->table, w->bucket), w->table->offset);
		w->row = w->s->nrows;
		w->in_bucket = 0;
		w->in_chain = true;
	}
	switch (ds_chain_walk(&w->chain, &w->budget, visit, w)) {
	case DS_CHAIN_PAUSED:
		return;
	case DS_CHAIN_MOVED:
		atomic64_inc(&ds_stats.restarts);
		w->s->nrows = w->row;
		w->in_chain = false;
		ds_budget_end(&w->budget);
		break;
	case DS_CHAIN_END:
		next_bucket(w);
		break;
	}
	ds_chain_put(&w->chain);
}

/**
 * ds_walk_hash() - add the sockets of a hash table to a snapshot
 * @s: the snapshot; only sockets of its namespaces are added
 * @table: the table
 *
 * A socket that stays in one bucket during the walk is added exactly once.
 *
 * Context: process context; sleeps. Takes no lock of the table.
 * Return: 0, -ENOMEM, -EINTR if the reader was killed, or an error of ds_charge_add().
 */
int ds_walk_hash(struct ds_rows *s, const struct ds_hash *table)
{
	struct walk w = { .s = s, .table = table };
	int err = 0;

	while (w.bucket < table->buckets) {
		err = ds_rows_reserve(s, DS_SECTION_SOCKETS);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			break;
		ds_budget_enter(&w.budget);
		while (w.bucket < table->buckets && !ds_budget_used_up(&w.budget))
			walk_bucket(&w);
		ds_budget_leave(&w.budget);
	}
	ds_chain_put(&w.chain);
	atomic64_add(w.visited, &ds_stats.visited);
	return err;
}
