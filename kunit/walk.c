// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks of hand-made tables, with several RCU sections and chunks of rows, while sockets move. A
 * socket that stays in its bucket has exactly one row.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include "fixture.h"
#include "budget.h"
#include "rows.h"
#include "stats.h"
#include "walk.h"

#define MAX_BUCKETS	5000

/**
 * struct hand - a table, and a change to make during its walk
 * @table: the table
 * @head: its buckets
 * @sk: its sockets
 * @n: number of sockets
 * @asked: number of calls of ds_hash.shown()
 * @act_at: number of the call whose socket is moved, or -1
 * @to: bucket to move it to, at the tail; -1 to remove it from the table
 * @moved: the moved socket
 */
struct hand {
	struct ds_hash table;
	struct hlist_nulls_head head[MAX_BUCKETS];
	struct sock **sk;
	u32 n;
	int asked;
	int act_at;
	int to;
	struct sock *moved;
};

/* The functions of ds_hash get no pointer to the test, so this has to be a global variable. */
static struct hand *hand;

static void *head(const struct ds_hash *table, u32 bucket)
{
	return &hand->head[bucket];
}

static bool shown(const struct sock *const_sk)
{
	struct sock *sk = (struct sock *)const_sk;

	if (hand->asked++ == hand->act_at && !hand->moved) {
		hand->moved = sk;
		hlist_nulls_del_init_rcu(&sk->sk_nulls_node);
		if (hand->to >= 0)
			hlist_nulls_add_tail_rcu(&sk->sk_nulls_node, &hand->head[hand->to]);
	}
	return sk->sk_state == TCP_LISTEN;
}

static void put_hand(void)
{
	kvfree(hand);
	hand = NULL;
}

/* Make a table of @n sockets of @net in @buckets buckets. */
static void set_hand(struct kunit *test, struct net *net, u32 buckets, u32 n)
{
	u32 i;

	put_hand();
	hand = kvzalloc(sizeof(*hand), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, hand);
	hand->table = (struct ds_hash) {
		.buckets = buckets, .offset = offsetof(struct sock, sk_nulls_node),
		.proto = DS_TCP, .head = head, .shown = shown,
	};
	hand->act_at = -1;
	hand->n = n;
	hand->sk = kunit_kcalloc(test, n + 1, sizeof(*hand->sk), GFP_KERNEL);
	for (i = 0; i < buckets; i++)
		INIT_HLIST_NULLS_HEAD(&hand->head[i], i);
	for (i = 0; i < n; i++) {
		struct sock *sk = kunit_kzalloc(test, sizeof(struct tcp_sock), GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, sk);
		sock_net_set(sk, net);
		sk->sk_family = AF_INET;
		sk->sk_state = TCP_LISTEN;
		refcount_set(&sk->sk_refcnt, 100);
		hlist_nulls_add_tail_rcu(&sk->sk_nulls_node, &hand->head[i % buckets]);
		hand->sk[i] = sk;
	}
}

static u32 rows_of(const struct ds_rows *s, const struct sock *sk)
{
	u32 i, n = 0;

	for (i = 0; i < s->nrows; i++)
		n += ds_row_at(s, i)->sk == sk;
	return n;
}

static void no_references_left(struct kunit *test)
{
	u32 i;

	for (i = 0; i < hand->n; i++)
		KUNIT_EXPECT_EQ(test, refcount_read(&hand->sk[i]->sk_refcnt), 100);
}

static const struct size {
	u32 buckets, n;
} sizes[] = {
	{ 1, 0 }, { 1, 1 }, { MAX_BUCKETS, 0 }, { MAX_BUCKETS, 3 }, { 3, 100 },
	{ 1, DS_SECTION_SOCKETS - 1 }, { 1, DS_SECTION_SOCKETS }, { 1, DS_SECTION_SOCKETS + 1 },
	{ 1, 5 * DS_SECTION_SOCKETS + 7 }, { 7, 3 * DS_CHUNK_ROWS }, { MAX_BUCKETS, 1200 },
};

