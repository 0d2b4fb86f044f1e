/* SPDX-License-Identifier: GPL-2.0-only */
/* The walkers: which sockets hang where. They know nothing of text. */
#ifndef DUALSTACK_WALK_H
#define DUALSTACK_WALK_H

#include <linux/types.h>
#include "family.h"

struct ds_rows;
struct sock;

/**
 * struct ds_hash - a hash table of sockets
 * @buckets: how many it has
 * @offset: of the list node in the sockets
 * @proto: what kind of row its sockets make
 * @head: gives the list head of a bucket
 * @shown: whether a socket belongs into the table; called under RCU for sockets of all namespaces
 * @table: the table itself, for @head
 */
struct ds_hash {
	u32 buckets;
	size_t offset;
	enum ds_proto proto;
	void *(*head)(const struct ds_hash *table, u32 bucket);
	bool (*shown)(const struct sock *sk);
	void *table;
};

int ds_walk_hash(struct ds_rows *s, const struct ds_hash *table);
int ds_walk_tcp(struct ds_rows *s);
int ds_walk_udp(struct ds_rows *s);

#endif
