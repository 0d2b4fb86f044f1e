/* SPDX-License-Identifier: GPL-2.0-only */
/* The judge's input and output: the rows of a port in one family, questions and answers. */
#ifndef DUALSTACK_JUDGE_STATE_H
#define DUALSTACK_JUDGE_STATE_H

#include "laddrs.h"
#include "types.h"

enum ds_verdict {
	DS_NOT_TAKEN,		/* "-" */
	DS_YES,
	DS_SHARED,
	DS_PARTIAL,
	DS_SHADOWED,
	DS_NOADDR,
	DS_UNKNOWN,		/* "?" */
	DS_NVERDICTS
};

/* Values of ds_judge_row.by that are not a row's number. */
#define DS_BY_NOBODY	((u32)-1)
#define DS_BY_OTHER	((u32)-2)	/* a socket that has no row on this port */

/* Number of classes. ds_judge_ops.ask cannot tell rows of one bind and class from each other. */
#define DS_NCLASSES	4

/*
 * If at most this many rows of a port have a stale peer, the judge asks about packets from these
 * peers. If more have one, it asks about none of them.
 */
#define DS_MAX_STALE	8

/**
 * struct ds_judge_row - a row of the port that takes the family
 * @addr: bound address, IPv4 in v4-mapped form; all zero for the wildcard of either family
 * @peer: address of the stale peer, with @stale
 * @ifindex: the device that it is bound to, or 0
 * @group: number of the first row of its reuseport group; its own number if it is in no group
 * @cpu: SO_INCOMING_CPU if that can make a difference, else -1
 * @class: rows of one bind with the same class look the same to ds_judge_ops.ask; below DS_NCLASSES
 * @inet: an AF_INET socket
 * @reuseport: it is in a reuseport group
 * @shared: this group has more than one member
 * @stale: takes packets of the family only from @peer
 * @gone: result: its socket was closed after the rows were collected
 * @verdict: result: enum ds_verdict
 * @alike: result for DS_UNKNOWN: this row or another one of its bind and class gets packets
 * @by: result for DS_PARTIAL and DS_SHADOWED: a row that gets packets instead, or DS_BY_*
 */
struct ds_judge_row {
	struct in6_addr addr;
	struct in6_addr peer;
	int ifindex;
	u32 group;
	int cpu;
	u8 class;
	bool inet;
	bool reuseport;
	bool shared;
	bool stale;
	bool gone;
	u8 verdict;
	bool alike;
	u32 by;
};

/**
 * struct ds_question - who gets this packet of the port's family and protocol?
 * @addr: its destination address; all zero stands for any address that no row is bound to
 * @dev: index of the device at which it comes in
 * @master: index of this device's VRF, or 0
 * @peer: the stale peer that it comes from, or NULL for any other source
 */
struct ds_question {
	struct in6_addr addr;
	int dev;
	int master;
	const struct in6_addr *peer;
};

enum ds_answer_kind {
	/* a row gets it */
	DS_ANSWER_ROW,
	/* this row or another one of its bind and class gets it */
	DS_ANSWER_CLASS,
	/* no socket gets it, for a lasting reason: a BPF program drops it */
	DS_ANSWER_NOBODY,
	/* a socket without a row on this port gets it */
	DS_ANSWER_OTHER,
	/* a socket that was created after the rows were collected gets it; does not count */
	DS_ANSWER_NEWCOMER,
	/* no socket gets it, since the one that should was closed; does not count */
	DS_ANSWER_GONE,
	/* it is not known who gets it */
	DS_ANSWER_UNKNOWN,
};

struct ds_answer {
	enum ds_answer_kind kind;
	u32 row;
};

/**
 * struct ds_judge_ops - what the judge calls to get facts
 * @ask: find who gets a packet
 * @load: load a part of ds_judge.laddrs; returns 0 or a negative errno
 * @route: find the owner of an address, for a packet that comes in at a device; false if the
 *	address is not local there. The device is 0 for a packet that the host sends to itself.
 * @step: spend budget steps, and maybe sleep; returns 0 or a negative errno, which ends the call
 */
struct ds_judge_ops {
	void (*ask)(void *arg, const struct ds_question *question, struct ds_answer *answer);
	int (*load)(void *arg, enum ds_laddrs_part part);
	bool (*route)(void *arg, const struct in6_addr *addr, int dev, struct ds_laddr *laddr);
	int (*step)(void *arg, u32 steps);
};

struct ds_bind;
struct ds_bind_group;

/**
 * struct ds_judge - a port in one family
 * @ops: callbacks that find facts
 * @arg: passed to @ops
 * @laddrs: local addresses of the family
 * @row: the rows that take the family, except those on multicast and broadcast addresses
 * @nrows: number of rows
 * @order: the rows' numbers, sorted by bind and group; room for 2 * @nrows
 * @bind: the binds, sorted by address and device; room for @nrows
 * @group: the groups of each bind; room for @nrows
 * @udp: the protocol is UDP
 * @v4: the family is IPv4
 * @accept: sockets that are not bound to a device get packets from VRFs (*_l3mdev_accept)
 * @bpf: a BPF sk_lookup program may decide, so every packet has to be asked about
 * @nbinds: number of binds
 * @nwild: number of binds of the wildcard address, which come first
 * @stale: numbers of the rows with a stale peer, but at most DS_MAX_STALE
 * @nstale: number of rows with a stale peer
 * @spread: some group has rows on several binds
 * @many: number of addresses or VRFs that were too many to ask about each; the caller sets it to 0
 *	before it judges the rows of a port and family
 * @pass: counts the runs of ask_all(): tells which counts in @laddrs are of this run
 */
struct ds_judge {
	const struct ds_judge_ops *ops;
	void *arg;
	struct ds_laddrs *laddrs;
	struct ds_judge_row *row;
	u32 nrows;
	u32 *order;
	struct ds_bind *bind;
	struct ds_bind_group *group;
	bool udp;
	bool v4;
	bool accept;
	bool bpf;
	u32 nbinds;
	u32 nwild;
	u32 stale[DS_MAX_STALE];
	u32 nstale;
	bool spread;
	u32 many;
	u32 pass;
};

/* Budget steps of a question, in addition to those of its lookup. */
#define DS_QUESTION_STEPS	4

/*
 * A socket's score in the kernel's compute_score(), without the points for its CPU and its peer,
 * and without a constant that all sockets have in common. Scores are only compared between sockets
 * on the same address: a specific address wins over the wildcard before that.
 */
static inline int ds_score(bool udp, bool v4, bool on_device, bool inet)
{
	return (on_device ? (udp && v4 ? 4 : 1) : 0) + (v4 && inet);
}

/* Whether a socket bound to @ifindex, which is 0 for none, gets packets that come in at @dev. */
static inline bool ds_covers(int ifindex, int dev, int master, bool accept)
{
	if (!ifindex)
		return !master || accept;
	return ifindex == dev || ifindex == master;
}

#endif
