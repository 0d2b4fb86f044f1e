// SPDX-License-Identifier: GPL-2.0-only
/* Walks the TCP listeners: the hash by port and address (lhash2), which all namespaces share. */
#include <net/net_namespace.h>
#include <net/tcp_states.h>
#include "compat.h"
#include "rows.h"
#include "walk.h"

static void *head(const struct ds_hash *table, u32 bucket)
{
	struct inet_listen_hashbucket *lhash2 = table->table;

	return ds_listen_head(&lhash2[bucket]);
}

/* Check the state first: an object in another state may not be a full socket. */
static bool shown(const struct sock *sk)
{
	return READ_ONCE(sk->sk_state) == TCP_LISTEN && READ_ONCE(sk->sk_num);
}

/**
 * ds_walk_tcp() - add to a snapshot the TCP listeners of its namespaces
 * @s: the snapshot
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, -EINTR, or an error of ds_charge_add().
 */
int ds_walk_tcp(struct ds_rows *s)
{
	/* a namespace may have its own inet_hashinfo, but all share one listening hash */
	const struct inet_hashinfo *hashinfo = ds_tcp_hashinfo(&init_net);
	const struct ds_hash table = {
		.buckets	= hashinfo->lhash2_mask + 1,
		.offset		= DS_LISTEN_NODE_OFFSET,
		.proto		= DS_TCP,
		.head		= head,
		.shown		= shown,
		.table		= hashinfo->lhash2,
	};
	int err = ds_rows_alloc_chains(s, table.buckets);

	if (err)
		return err;
	return ds_walk_hash(s, &table);
}
