// SPDX-License-Identifier: GPL-2.0-only
/*
 * The judge in the kernel: the same code gives the same verdicts as in user space, where it is
 * tested with ten million random ports. Also its merge sort, which can be interrupted.
 */
#include <kunit/test.h>
#include "judge/bind.h"
#include "judge/judge.h"
#include "judge/merge.h"

#define MAX_ROWS	4

static int step(void *arg, u32 steps)
{
	return 0;
}

/* Two devices, lo and eth0, with an address each. */
#define LO	1
#define ETH0	2

static const struct in6_addr any, lo_addr = { { { 0x20, [15] = 1 } } },
	eth_addr = { { { 0x20, [15] = 2 } } }, nowhere = { { { 0x20, [15] = 3 } } };

struct host {
	struct ds_laddrs laddrs;
	u32 asked;
	struct ds_answer answer;
};

static void ask(void *arg, const struct ds_question *q, struct ds_answer *answer)
{
	struct host *host = arg;

	host->asked++;
	*answer = host->answer;
}

static int load(void *arg, enum ds_laddrs_part part)
{
	struct host *host = arg;

	host->laddrs.loaded |= 1U << part;
	return 0;
}

static bool route(void *arg, const struct in6_addr *addr, int dev, struct ds_laddr *laddr)
{
	const struct host *host = arg;
	u32 i;

	for (i = 0; i < host->laddrs.n; i++) {
		*laddr = host->laddrs.at[i];
		if (!ds_addr_cmp(&laddr->addr, addr))
			return true;
	}
	return false;
}

static const struct ds_judge_ops ops = {
	.ask = ask, .load = load, .route = route, .step = step,
};

static const struct port {
	const char *what;
	u32 n;
	struct {
		const struct in6_addr *addr;
		int ifindex;
		u32 group;
	} row[MAX_ROWS];
	struct ds_answer answer;
	u32 asked;
	u8 verdict[MAX_ROWS];
	bool bpf;
} ports[] = {
	{ "two addresses: nobody is asked", 2,
	  { { &lo_addr, 0, 0 }, { &eth_addr, 0, 1 } }, { }, 0, { DS_YES, DS_YES } },
	{ "two addresses, and a BPF program that sends all to one", 2,
	  { { &lo_addr, 0, 0 }, { &eth_addr, 0, 1 } }, { DS_ANSWER_ROW, 0 }, 2,
	  { DS_YES, DS_SHADOWED }, .bpf = true },
	{ "nowhere", 2,
	  { { &nowhere, 0, 0 }, { &eth_addr, 0, 1 } }, { }, 0, { DS_NOADDR, DS_YES } },
	{ "an address under the wildcard", 2,
	  { { &any, 0, 0 }, { &lo_addr, 0, 1 } }, { DS_ANSWER_ROW, 1 }, 1,
	  { DS_PARTIAL, DS_YES } },
	/* routes may add addresses: they are loaded, and all lookups are repeated */
	{ "all addresses under the wildcard", 3,
	  { { &any, 0, 0 }, { &lo_addr, 0, 1 }, { &eth_addr, 0, 1 } },
	  { DS_ANSWER_ROW, 1 }, 4, { DS_SHADOWED, DS_YES, DS_YES } },
	{ "twins", 2,
	  { { &any, 0, 0 }, { &any, 0, 1 } }, { DS_ANSWER_ROW, 1 }, 1,
	  { DS_SHADOWED, DS_YES } },
	{ "twins, not told apart", 2,
	  { { &any, 0, 0 }, { &any, 0, 1 } }, { DS_ANSWER_CLASS, 1 }, 1,
	  { DS_UNKNOWN, DS_UNKNOWN } },
	{ "not known", 2,
	  { { &any, 0, 0 }, { &any, 0, 1 } }, { DS_ANSWER_UNKNOWN }, 1,
	  { DS_UNKNOWN, DS_UNKNOWN } },
	{ "a group", 2,
	  { { &any, 0, 0 }, { &any, 0, 0 } }, { }, 0, { DS_SHARED, DS_SHARED } },
};

