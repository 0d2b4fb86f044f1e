/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of one snapshot: their memory, their namespaces, the names of their devices. */
#ifndef DUALSTACK_ROWS_H
#define DUALSTACK_ROWS_H

#include <linux/if.h>
#include <linux/types.h>
#include "row.h"

struct ds_charge;
struct net;

#define DS_CHUNK_SHIFT	8
#define DS_CHUNK_ROWS	256U	/* two to the power of DS_CHUNK_SHIFT */

/**
 * struct ds_device - name of a device that a row is bound to, as it was at the snapshot
 * @net: index into the snapshot's namespaces
 * @ifindex: index of the device
 * @name: its name, or ifN where it has none any more
 */
struct ds_device {
	u32 net;
	int ifindex;
	char name[IFNAMSIZ];
};

/**
 * struct ds_rows - the table at one moment
 * @net: the namespaces whose sockets are wanted, sorted by address; a reference is held on each
 * @nnets: how many
 * @chunk: the rows, DS_CHUNK_ROWS in each
 * @nchunks: chunks that are allocated
 * @maxchunks: room in @chunk
 * @nrows: rows collected
 * @order: rows in the order of the table, by index
 * @largest_port: rows of the port that has most
 * @ngone: rows whose socket went away meanwhile
 * @nshown: rows in @order; those that went away are left out
 * @device: names of the devices in the rows, sorted by namespace and index
 * @ndevices: how many
 * @listen_chain: how many sockets each bucket of TCP's listeners holds, at most U16_MAX
 * @listen_mask: number of these buckets, less one
 * @last_net: where in @net the last socket's namespace was found
 * @bytes: memory held
 * @charge: what pays for the rows while they are collected; NULL for nobody
 * @all: a table of every namespace
 */
struct ds_rows {
	struct net **net;
	u32 nnets;
	struct ds_row **chunk;
	u32 nchunks;
	u32 maxchunks;
	u32 nrows;
	u32 *order;
	u32 largest_port;
	u32 ngone;
	u32 nshown;
	struct ds_device *device;
	u32 ndevices;
	u16 *listen_chain;
	u32 listen_mask;
	u32 last_net;
	size_t bytes;
	struct ds_charge *charge;
	bool all;
};

static inline struct ds_row *ds_row_at(const struct ds_rows *s, u32 i)
{
	return &s->chunk[i >> DS_CHUNK_SHIFT][i & (DS_CHUNK_ROWS - 1)];
}

/* How many sockets are in a bucket of TCP's listeners. */
static inline u32 ds_rows_listen_chain(const struct ds_rows *s, u32 hash)
{
	return s->listen_chain ? s->listen_chain[hash & s->listen_mask] : 0;
}

/* The row at an index of the table, once it is sorted. */
static inline struct ds_row *ds_row_ordered(const struct ds_rows *s, u32 i)
{
	return ds_row_at(s, s->order[i]);
}

void ds_rows_free(struct ds_rows *s);
void ds_device_name(char *name, struct net *net, int ifindex);
const char *ds_rows_device(const struct ds_rows *s, const struct ds_row *row);

/* for the walkers */
int ds_rows_reserve(struct ds_rows *s, u32 nrows);
u32 ds_rows_add(struct ds_rows *s, const struct sock *sk, enum ds_proto proto);
void ds_rows_trim(struct ds_rows *s);

/* for the steps of a snapshot */
int ds_rows_hold_net(struct ds_rows *s, struct net *net);
int ds_rows_hold_all_nets(struct ds_rows *s);
void *ds_rows_alloc(struct ds_rows *s, size_t n, size_t size);
int ds_rows_name_devices(struct ds_rows *s);

#endif
