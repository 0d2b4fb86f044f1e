// SPDX-License-Identifier: GPL-2.0-only
/* Asks the kernel's own socket lookup who would get a packet. */
#include <net/net_namespace.h>
#include "ask.h"
#include "compat.h"
#include "coverage.h"
#include "port.h"

/*
 * A lookup goes without a lock, too: it may be led astray by a socket that moves under it, and then
 * finds nobody. Nobody is believed only when it is said so many times.
 */
#define TRIES	4

/**
 * ds_asker_set() - turn to a namespace
 * @asker: outside of a section
 * @net: the namespace; the caller holds a reference
 *
 * Context: any.
 */
void ds_asker_set(struct ds_asker *asker, struct net *net)
{
	asker->net = net;
	asker->bpf = ds_net_has_sk_lookup(net);
}

static const struct sock *lookup4(const struct net *net, const struct ds_packet *packet)
{
	__be32 daddr = packet->daddr->s6_addr32[3];

	if (packet->proto == DS_TCP)
		return ds_lookup_tcp4(net, 0, daddr, packet->port, packet->dif, packet->sdif);
	return ds_lookup_udp4(net, 0, daddr, packet->port, packet->dif, packet->sdif);
}

static const struct sock *lookup6(const struct net *net, const struct ds_packet *packet)
{
	const struct in6_addr *saddr = packet->saddr ?: &in6addr_any;

	if (packet->proto == DS_TCP)
		return ds_lookup_tcp6(net, saddr, packet->daddr, packet->port,
				      packet->dif, packet->sdif);
	return ds_lookup_udp6(net, saddr, packet->daddr, packet->port, packet->dif, packet->sdif);
}

static const struct sock *lookup(const struct net *net, const struct ds_packet *packet)
{
	return packet->family == DS_V4 ? lookup4(net, packet) : lookup6(net, packet);
}

/**
 * ds_ask_for_socket() - which socket would get a packet
 * @asker: who asks
 * @packet: the packet
 *
 * An attached BPF sk_lookup program is run, as for a packet.
 *
 * Context: process context, between ds_asker_begin() and ds_asker_end(); may leave the RCU read
 * section and enter another before it asks.
 * Return: the socket, valid in this RCU read section, or NULL.
 */
const struct sock *ds_ask_for_socket(struct ds_asker *asker, const struct ds_packet *packet)
	__must_hold(RCU)
{
	const struct sock *sk = NULL;
	int tries;

	ds_asker_step(asker, DS_LOOKUP_STEPS);
	for (tries = asker->bpf ? 1 : TRIES; tries && !sk; tries--)
		sk = lookup(asker->net, packet);
	asker->lookups++;
	return sk;
}

/**
 * ds_ask() - whose row would get a packet
 * @asker: who asks
 * @port: the rows that may win
 * @packet: the packet
 *
 * Context: as ds_ask_for_socket().
 * Return: a row's number, or one of DS_WINNER_NOBODY and DS_WINNER_OTHER where a BPF program
 * decides, or of DS_WINNER_UNKNOWN and DS_WINNER_GONE where sockets come and go.
 */
u32 ds_ask(struct ds_asker *asker, const struct ds_port *port, const struct ds_packet *packet)
	__must_hold(RCU)
{
	const struct sock *sk = ds_ask_for_socket(asker, packet);
	u32 row;

	if (!sk)
		return asker->bpf ? DS_WINNER_NOBODY : DS_WINNER_GONE;
	row = ds_port_find(port, sk);
	if (row != DS_WINNER_NONE)
		return row;
	asker->other_inode = ds_sock_inode(sk);
	return asker->bpf ? DS_WINNER_OTHER : DS_WINNER_UNKNOWN;
}
