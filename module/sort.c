// SPDX-License-Identifier: GPL-2.0-only
/* The order of the table: namespace, protocol, port in linear time, the rest by comparison. */
#include <linux/mm.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include "snapshot.h"
#include "sort.h"

#define RADIX_BITS	8
#define RADIX_SIZE	256U	/* two to the power of RADIX_BITS */
#define PORT_BITS	16
#define PROTO_BITS	1
#define NETNS_BITS	32

/* What rows are sorted by before addresses are looked at. */
static u64 key_of(const struct ds_snapshot *s, const struct ds_row *row)
{
	u64 key = row->proto << PORT_BITS | row->port;

	if (s->all)
		key |= (u64)s->net[row->net]->ns.inum << (PORT_BITS + PROTO_BITS);
	return key;
}

static void radix_pass(const struct ds_snapshot *s, const u32 *from, u32 *to, int shift)
{
	u32 start[RADIX_SIZE] = { 0 };
	u32 i, sum = 0;

	for (i = 0; i < s->nrows; i++)
		start[(key_of(s, ds_row_at(s, from[i])) >> shift) & (RADIX_SIZE - 1)]++;
	for (i = 0; i < RADIX_SIZE; i++) {
		u32 count = start[i];

		start[i] = sum;
		sum += count;
	}
	for (i = 0; i < s->nrows; i++) {
		u32 digit = (key_of(s, ds_row_at(s, from[i])) >> shift) & (RADIX_SIZE - 1);

		to[start[digit]++] = from[i];
	}
}

static int cmp_in_port(const void *a, const void *b, const void *arg)
{
	const struct ds_snapshot *s = arg;
	const struct ds_row *x = ds_row_at(s, *(const u32 *)a);
	const struct ds_row *y = ds_row_at(s, *(const u32 *)b);
	int diff = ds_row_cmp_address(x, y);

	if (!diff && x->ifindex != y->ifindex)
		diff = strcmp(ds_snapshot_device(s, x), ds_snapshot_device(s, y));
	if (!diff && x->inode != y->inode)
		diff = x->inode < y->inode ? -1 : 1;
	if (!diff && x->sk != y->sk)
		diff = x->sk < y->sk ? -1 : 1;
	return diff;
}

/**
 * ds_alone_on_port() - whether a row is the last of its namespace, protocol and port
 * @s: a sorted snapshot
 * @i: its place
 *
 * Context: any.
 * Return: true where the row after it is of another port, or there is none.
 */
bool ds_alone_on_port(const struct ds_snapshot *s, u32 i)
{
	return i + 1 == s->nrows ||
	       key_of(s, ds_row_ordered(s, i)) != key_of(s, ds_row_ordered(s, i + 1));
}

/**
 * ds_same_port() - the end of a run of rows of one namespace, protocol and port
 * @s: a sorted snapshot
 * @first: where the run begins
 *
 * Context: any.
 * Return: the place after its last row.
 */
u32 ds_same_port(const struct ds_snapshot *s, u32 first)
{
	while (!ds_alone_on_port(s, first))
		first++;
	return first + 1;
}

static void sort_ports(struct ds_snapshot *s)
{
	u32 first, end;

	for (first = 0; first < s->nrows; first = end) {
		end = ds_same_port(s, first);
		if (end - first > 1)
			sort_r(s->order + first, end - first, sizeof(u32), cmp_in_port, NULL, s);
	}
}

/**
 * ds_sort() - fill a snapshot's order
 * @s: the snapshot, with all its rows and device names
 *
 * Context: process context; sleeps.
 * Return: 0 or -ENOMEM.
 */
int ds_sort(struct ds_snapshot *s)
{
	int bits = PORT_BITS + PROTO_BITS + (s->all ? NETNS_BITS : 0);
	u32 *other;
	u32 i;
	int shift;

	s->order = ds_snapshot_alloc(s, s->nrows, sizeof(u32));
	other = kvmalloc_array(max(s->nrows, 1U), sizeof(u32), GFP_KERNEL_ACCOUNT);
	if (!s->order || !other) {
		kvfree(other);
		return -ENOMEM;
	}
	for (i = 0; i < s->nrows; i++)
		s->order[i] = i;
	for (shift = 0; shift < bits; shift += RADIX_BITS) {
		radix_pass(s, s->order, other, shift);
		swap(s->order, other);
		cond_resched();
	}
	kvfree(other);
	sort_ports(s);
	return 0;
}