static void describe(const struct size *size, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%u buckets, %u sockets", size->buckets, size->n);
}

KUNIT_ARRAY_PARAM(size, sizes, describe);

static void still(struct kunit *test)
{
	const struct size *size = test->param_value;
	struct ds_rows *s = hand_made(test, 1, 0);
	s64 visited = atomic64_read(&ds_stats.visited);
	u32 i;

	set_hand(test, s->net[0], size->buckets, size->n);
	KUNIT_EXPECT_EQ(test, ds_walk_hash(s, &hand->table), 0);
	KUNIT_EXPECT_EQ(test, s->nrows, size->n);
	for (i = 0; i < size->n; i++)
		KUNIT_EXPECT_EQ(test, rows_of(s, hand->sk[i]), 1U);
	KUNIT_EXPECT_EQ(test, atomic64_read(&ds_stats.visited) - visited,
			(s64)size->n + size->buckets);
	no_references_left(test);
	hand_made_free(s);
}

/* Sockets in another state, and those of another namespace, get no row. */
static void left_out(struct kunit *test)
{
	struct ds_rows *s = hand_made(test, 1, 0);
	struct net *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	u32 i;

	set_hand(test, s->net[0], 5, 100);
	for (i = 0; i < hand->n; i++) {
		if (i % 3 == 1)
			hand->sk[i]->sk_state = TCP_CLOSE;
		if (i % 3 == 2)
			sock_net_set(hand->sk[i], other);
	}
	KUNIT_EXPECT_EQ(test, ds_walk_hash(s, &hand->table), 0);
	for (i = 0; i < hand->n; i++)
		KUNIT_EXPECT_EQ(test, rows_of(s, hand->sk[i]), i % 3 ? 0U : 1U);
	hand_made_free(s);
}

static void one_moves(struct kunit *test, u32 n, int act_at, int to)
{
	s64 restarts = atomic64_read(&ds_stats.restarts);
	struct ds_rows *s = hand_made(test, 1, 0);
	u32 i;

	set_hand(test, s->net[0], 3, n);
	hand->act_at = act_at;
	hand->to = to;
	KUNIT_EXPECT_EQ(test, ds_walk_hash(s, &hand->table), 0);
	KUNIT_EXPECT_NOT_NULL(test, hand->moved);
	KUNIT_EXPECT_EQ(test, atomic64_read(&ds_stats.restarts) - restarts, 1LL);
	for (i = 0; i < n; i++)
		if (hand->sk[i] != hand->moved)
			KUNIT_EXPECT_EQ_MSG(test, rows_of(s, hand->sk[i]), 1U,
					    "socket %u, moved at %d to %d", i, act_at, to);
	no_references_left(test);
	hand_made_free(s);
}

/* Move the socket at each position to the tail of each chain, and out of the table. */
static void moving(struct kunit *test)
{
	int act_at, to;

	for (act_at = 0; act_at < 21; act_at++)
		for (to = -1; to < 3; to++)
			/* the last socket of a chain does not move if it goes to its own tail */
			if (act_at % 7 != 6 || to != act_at / 7)
				one_moves(test, 21, act_at, to);
}

/* Move sockets in chains of several RCU sections, around the ends of these sections. */
static void moving_in_long_chains(struct kunit *test)
{
	const int n = 3 * (2 * DS_SECTION_SOCKETS + 10);
	int act_at;

	for (act_at = DS_SECTION_SOCKETS - 3; act_at < (int)DS_SECTION_SOCKETS + 3; act_at++)
		one_moves(test, n, act_at, act_at & 1 ? 1 : -1);
	one_moves(test, n, 2 * DS_SECTION_SOCKETS + 5, 0);
}

static void exit_case(struct kunit *test)
{
	put_hand();
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(still, size_gen_params),
	KUNIT_CASE(left_out),
	KUNIT_CASE(moving),
	KUNIT_CASE(moving_in_long_chains),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_walk",
	.exit = exit_case,
	.test_cases = cases,
};

kunit_test_suite(suite);
