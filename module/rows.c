// SPDX-License-Identifier: GPL-2.0-only
/* The rows of one snapshot: memory, namespaces, and the names of devices. */
#include <linux/bsearch.h>
#include <linux/build_bug.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "account.h"
#include "array.h"
#include "budget.h"
#include "mem.h"
#include "rows.h"

/* Limit of the rows of a snapshot: so many sockets would take more than 64 GiB of memory. */
#define MAX_ROWS	(64U << 20)

/* Bytes charged for a row: the row itself and its entry in ds_rows.order. */
#define CHARGE_ROW	(sizeof(struct ds_row) + sizeof(u32))

static_assert(DS_CHUNK_ROWS * sizeof(struct ds_row) <= DS_CONTIGUOUS);

static void count_bytes(struct ds_rows *s, ssize_t bytes)
{
	s->bytes += bytes;
	atomic64_add(bytes, &ds_stats.bytes);
}

/**
 * ds_rows_alloc() - allocate a zeroed array for a snapshot
 * @s: the snapshot
 * @n: number of elements; 0 is treated as 1
 * @size: size of each
 *
 * Context: process context; sleeps.
 * Return: memory for ds_free(), or NULL.
 */
void *ds_rows_alloc(struct ds_rows *s, size_t n, size_t size)
{
	void *p = ds_zalloc(max_t(size_t, n, 1), size);

	if (p)
		count_bytes(s, max_t(size_t, n, 1) * size);
	return p;
}

