// SPDX-License-Identifier: GPL-2.0-only
/* Accounts: charging, limits, drops and waits. The contents here hold no memory. */
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/user_namespace.h>
#include "account.h"
#include "fixture.h"
#include "stats.h"

#define MIB	((size_t)SZ_1M)
#define CAP	((size_t)DS_ACCOUNT_MAX)
#define USER	KUIDT_INIT(4711)

static int freed[8];

/* A content is a pointer to a counter of how often it was freed. */
static void count_free(void *content)
{
	(*(int *)content)++;
}

static void open_charge(struct kunit *test, struct ds_charge *c, kuid_t uid, bool exempt)
{
	KUNIT_ASSERT_EQ(test, ds_charge_open(c, uid, exempt, count_free), 0);
}

/* Collect a content of @bytes, and leave it idle. */
static int fill(struct ds_charge *c, size_t bytes, int i)
{
	int err;

	ds_charge_begin(c);
	err = ds_charge_add(c, bytes);
	ds_charge_end(c, err ? NULL : &freed[i]);
	ds_charge_rest(c);
	return err;
}

static void make_old(struct ds_charge *c)
{
	c->used = jiffies - DS_ACCOUNT_IDLE;
}

static int account_init(struct kunit *test)
{
	memset(freed, 0, sizeof(freed));
	return 0;
}

static void whose(struct kunit *test)
{
	struct user_namespace *ns = kunit_kcalloc(test, 2, sizeof(*ns), GFP_KERNEL);
	struct cred *cred = kunit_kzalloc(test, sizeof(*cred), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ns);
	KUNIT_ASSERT_NOT_NULL(test, cred);
	cred->uid = KUIDT_INIT(1000);
	cred->user_ns = &init_user_ns;
	KUNIT_EXPECT_EQ(test, __kuid_val(ds_account_uid(cred)), 1000U);
	ns[0].parent = &init_user_ns;
	ns[0].owner = KUIDT_INIT(7);
	ns[1].parent = &ns[0];
	ns[1].owner = KUIDT_INIT(100000);
	cred->user_ns = &ns[0];
	KUNIT_EXPECT_EQ(test, __kuid_val(ds_account_uid(cred)), 7U);
	cred->user_ns = &ns[1];
	KUNIT_EXPECT_EQ(test, __kuid_val(ds_account_uid(cred)), 7U);
}

/* One snapshot of any size is allowed, and nothing is dropped while there is room. */
static void one_is_allowed(struct kunit *test)
{
	struct ds_charge c[2];

	open_charge(test, &c[0], USER, false);
	open_charge(test, &c[1], USER, false);
	KUNIT_EXPECT_EQ(test, fill(&c[0], CAP / 2, 0), 0);
	KUNIT_EXPECT_EQ(test, fill(&c[1], CAP / 2, 1), 0);
	KUNIT_EXPECT_EQ(test, freed[0] + freed[1], 0);
	ds_charge_drop(&c[0]);
	KUNIT_EXPECT_EQ(test, freed[0], 1);
	KUNIT_EXPECT_EQ(test, fill(&c[0], 100 * CAP, 0), 0);
	KUNIT_EXPECT_EQ(test, freed[1], 0);
	ds_charge_close(&c[0]);
	KUNIT_EXPECT_EQ(test, freed[0], 2);
	/* memory that was uncharged can be charged again */
	ds_charge_drop(&c[1]);
	KUNIT_EXPECT_EQ(test, fill(&c[1], CAP, 1), 0);
	ds_charge_close(&c[1]);
	KUNIT_EXPECT_EQ(test, freed[1], 2);
}

