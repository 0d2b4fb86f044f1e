// SPDX-License-Identifier: GPL-2.0-only
/*
 * A walk of a chain continues after a pause. Between two of its loads, another CPU moves the socket
 * at which the walk paused. To make that happen, this file compiles chain.c again, with a hook in
 * place of the barrier between the two loads.
 */
#include <linux/list.h>
#include <linux/list_nulls.h>
#include <linux/slab.h>
#include <net/sock.h>
#define ds_chain_walk	hooked_walk
#define ds_chain_put	hooked_put
#include "chain.h"
#include "fixture.h"
#include "budget.h"

static void (*between_loads)(void);

static void hook(void)
{
	void (*act)(void) = between_loads;

	between_loads = NULL;
	if (act)
		act();
}

#undef smp_rmb
#define smp_rmb()	hook()	/* the test runs on one CPU and needs no barrier */
#include "../module/chain.c"

static struct hlist_nulls_head bucket;
static struct sock *first, *second, *third;
static int visits;

static struct sock *new_sock(struct kunit *test)
{
	struct sock *sk = kzalloc(sizeof(*sk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sk);
	refcount_set(&sk->sk_refcnt, 1);
	hlist_nulls_add_tail_rcu(&sk->sk_nulls_node, &bucket);
	return sk;
}

static void unhash(struct sock *sk)
{
	hlist_nulls_del_init_rcu(&sk->sk_nulls_node);
}

static void visit(struct sock *sk, void *arg)
{
	struct kunit *test = arg;

	visits++;
	KUNIT_EXPECT_PTR_NE(test, sk, second);
}

/* Insert @first where it was before, so that its pprev has the value that the walk expects. */
static void hash_first(void)
{
	hlist_nulls_add_head_rcu(&first->sk_nulls_node, &bucket);
}

static void pause_at_first(struct kunit *test, struct ds_chain *chain)
{
	struct ds_budget budget = { .steps = 1 };

	INIT_HLIST_NULLS_HEAD(&bucket, 1);
	first = new_sock(test);
	second = new_sock(test);
	third = new_sock(test);
	visits = 0;
	ds_chain_start(chain, &bucket, offsetof(struct sock, sk_nulls_node));
	rcu_read_lock();
	KUNIT_ASSERT_EQ(test, (int)hooked_walk(chain, &budget, visit, test),
			(int)DS_CHAIN_PAUSED);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, visits, 1);
}

/* If the walk reads the memory of @second, KASAN reports it. */
static void hashed_again_on_resume(struct kunit *test)
{
	struct ds_budget budget = { .steps = 1000 };
	struct ds_chain chain;

	pause_at_first(test, &chain);
	unhash(first);
	unhash(second);
	kfree(second);
	between_loads = hash_first;
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, (int)hooked_walk(&chain, &budget, visit, test),
			(int)DS_CHAIN_MOVED);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, visits, 1);
	/* the walk checked the link before it loaded next */
	KUNIT_EXPECT_TRUE(test, between_loads == hash_first);
	between_loads = NULL;
	hooked_put(&chain);
	kfree(first);
	kfree(third);
}

static void unhash_first(void)
{
	unhash(first);
}

static void unhashed_on_resume(struct kunit *test)
{
	struct ds_budget budget = { .steps = 1000 };
	struct ds_chain chain;

	pause_at_first(test, &chain);
	between_loads = unhash_first;
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, (int)hooked_walk(&chain, &budget, visit, test),
			(int)DS_CHAIN_MOVED);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, visits, 1);
	KUNIT_EXPECT_NULL(test, between_loads);
	hooked_put(&chain);
	kfree(first);
	kfree(second);
	kfree(third);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(hashed_again_on_resume),
	KUNIT_CASE(unhashed_on_resume),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_resume",
	.test_cases = cases,
};

kunit_test_suite(suite);