static int more_chunks(struct ds_rows *s)
{
	u32 max = max(s->maxchunks * 2, 4U);
	struct ds_row **chunk;

	if (max > MAX_ROWS >> DS_CHUNK_SHIFT)
		return -ENOMEM;
	chunk = ds_rows_alloc(s, max, sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	if (s->nchunks)
		memcpy(chunk, s->chunk, s->nchunks * sizeof(*chunk));
	ds_free(s->chunk);
	s->chunk = chunk;
	s->maxchunks = max;
	return 0;
}

static int add_chunk(struct ds_rows *s)
{
	struct ds_row **chunk;
	int err = 0;

	if (s->nchunks == s->maxchunks)
		err = more_chunks(s);
	if (!err)
		err = ds_charge_add(s->charge, DS_CHUNK_ROWS * CHARGE_ROW);
	if (err)
		return err;
	chunk = s->chunk;
	chunk[s->nchunks] = ds_alloc(DS_CHUNK_ROWS, sizeof(struct ds_row));
	if (!chunk[s->nchunks])
		return -ENOMEM;
	s->nchunks++;
	count_bytes(s, DS_CHUNK_ROWS * sizeof(struct ds_row));
	return 0;
}

/**
 * ds_rows_reserve() - allocate room for rows that will be added under RCU
 * @s: the snapshot
 * @nrows: number of rows
 *
 * If the reader's account is full, this waits until it has room.
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, or an error of ds_charge_add().
 */
int ds_rows_reserve(struct ds_rows *s, u32 nrows)
{
	int err = 0;

	while (!err && (s->nchunks << DS_CHUNK_SHIFT) - s->nrows < nrows)
		err = add_chunk(s);
	return err;
}

static int cmp_net(const void *key, const void *elt)
{
	const struct net *a = key, *b = *(const struct net * const *)elt;

	if (a == b)
		return 0;
	return a < b ? -1 : 1;
}

/**
 * ds_rows_hold_net() - set the one namespace that a snapshot covers
 * @s: the empty snapshot
 * @net: the namespace; takes a reference, which ds_rows_free() drops
 *
 * Context: process context; sleeps.
 * Return: 0 or -ENOMEM.
 */
int ds_rows_hold_net(struct ds_rows *s, struct net *net)
{
	s->net = ds_rows_alloc(s, 1, sizeof(*s->net));
	if (!s->net)
		return -ENOMEM;
	s->net[s->nnets++] = get_net(net);
	return 0;
}

static int cmp_net_elements(const void *a, const void *b, const void *arg)
{
	return cmp_net(*(const struct net * const *)a, b);
}

/**
 * ds_rows_hold_all_nets() - let a snapshot cover every namespace
 * @s: the empty snapshot; takes a reference on each namespace, which ds_rows_free() drops
 *
 * net_rwsem protects the list of namespaces. Namespaces that are being destroyed are left out.
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM or -EINTR.
 */
int ds_rows_hold_all_nets(struct ds_rows *s)
{
	struct net *net;
	u32 room = 0;

	down_read(&net_rwsem);
	for_each_net(net)
		room++;
	up_read(&net_rwsem);

	/* namespaces that are created between the two passes may be missed */
	s->net = ds_rows_alloc(s, room, sizeof(*s->net));
	if (!s->net)
		return -ENOMEM;

	down_read(&net_rwsem);
	for_each_net(net) {
		if (s->nnets == room)
			break;
		if (maybe_get_net(net))
			s->net[s->nnets++] = net;
	}
	up_read(&net_rwsem);
	return ds_array_sort(s->net, s->nnets, sizeof(*s->net), cmp_net_elements, NULL);
}

/* Try the namespace found last: consecutive sockets are often of one namespace. */
static bool find_net(struct ds_rows *s, const struct net *net)
{
	struct net **found;

	if (net_eq(s->net[s->last_net], net))
		return true;
	if (s->nnets == 1)
		return false;
	found = bsearch(net, s->net, s->nnets, sizeof(*s->net), cmp_net);
	if (!found)
		return false;
	s->last_net = found - s->net;
	return true;
}

/**
 * ds_rows_add() - add a row for a socket, if the snapshot covers its namespace
 * @s: the snapshot, with room for a row
 * @sk: the socket
 * @proto: TCP listener or UDP socket
 *
 * Context: inside the RCU read section in which @sk was found.
 * Return: budget steps to spend for the walk over the socket's multicast groups.
 */
u32 ds_rows_add(struct ds_rows *s, const struct sock *sk, enum ds_proto proto)
{
	struct ds_row *row;

	if (!find_net(s, sock_net(sk)))
		return 0;
	row = ds_row_at(s, s->nrows++);
	ds_row_fill(row, sk, proto);
	row->net = s->last_net;
	return proto == DS_UDP ? ds_row_fill_groups(row, sk) : 0;
}

static int cmp_device(const void *a, const void *b)
{
	const struct ds_device *x = a, *y = b;

	if (x->net != y->net)
		return x->net < y->net ? -1 : 1;
	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return 0;
}

static int cmp_device_elements(const void *a, const void *b, const void *arg)
{
	return cmp_device(a, b);
}

static u32 unique_devices(struct ds_device *device, u32 n)
{
	u32 i, kept = 0;

	for (i = 0; i < n; i++)
		if (!i || cmp_device(&device[i], &device[i - 1]))
			device[kept++] = device[i];
	return kept;
}

/**
 * ds_device_name() - get the name of a device
 * @name: room for IFNAMSIZ bytes; set to the name, or to ifN (N is @ifindex) if the device is gone
 * @net: its namespace
 * @ifindex: its index
 *
 * Context: any.
 */
void ds_device_name(char *name, struct net *net, int ifindex)
{
	const struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (dev)
		strscpy(name, dev->name, IFNAMSIZ);
	else
		snprintf(name, IFNAMSIZ, "if%d", ifindex);
	rcu_read_unlock();
}

/**
 * ds_rows_name_devices() - look up the names of the devices that rows are bound to
 * @s: the snapshot
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, -EINTR, or an error of ds_charge_add().
 */
int ds_rows_name_devices(struct ds_rows *s)
{
	struct ds_budget budget;
	u32 i, n = 0;
	int err;

	for (i = 0; i < s->nrows; i++)
		n += ds_row_at(s, i)->ifindex > 0;
	if (!n)
		return 0;
	err = ds_charge_add(s->charge, n * sizeof(*s->device));
	if (err)
		return err;
	s->device = ds_rows_alloc(s, n, sizeof(*s->device));
	if (!s->device)
		return -ENOMEM;
	for (i = 0; i < s->nrows; i++) {
		const struct ds_row *row = ds_row_at(s, i);

		if (row->ifindex > 0)
			s->device[s->ndevices++] = (struct ds_device) {
				.net = row->net, .ifindex = row->ifindex,
			};
	}
	err = ds_array_sort(s->device, s->ndevices, sizeof(*s->device), cmp_device_elements, NULL);
	if (err)
		return err;
	s->ndevices = unique_devices(s->device, s->ndevices);
	for (i = 0; i < s->ndevices;) {
		ds_budget_enter(&budget);
		for (; i < s->ndevices && !ds_budget_used_up(&budget); i++) {
			ds_device_name(s->device[i].name, s->net[s->device[i].net],
				       s->device[i].ifindex);
			ds_budget_spend(&budget, DS_SOCKET_STEPS);
		}
		ds_budget_leave(&budget);
	}
	return 0;
}

/**
 * ds_rows_device() - the name of the device that a row is bound to
 * @s: the snapshot
 * @row: one of its rows
 *
 * Context: any.
 * Return: the name, valid as long as @s; "-" if the socket is not bound to a device.
 */
const char *ds_rows_device(const struct ds_rows *s, const struct ds_row *row)
{
	const struct ds_device key = { .net = row->net, .ifindex = row->ifindex };
	const struct ds_device *found;

	if (row->ifindex <= 0)
		return "-";
	found = bsearch(&key, s->device, s->ndevices, sizeof(key), cmp_device);
	return found ? found->name : "-";
}

/**
 * ds_rows_trim() - free the room that no row uses
 * @s: the snapshot
 *
 * The walkers reserve room for the worst case.
 *
 * Context: process context; sleeps.
 */
void ds_rows_trim(struct ds_rows *s)
{
	u32 used = DIV_ROUND_UP(s->nrows, DS_CHUNK_ROWS);
	u32 rest = s->nrows % DS_CHUNK_ROWS;
	struct ds_row *last;

	while (s->nchunks > used) {
		ds_free(s->chunk[--s->nchunks]);
		count_bytes(s, -(ssize_t)(DS_CHUNK_ROWS * sizeof(*last)));
		ds_charge_sub(s->charge, DS_CHUNK_ROWS * CHARGE_ROW);
	}
	last = rest ? ds_alloc(rest, sizeof(*last)) : NULL;
	if (!last)
		return;
	memcpy(last, s->chunk[used - 1], rest * sizeof(*last));
	ds_free(s->chunk[used - 1]);
	s->chunk[used - 1] = last;
	count_bytes(s, -(ssize_t)((DS_CHUNK_ROWS - rest) * sizeof(*last)));
	ds_charge_sub(s->charge, (DS_CHUNK_ROWS - rest) * CHARGE_ROW);
}

static size_t chain_bytes(u32 chains)
{
	return array_size(chains, sizeof(u16));
}

/**
 * ds_rows_alloc_chains() - allocate room for the lengths of the chains of TCP's listening hash
 * @s: the snapshot
 * @chains: number of chains, a power of two
 *
 * On a large host that is 128 KiB, also if the table has no row. So it is charged, and not kept.
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, or an error of ds_charge_add().
 */
int ds_rows_alloc_chains(struct ds_rows *s, u32 chains)
{
	int err = ds_charge_add(s->charge, chain_bytes(chains));

	if (err)
		return err;
	s->listen_chain = ds_zalloc(chains, sizeof(*s->listen_chain));
	if (!s->listen_chain) {
		ds_charge_sub(s->charge, chain_bytes(chains));
		return -ENOMEM;
	}
	s->listen_mask = chains - 1;
	count_bytes(s, chain_bytes(chains));
	return 0;
}

/**
 * ds_rows_free_chains() - free what ds_rows_alloc_chains() allocated
 * @s: the snapshot, for which no further lookups are made
 *
 * Context: process context.
 */
void ds_rows_free_chains(struct ds_rows *s)
{
	if (!s->listen_chain)
		return;
	ds_free(s->listen_chain);
	s->listen_chain = NULL;
	count_bytes(s, -(ssize_t)chain_bytes(s->listen_mask + 1));
	ds_charge_sub(s->charge, chain_bytes(s->listen_mask + 1));
}

/**
 * ds_rows_free() - free a snapshot and drop its references
 * @s: the snapshot
 *
 * Context: process context; sleeps.
 */
void ds_rows_free(struct ds_rows *s)
{
	u32 i;

	for (i = 0; i < s->nchunks; i++)
		ds_free(s->chunk[i]);
	for (i = 0; i < s->nnets; i++)
		put_net(s->net[i]);
	ds_free(s->chunk);
	ds_free(s->net);
	ds_free(s->order);
	ds_free(s->device);
	ds_rows_free_chains(s);
	atomic64_sub(s->bytes, &ds_stats.bytes);
	kfree(s);
}
