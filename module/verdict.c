// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the verdicts of a snapshot's rows, port by port. The judge (judge/judge.c) decides which
 * packets to ask about. This file gives it the rows, the local addresses and the kernel's lookup.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/hash.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include "compat.h"
#include "judge/bind.h"
#include "judge/judge.h"
#include "lookup.h"
#include "laddr.h"
#include "mcast.h"
#include "mem.h"
#include "port.h"
#include "sort.h"
#include "verdict.h"

/* Bits of an index into the cache of verdicts. Most rows are bound to one of a few addresses. */
#define SINGLES_BITS	3

/**
 * struct single - cached verdict for one bind, of rows that compete with no other row
 * @addr: bound address; all zero for the wildcard of either family
 * @ifindex: the device that they are bound to, or 0
 * @verdict: their verdict
 * @known: the entry is valid for the current protocol and namespace
 */
struct single {
	struct in6_addr addr;
	int ifindex;
	enum ds_verdict verdict;
	bool known;
};

/**
 * struct work - state of ds_judge()
 * @ctx: the context of the lookups, with the budget of all work under RCU
 * @judge: the current port in the current family
 * @port: the rows of the current port
 * @row_of: for each row of @judge its number in @port
 * @row_at: for each row of @port its number in @judge, or DS_PORT_NO_ROW
 * @first_of_group: indexed by the first row of a group in @port: the group's first row in @judge
 * @local: local addresses of the current namespace
 * @mcast: multicast groups that devices of the current namespace joined
 * @broadcast: broadcast addresses of these devices
 * @share: the arrays are charged to it
 * @s: the snapshot
 * @net: index of the current namespace, or -1
 * @proto: the current protocol
 * @family: the current family
 * @chain: length of the longest chain that was too long for a lookup, 0 for none
 * @other_inode: inode of the last winner without a row on the port
 * @ncpus: number of online CPUs
 * @single: cache of verdicts for rows that compete with no other row, by a hash of the bind
 */
struct work {
	struct ds_lookup_ctx ctx;
	struct ds_judge judge;
	struct ds_port port;
	u32 *row_of;
	u32 *row_at;
	u32 *first_of_group;
	struct ds_local local;
	struct ds_mcast mcast;
	struct ds_mcast broadcast;
	struct ds_share share;
	struct ds_rows *s;
	int net;
	int proto;
	enum ds_family family;
	u32 chain;
	u64 other_inode;
	unsigned int ncpus;
	struct single single[DS_NFAMILIES][1 << SINGLES_BITS];
};

static const struct in6_addr any_mapped = { { { [10] = 0xff, [11] = 0xff } } };

/* ------------------------------------------------------------------ what the judge asks for */

static const struct in6_addr *lookup_addr(const struct work *w, const struct ds_question *q)
{
	if (!ds_addr_is_any6(&q->addr))
		return &q->addr;
	return w->family == DS_V4 ? &any_mapped : &in6addr_any;
}

static void answer_with(struct work *w, const struct sock *sk, struct ds_answer *answer)
{
	u32 row = ds_port_find(&w->port, sk);
	u64 inode = ds_sock_inode(sk);

	/* if the inode differs, a new socket reuses the memory of one that was closed */
	if (row != DS_PORT_NO_ROW && w->row_at[row] != DS_PORT_NO_ROW &&
	    ds_port_row(&w->port, row)->inode == inode) {
		answer->kind = DS_ANSWER_ROW;
		answer->row = w->row_at[row];
		return;
	}
	answer->kind = w->ctx.bpf ? DS_ANSWER_OTHER : DS_ANSWER_NEWCOMER;
	w->other_inode = inode;
}