/* The longest idle contents are dropped, as many as needed; one that is in use is not. */
static void longest_idle(struct kunit *test)
{
	struct ds_charge c[5];
	int i;

	for (i = 0; i < 5; i++)
		open_charge(test, &c[i], USER, false);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, fill(&c[i], CAP / 4, i), 0);
	/* 1 was used last, and 0 is in use */
	KUNIT_EXPECT_PTR_EQ(test, ds_charge_use(&c[1]), (void *)&freed[1]);
	ds_charge_rest(&c[1]);
	KUNIT_EXPECT_PTR_EQ(test, ds_charge_use(&c[0]), (void *)&freed[0]);
	for (i = 1; i < 4; i++)
		make_old(&c[i]);
	/* c[4] is the eldest, and the others hold no more than the limit: nothing is dropped */
	KUNIT_EXPECT_EQ(test, fill(&c[4], CAP / 4, 4), 0);
	KUNIT_EXPECT_EQ(test, freed[1] + freed[2] + freed[3], 0);
	ds_charge_drop(&c[4]);
	KUNIT_EXPECT_EQ(test, fill(&c[4], CAP, 4), 0);
	make_old(&c[4]);
	/* now the account holds twice the limit */
	ds_charge_drop(&c[0]);
	KUNIT_EXPECT_EQ(test, fill(&c[0], CAP / 4, 0), 0);
	KUNIT_EXPECT_EQ(test, freed[2], 1);
	KUNIT_EXPECT_EQ(test, freed[3], 1);
	KUNIT_EXPECT_NULL(test, ds_charge_use(&c[2]));
	for (i = 0; i < 5; i++)
		ds_charge_close(&c[i]);
}

static void others_do_not_count(struct kunit *test)
{
	struct ds_charge mine, other, root;

	open_charge(test, &mine, USER, false);
	open_charge(test, &other, KUIDT_INIT(4712), false);
	open_charge(test, &root, USER, true);
	KUNIT_EXPECT_EQ(test, fill(&other, 4 * CAP, 0), 0);
	KUNIT_EXPECT_EQ(test, fill(&root, 4 * CAP, 1), 0);
	make_old(&other);
	KUNIT_EXPECT_EQ(test, fill(&mine, CAP, 2), 0);
	KUNIT_EXPECT_EQ(test, freed[0] + freed[1], 0);
	KUNIT_EXPECT_PTR_EQ(test, ds_charge_use(&root), (void *)&freed[1]);
	ds_charge_rest(&root);
	ds_charge_close(&mine);
	ds_charge_close(&other);
	ds_charge_close(&root);
	KUNIT_EXPECT_EQ(test, freed[0] + freed[1] + freed[2], 3);
}

/* Temporary memory of a collection counts until it is freed, and not any longer. */
static void a_share(struct kunit *test)
{
	struct ds_charge c;
	struct ds_share share = { .charge = &c };
	long before = atomic64_read(&ds_stats.bytes);

	open_charge(test, &c, USER, false);
	ds_charge_begin(&c);
	KUNIT_EXPECT_EQ(test, ds_charge_add(&c, MIB), 0);
	KUNIT_EXPECT_EQ(test, ds_share_grow(&share, MIB), 0);
	KUNIT_EXPECT_EQ(test, ds_share_grow(&share, 2 * MIB), 0);
	KUNIT_EXPECT_EQ(test, c.bytes, 4 * MIB);
	KUNIT_EXPECT_EQ(test, atomic64_read(&ds_stats.bytes) - before, 3 * (long)MIB);
	ds_share_end(&share);
	ds_share_end(&share);
	KUNIT_EXPECT_EQ(test, c.bytes, MIB);
	KUNIT_EXPECT_EQ(test, atomic64_read(&ds_stats.bytes), before);
	ds_charge_end(&c, &freed[0]);
	ds_charge_rest(&c);
	ds_charge_close(&c);
	KUNIT_EXPECT_EQ(test, freed[0], 1);
}

/* A failed collection uncharges everything. */
static void a_failure(struct kunit *test)
{
	struct ds_charge c[2];

	open_charge(test, &c[0], USER, false);
	open_charge(test, &c[1], USER, false);
	ds_charge_begin(&c[0]);
	KUNIT_EXPECT_EQ(test, ds_charge_add(&c[0], CAP), 0);
	ds_charge_sub(&c[0], CAP / 2);
	ds_charge_end(&c[0], NULL);
	ds_charge_rest(&c[0]);
	KUNIT_EXPECT_EQ(test, c[0].bytes, (size_t)0);
	KUNIT_EXPECT_NULL(test, ds_charge_use(&c[0]));
	/* two collections at the same time: the younger has room up to the limit */
	ds_charge_begin(&c[0]);
	ds_charge_begin(&c[1]);
	KUNIT_EXPECT_EQ(test, ds_charge_add(&c[1], CAP), 0);
	KUNIT_EXPECT_EQ(test, ds_charge_add(&c[0], CAP), 0);
	ds_charge_end(&c[0], NULL);
	ds_charge_end(&c[1], NULL);
	ds_charge_close(&c[0]);
	ds_charge_close(&c[1]);
}

