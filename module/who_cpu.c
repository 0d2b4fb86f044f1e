// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds who gets a packet on which CPU. If sockets name a CPU (SO_INCOMING_CPU), a lookup's result
 * is only valid for the CPU that runs it. Running it on the other CPUs would make the reader wait
 * for them. So this computes the winner on each CPU from the scores of the sockets, in the order in
 * which a lookup visits them.
 */
#include <linux/cpumask.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock_reuseport.h>
#include <net/udp.h>
#include "chain.h"
#include "bind.h"
#include "compat.h"
#include "judge/judge.h"
#include "mem.h"
#include "question.h"
#include "who.h"

/* Limit of the sockets whose scores are compared. */
#define MAX_CANDIDATES	64
#define MAX_RESTARTS	8

/**
 * struct candidate - a socket that may get the packet
 * @sk: the socket, valid in this RCU read section
 * @reuse: ds_reuseport_key() of its group, or DS_NO_GROUP
 * @score: its score in a lookup, without the point for its CPU
 * @cpu: the CPU that it names, or DS_NO_CPU
 * @wild: it is bound to the wildcard address, so it gets the packet only if no socket on the
 *	specific address takes it
 * @at_once: it is in a reuseport group at which the lookup ends, if it has the best score so far
 */
struct candidate {
	const struct sock *sk;
	unsigned long reuse;
	int score;
	int cpu;
	bool wild;
	bool at_once;
};

/**
 * struct weighing - the candidates for a packet
 * @k: the work
 * @packet: the packet
 * @n: entries in @at
 * @wild: the current chain is that of the wildcard address
 * @failed: the candidates could not be collected
 * @at: the candidates, in the order in which a lookup visits them
 */
struct weighing {
	struct ds_who_work *k;
	const struct ds_packet *packet;
	u32 n;
	bool wild;
	bool failed;
	struct candidate at[MAX_CANDIDATES];
};

static bool is_takers(const struct ds_who_work *k, const struct sock *sk)
{
	u8 state = READ_ONCE(sk->sk_state);

	/* check the state first: an object in another state may not be a full socket */
	if (k->q->proto == DS_TCP ? state != TCP_LISTEN : state == TCP_ESTABLISHED)
		return false;
	return READ_ONCE(sk->sk_num) == k->q->port && net_eq(sock_net(sk), k->net);
}

/* ------------------------------------------------------------------ the chains */

static size_t node_offset(const struct ds_who_work *k)
{
	return k->q->proto == DS_TCP ? DS_LISTEN_NODE_OFFSET :
				       offsetof(struct sock, __sk_common.skc_portaddr_node);
}

static void *head_of(const struct ds_who_work *k, const struct in6_addr *addr)
{
	u32 hash = ds_portaddr_hash(k->net, addr, k->q->port);
	const struct inet_hashinfo *tcp = ds_tcp_hashinfo(k->net);

	if (k->q->proto == DS_TCP)
		return ds_listen_head(&tcp->lhash2[hash & tcp->lhash2_mask]);
	return &udp_hashslot2(ds_udp_table(k->net), hash)->head;
}

static void survey_one(struct sock *sk, void *arg)
{
	struct ds_who_work *k = arg;

	k->ctx.listeners++;
	if (!is_takers(k, sk))
		return;
	k->rivals++;
	k->named += READ_ONCE(sk->sk_incoming_cpu) >= 0;
}

static int survey_chain(struct ds_who_work *k, void *head)
	__must_hold(RCU)
{
	u32 listeners = k->ctx.listeners, rivals = k->rivals, named = k->named, restarts = 0;
	enum ds_chain_state state;
	struct ds_chain chain;
	int err = 0;

	ds_chain_start(&chain, head, node_offset(k));
	do {
		state = ds_chain_walk(&chain, &k->ctx.budget, survey_one, k);
		if (state == DS_CHAIN_MOVED) {
			ds_chain_put(&chain);
			ds_chain_start(&chain, head, node_offset(k));
			/* after the last walk, use the counts even though a socket moved */
			if (restarts++ == MAX_RESTARTS)
				break;
			k->ctx.listeners = listeners;
			k->rivals = rivals;
			k->named = named;
		}
		if (state != DS_CHAIN_END)
			err = ds_budget_pause(&k->ctx.budget);
	} while (!err && state != DS_CHAIN_END && k->ctx.listeners <= DS_MAX_CHAIN);
	ds_chain_put(&chain);
	return err;
}

