/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls the kernel's socket lookup to find which socket would get a packet. */
#ifndef DUALSTACK_LOOKUP_H
#define DUALSTACK_LOOKUP_H

#include "budget.h"
#include "family.h"

struct ds_rows;
struct net;
struct sock;

/* A lookup that might visit more sockets is not made, and its result stays unknown. */
#define DS_MAX_CHAIN	8192

/**
 * struct ds_lookup_ctx - context of a series of lookups
 * @net: the namespace
 * @rows: the snapshot, which has the lengths of TCP's listening chains, or NULL
 * @listeners: without @rows: number of sockets in the TCP listening chains that a lookup walks
 * @bpf: a BPF sk_lookup program is attached to the namespace
 * @budget: the RCU read section, which may span several lookups
 * @lookups: number of lookups made
 * @passed: number of sockets in the chains that they walked
 * @err: the first error, such as -EINTR if the reader was killed; no lookup is made after it
 */
struct ds_lookup_ctx {
	struct net *net;
	const struct ds_rows *rows;
	u32 listeners;
	bool bpf;
	struct ds_budget budget;
	u64 lookups;
	u64 passed;
	int err;
};

/**
 * struct ds_packet - the packet to look up
 * @family: its address family
 * @proto: its protocol
 * @port: its destination port, in host byte order
 * @dif: index of its input device; if that is in a VRF, index of the VRF
 * @sdif: index of its input device if that is in a VRF, else 0
 * @daddr: its destination address; an IPv4 address in v4-mapped form
 * @saddr: its source address; an IPv4 address in v4-mapped form; NULL for a source that no socket
 *	has as its peer
 * @sport: its source port, in host byte order; 0 for a port that no socket has as its peer's port
 */
struct ds_packet {
	enum ds_family family;
	enum ds_proto proto;
	u16 port;
	int dif;
	int sdif;
	const struct in6_addr *daddr;
	const struct in6_addr *saddr;
	u16 sport;
};

bool ds_accepts_from_vrf(const struct net *net, enum ds_proto proto);
void ds_lookup_turn_to(struct ds_lookup_ctx *ctx, struct net *net);
const struct sock *ds_lookup(struct ds_lookup_ctx *ctx, const struct ds_packet *packet, u32 *chain);

#endif