static void ask(void *arg, const struct ds_question *q, struct ds_answer *answer)
	__must_hold(RCU)
{
	struct work *w = arg;
	const struct ds_row *row = ds_port_row(&w->port, 0);
	const struct ds_packet packet = {
		.family	= w->family,
		.proto	= row->proto,
		.port	= row->port,
		.dif	= q->master ?: q->dev,
		.sdif	= q->master ? q->dev : 0,
		.daddr	= lookup_addr(w, q),
		.saddr	= q->peer,
	};
	const struct sock *sk;
	u32 chain;

	sk = ds_lookup(&w->ctx, &packet, &chain);
	if (IS_ERR(sk)) {
		answer->kind = DS_ANSWER_UNKNOWN;
		w->chain = max(w->chain, chain);
	} else if (sk) {
		answer_with(w, sk, answer);
	} else {
		answer->kind = w->ctx.bpf ? DS_ANSWER_NOBODY : DS_ANSWER_GONE;
	}
}

static int step(void *arg, u32 steps)
	__must_hold(RCU)
{
	struct work *w = arg;

	if (!w->ctx.err)
		w->ctx.err = ds_budget_step(&w->ctx.budget, steps);
	return w->ctx.err;
}

static int load(void *arg, enum ds_laddrs_part part)
	__must_hold(RCU)
{
	struct work *w = arg;

	ds_budget_leave(&w->ctx.budget);
	if (!w->ctx.err)
		w->ctx.err = ds_local_load(&w->local, w->family, part);
	ds_budget_enter(&w->ctx.budget);
	return w->ctx.err;
}

static bool route(void *arg, const struct in6_addr *addr, int dev, struct ds_laddr *laddr)
{
	struct work *w = arg;

	ds_budget_spend(&w->ctx.budget, DS_ROUTE_STEPS);
	return ds_local_route(&w->local, w->family, addr, dev, laddr);
}

static const struct ds_judge_ops ops = {
	.ask	= ask,
	.load	= load,
	.route	= route,
	.step	= step,
};

/* ------------------------------------------------------------------ multicast and broadcast */

static int load_groups(struct work *w, struct ds_mcast *mcast)
	__must_hold(RCU)
{
	if (mcast->loaded)
		return 0;
	ds_budget_leave(&w->ctx.budget);
	w->ctx.err = ds_mcast_load(mcast, &w->local, mcast == &w->broadcast);
	ds_budget_enter(&w->ctx.budget);
	return w->ctx.err;
}

static int judge_mcast_addr(struct work *w, struct ds_row *row)
	__must_hold(RCU)
{
	const struct ds_mcast_key key = {
		.local		= &w->local,
		.budget		= &w->ctx.budget,
		.ifindex	= row->ifindex,
		.accept		= w->judge.accept,
	};
	struct ds_mcast *mcast;
	bool arrives;
	int err, kind;

	kind = ds_mcast_is(&key, &row->addr);
	if (kind <= 0)
		return kind;
	mcast = kind == DS_MCAST_BROADCAST ? &w->broadcast : &w->mcast;
	err = load_groups(w, mcast);
	if (err)
		return err;
	arrives = ds_mcast_arrives(&key, mcast, &row->addr,
				   row->flags & DS_ROW_JOINED_ONLY ? row->joined : -1);
	row->verdict[w->family] = arrives ? DS_YES : DS_NOADDR;
	return 1;
}

/*
 * Find the verdict of a row on a multicast or broadcast address. Each socket on such an address
 * gets its own copy of a datagram, so such rows do not compete. Returns 1 if the row has its
 * verdict now, 0 if its address is neither multicast nor broadcast, or a negative errno. TCP has no
 * such packets; for a TCP listener such an address is not local.
 */
static int judge_mcast(struct work *w, struct ds_row *row)
	__must_hold(RCU)
{
	if (row->proto != DS_UDP || ds_row_is_wildcard(row))
		return 0;
	return judge_mcast_addr(w, row);
}

/* ------------------------------------------------------------------ a port */

static bool is_stale(const struct work *w, const struct ds_row *row)
{
	return w->family == DS_V6 && row->flags & DS_ROW_OLD_PEER;
}

/* If there is only one CPU, or the named CPU is offline, SO_INCOMING_CPU makes no difference. */
static int cpu_of(const struct work *w, const struct ds_row *row)
{
	if (row->cpu < 0 || row->cpu >= nr_cpu_ids || w->ncpus == 1 || !cpu_online(row->cpu))
		return -1;
	return row->cpu;
}