/**
 * ds_who_survey() - count the sockets that a lookup visits, and find out whether CPUs matter
 * @k: the work; sets ctx.listeners, rivals, named and weighing
 *
 * Context: process context; sleeps.
 * Return: 0, -ENOMEM or -EINTR.
 */
int ds_who_survey(struct ds_who_work *k)
{
	void *head = head_of(k, &k->q->addr), *wild = head_of(k, &in6addr_any);
	int err;

	if (k->q->proto == DS_UDP && num_online_cpus() == 1)
		return 0;
	ds_budget_enter(&k->ctx.budget);
	err = survey_chain(k, head);
	if (!err && wild != head)
		err = survey_chain(k, wild);
	ds_budget_leave(&k->ctx.budget);
	if (err || k->rivals < 2 || !k->named || num_online_cpus() == 1)
		return err;
	k->weighing = kmalloc(sizeof(*k->weighing), DS_GFP);
	return k->weighing ? 0 : -ENOMEM;
}

/* ------------------------------------------------------------------ the scores */

/* A datagram from a socket's stale peer adds a point; only AF_INET6 sockets have a stale peer. */
static int score_of(const struct weighing *w, const struct ds_row *row)
{
	bool v4 = w->packet->family == DS_V4;

	return ds_score(w->k->q->proto == DS_UDP, v4, row->ifindex, !(row->flags & DS_ROW_INET6)) +
	       (!v4 && row->flags & DS_ROW_OLD_PEER);
}

static bool may_take(const struct weighing *w, const struct ds_row *row)
{
	const struct ds_packet *p = w->packet;

	if (!(row->families & DS_TAKES(p->family)) ||
	    !ds_covers(row->ifindex, w->k->dev, w->k->master, w->k->accept))
		return false;
	if (w->wild ? !ds_row_is_wildcard(row) : !ipv6_addr_equal(&row->addr, p->daddr))
		return false;
	return p->family == DS_V4 || !(row->flags & DS_ROW_OLD_PEER) ||
	       (p->saddr && ipv6_addr_equal(&row->old_peer, p->saddr));
}

static int cpu_of(const struct ds_row *row)
{
	return row->cpu < 0 || row->cpu >= nr_cpu_ids || !cpu_online(row->cpu) ? DS_NO_CPU :
										 row->cpu;
}

/* Whether a lookup ends at a socket's group. It does not if the group has a connected socket. */
static bool ends_lookup(const struct sock *sk)
{
	const struct sock_reuseport *reuse = rcu_dereference(sk->sk_reuseport_cb);

	/* in a bit field; the lookup does not take a lock for it, either */
	return reuse && !data_race(!!reuse->has_conns);
}

static void weigh_one(struct sock *sk, void *arg)
{
	struct weighing *w = arg;
	struct ds_row row;

	if (!is_takers(w->k, sk))
		return;
	ds_row_fill(&row, sk, w->k->q->proto);
	if (!may_take(w, &row))
		return;
	if (w->n == MAX_CANDIDATES) {
		w->failed = true;
		return;
	}
	w->at[w->n++] = (struct candidate) {
		.sk = sk, .reuse = row.reuse, .score = score_of(w, &row), .cpu = cpu_of(&row),
		.wild = w->wild, .at_once = ends_lookup(sk),
	};
}

/*
 * Collect the candidates of a chain. This must not leave the RCU read section, since they are
 * compared with the socket that the lookup found in it.
 */
