// SPDX-License-Identifier: GPL-2.0-only
/* The rows of one port, their reuseport groups, and a hash from socket to row. */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/string.h>
#include "mem.h"
#include "port.h"

/**
 * ds_port_alloc() - allocate room for the largest port of a snapshot
 * @port: to be freed by ds_port_free(), also after an error
 * @s: the sorted snapshot
 * @max: number of rows of its largest port
 *
 * Context: process context; sleeps.
 * Return: 0 or -ENOMEM.
 */
int ds_port_alloc(struct ds_port *port, struct ds_rows *s, u32 max)
{
	port->s = s;
	port->group = ds_alloc(max, sizeof(*port->group));
	port->slot = ds_alloc(roundup_pow_of_two(max) * 2, sizeof(*port->slot));
	return port->group && port->slot ? 0 : -ENOMEM;
}

/**
 * ds_port_free() - free what ds_port_alloc() allocated
 * @port: may be all zero
 *
 * Context: process context.
 */
void ds_port_free(struct ds_port *port)
{
	ds_free(port->group);
	ds_free(port->slot);
}

/* The arguments of ds_port_set(). */
struct setting {
	struct ds_port *port;
	int (*step)(void *arg, u32 steps);
	void *arg;
};

/* Slots cleared between two calls of @step. */
#define CLEAR	1024U

static int clear_slots(const struct setting *s)
{
	struct ds_port *port = s->port;
	u32 i, n;
	int err = 0;

	for (i = 0; i < port->nslots && !err; i += n) {
		n = min(port->nslots - i, CLEAR);
		memset(port->slot + i, 0xff, n * sizeof(*port->slot));
		err = s->step(s->arg, n / 32 + 1);
	}
	return err;
}

/* Find the first row of @row's group. If there is none, enter @row as the first. */
static u32 enter_group(struct ds_port *port, u32 row)
{
	unsigned long key = ds_port_row(port, row)->reuse;
	u32 i = hash_long(key, ilog2(port->nslots));

	for (; port->slot[i] != DS_PORT_NO_ROW; i = (i + 1) & (port->nslots - 1))
		if (ds_port_row(port, port->slot[i])->reuse == key)
			return port->slot[i];
	port->slot[i] = row;
	return row;
}

static int find_groups(const struct setting *s)
{
	struct ds_port *port = s->port;
	u32 i;
	int err = 0;

	for (i = 0; i < port->n && !err; i++) {
		struct ds_row *row = ds_port_row(port, i);

		row->group = 0;
		port->group[i] = row->reuse == DS_NO_GROUP ? i : enter_group(port, i);
		ds_port_row(port, port->group[i])->group++;
		err = s->step(s->arg, 1);
	}
	for (i = 0; i < port->n && !err; i++) {
		ds_port_row(port, i)->group = ds_port_row(port, port->group[i])->group;
		err = s->step(s->arg, 1);
	}
	return err;
}

static u32 slot_of(const struct ds_port *port, const struct sock *sk)
{
	return hash_ptr(sk, ilog2(port->nslots));
}

static int enter_sockets(const struct setting *s)
{
	struct ds_port *port = s->port;
	u32 row, i;
	int err = 0;

	for (row = 0; row < port->n && !err; row++) {
		i = slot_of(port, ds_port_row(port, row)->sk);
		while (port->slot[i] != DS_PORT_NO_ROW)
			i = (i + 1) & (port->nslots - 1);
		port->slot[i] = row;
		err = s->step(s->arg, 1);
	}
	return err;
}

/**
 * ds_port_set() - set the rows of a port, and find its groups
 * @port: with room for the rows
 * @first: index of the first row in the sorted table
 * @n: number of rows
 * @step: spends budget steps, and may sleep; a non-zero return value ends the call
 * @arg: passed to @step
 *
 * This also sets ds_row.group of each row.
 *
 * Context: any that @step allows.
 * Return: 0 or what @step returned.
 */
int ds_port_set(struct ds_port *port, u32 first, u32 n,
		int (*step)(void *arg, u32 steps), void *arg)
{
	const struct setting s = { .port = port, .step = step, .arg = arg };
	int err;

	port->first = first;
	port->n = n;
	port->nslots = roundup_pow_of_two(n) * 2;
	err = clear_slots(&s);
	if (!err)
		err = find_groups(&s);
	if (!err)
		err = clear_slots(&s);
	return err ?: enter_sockets(&s);
}

/**
 * ds_port_find() - find the row of a socket
 * @port: the port
 * @sk: the socket; only the pointer is compared
 *
 * Context: any.
 * Return: the row's number, or DS_PORT_NO_ROW.
 */
u32 ds_port_find(const struct ds_port *port, const struct sock *sk)
{
	u32 i;

	for (i = slot_of(port, sk); port->slot[i] != DS_PORT_NO_ROW;
	     i = (i + 1) & (port->nslots - 1))
		if (ds_port_row(port, port->slot[i])->sk == sk)
			return port->slot[i];
	return DS_PORT_NO_ROW;
}
