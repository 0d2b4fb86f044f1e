/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds who gets a packet, with the kernel's lookup, at each device where the address is local. */
#ifndef DUALSTACK_WHO_H
#define DUALSTACK_WHO_H

#include <linux/types.h>
#include "account.h"
#include "laddr.h"
#include "lookup.h"
#include "row.h"

struct ds_asked;
struct ds_charge;
struct ds_printer;
struct net;
struct weighing;

/* Limit of the sockets shown for one device: members of a group, or sockets that get a copy. */
#define DS_WHO_SOCKETS	256
/* Limit of the members of a reuseport group, and of the sources of a multicast group, to visit. */
#define DS_WHO_MEMBERS	1024
#define DS_WHO_SOURCES	256
/* Limit of the devices to ask about. */
#define DS_WHO_DEVICES	256
/* If the answer has this many lines, no further device is asked about. */
#define DS_WHO_LINES	4096

enum ds_who_answer {
	DS_WHO_SOCKET,		/* this socket gets it */
	DS_WHO_GROUP,		/* some member of a reuseport group gets it; this is one of them */
	DS_WHO_CONNECTION,	/* it belongs to the connection of this socket */
	DS_WHO_COPY,		/* this socket gets a copy; others may get one, too */
	DS_WHO_NOBODY,		/* the address is local, but no socket takes the packet */
	DS_WHO_DROPPED,		/* a BPF sk_lookup program drops it */
	DS_WHO_NOADDR,		/* the address is not local there */
	DS_WHO_UNKNOWN,		/* it is not known */
	DS_WHO_MORE,		/* there are more sockets or devices than shown */
};

enum ds_who_why {
	DS_WHY_NONE,		/* no device has the address */
	DS_WHY_TENTATIVE,	/* IPv6: not checked for duplicates yet, or a duplicate */
	DS_WHY_DOWN,		/* the device, or lo for the host's own packets, is down */
	DS_WHY_OTHER_VRF,	/* the address is in another VRF */
	DS_WHY_LOOPBACK,	/* a loopback address at another device than lo, or the reverse */
	DS_WHY_ANYCAST,		/* it is an anycast address, and the protocol is TCP */
	DS_WHY_NOT_JOINED,	/* no device, or not the named device, joined the group */
};

/**
 * struct ds_who_line - a line of the answer
 * @row: the socket, if @answer is about one; a TIME_WAIT socket has INVALID_UID and no inode
 * @dev: index of the input device, or 0
 * @number: DS_WHO_UNKNOWN: number of sockets in the chain; 0 if the answer is unknown because other
 *	CPUs may give other answers. DS_WHO_MORE: how many more
 * @cpu: the answer is only about packets that this CPU handles; DS_NO_CPU for no restriction
 * @answer: enum ds_who_answer
 * @why: enum ds_who_why, for DS_WHO_NOADDR
 * @state: DS_WHO_CONNECTION: sk_state, for a TIME_WAIT socket tw_substate
 * @bpf: a BPF program takes part in the decision
 * @filter: DS_WHO_COPY: the socket gets a copy only from some sources
 */
struct ds_who_line {
	struct ds_row row;
	int dev;
	u32 number;
	int cpu;
	u8 answer;
	u8 why;
	u8 state;
	bool bpf;
	bool filter;
};

/**
 * struct ds_who - the answer to the question who gets a packet
 * @proto: protocol of the packet
 * @line: lines of the answer
 * @n: number of lines
 * @max: room in @line
 * @share: the memory is charged to it
 */
struct ds_who {
	enum ds_proto proto;
	struct ds_who_line *line;
	u32 n;
	u32 max;
	struct ds_share share;
};

/**
 * struct ds_who_work - state of ds_who_find()
 * @w: the answer
 * @q: the question
 * @net: the namespace
 * @ctx: the context of the lookups, with the budget of all work under RCU
 * @accept: sockets that are not bound to a device get packets from VRFs
 * @dev: index of the current input device
 * @master: index of its VRF, or 0
 * @begin: number of lines before those of this device
 * @room: number of sockets to make room for at each device; few at first, since few are usual
 * @full: there was not enough room
 * @rivals: number of sockets of the port in the chains that a lookup walks
 * @named: number of sockets in @rivals that name a CPU (SO_INCOMING_CPU)
 * @weighing: room to compare the scores of these sockets; NULL if CPUs make no difference
 */
struct ds_who_work {
	struct ds_who *w;
	const struct ds_asked *q;
	struct net *net;
	struct ds_lookup_ctx ctx;
	bool accept;
	int dev;
	int master;
	u32 begin;
	u32 room;
	bool full;
	u32 rivals;
	u32 named;
	struct weighing *weighing;
};

int ds_who_find(struct ds_who *w, struct net *net, const struct ds_asked *q,
		struct ds_charge *charge);
void ds_who_free(struct ds_who *w);

/* for who_mcast.c and who_cpu.c */
struct ds_who_line *ds_who_add(struct ds_who_work *k, enum ds_who_answer answer);
struct ds_who_line *ds_who_add_socket(struct ds_who_work *k, enum ds_who_answer answer,
				      const struct sock *sk);
void ds_who_add_winner(struct ds_who_work *k, const struct sock *sk, bool alone, int cpu);

/* who_mcast.c */
bool ds_who_is_joined(struct ds_who_work *k, const struct net_device *dev);
int ds_who_mcast(struct ds_who_work *k);

/* who_cpu.c */
int ds_who_survey(struct ds_who_work *k);
bool ds_who_by_cpu(struct ds_who_work *k, const struct ds_packet *packet, const struct sock *sk);

/* who_text.c */
size_t ds_who_text_max(const struct ds_who *w);
void ds_who_text(struct ds_printer *out, const struct ds_who *w);

#endif