static void weigh_chain(struct weighing *w, const struct in6_addr *addr)
	__must_hold(RCU)
{
	struct ds_chain chain;

	ds_chain_start(&chain, head_of(w->k, addr), node_offset(w->k));
	if (ds_chain_walk(&chain, &w->k->ctx.budget, weigh_one, w) != DS_CHAIN_END)
		w->failed = true;
	ds_chain_put(&chain);
}

/* The candidate that wins on a CPU. DS_NO_CPU stands for a CPU that no candidate names. */
static const struct candidate *winner_on(const struct weighing *w, int cpu)
{
	const struct candidate *best = NULL;
	int best_score = 0;
	u32 i;

	for (i = 0; i < w->n; i++) {
		const struct candidate *c = &w->at[i];
		int score = c->score + (c->cpu != DS_NO_CPU && c->cpu == cpu);

		if (best && !best->wild && c->wild)
			break;
		if (best && score <= best_score)
			continue;
		best = c;
		best_score = score;
		if (c->at_once)
			break;
	}
	return best;
}

static bool same(const struct candidate *a, const struct candidate *b)
{
	return a->sk == b->sk || (a->reuse != DS_NO_GROUP && a->reuse == b->reuse);
}

static bool is_of(const struct candidate *c, const struct sock *sk)
{
	const struct sock_reuseport *reuse = rcu_dereference(sk->sk_reuseport_cb);

	return c->sk == sk || (reuse && c->reuse == ds_reuseport_key(reuse));
}

static bool was_named(const struct weighing *w, u32 i)
{
	u32 k;

	for (k = 0; k < i; k++)
		if (w->at[k].cpu == w->at[i].cpu)
			return true;
	return false;
}

/*
 * Add a line for each named CPU on which another candidate than @rest wins, and a line for @rest,
 * which wins on the CPUs that no candidate names.
 */
static void add_winners(struct weighing *w, const struct candidate *rest)
	__must_hold(RCU)
{
	u32 i, named = 0, wins = 0;

	for (i = 0; i < w->n; i++) {
		const struct candidate *c;

		if (w->at[i].cpu == DS_NO_CPU || was_named(w, i))
			continue;
		named++;
		c = winner_on(w, w->at[i].cpu);
		if (same(c, rest))
			wins++;
		else
			ds_who_add_winner(w->k, c->sk, false, w->at[i].cpu);
	}
	if (wins || named < num_online_cpus())
		ds_who_add_winner(w->k, rest->sk, false, DS_NO_CPU);
}

static bool is_winner(const struct weighing *w, const struct sock *sk, bool *several)
{
	const struct candidate *rest = winner_on(w, DS_NO_CPU);
	bool found = rest && is_of(rest, sk);
	u32 i;

	for (i = 0; i < w->n; i++) {
		const struct candidate *c;

		if (w->at[i].cpu == DS_NO_CPU)
			continue;
		c = winner_on(w, w->at[i].cpu);
		found |= is_of(c, sk);
		*several |= !same(c, rest);
	}
	return found;
}

/**
 * ds_who_by_cpu() - add who gets the packet on which CPU, if that depends on the CPU
 * @k: the work, after ds_who_survey()
 * @packet: the packet
 * @sk: the socket that gets it on this CPU
 *
 * Context: in the section of @k in which @sk was found, and does not leave it.
 * Return: false if it does not depend on the CPU; then no line was added.
 */
bool ds_who_by_cpu(struct ds_who_work *k, const struct ds_packet *packet, const struct sock *sk)
	__must_hold(RCU)
{
	struct weighing *w = k->weighing;
	bool several = false, found;

	if (!w)
		return false;
	w->k = k;
	w->packet = packet;
	w->n = 0;
	w->failed = false;
	w->wild = false;
	weigh_chain(w, packet->daddr);
	w->wild = true;
	weigh_chain(w, &in6addr_any);
	found = is_winner(w, sk, &several);
	if (!w->failed && found && !several)
		return false;
	if (w->failed || !found)
		ds_who_add(k, DS_WHO_UNKNOWN);
	else
		add_winners(w, winner_on(w, DS_NO_CPU));
	return true;
}