struct waiter {
	struct task_struct *task;
	struct ds_charge *charge;
	int err;
	bool done;
};

static int collect(void *arg)
{
	struct waiter *w = arg;

	w->err = fill(w->charge, MIB, 7);
	WRITE_ONCE(w->done, true);
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static void start(struct kunit *test, struct waiter *w, struct ds_charge *c)
{
	*w = (struct waiter) { .charge = c };
	w->task = kthread_run(collect, w, "ds-waiter");
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->task));
	msleep(200);
}

static bool is_done(const struct waiter *w)
{
	return READ_ONCE(w->done);
}

static void until_done(struct kunit *test, struct waiter *w, int seconds)
{
	int i;

	for (i = 0; i < seconds * 20 && !is_done(w); i++)
		msleep(50);
	KUNIT_EXPECT_TRUE(test, is_done(w));
	kthread_stop(w->task);
	KUNIT_EXPECT_EQ(test, w->err, 0);
}

/* A full account: a new collection waits until the content of another one is dropped. */
static void waits(struct kunit *test)
{
	struct ds_charge c[2];
	struct waiter w;

	open_charge(test, &c[0], USER, false);
	open_charge(test, &c[1], USER, false);
	ds_charge_begin(&c[0]);
	KUNIT_EXPECT_EQ(test, ds_charge_add(&c[0], 2 * CAP), 0);
	start(test, &w, &c[1]);
	KUNIT_EXPECT_FALSE(test, is_done(&w));
	ds_charge_end(&c[0], &freed[0]);
	ds_charge_rest(&c[0]);
	msleep(200);
	/* c[1] is the eldest now, but c[0] holds more than the limit and was used just now */
	KUNIT_EXPECT_FALSE(test, is_done(&w));
	ds_charge_drop(&c[0]);
	until_done(test, &w, 5);
	KUNIT_EXPECT_EQ(test, freed[0], 1);
	ds_charge_close(&c[0]);
	ds_charge_close(&c[1]);
}

/* A reader that does not stop makes others wait only until its content is old. */
static void reads_on(struct kunit *test)
{
	struct ds_charge c[2];
	struct waiter w;
	int i;

	open_charge(test, &c[0], USER, false);
	open_charge(test, &c[1], USER, false);
	KUNIT_EXPECT_EQ(test, fill(&c[0], 2 * CAP, 0), 0);
	start(test, &w, &c[1]);
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_FALSE(test, is_done(&w));
		KUNIT_EXPECT_NOT_NULL(test, ds_charge_use(&c[0]));
		if (i == 9)
			c[0].collected = jiffies - DS_ACCOUNT_HELD;
		ds_charge_rest(&c[0]);
		msleep(100);
	}
	/* read without a pause, so that the content is never idle for long */
	for (i = 0; i < 30 && !is_done(&w); i++) {
		ds_charge_use(&c[0]);
		ds_charge_rest(&c[0]);
		msleep(100);
	}
	KUNIT_EXPECT_TRUE(test, is_done(&w));
	until_done(test, &w, 20);
	KUNIT_EXPECT_EQ(test, freed[0], 1);
	KUNIT_EXPECT_NULL(test, ds_charge_use(&c[0]));
	ds_charge_close(&c[0]);
	ds_charge_close(&c[1]);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(whose),
	KUNIT_CASE(one_is_allowed),
	KUNIT_CASE(longest_idle),
	KUNIT_CASE(others_do_not_count),
	KUNIT_CASE(a_share),
	KUNIT_CASE(a_failure),
	KUNIT_CASE(waits),
	KUNIT_CASE(reads_on),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_account",
	.init = account_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
