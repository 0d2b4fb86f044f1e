// SPDX-License-Identifier: GPL-2.0-only
/* The rows of one port: who of them is one reuseport group, and which row a socket belongs to. */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/string.h>
#include "coverage.h"
#include "mem.h"
#include "port.h"

/**
 * ds_port_alloc() - room for the largest port of a snapshot
 * @port: set up; for ds_port_free(), also after an error
 * @s: the sorted snapshot
 * @max: rows of its largest port
 *
 * Context: process context; sleeps.
 * Return: 0 or -ENOMEM.
 */
int ds_port_alloc(struct ds_port *port, struct ds_rows *s, u32 max)
{
	port->s = s;
	port->leader = kvmalloc_array(max, sizeof(*port->leader), DS_GFP);
	port->slot = kvmalloc_array(roundup_pow_of_two(max) * 2, sizeof(*port->slot), DS_GFP);
	return port->leader && port->slot ? 0 : -ENOMEM;
}

/**
 * ds_port_free() - give back what ds_port_alloc() took
 * @port: may be all zero
 *
 * Context: process context.
 */
void ds_port_free(struct ds_port *port)
{
	kvfree(port->leader);
	kvfree(port->slot);
}

static void clear_slots(struct ds_port *port)
{
	memset(port->slot, 0xff, port->nslots * sizeof(*port->slot));
}

/* The first row of @row's group, which is entered here where there was none. */
static u32 enter_group(struct ds_port *port, u32 row)
{
	unsigned long key = ds_port_row(port, row)->reuse;
	u32 i = hash_long(key, ilog2(port->nslots));

	for (; port->slot[i] != DS_WINNER_NONE; i = (i + 1) & (port->nslots - 1))
		if (ds_port_row(port, port->slot[i])->reuse == key)
			return port->slot[i];
	port->slot[i] = row;
	return row;
}

static void find_groups(struct ds_port *port)
{
	u32 i;

	for (i = 0; i < port->n; i++) {
		struct ds_row *row = ds_port_row(port, i);

		row->group = 0;
		port->leader[i] = row->reuse == DS_NO_GROUP ? i : enter_group(port, i);
		ds_port_row(port, port->leader[i])->group++;
	}
	for (i = 0; i < port->n; i++)
		ds_port_row(port, i)->group = ds_port_row(port, port->leader[i])->group;
}

static u32 slot_of(const struct ds_port *port, const struct sock *sk)
{
	return hash_ptr(sk, ilog2(port->nslots));
}

static void enter_sockets(struct ds_port *port)
{
	u32 row, i;

	for (row = 0; row < port->n; row++) {
		i = slot_of(port, ds_port_row(port, row)->sk);
		while (port->slot[i] != DS_WINNER_NONE)
			i = (i + 1) & (port->nslots - 1);
		port->slot[i] = row;
	}
}

/**
 * ds_port_set() - turn to another port
 * @port: with room for it
 * @first: place of its first row in the table's order
 * @n: how many rows it has
 *
 * Also fills the rows' count of group members.
 *
 * Context: any.
 */
void ds_port_set(struct ds_port *port, u32 first, u32 n)
{
	port->first = first;
	port->n = n;
	port->nslots = roundup_pow_of_two(n) * 2;
	clear_slots(port);
	find_groups(port);
	clear_slots(port);
	enter_sockets(port);
}

/**
 * ds_port_find() - the row of a socket
 * @port: a port
 * @sk: a socket; compared, not followed
 *
 * Context: any.
 * Return: its number, or DS_WINNER_NONE.
 */
u32 ds_port_find(const struct ds_port *port, const struct sock *sk)
{
	u32 i;

	for (i = slot_of(port, sk); port->slot[i] != DS_WINNER_NONE;
	     i = (i + 1) & (port->nslots - 1))
		if (ds_port_row(port, port->slot[i])->sk == sk)
			return port->slot[i];
	return DS_WINNER_NONE;
}
