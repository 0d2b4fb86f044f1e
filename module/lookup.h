/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the kernel's own socket lookup who would get a packet. */
#ifndef DUALSTACK_LOOKUP_H
#define DUALSTACK_LOOKUP_H

#include "budget.h"
#include "family.h"

struct ds_rows;
struct net;
struct sock;

/* A lookup that would pass more sockets is not made: its answer is not known. */
#define DS_MAX_CHAIN	8192

/**
 * struct ds_lookup_ctx - who asks, and in which RCU read section
 * @net: the namespace that is asked about
 * @rows: the snapshot, which knows how long the chains of TCP's listeners are, or NULL
 * @listeners: without @rows: the sockets in the chains of TCP's listeners that are walked
 * @bpf: a BPF sk_lookup program is attached to the namespace
 * @budget: the section, open over several lookups
 * @lookups: lookups made
 * @passed: sockets in the chains that they walked
 * @err: -EINTR once the reader was killed
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
 * struct ds_packet - the packet that is asked about
 * @family: its family
 * @proto: its protocol
 * @port: the port that it is sent to, host order
 * @dif: index of its input device, or of the VRF that this belongs to
 * @sdif: the other of the two in a VRF, else 0
 * @daddr: the address that it is sent to; an IPv4 one in v4-mapped form
 * @saddr: the address that it comes from, NULL for one that no socket knows; an IPv4 one in
 *	v4-mapped form
 * @sport: the port that it comes from, host order; 0 for one that no socket knows
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