static void fill_judge_row(struct work *w, const struct ds_row *row, u32 number)
{
	struct ds_judge_row *to = &w->judge.row[w->judge.nrows];

	*to = (struct ds_judge_row) {
		.ifindex	= row->ifindex,
		.cpu		= cpu_of(w, row),
		.inet		= !(row->flags & DS_ROW_INET6),
		.reuseport	= row->reuse != DS_NO_GROUP,
		.shared		= row->group > 1,
		.stale		= is_stale(w, row),
	};
	if (!ds_row_is_wildcard(row))
		to->addr = row->addr;
	if (to->stale)
		to->peer = row->old_peer;
	w->row_at[number] = w->judge.nrows;
	w->row_of[w->judge.nrows++] = number;
}

/* Copy to the judge the rows that take the family, but not those on multicast or broadcast. */
static int fill_judge(struct work *w)
	__must_hold(RCU)
{
	u32 i;
	int err = 0;

	w->judge.nrows = 0;
	for (i = 0; i < w->port.n && !err; i++) {
		struct ds_row *row = ds_port_row(&w->port, i);

		w->row_at[i] = DS_PORT_NO_ROW;
		err = step(w, DS_SOCKET_STEPS);
		if (err || !(row->families & DS_TAKES(w->family)))
			continue;
		err = judge_mcast(w, row);
		if (!err)
			fill_judge_row(w, row, i);
		err = min(err, 0);
	}
	return err;
}

/* Number each group by its first row in this family, as the judge expects. */
static int number_groups(struct work *w)
	__must_hold(RCU)
{
	u32 i;
	int err = 0;

	for (i = 0; i < w->judge.nrows && !err; i++) {
		u32 *first = &w->first_of_group[w->port.group[w->row_of[i]]];

		*first = DS_PORT_NO_ROW;
		err = step(w, 1);
	}
	for (i = 0; i < w->judge.nrows && !err; i++) {
		u32 *first = &w->first_of_group[w->port.group[w->row_of[i]]];

		if (*first == DS_PORT_NO_ROW)
			*first = i;
		w->judge.row[i].group = *first;
		err = step(w, 1);
	}
	return err;
}

static u64 inode_of(const struct work *w, u32 by)
{
	if (by < w->judge.nrows)
		return ds_port_row(&w->port, w->row_of[by])->inode;
	return by == DS_BY_OTHER ? w->other_inode : 0;
}

static void explain_unknown(struct work *w, struct ds_row *row)
{
	if (w->chain) {
		row->by[w->family] = w->chain;
		row->flags |= DS_ROW_CHAIN;
	} else if (w->judge.many) {
		row->by[w->family] = w->judge.many;
		row->flags |= DS_ROW_MANY;
	} else {
		row->by[w->family] = w->judge.nstale;
		row->flags |= DS_ROW_PEERS;
	}
}

static void mark_gone(struct work *w, struct ds_row *row)
{
	w->s->ngone += !(row->flags & DS_ROW_GONE);
	row->flags |= DS_ROW_GONE;
}

static void take_verdict(struct work *w, u32 i)
{
	const struct ds_judge_row *judged = &w->judge.row[i];
	struct ds_row *row = ds_port_row(&w->port, w->row_of[i]);

	if (judged->gone) {
		mark_gone(w, row);
		return;
	}
	row->verdict[w->family] = judged->verdict;
	if (judged->verdict == DS_UNKNOWN)
		explain_unknown(w, row);
	else
		row->by[w->family] = inode_of(w, judged->by);
}

static int take_verdicts(struct work *w)
	__must_hold(RCU)
{
	u32 i;
	int err = 0;

	for (i = 0; i < w->judge.nrows && !err; i++) {
		take_verdict(w, i);
		err = step(w, 1);
	}
	return err;
}

