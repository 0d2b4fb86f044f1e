/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the kernel's own socket lookup who would get a packet. */
#ifndef DUALSTACK_ASK_H
#define DUALSTACK_ASK_H

#include "family.h"
#include "section.h"

struct ds_port;
struct net;
struct sock;

/**
 * struct ds_asker - who asks, and in which RCU read section
 * @net: the namespace that is asked about
 * @bpf: a BPF sk_lookup program is attached to it
 * @section: kept open over several questions
 * @lookups: questions asked
 * @other_inode: inode of the last winner that has no row on the port
 */
struct ds_asker {
	struct net *net;
	bool bpf;
	struct ds_section section;
	u64 lookups;
	u64 other_inode;
};

/**
 * struct ds_packet - the packet that is asked about
 * @family: its family
 * @proto: its protocol
 * @port: the port that it is sent to, host order
 * @dif: index of its input device, or of the VRF that this belongs to
 * @sdif: the other of the two in a VRF, else 0
 * @daddr: the address that it is sent to; an IPv4 one in v4-mapped form
 * @saddr: the address that it comes from, NULL for one that no socket knows
 */
struct ds_packet {
	enum ds_family family;
	enum ds_proto proto;
	u16 port;
	int dif;
	int sdif;
	const struct in6_addr *daddr;
	const struct in6_addr *saddr;
};

void ds_asker_set(struct ds_asker *asker, struct net *net);

/* Questions are asked between begin and end; a step in between may leave the section and return. */
static inline void ds_asker_begin(struct ds_asker *asker)
	__acquires(RCU)
{
	ds_section_enter(&asker->section);
}

static inline void ds_asker_end(struct ds_asker *asker)
	__releases(RCU)
{
	ds_section_leave(&asker->section);
}

static inline void ds_asker_step(struct ds_asker *asker, int steps)
	__must_hold(RCU)
{
	if (ds_section_used_up(&asker->section)) {
		ds_asker_end(asker);
		ds_asker_begin(asker);
	}
	asker->section.steps -= steps;
}

const struct sock *ds_ask_for_socket(struct ds_asker *asker, const struct ds_packet *packet);
u32 ds_ask(struct ds_asker *asker, const struct ds_port *port, const struct ds_packet *packet);

#endif
