// SPDX-License-Identifier: GPL-2.0-only
/* Calls the kernel's socket lookup to find which socket would get a packet. */
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include "compat.h"
#include "lookup.h"
#include "rows.h"

/*
 * A lookup takes no lock, so it may miss a socket while another one is moved. So ds_lookup() tries
 * this many times before it returns that there is no socket; with a BPF program it tries once.
 */
#define TRIES	4

/* A lookup that may visit more sockets gets an RCU read section of its own. */
#define LONG_CHAIN	64

/**
 * ds_lookup_turn_to() - set the namespace of the following lookups
 * @ctx: outside of a section
 * @net: the namespace; the caller holds a reference
 *
 * Context: any.
 */
void ds_lookup_turn_to(struct ds_lookup_ctx *ctx, struct net *net)
{
	ctx->net = net;
	ctx->bpf = ds_net_has_sk_lookup(net);
}

/**
 * ds_accepts_from_vrf() - whether a socket that is not bound to a device gets packets from VRFs
 * @net: its namespace
 * @proto: its protocol
 *
 * Context: any.
 * Return: the sysctl tcp_l3mdev_accept or udp_l3mdev_accept.
 */
bool ds_accepts_from_vrf(const struct net *net, enum ds_proto proto)
{
#ifdef CONFIG_NET_L3_MASTER_DEV
	return proto == DS_TCP ? READ_ONCE(net->ipv4.sysctl_tcp_l3mdev_accept) :
				 READ_ONCE(net->ipv4.sysctl_udp_l3mdev_accept);
#else
	return false;
#endif
}

static u32 hash_of(const struct net *net, const struct ds_packet *packet,
		   const struct in6_addr *addr)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (packet->family == DS_V6)
		return ipv6_portaddr_hash(net, addr, packet->port);
#endif
	return ipv4_portaddr_hash(net, addr->s6_addr32[3], packet->port);
}

static u32 chain_of(const struct ds_lookup_ctx *ctx, const struct ds_packet *packet,
		    const struct in6_addr *addr)
{
	u32 hash = hash_of(ctx->net, packet, addr);
	struct udp_table *udp;

	if (packet->proto == DS_TCP)
		return ds_rows_listen_chain(ctx->rows, hash);
	udp = ds_udp_table(ctx->net);
	return READ_ONCE(udp_hashslot2(udp, hash)->count);
}

/* The most sockets that a lookup visits: the address's chain, then the wildcard's chain. */
static u32 chain_length(const struct ds_lookup_ctx *ctx, const struct ds_packet *packet)
{
	static const struct in6_addr any;
	struct udp_table *udp;
	u32 n;

	if (packet->proto == DS_TCP && !ctx->rows)
		return ctx->listeners;
	n = chain_of(ctx, packet, packet->daddr) + chain_of(ctx, packet, &any);
	if (packet->proto == DS_TCP || !ctx->bpf)
		return n;
	/*
	 * a BPF program may cause the lookup to find no socket there; then newer kernels also walk
	 * the port's slot in the hash by port
	 */
	udp = ds_udp_table(ctx->net);
	return n + READ_ONCE(udp_hashslot(udp, ctx->net, packet->port)->count);
}

static const struct sock *lookup4(const struct net *net, const struct ds_packet *packet)
{
	__be32 saddr = packet->saddr ? packet->saddr->s6_addr32[3] : 0;
	__be32 daddr = packet->daddr->s6_addr32[3];
	__be16 sport = htons(packet->sport);

	if (packet->proto == DS_TCP)
		return ds_lookup_tcp4(net, saddr, sport, daddr, packet->port, packet->dif,
				      packet->sdif);
	return ds_lookup_udp4(net, saddr, sport, daddr, packet->port, packet->dif, packet->sdif);
}

static const struct sock *lookup6(const struct net *net, const struct ds_packet *packet)
{
	const struct in6_addr *saddr = packet->saddr ?: &in6addr_any;
	__be16 sport = htons(packet->sport);

	if (packet->proto == DS_TCP)
		return ds_lookup_tcp6(net, saddr, sport, packet->daddr, packet->port,
				      packet->dif, packet->sdif);
	return ds_lookup_udp6(net, saddr, sport, packet->daddr, packet->port, packet->dif,
			      packet->sdif);
}

static void new_section(struct ds_lookup_ctx *ctx)
	__must_hold(RCU)
{
	ds_budget_leave(&ctx->budget);
	ds_budget_enter(&ctx->budget);
}

/*
 * A lookup on a long chain cannot be split. It has an RCU read section of its own, whose time goes
 * to counters of its own.
 */
static void end_long_lookup(struct ds_lookup_ctx *ctx)
{
	u64 now = ktime_get_ns(), ns = now - ctx->budget.entered;

	ds_stats_section(&ds_stats.lookup_longest_ns, ns);
	atomic64_add(ns, &ds_stats.lookup_ns);
	ctx->budget.entered = now;
	ds_budget_end(&ctx->budget);
}

static const struct sock *lookup_once(struct ds_lookup_ctx *ctx, const struct ds_packet *packet,
				      u32 chain)
	__must_hold(RCU)
{
	const struct sock *sk;

	if (chain > LONG_CHAIN)
		new_section(ctx);
	else
		ctx->err = ctx->err ?: ds_budget_step(&ctx->budget, DS_LOOKUP_STEPS + chain);
	if (fatal_signal_pending(current))
		ctx->err = -EINTR;
	if (ctx->err)
		return NULL;
	if (packet->family == DS_V4)
		sk = lookup4(ctx->net, packet);
	else
		sk = lookup6(ctx->net, packet);
	if (chain > LONG_CHAIN)
		end_long_lookup(ctx);
	ctx->passed += chain;
	return sk;
}

/**
 * ds_lookup() - find which socket would get a packet
 * @ctx: the context
 * @packet: the packet
 * @chain: set to the largest number of sockets that the lookup may visit
 *
 * This runs an attached BPF sk_lookup program, as for a real packet.
 *
 * Context: process context, in the section of @ctx; may leave it and enter another before the
 * lookup.
 * Return: the socket, valid in this RCU read section; NULL for no socket; ERR_PTR(-E2BIG) if @chain
 * exceeds DS_MAX_CHAIN, so that no lookup was made; or ERR_PTR(-EINTR).
 */
const struct sock *ds_lookup(struct ds_lookup_ctx *ctx, const struct ds_packet *packet, u32 *chain)
	__must_hold(RCU)
{
	const struct sock *sk = NULL;
	int tries;

	*chain = chain_length(ctx, packet);
	if (*chain > DS_MAX_CHAIN)
		return ERR_PTR(-E2BIG);
	for (tries = ctx->bpf ? 1 : TRIES; tries && !sk && !ctx->err; tries--)
		sk = lookup_once(ctx, packet, *chain);
	ctx->lookups++;
	return ctx->err ? ERR_PTR(ctx->err) : sk;
}