static struct single *single_of(struct work *w, const struct in6_addr *addr, int ifindex)
{
	u32 hash = hash_32((__force u32)addr->s6_addr32[3] ^ ifindex, SINGLES_BITS);

	return &w->single[w->family][hash];
}

/* Find the verdict of a row that competes with no other row; take it from the cache if possible. */
static int judge_single(struct work *w, struct ds_row *row)
	__must_hold(RCU)
{
	const struct in6_addr *addr = ds_row_is_wildcard(row) ? &in6addr_any : &row->addr;
	struct single *s = single_of(w, addr, row->ifindex);
	int err = 0;

	if (!s->known || s->ifindex != row->ifindex || !ipv6_addr_equal(&s->addr, addr)) {
		s->addr = *addr;
		s->ifindex = row->ifindex;
		err = ds_judge_single(&w->judge, addr, row->ifindex, &s->verdict);
		s->known = !err && s->verdict != DS_UNKNOWN;
	}
	row->verdict[w->family] = s->verdict;
	if (s->verdict == DS_UNKNOWN)
		explain_unknown(w, row);
	return err;
}

static void turn_to_family(struct work *w)
{
	w->chain = 0;
	w->judge.many = 0;
	w->judge.laddrs = &w->local.laddrs[w->family];
	w->judge.v4 = w->family == DS_V4;
}

static int judge_family(struct work *w)
	__must_hold(RCU)
{
	int err;

	turn_to_family(w);
	err = fill_judge(w);
	if (err || !w->judge.nrows)
		return err;
	if (w->judge.nrows == 1 && !w->ctx.bpf && !w->judge.row[0].stale)
		return judge_single(w, ds_port_row(&w->port, w->row_of[0]));
	err = number_groups(w);
	if (!err)
		err = ds_judge_port(&w->judge);
	return err ?: take_verdicts(w);
}

static int judge_port(struct work *w, u32 first, u32 end)
	__must_hold(RCU)
{
	u32 i;
	int err = 0;

	for (i = first; w->ctx.bpf && i < end && !err; i++) {
		ds_row_ordered(w->s, i)->flags |= DS_ROW_BPF;
		err = step(w, 1);
	}
	if (!err)
		err = ds_port_set(&w->port, first, end - first, step, w);
	w->judge.bpf = w->ctx.bpf;
	for (w->family = DS_V4; w->family < DS_NFAMILIES && !err; w->family++)
		err = judge_family(w);
	return err;
}

/* Find the verdicts of a port's only row, which has no stale peer. No BPF program is attached. */
static int judge_lone_row(struct work *w, struct ds_row *row)
	__must_hold(RCU)
{
	int err = step(w, DS_SOCKET_STEPS);

	row->group = 1;
	for (w->family = DS_V4; w->family < DS_NFAMILIES && !err; w->family++) {
		if (!(row->families & DS_TAKES(w->family)))
			continue;
		turn_to_family(w);
		err = judge_mcast(w, row);
		if (!err)
			err = judge_single(w, row);
		err = min(err, 0);
	}
	return err;
}

/* ------------------------------------------------------------------ all ports */

static int turn_to_net(struct work *w, u32 net)
	__must_hold(RCU)
{
	ds_budget_leave(&w->ctx.budget);
	ds_local_free(&w->local);
	ds_mcast_free(&w->mcast);
	ds_mcast_free(&w->broadcast);
	ds_lookup_turn_to(&w->ctx, w->s->net[net]);
	w->ctx.err = ds_local_collect(&w->local, w->s->net[net], w->s->charge);
	if (!w->ctx.err && fatal_signal_pending(current))
		w->ctx.err = -EINTR;
	w->net = net;
	ds_budget_enter(&w->ctx.budget);
	return w->ctx.err;
}

static int turn_to(struct work *w, const struct ds_row *row)
	__must_hold(RCU)
{
	int err = 0;

	if (w->net != row->net)
		err = turn_to_net(w, row->net);
	memset(w->single, 0, sizeof(w->single));
	w->proto = row->proto;
	w->judge.udp = row->proto == DS_UDP;
	w->judge.accept = ds_accepts_from_vrf(w->s->net[row->net], row->proto);
	return err;
}

