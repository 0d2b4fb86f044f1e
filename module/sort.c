// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorts the table: by namespace, protocol and port with a radix sort, then the rows of each port by
 * comparison.
 */
#include <linux/sched.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include "account.h"
#include "array.h"
#include "budget.h"
#include "mem.h"
#include "rows.h"
#include "sort.h"

#define RADIX_BITS	9
#define RADIX_SIZE	512U	/* two to the power of RADIX_BITS */
#define PORT_BITS	16
#define PROTO_BITS	1
#define NETNS_BITS	32
/* Number of elements to visit between two calls of ds_array_step(). */
#define STRETCH		16384U

/**
 * struct item - an element of the arrays that are sorted
 * @key: for the radix sort: namespace, protocol and port
 * @device: for the comparison after the radix sort: name of the row's device
 * @row: index of the row
 */
struct item {
	union {
		u64 key;
		const char *device;
	};
	u32 row;
};

static u64 key_of(const struct ds_rows *s, const struct ds_row *row)
{
	u64 key = row->proto << PORT_BITS | row->port;

	if (s->all)
		key |= (u64)s->net[row->net]->ns.inum << (PORT_BITS + PROTO_BITS);
	return key;
}

static void count_keys(const struct item *from, u32 n, u32 *start, int shift)
{
	u32 i;

	for (i = 0; i < n; i++)
		start[(from[i].key >> shift) & (RADIX_SIZE - 1)]++;
}

static void move_items(const struct item *from, u32 n, struct item *to, u32 *start, int shift)
{
	u32 i;

	for (i = 0; i < n; i++)
		to[start[(from[i].key >> shift) & (RADIX_SIZE - 1)]++] = from[i];
}

static int radix_pass(const struct item *from, struct item *to, u32 n, u32 *start, int shift,
		      struct ds_budget *budget)
{
	u32 i, sum = 0;
	int err = 0;

	memset(start, 0, RADIX_SIZE * sizeof(*start));
	for (i = 0; i < n && !err; i += STRETCH) {
		count_keys(from + i, min(n - i, STRETCH), start, shift);
		err = ds_array_step(budget, STRETCH);
	}
	for (i = 0; i < RADIX_SIZE; i++) {
		u32 count = start[i];

		start[i] = sum;
		sum += count;
	}
	for (i = 0; i < n && !err; i += STRETCH) {
		move_items(from + i, min(n - i, STRETCH), to, start, shift);
		err = ds_array_step(budget, STRETCH);
	}
	return err;
}

static int cmp_in_port(const void *a, const void *b, const void *arg)
{
	const struct ds_rows *s = arg;
	const struct item *p = a, *q = b;
	const struct ds_row *x = ds_row_at(s, p->row);
	const struct ds_row *y = ds_row_at(s, q->row);
	int diff = ds_row_cmp_address(x, y);

	if (!diff && x->ifindex != y->ifindex)
		diff = strcmp(p->device, q->device);
	if (!diff && x->inode != y->inode)
		diff = x->inode < y->inode ? -1 : 1;
	if (!diff && x->sk != y->sk)
		diff = x->sk < y->sk ? -1 : 1;
	return diff;
}

/**
 * ds_same_port() - find the end of the rows of one namespace, protocol and port
 * @s: a sorted snapshot
 * @first: index of the first of these rows
 *
 * Context: any.
 * Return: the index after the last of them.
 */
u32 ds_same_port(const struct ds_rows *s, u32 first)
{
	while (!ds_alone_on_port(s, first))
		first++;
	return first + 1;
}

static int sort_port(struct ds_rows *s, struct item *items, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		items[i].device = ds_rows_device(s, ds_row_at(s, items[i].row));
	return ds_array_sort(items, n, sizeof(*items), cmp_in_port, s);
}

/* Sort the rows of each port, and find the number of rows of the largest port. */
static int sort_ports(struct ds_rows *s, struct item *items, struct ds_budget *budget)
{
	u32 first, end;
	int err = 0;

	s->largest_port = 1;
	for (first = 0; first < s->nrows && !err; first = end) {
		for (end = first + 1; end < s->nrows; end++)
			if (items[end].key != items[first].key)
				break;
		err = ds_array_step(budget, end - first);
		if (err || end - first == 1)
			continue;
		s->largest_port = max(s->largest_port, end - first);
		err = sort_port(s, items + first, end - first);
	}
	return err;
}

/* Fill in the items. */
static int get_keys(const struct ds_rows *s, struct item *items, struct ds_budget *budget)
{
	u32 i = 0, end;
	int err = 0;

	while (i < s->nrows && !err) {
		for (end = i + min(s->nrows - i, STRETCH); i < end; i++)
			items[i] = (struct item) { .key = key_of(s, ds_row_at(s, i)), .row = i };
		err = ds_array_step(budget, STRETCH);
	}
	return err;
}

static int put_order(struct ds_rows *s, const struct item *items, struct ds_budget *budget)
{
	u32 i = 0, end;
	int err = 0;

	while (i < s->nrows && !err) {
		for (end = i + min(s->nrows - i, STRETCH); i < end; i++)
			s->order[i] = items[i].row;
		err = ds_array_step(budget, STRETCH);
	}
	return err;
}

/*
 * Sort by key, from one array into the other: each pass sorts by RADIX_BITS of the key's bits. Then
 * sort the rows of each port, and store the order.
 */
static int radix_sort(struct ds_rows *s, struct item *from, struct item *to, u32 *start)
{
	int bits = PORT_BITS + PROTO_BITS + (s->all ? NETNS_BITS : 0);
	struct ds_budget budget = { };
	int err = get_keys(s, from, &budget);
	int shift;

	for (shift = 0; shift < bits && !err; shift += RADIX_BITS) {
		err = radix_pass(from, to, s->nrows, start, shift, &budget);
		swap(from, to);
	}
	if (!err)
		err = sort_ports(s, from, &budget);
	return err ?: put_order(s, from, &budget);
}

/**
 * ds_sort() - sort a snapshot's rows: fill in its order
 * @s: the snapshot, with all its rows and device names
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM, -EINTR or an error of ds_charge_add().
 */
int ds_sort(struct ds_rows *s)
{
	size_t n = max(s->nrows, 1U);
	struct ds_share share = { .charge = s->charge };
	struct item *items = NULL, *room = NULL;
	u32 *start = NULL;
	int err = ds_share_grow(&share, 2 * ds_brief_bytes(n, sizeof(*items)) +
				RADIX_SIZE * sizeof(*start));

	if (!err) {
		items = ds_alloc_brief(n, sizeof(*items));
		room = ds_alloc_brief(n, sizeof(*room));
		start = ds_alloc(RADIX_SIZE, sizeof(*start));
		s->order = ds_rows_alloc(s, s->nrows, sizeof(u32));
		err = items && room && start && s->order ?
			radix_sort(s, items, room, start) : -ENOMEM;
	}
	ds_free(start);
	ds_free(room);
	ds_free(items);
	ds_share_end(&share);
	return err;
}
