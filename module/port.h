/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of one port, their reuseport groups, and a hash from socket to row. */
#ifndef DUALSTACK_PORT_H
#define DUALSTACK_PORT_H

#include "rows.h"

#define DS_PORT_NO_ROW	((u32)-1)

/**
 * struct ds_port - the rows of one namespace, protocol and port
 * @s: their snapshot
 * @first: index of the first of these rows in the sorted table
 * @n: number of rows; @group and @slot number the rows from 0 to @n - 1
 * @group: for each row the first row of its reuseport group, or the row itself
 * @slot: hash table of row numbers, by socket; ds_port_set() uses it by group before that
 * @nslots: number of slots, a power of two
 */
struct ds_port {
	struct ds_rows *s;
	u32 first;
	u32 n;
	u32 *group;
	u32 *slot;
	u32 nslots;
};

static inline struct ds_row *ds_port_row(const struct ds_port *port, u32 i)
{
	return ds_row_ordered(port->s, port->first + i);
}

int ds_port_alloc(struct ds_port *port, struct ds_rows *s, u32 max);
void ds_port_free(struct ds_port *port);
int ds_port_set(struct ds_port *port, u32 first, u32 n,
		int (*step)(void *arg, u32 steps), void *arg);
u32 ds_port_find(const struct ds_port *port, const struct sock *sk);

#endif
