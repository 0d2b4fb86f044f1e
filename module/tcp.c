// SPDX-License-Identifier: GPL-2.0-only
/* Walks the TCP listeners: the listening hash by port and address, shared by all namespaces. */
#include <net/net_namespace.h>
#include <net/tcp_states.h>
#include "compat.h"
#include "mem.h"
#include "rows.h"
#include "walk.h"

static void *head(const struct ds_hash *table, u32 bucket)
{
	struct inet_listen_hashbucket *lhash2 = table->table;

	return ds_listen_head(&lhash2[bucket]);
}

/* First of all the state: the tables of other states hold objects that are no full sockets. */
static bool shown(const struct sock *sk)
{
	return READ_ONCE(sk->sk_state) == TCP_LISTEN && READ_ONCE(sk->sk_num);
}

/**
 * ds_walk_tcp() - add the TCP listeners of a snapshot's namespaces to it
 * @s: the snapshot
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM or -EINTR.
 */
int ds_walk_tcp(struct ds_rows *s)
{
	/* private copies of the hashinfo, one a namespace, all point to the one listening hash */
	const struct inet_hashinfo *hashinfo = ds_tcp_hashinfo(&init_net);
	const struct ds_hash table = {
		.buckets	= hashinfo->lhash2_mask + 1,
		.offset		= DS_LISTEN_NODE_OFFSET,
		.proto		= DS_TCP,
		.head		= head,
		.shown		= shown,
		.table		= hashinfo->lhash2,
	};

	s->listen_chain = ds_zalloc(table.buckets, sizeof(*s->listen_chain));
	if (!s->listen_chain)
		return -ENOMEM;
	s->listen_mask = hashinfo->lhash2_mask;
	return ds_walk_hash(s, &table);
}
