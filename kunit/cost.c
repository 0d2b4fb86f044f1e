// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures the time of a row: walk, sort, verdict and text. The test prints the times. They mean
 * something in User-mode Linux, which needs no emulator. The limit is high: it only finds a cost
 * that is not linear.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "fixture.h"
#include "rows.h"
#include "sort.h"
#include "verdict.h"
#include "walk.h"

/* So many rows that the cost of an empty table is negligible. With KASAN times mean nothing. */
#define ROWS		(IS_ENABLED(CONFIG_KASAN) ? 1000U : 20000U)
#define MAX_NS_PER_ROW	1000000ULL

static struct socket **make_sockets(struct kunit *test, struct net *net)
{
	struct socket **sock = kvcalloc(ROWS, sizeof(*sock), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, sock);
	for (i = 0; i < ROWS; i++) {
		struct spec spec = { i & 1 ? DS_UDP : DS_TCP, AF_INET6, "::",
				     1024 + i / 2 % 60000, .reuse = true };

		sock[i] = make_socket(net, &spec);
		KUNIT_ASSERT_FALSE(test, IS_ERR(sock[i]));
	}
	return sock;
}

static u64 put_text(struct kunit *test, struct ds_rows *s)
{
	char *text = kunit_kzalloc(test, DS_ROW_TEXT_MAX, GFP_KERNEL);
	u64 bytes = 0;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < s->nrows; i++)
		bytes += ds_row_put(text, ds_row_ordered(s, i), "-", 0, 0) - text;
	return bytes;
}

static void a_row(struct kunit *test)
{
	struct net *net = sockets_net(test);
	struct socket **sock = make_sockets(test, net);
	struct ds_rows *s = hand_made(test, 1, 0);
	u64 at[5];
	u32 i;

	s->net[0] = net;
	at[0] = ktime_get_ns();
	KUNIT_EXPECT_EQ(test, ds_walk_tcp(s), 0);
	KUNIT_EXPECT_EQ(test, ds_walk_udp(s), 0);
	at[1] = ktime_get_ns();
	KUNIT_EXPECT_EQ(test, ds_sort(s), 0);
	at[2] = ktime_get_ns();
	KUNIT_EXPECT_EQ(test, ds_judge(s), 0);
	at[3] = ktime_get_ns();
	KUNIT_EXPECT_GT(test, put_text(test, s), ROWS * 50ULL);
	at[4] = ktime_get_ns();
	KUNIT_EXPECT_EQ(test, s->nrows, ROWS);
	kunit_info(test, "rows=%u ns a row: walk=%llu sort=%llu verdict=%llu text=%llu", ROWS,
		   (at[1] - at[0]) / ROWS, (at[2] - at[1]) / ROWS, (at[3] - at[2]) / ROWS,
		   (at[4] - at[3]) / ROWS);
	KUNIT_EXPECT_LT(test, (at[4] - at[0]) / ROWS, MAX_NS_PER_ROW);
	hand_made_free(s);
	for (i = 0; i < ROWS; i++)
		sock_release(sock[i]);
	kvfree(sock);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_row),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_cost",
	.suite_init = sockets_suite_init,
	.suite_exit = sockets_suite_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
