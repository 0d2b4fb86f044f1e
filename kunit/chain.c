// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks of hand-made chains, with and without pauses, while sockets move. A walk that ends must
 * have visited every socket that was in the chain all the time.
 */
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/sock.h>
#include "chain.h"
#include "fixture.h"
#include "budget.h"

#define MAX_SOCKS	64

/**
 * struct walk - a walk under test
 * @test: the test
 * @sk: sockets, of which the first @n are in the chain, in this order
 * @n: number of sockets in the chain
 * @nulls: the chain, if it is a nulls list
 * @nulls_elsewhere: another nulls list
 * @plain: the chain, if it is a plain list
 * @plain_elsewhere: another plain list
 * @is_nulls: the chain is a nulls list
 * @visits: number of visits of each socket since the walk began or began again
 * @nvisits: number of all visits since then
 * @act_at: number of the visit that calls @act, or -1
 * @act: changes the chain
 * @acted: @act was called
 */
struct walk {
	struct kunit *test;
	struct sock *sk[MAX_SOCKS];
	u32 n;
	struct hlist_nulls_head nulls, nulls_elsewhere;
	struct hlist_head plain, plain_elsewhere;
	bool is_nulls;
	int visits[MAX_SOCKS];
	int nvisits;
	int act_at;
	void (*act)(struct walk *w, u32 at);
	bool acted;
};

static void add_tail(struct walk *w, u32 i)
{
	if (w->is_nulls)
		hlist_nulls_add_tail_rcu(&w->sk[i]->sk_nulls_node, &w->nulls);
	else
		hlist_add_tail_rcu(&w->sk[i]->sk_node, &w->plain);
}

static void add_head(struct walk *w, u32 i)
{
	if (w->is_nulls)
		hlist_nulls_add_head_rcu(&w->sk[i]->sk_nulls_node, &w->nulls);
	else
		hlist_add_head_rcu(&w->sk[i]->sk_node, &w->plain);
}

static void add_elsewhere(struct walk *w, u32 i)
{
	if (w->is_nulls)
		hlist_nulls_add_head_rcu(&w->sk[i]->sk_nulls_node, &w->nulls_elsewhere);
	else
		hlist_add_head_rcu(&w->sk[i]->sk_node, &w->plain_elsewhere);
}

static void del(struct walk *w, u32 i)
{
	if (w->is_nulls)
		hlist_nulls_del_init_rcu(&w->sk[i]->sk_nulls_node);
	else
		hlist_del_init_rcu(&w->sk[i]->sk_node);
}

/* The walk only uses the head of a socket, so no protocol's socket is needed. */
static struct walk *new_walk(struct kunit *test, bool is_nulls, u32 n)
{
	struct walk *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->test = test;
	w->is_nulls = is_nulls;
	w->n = n;
	w->act_at = -1;
	INIT_HLIST_NULLS_HEAD(&w->nulls, 1);
	INIT_HLIST_NULLS_HEAD(&w->nulls_elsewhere, 2);
	for (i = 0; i < MAX_SOCKS; i++) {
		w->sk[i] = kunit_kzalloc(test, sizeof(struct sock), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, w->sk[i]);
		/* the count never drops to 0, so these are never freed by sock_put() */
		refcount_set(&w->sk[i]->sk_refcnt, 100);
		if (i < n)
			add_tail(w, i);
		else if (i < n + 3)
			add_elsewhere(w, i);
	}
	return w;
}

static void visit(struct sock *sk, void *arg)
{
	struct walk *w = arg;
	u32 i;

	for (i = 0; i < MAX_SOCKS && w->sk[i] != sk; i++)
		;
	KUNIT_ASSERT_LT(w->test, i, (u32)MAX_SOCKS);
	w->visits[i]++;
	/* end a walk that would run in circles */
	KUNIT_ASSERT_LT(w->test, ++w->nvisits, 4 * MAX_SOCKS);
	if (!w->acted && w->nvisits - 1 == w->act_at) {
		w->acted = true;
		w->act(w, i);
	}
}

static void begin(struct walk *w, struct ds_chain *chain)
{
	ds_chain_start(chain, w->is_nulls ? (void *)&w->nulls : (void *)&w->plain,
		       offsetof(struct sock, sk_node));
	memset(w->visits, 0, sizeof(w->visits));
	w->nvisits = 0;
}

static void no_references_left(struct walk *w)
{
	u32 i;

	for (i = 0; i < MAX_SOCKS; i++)
		KUNIT_EXPECT_EQ(w->test, refcount_read(&w->sk[i]->sk_refcnt), 100);
}

