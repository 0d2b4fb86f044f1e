// SPDX-License-Identifier: GPL-2.0-only
/* The rows of a snapshot (rows.c): memory, namespaces and names of devices. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "fixture.h"
#include "rows.h"
#include "stats.h"

static struct sock *fake_sock(struct kunit *test, struct net *net)
{
	struct tcp_sock *sk = kunit_kzalloc(test, sizeof(struct tcp_sock), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sk);
	sock_net_set((struct sock *)sk, net);
	((struct sock *)sk)->sk_family = AF_INET;
	return (struct sock *)sk;
}

/* There is at least the requested room, and existing rows do not move. */
static void growth(struct kunit *test)
{
	struct ds_rows *s = hand_made(test, 1, 0);
	struct ds_row *first = NULL;
	u32 i;

	KUNIT_EXPECT_EQ(test, s->nchunks, 0U);
	for (i = 0; i < 20 * DS_CHUNK_ROWS + 3; i++) {
		KUNIT_ASSERT_EQ(test, ds_rows_reserve(s, 1), 0);
		KUNIT_ASSERT_EQ(test, s->nchunks, i / DS_CHUNK_ROWS + 1);
		KUNIT_ASSERT_LE(test, s->nchunks, s->maxchunks);
		memset(ds_row_at(s, s->nrows), 0xff, sizeof(struct ds_row));
		ds_row_at(s, s->nrows)->inode = i;
		s->nrows++;
		first = first ?: ds_row_at(s, 0);
		KUNIT_ASSERT_PTR_EQ(test, ds_row_at(s, 0), first);
	}
	for (i = 0; i < s->nrows; i++)
		KUNIT_ASSERT_EQ(test, ds_row_at(s, i)->inode, (u64)i);
	hand_made_free(s);
}

static const struct request {
	u32 have, want, chunks;
} requests[] = {
	{ 0, 0, 0 }, { 0, 1, 1 }, { 0, 256, 1 }, { 0, 257, 2 }, { 255, 1, 1 }, { 255, 2, 2 },
	{ 256, 0, 1 }, { 256, 1, 2 }, { 256, 256, 2 }, { 257, 256, 3 }, { 1024, 256, 5 },
	{ 1, 4096, 17 },
};

static void describe(const struct request *request, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%u rows, %u more", request->have, request->want);
}

KUNIT_ARRAY_PARAM(request, requests, describe);

static void reserve(struct kunit *test)
{
	const struct request *request = test->param_value;
	struct ds_rows *s = hand_made(test, 1, request->have);

	KUNIT_EXPECT_EQ(test, ds_rows_reserve(s, request->want), 0);
	KUNIT_EXPECT_EQ(test, s->nchunks, request->chunks);
	KUNIT_EXPECT_EQ(test, s->nrows, request->have);
	/* write the last row of the room; KASAN reports it if it is not allocated */
	if (request->have + request->want)
		memset(ds_row_at(s, request->have + request->want - 1), 0, sizeof(struct ds_row));
	hand_made_free(s);
}

/* A snapshot frees all its memory. A request for too many rows fails. */
static void memory(struct kunit *test)
{
	s64 before = atomic64_read(&ds_stats.bytes);
	struct ds_rows *s = hand_made(test, 1, 5000);

	KUNIT_EXPECT_GE(test, s->bytes, 5000 * sizeof(struct ds_row));
	KUNIT_EXPECT_EQ(test, atomic64_read(&ds_stats.bytes), before + (s64)s->bytes);
	KUNIT_EXPECT_NULL(test, ds_rows_alloc(s, 1U << 30, 4));
	KUNIT_EXPECT_NULL(test, ds_rows_alloc(s, SIZE_MAX, SIZE_MAX));
	hand_made_free(s);
	KUNIT_EXPECT_EQ(test, atomic64_read(&ds_stats.bytes), before);
}

static void namespaces(struct kunit *test)
{
	struct ds_rows *s = hand_made(test, 5, 0);
	struct net *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	static const int order[] = { 0, 4, 4, -1, 2, 2, -1, -1, 1, 3, 0 };
	u32 i, n = 0;

	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_EQ(test, ds_rows_reserve(s, ARRAY_SIZE(order)), 0);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		struct sock *sk = fake_sock(test, order[i] < 0 ? other : s->net[order[i]]);

		rcu_read_lock();
		ds_rows_add(s, sk, DS_TCP);
		rcu_read_unlock();
		if (order[i] < 0)
			continue;
		KUNIT_ASSERT_EQ(test, s->nrows, n + 1);
		KUNIT_EXPECT_EQ(test, ds_row_at(s, n)->net, (u32)order[i]);
		KUNIT_EXPECT_PTR_EQ(test, ds_row_at(s, n)->sk, (const struct sock *)sk);
		n++;
	}
	KUNIT_EXPECT_EQ(test, s->nrows, n);
	hand_made_free(s);
}

static void devices(struct kunit *test)
{
	struct ds_rows *s = hand_made(test, 2, 0);
	struct ds_row row = { };

	s->device = ds_rows_alloc(s, 3, sizeof(*s->device));
	KUNIT_ASSERT_NOT_NULL(test, s->device);
	s->device[0] = (struct ds_device) { .net = 0, .ifindex = 2, .name = "a" };
	s->device[1] = (struct ds_device) { .net = 0, .ifindex = 7, .name = "b" };
	s->device[2] = (struct ds_device) { .net = 1, .ifindex = 2, .name = "abcdefghijklmno" };
	s->ndevices = 3;
	KUNIT_EXPECT_STREQ(test, ds_rows_device(s, &row), "-");
	row.ifindex = 2;
	KUNIT_EXPECT_STREQ(test, ds_rows_device(s, &row), "a");
	row.ifindex = 7;
	KUNIT_EXPECT_STREQ(test, ds_rows_device(s, &row), "b");
	row.net = 1;
	row.ifindex = 2;
	KUNIT_EXPECT_STREQ(test, ds_rows_device(s, &row), "abcdefghijklmno");
	hand_made_free(s);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(growth),
	KUNIT_CASE_PARAM(reserve, request_gen_params),
	KUNIT_CASE(memory),
	KUNIT_CASE(namespaces),
	KUNIT_CASE(devices),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_snapshot",
	.test_cases = cases,
};

kunit_test_suite(suite);
