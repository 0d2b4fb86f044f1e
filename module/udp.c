// SPDX-License-Identifier: GPL-2.0-only
/* Walks the bound UDP sockets: the hash by port, which is shared or private to a namespace. */
#include <net/net_namespace.h>
#include <net/tcp_states.h>
#include "compat.h"
#include "rows.h"
#include "walk.h"

static void *head(const struct ds_hash *table, u32 bucket)
{
	struct udp_table *udp = table->table;

	return &udp->hash[bucket].head;
}

/* Leave out connected sockets, and those being unhashed, which have no port any more. */
static bool shown(const struct sock *sk)
{
	return READ_ONCE(sk->sk_state) != TCP_ESTABLISHED && READ_ONCE(sk->sk_num);
}

static int walk(struct ds_rows *s, struct udp_table *udp)
{
	const struct ds_hash table = {
		.buckets	= udp->mask + 1,
		.offset		= offsetof(struct sock, sk_node),
		.proto		= DS_UDP,
		.head		= head,
		.shown		= shown,
		.table		= udp,
	};

	return ds_walk_hash(s, &table);
}

/**
 * ds_walk_udp() - add to a snapshot the unconnected UDP sockets of its namespaces
 * @s: the snapshot
 *
 * This walks the shared table once, and each private table once.
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, -EINTR or an error of ds_charge_add().
 */
int ds_walk_udp(struct ds_rows *s)
{
	struct udp_table *shared = ds_udp_table(&init_net);
	bool wants_shared = false;
	int err = 0;
	u32 i;

	for (i = 0; i < s->nnets && !err; i++) {
		struct udp_table *udp = ds_udp_table(s->net[i]);

		if (udp == shared)
			wants_shared = true;
		else
			err = walk(s, udp);
	}
	if (wants_shared && !err)
		err = walk(s, shared);
	return err;
}