/* Walk to the end with sections of @steps. Returns how often the walk began again. */
static int walk(struct walk *w, int steps, int *pauses)
{
	struct ds_budget budget = { };
	enum ds_chain_state state;
	struct ds_chain chain;
	int moves = 0;

	*pauses = 0;
	begin(w, &chain);
	do {
		rcu_read_lock();
		budget.steps = steps;
		state = ds_chain_walk(&chain, &budget, visit, w);
		rcu_read_unlock();
		if (state == DS_CHAIN_MOVED) {
			ds_chain_put(&chain);
			begin(w, &chain);
			moves++;
		} else if (state == DS_CHAIN_PAUSED) {
			++*pauses;
		}
		KUNIT_ASSERT_LT(w->test, moves, 10);
	} while (state != DS_CHAIN_END);
	ds_chain_put(&chain);
	no_references_left(w);
	return moves;
}

static const struct shape {
	u32 n;
	int steps;
	bool is_nulls;
} shapes[] = {
	{ 0, 100, true }, { 1, 100, true }, { 2, 1000, true }, { 40, 10000, true },
	{ 40, 1, true }, { 40, DS_SOCKET_STEPS, true }, { 40, 3 * DS_SOCKET_STEPS, true },
	{ 40, 7 * DS_SOCKET_STEPS + 1, true }, { 1, 1, true }, { 2, 1, true },
	{ 0, 100, false }, { 1, 100, false }, { 2, 1000, false }, { 40, 10000, false },
	{ 40, 1, false }, { 40, DS_SOCKET_STEPS, false }, { 40, 3 * DS_SOCKET_STEPS, false },
	{ 40, 7 * DS_SOCKET_STEPS + 1, false }, { 1, 1, false }, { 2, 1, false },
};

static void describe(const struct shape *shape, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%s, %u sockets, %d steps",
		 shape->is_nulls ? "nulls" : "plain", shape->n, shape->steps);
}

KUNIT_ARRAY_PARAM(shape, shapes, describe);

/* No socket moves: each socket is visited once, with the expected number of pauses. */
static void still(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct walk *w = new_walk(test, shape->is_nulls, shape->n);
	u32 in_section = max(DIV_ROUND_UP(shape->steps, DS_SOCKET_STEPS), 1);
	int pauses;
	u32 i;

	KUNIT_EXPECT_EQ(test, walk(w, shape->steps, &pauses), 0);
	for (i = 0; i < MAX_SOCKS; i++)
		KUNIT_EXPECT_EQ(test, w->visits[i], i < shape->n);
	/* no pause after the last socket */
	KUNIT_EXPECT_EQ(test, pauses, shape->n ? (int)((shape->n - 1) / in_section) : 0);
}

static void move_to_tail(struct walk *w, u32 at)
{
	del(w, at);
	add_tail(w, at);
}

static void move_to_head(struct walk *w, u32 at)
{
	del(w, at);
	add_head(w, at);
}

static void move_elsewhere(struct walk *w, u32 at)
{
	del(w, at);
	add_elsewhere(w, at);
}

static void remove_it(struct walk *w, u32 at)
{
	del(w, at);
}

static void remove_next(struct walk *w, u32 at)
{
	if (at + 1 < w->n)
		del(w, at + 1);
}

static void move_next_elsewhere(struct walk *w, u32 at)
{
	if (at + 1 < w->n) {
		del(w, at + 1);
		add_elsewhere(w, at + 1);
	}
}

static void remove_before(struct walk *w, u32 at)
{
	if (at)
		del(w, at - 1);
}

static void move_before_to_tail(struct walk *w, u32 at)
{
	if (at) {
		del(w, at - 1);
		add_tail(w, at - 1);
	}
}

static void newcomer(struct walk *w, u32 at)
{
	add_head(w, MAX_SOCKS - 1);
}

static void empty_all(struct walk *w, u32 at)
{
	u32 i;

	for (i = 0; i < w->n; i++)
		del(w, i);
}

static const struct deed {
	const char *what;
	void (*act)(struct walk *w, u32 at);
	int who;		/* distance from the walker's socket; 99: none of this chain */
	bool all;		/* every socket */
} deeds[] = {
	{ "to the tail", move_to_tail, 0 },
	{ "to the head", move_to_head, 0 },
	{ "to another chain", move_elsewhere, 0 },
	{ "removed", remove_it, 0 },
	{ "next removed", remove_next, 1 },
	{ "next to another chain", move_next_elsewhere, 1 },
	{ "the one before removed", remove_before, -1 },
	{ "the one before to the tail", move_before_to_tail, -1 },
	{ "a newcomer", newcomer, 99 },
	{ "all removed", empty_all, 0, true },
};