static void describe(const struct port *port, char *text)
{
	strscpy(text, port->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(port, ports, describe);

static void fill_rows(const struct port *port, struct ds_judge_row *row)
{
	u32 i, k;

	for (i = 0; i < port->n; i++) {
		row[i] = (struct ds_judge_row) {
			.addr = *port->row[i].addr, .ifindex = port->row[i].ifindex,
			.group = port->row[i].group, .cpu = -1,
		};
		for (k = 0; k < port->n; k++)
			row[i].shared |= k != i && port->row[k].group == port->row[i].group;
		row[i].reuseport = row[i].shared;
		/* with three rows the group has members on two addresses: expect DS_YES for both */
		row[i].shared &= port->n == 2;
	}
}

static void verdicts(struct kunit *test)
{
	const struct port *port = test->param_value;
	struct ds_laddr at[] = { { lo_addr, LO }, { eth_addr, ETH0 } };
	struct ds_laddr_dev dev[] = {
		{ .dev = LO, .count = 1 }, { .dev = ETH0, .count = 1, .outside = true },
	};
	struct ds_laddr_vrf vrf[3];
	u32 by_vrf[4], order[2 * MAX_ROWS], i;
	struct host host = {
		.laddrs = {
			.at = at, .n = 2, .dev = dev, .ndevs = 2, .by_vrf = by_vrf, .vrf = vrf,
		},
		.answer = port->answer,
	};
	struct ds_judge_row row[MAX_ROWS];
	struct ds_bind bind[MAX_ROWS];
	struct ds_bind_group group[MAX_ROWS];
	struct ds_judge j = {
		.ops = &ops, .arg = &host, .laddrs = &host.laddrs, .row = row, .nrows = port->n,
		.order = order, .bind = bind, .group = group, .bpf = port->bpf,
	};

	fill_rows(port, row);
	KUNIT_ASSERT_EQ(test, ds_laddrs_index(&host.laddrs, step, NULL), 0);
	KUNIT_ASSERT_EQ(test, ds_judge_port(&j), 0);
	KUNIT_EXPECT_EQ(test, host.asked, port->asked);
	for (i = 0; i < port->n; i++)
		KUNIT_EXPECT_EQ(test, row[i].verdict, port->verdict[i]);
}

/* ------------------------------------------------------------------ the merge sort */

#define NUMBERS	1000

static int cmp(const void *a, const void *b, const void *arg)
{
	return (int)(*(const u32 *)a >> 8) - (int)(*(const u32 *)b >> 8);
}

/* Count down the elements in *@arg, then end the sort. */
static int stop_after(void *arg, u32 elements)
{
	int *left = arg;

	*left -= elements;
	return *left < 0 ? -EINTR : 0;
}

static void sorted(struct kunit *test)
{
	static u32 base[NUMBERS], scratch[NUMBERS];
	int left = INT_MAX;
	struct ds_merge m = {
		.base = base, .scratch = scratch, .size = sizeof(*base), .cmp = cmp,
		.step = stop_after, .arg = &left,
	};
	u32 n, i;

	for (n = 0; n <= NUMBERS; n += n < 20 ? 1 : 139) {
		/* the low byte has the original order of equal elements */
		for (i = 0; i < n; i++)
			base[i] = (i * 7919 % 31) << 8 | i / 31;
		KUNIT_ASSERT_EQ(test, ds_merge_sort(&m, n), 0);
		for (i = 1; i < n; i++)
			KUNIT_ASSERT_LT(test, base[i - 1], base[i]);
	}
}

static void interrupted(struct kunit *test)
{
	static u32 base[NUMBERS], scratch[NUMBERS];
	/* end in the last of ten passes, which merges all elements into one run */
	int left = 9 * NUMBERS + DS_MERGE_STEP;
	struct ds_merge m = {
		.base = base, .scratch = scratch, .size = sizeof(*base), .cmp = cmp,
		.step = stop_after, .arg = &left,
	};
	u32 i;

	for (i = 0; i < NUMBERS; i++)
		base[i] = (NUMBERS - i) << 8;
	KUNIT_EXPECT_EQ(test, ds_merge_sort(&m, NUMBERS), -EINTR);
	KUNIT_EXPECT_GE(test, left, -2 * DS_MERGE_STEP);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(verdicts, port_gen_params),
	KUNIT_CASE(sorted),
	KUNIT_CASE(interrupted),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_judge",
	.test_cases = cases,
};

kunit_test_suite(suite);
