/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of one snapshot: memory, namespaces, and the names of devices. */
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
 * struct ds_device - a device that rows are bound to, and its name when the snapshot was taken
 * @net: index into the snapshot's namespaces
 * @ifindex: index of the device
 * @name: its name, or ifN (N is the index) if the device is gone
 */
struct ds_device {
	u32 net;
	int ifindex;
	char name[IFNAMSIZ];
};

/**
 * struct ds_rows - the rows of a snapshot
 * @net: the namespaces whose sockets are collected, sorted by pointer; with a reference on each
 * @nnets: number of namespaces
 * @chunk: chunks of rows, DS_CHUNK_ROWS in each
 * @nchunks: number of chunks
 * @maxchunks: room in @chunk
 * @nrows: number of rows
 * @order: the order of the table: order[i] is the number of the row at index i
 * @largest_port: number of rows of the port that has the most
 * @ngone: number of rows with DS_ROW_GONE
 * @nshown: number of entries in @order, after drop_gone() left out the rows of closed sockets
 * @device: the devices that rows are bound to, sorted by namespace and index
 * @ndevices: number of devices
 * @listen_chain: length of each chain of TCP's listening hash, at most U16_MAX; only while the
 *	snapshot is taken
 * @listen_mask: number of these chains, minus one
 * @last_net: index into @net of the namespace that find_net() found last
 * @bytes: memory held
 * @charge: memory is charged to it while rows are collected; NULL for none
 * @all: the snapshot is of every namespace
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

/* The number of sockets in the chain of TCP's listening hash that @hash belongs to. */
static inline u32 ds_rows_listen_chain(const struct ds_rows *s, u32 hash)
{
	return s->listen_chain ? s->listen_chain[hash & s->listen_mask] : 0;
}

/* The row at index @i of the sorted table. */
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
int ds_rows_alloc_chains(struct ds_rows *s, u32 chains);
void ds_rows_free_chains(struct ds_rows *s);

#endif
