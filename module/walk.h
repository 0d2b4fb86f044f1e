/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks the kernel's socket hash tables and adds their sockets to a snapshot. */
#ifndef DUALSTACK_WALK_H
#define DUALSTACK_WALK_H

#include <linux/types.h>
#include "family.h"

struct ds_rows;
struct sock;

/**
 * struct ds_hash - a hash table of sockets
 * @buckets: number of buckets
 * @offset: offset of the list node in struct sock
 * @proto: protocol of its sockets
 * @head: returns the list head of a bucket
 * @shown: whether to add a socket to the snapshot; called under RCU for sockets of all namespaces
 * @table: the kernel's table, for @head
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
