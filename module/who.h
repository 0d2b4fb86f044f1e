/* SPDX-License-Identifier: GPL-2.0-only */
/* Who gets a packet: the kernel's lookup is asked, at each device where the address is local. */
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

/* Sockets of a group, or that get a copy, that are shown for one device. */
#define DS_WHO_SOCKETS	256
/* Members of a group that are looked at, and sources of a multicast group. */
#define DS_WHO_MEMBERS	1024
#define DS_WHO_SOURCES	256
/* Devices that are asked about. */
#define DS_WHO_DEVICES	256
/* Lines after which no further device is asked about. */
#define DS_WHO_LINES	4096

enum ds_who_answer {
	DS_WHO_SOCKET,		/* this one gets it */
	DS_WHO_GROUP,		/* a member of its reuseport group, this one or another */
	DS_WHO_CONNECTION,	/* it belongs to a connection */
	DS_WHO_COPY,		/* this one gets a copy, others may as well */
	DS_WHO_NOBODY,		/* the address is local, and no socket takes it */
	DS_WHO_DROPPED,		/* a BPF sk_lookup program drops it */
	DS_WHO_NOADDR,		/* the address is not local there */
	DS_WHO_UNKNOWN,
	DS_WHO_MORE,		/* more of what the lines before are, or more devices */
};

enum ds_who_why {
	DS_WHY_NONE,		/* no device has it */
	DS_WHY_TENTATIVE,	/* IPv6: not checked for duplicates yet, or a duplicate */
	DS_WHY_DOWN,		/* the device, or lo where the host itself sends, is down */
	DS_WHY_OTHER_VRF,
	DS_WHY_LOOPBACK,	/* loopback: what comes in elsewhere is not for it */
	DS_WHY_ANYCAST,		/* TCP has no anycast */
	DS_WHY_NOT_JOINED,	/* no device, or not that one, joined the group */
};

/**
 * struct ds_who_line - a line of the answer
 * @row: the socket, where @answer is about one; of one in TIME_WAIT
 *	what remains, without a uid
 * @dev: the input device, or 0
 * @number: DS_WHO_UNKNOWN: sockets in the chain, 0 where another CPU might say otherwise;
 *	DS_WHO_MORE: how many
 * @cpu: the answer holds for packets that this CPU handles, or DS_NO_CPU
 * @answer: enum ds_who_answer
 * @why: enum ds_who_why
 * @state: DS_WHO_CONNECTION: sk_state, or what TIME_WAIT stands for
 * @bpf: a BPF program had, or has, a say
 * @filter: DS_WHO_COPY: from some sources only
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
 * struct ds_who - who gets a packet
 * @proto: its protocol
 * @line: the answer
 * @n: lines
 * @max: room in @line
 * @share: what the lines, and the lists that are looked at, are charged to
 */
struct ds_who {
	enum ds_proto proto;
	struct ds_who_line *line;
	u32 n;
	u32 max;
	struct ds_share share;
};

/**
 * struct ds_who_work - a question at work
 * @w: the answer
 * @q: the question
 * @net: where
 * @ctx: the lookup, and the budget of all that is done under RCU
 * @accept: sockets bound to no device get packets from VRFs
 * @dev: the device that is asked about now
 * @master: its VRF, or 0
 * @begin: the first line of this device
 * @room: lines that there is room for at each device: few at first, since most need no more
 * @full: that was not enough
 * @rivals: sockets in the chains that are walked which may get the packet
 * @named: those of them that name a CPU (SO_INCOMING_CPU)
 * @weighing: room to weigh them against each other, where CPUs may decide, else NULL
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

/* for the files beside who.c */
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