static void describe_deed(const struct deed *deed, char *text)
{
	strscpy(text, deed->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(deed, deeds, describe_deed);

/* One change at one position: a socket that stays is visited once by the walk that ends. */
static void one_deed(struct kunit *test, const struct deed *deed, bool is_nulls, int at, int steps)
{
	struct walk *w = new_walk(test, is_nulls, 12);
	int pauses;
	u32 i;

	w->act = deed->act;
	w->act_at = at;
	walk(w, steps, &pauses);
	KUNIT_EXPECT_TRUE(test, w->acted);
	for (i = 0; i < w->n; i++) {
		if (deed->all || (int)i == at + deed->who)
			KUNIT_EXPECT_LE(test, w->visits[i], 1);
		else
			KUNIT_EXPECT_EQ_MSG(test, w->visits[i], 1, "%s at %d, socket %u, %d steps",
					    deed->what, at, i, steps);
	}
	/* a socket in another chain was never visited */
	for (i = w->n; i < w->n + 3; i++)
		KUNIT_EXPECT_EQ(test, w->visits[i], 0);
}

static void moving(struct kunit *test)
{
	static const int steps[] = { 1, 3 * DS_SOCKET_STEPS, 10000 };
	int at, i;

	for (at = 0; at < 12; at++) {
		for (i = 0; i < ARRAY_SIZE(steps); i++) {
			one_deed(test, test->param_value, true, at, steps[i]);
			one_deed(test, test->param_value, false, at, steps[i]);
		}
	}
}

/* A change between two sections, of the socket at which the walk paused or of a neighbour. */
static void paused(struct kunit *test)
{
	const struct deed *deed = test->param_value;
	struct ds_budget budget = { };
	struct ds_chain chain;
	struct walk *w;
	int at;
	u32 i;

	for (at = 0; at < 11; at++) {
		w = new_walk(test, at & 1, 12);
		begin(w, &chain);
		rcu_read_lock();
		budget.steps = (at + 1) * DS_SOCKET_STEPS;
		KUNIT_ASSERT_EQ(test, (int)ds_chain_walk(&chain, &budget, visit, w),
				(int)DS_CHAIN_PAUSED);
		rcu_read_unlock();
		KUNIT_EXPECT_EQ(test, w->nvisits, at + 1);
		KUNIT_EXPECT_EQ(test, refcount_read(&w->sk[at]->sk_refcnt), 101);
		deed->act(w, at);
		budget.steps = 10000;
		rcu_read_lock();
		if (ds_chain_walk(&chain, &budget, visit, w) == DS_CHAIN_MOVED) {
			ds_chain_put(&chain);
			begin(w, &chain);
			KUNIT_ASSERT_EQ(test, (int)ds_chain_walk(&chain, &budget, visit, w),
					(int)DS_CHAIN_END);
		}
		rcu_read_unlock();
		ds_chain_put(&chain);
		no_references_left(w);
		for (i = 0; i < w->n && !deed->all; i++)
			if ((int)i != at + deed->who)
				KUNIT_EXPECT_EQ_MSG(test, w->visits[i], 1, "at %d, socket %u",
						    at, i);
	}
}

/* No reference can be taken on a socket that is being freed: the chain is walked again. */
static void dying(struct kunit *test)
{
	struct ds_budget budget = { .steps = 1 };
	struct walk *w = new_walk(test, true, 3);
	struct ds_chain chain;

	begin(w, &chain);
	refcount_set(&w->sk[0]->sk_refcnt, 0);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, (int)ds_chain_walk(&chain, &budget, visit, w), (int)DS_CHAIN_MOVED);
	rcu_read_unlock();
	KUNIT_EXPECT_NULL(test, chain.paused_at);
	ds_chain_put(&chain);
	KUNIT_EXPECT_EQ(test, refcount_read(&w->sk[0]->sk_refcnt), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(still, shape_gen_params),
	KUNIT_CASE_PARAM(moving, deed_gen_params),
	KUNIT_CASE_PARAM(paused, deed_gen_params),
	KUNIT_CASE(dying),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_chain",
	.test_cases = cases,
};

kunit_test_suite(suite);
