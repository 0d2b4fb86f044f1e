/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of a port in one family, questions and answers, and what the judge keeps of them. */
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

/* For ds_judge_row.by */
#define DS_BY_NOBODY	((u32)-1)
#define DS_BY_OTHER	((u32)-2)	/* a socket that has no row on this port */

/* Rows of one bind that have the same class look the same to whoever answers. */
#define DS_NCLASSES	4

/*
 * Rows with a stale peer that are asked about; where a port has more, the peers' packets are
 * not.
 */
#define DS_MAX_STALE	8

/**
 * struct ds_judge_row - one row of the port that takes the family
 * @addr: bound address, an IPv4 one in v4-mapped form; all zero for the wildcard of either family
 * @peer: the stale peer's address, with @stale
 * @ifindex: the device that it is bound to, or 0
 * @group: the number of its reuseport group's first row, or its own
 * @cpu: SO_INCOMING_CPU, where that makes a difference, else -1
 * @class: rows of one bind that an answer can't tell apart have the same; below DS_NCLASSES
 * @inet: an AF_INET socket
 * @reuseport: it is in a reuseport group
 * @shared: that group has more than one member
 * @stale: takes packets of the family from @peer alone
 * @gone: set: its socket was closed since the rows were collected
 * @verdict: set
 * @alike: set for DS_UNKNOWN: it gets packets, or another row of the same bind and class does
 * @by: set for DS_PARTIAL and DS_SHADOWED: the row that gets packets instead, or DS_BY_*
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
 * struct ds_question - a packet of the port's family and protocol
 * @addr: where it is sent to; all zero for an address that no row is bound to
 * @dev: the device that it comes in at
 * @master: the VRF that this device belongs to, or 0
 * @peer: the stale peer that it comes from, or NULL for anybody else
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
	/* a row of the same bind and class as this one gets it */
	DS_ANSWER_CLASS,
	/* nobody gets it, and that is no accident: a BPF program drops it */
	DS_ANSWER_NOBODY,
	/* a socket that has no row on this port gets it */
	DS_ANSWER_OTHER,
	/* a socket that was made since the rows were collected gets it: not counted */
	DS_ANSWER_NEWCOMER,
	/* nobody gets it, where a row should: that was closed; not counted */
	DS_ANSWER_GONE,
	/* not known */
	DS_ANSWER_UNKNOWN,
};

struct ds_answer {
	enum ds_answer_kind kind;
	u32 row;
};

/**
 * struct ds_judge_ops - where the judge gets its facts
 * @ask: who gets a packet
 * @load: fill in more of @judge->laddrs; 0 or a negative errno
 * @route: a local address as a packet that comes in at a device finds it; false for none. The
 *	device is 0 for a packet of the host itself.
 * @step: take steps, which may pause; 0 or a negative errno, which ends the judge
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
 * @ops: where facts come from
 * @arg: passed to @ops
 * @laddrs: local addresses of the family
 * @row: the rows that take the family, but those on multicast and broadcast addresses
 * @nrows: how many
 * @order: room for 2 * @nrows numbers
 * @bind: room for @nrows binds
 * @group: room for @nrows
 * @udp: the protocol is UDP
 * @v4: the family is IPv4
 * @accept: sockets bound to no device get packets from VRFs (*_l3mdev_accept)
 * @bpf: a BPF sk_lookup program may decide: everything is asked
 * @nbinds: binds of the port
 * @nwild: those of the wildcard address, which come first
 * @stale: rows with a stale peer, the first DS_MAX_STALE
 * @nstale: how many rows have one
 * @spread: rows of one group have several binds
 * @pass: number of this port, for counts in @laddrs
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
	u32 pass;
};

/* Steps that a question takes, over those of its lookup. */
#define DS_QUESTION_STEPS	4

/*
 * What a lookup of the family scores for a socket, as the kernel's compute_score() has it, but for
 * its CPU and its peer; the address decides before. A constant that all have in common is left out.
 */
static inline int ds_score(bool udp, bool v4, bool on_device, bool inet)
{
	return (on_device ? (udp && v4 ? 4 : 1) : 0) + (v4 && inet);
}

/* Whether a socket bound to @ifindex, or to no device, gets packets that come in at @dev. */
static inline bool ds_covers(int ifindex, int dev, int master, bool accept)
{
	if (!ifindex)
		return !master || accept;
	return ifindex == dev || ifindex == master;
}

#endif