static int judge_from(struct work *w, u32 first, u32 *end)
	__must_hold(RCU)
{
	struct ds_row *row = ds_row_ordered(w->s, first);
	int err = 0;

	if (w->net != row->net || w->proto != row->proto)
		err = turn_to(w, row);
	if (err)
		return err;
	*end = first + 1;
	if (ds_alone_on_port(w->s, first) && !w->ctx.bpf && !(row->flags & DS_ROW_OLD_PEER))
		return judge_lone_row(w, row);
	while (!err && !ds_alone_on_port(w->s, *end - 1)) {
		++*end;
		err = step(w, 1);
	}
	return err ?: judge_port(w, first, *end);
}

static int judge_all(struct work *w)
{
	u32 first, end;
	int err = 0;

	ds_budget_enter(&w->ctx.budget);
	for (first = 0; first < w->s->nrows && !err; first = end)
		err = judge_from(w, first, &end);
	ds_budget_leave(&w->ctx.budget);
	return err;
}

/* Bytes charged for each row of the largest port. Five of the ten u32 are for struct ds_port. */
#define CHARGE_PORT_ROW	(sizeof(struct ds_judge_row) + sizeof(struct ds_bind) + \
			 sizeof(struct ds_bind_group) + 10 * sizeof(u32))

static int alloc_work(struct work *w, struct ds_rows *s)
{
	u32 max = s->largest_port;
	struct ds_judge *j = &w->judge;
	int err;

	w->s = s;
	w->net = -1;
	w->ctx.rows = s;
	w->ncpus = num_online_cpus();
	w->share.charge = s->charge;
	err = ds_share_grow(&w->share, array_size(max, CHARGE_PORT_ROW));
	if (err)
		return err;
	j->ops = &ops;
	j->arg = w;
	j->row = ds_alloc(max, sizeof(*j->row));
	j->order = ds_alloc(2 * (size_t)max, sizeof(*j->order));
	j->bind = ds_alloc(max, sizeof(*j->bind));
	j->group = ds_alloc(max, sizeof(*j->group));
	w->row_of = ds_alloc(max, sizeof(*w->row_of));
	w->row_at = ds_alloc(max, sizeof(*w->row_at));
	w->first_of_group = ds_alloc(max, sizeof(*w->first_of_group));
	if (!j->row || !j->order || !j->bind || !j->group || !w->row_of || !w->row_at ||
	    !w->first_of_group)
		return -ENOMEM;
	return ds_port_alloc(&w->port, s, max);
}

static void free_work(struct work *w)
{
	atomic64_add(w->ctx.lookups, &ds_stats.lookups);
	atomic64_add(w->ctx.passed, &ds_stats.lookup_chain);
	ds_local_free(&w->local);
	ds_mcast_free(&w->mcast);
	ds_mcast_free(&w->broadcast);
	ds_share_end(&w->share);
	ds_port_free(&w->port);
	ds_free(w->judge.row);
	ds_free(w->judge.order);
	ds_free(w->judge.bind);
	ds_free(w->judge.group);
	ds_free(w->row_of);
	ds_free(w->row_at);
	ds_free(w->first_of_group);
	kfree(w);
}

/**
 * ds_judge() - fill in the verdicts of a snapshot's rows
 * @s: the sorted snapshot; it holds a reference on each namespace
 *
 * If a lookup shows that a row's socket was closed since the walk, the row gets DS_ROW_GONE.
 *
 * Context: process context; sleeps. Runs attached BPF sk_lookup programs.
 * Return: 0, -ENOMEM, -EINTR or an error of ds_charge_add().
 */
int ds_judge(struct ds_rows *s)
{
	struct work *w = kzalloc(sizeof(*w), DS_GFP);
	int err;

	if (!w)
		return -ENOMEM;
	err = alloc_work(w, s);
	if (!err)
		err = judge_all(w);
	free_work(w);
	return err;
}
