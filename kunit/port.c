// SPDX-License-Identifier: GPL-2.0-only
/* The rows of one port: their groups, and finding the row of a socket. */
#include <linux/slab.h>
#include "fixture.h"
#include "port.h"
#include "rows.h"
#include "sort.h"

#define NG	DS_NO_GROUP

static int step(void *arg, u32 steps)
{
	return 0;
}

static struct ds_rows *rows_with_groups(struct kunit *test, const unsigned long *id, u32 n)
{
	struct ds_rows *s = hand_made(test, 1, n);
	u32 i;

	for (i = 0; i < n; i++) {
		struct ds_row *row = ds_row_at(s, i);

		row->port = 80;
		row->inode = i + 1;
		row->reuse = id[i];
		row->sk = (void *)(0x1000UL * (i + 1));
	}
	KUNIT_ASSERT_EQ(test, ds_sort(s), 0);
	return s;
}

static const struct groups {
	const char *what;
	u32 n;
	unsigned long id[8];
	u32 first[8];
	u32 size[8];
} all_groups[] = {
	{ "one alone", 1, { NG }, { 0 }, { 1 } },
	{ "a group of one", 1, { 5 }, { 0 }, { 1 } },
	{ "none", 3, { NG, NG, NG }, { 0, 1, 2 }, { 1, 1, 1 } },
	{ "one beside a group", 3, { 1, NG, 1 }, { 0, 1, 0 }, { 2, 1, 2 } },
	{ "two groups", 5, { 1, 2, 1, 2, 2 }, { 0, 1, 0, 1, 1 }, { 2, 3, 2, 3, 3 } },
	{ "all kinds", 8, { 9, NG, 7, 9, ULONG_MAX, NG, 7, 7 }, { 0, 1, 2, 0, 4, 5, 2, 2 },
	  { 2, 1, 3, 2, 1, 1, 3, 3 } },
};

static void describe(const struct groups *groups, char *text)
{
	strscpy(text, groups->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(groups, all_groups, describe);

static void groups(struct kunit *test)
{
	const struct groups *g = test->param_value;
	struct ds_rows *s = rows_with_groups(test, g->id, g->n);
	struct ds_port port = { };
	u32 i;

	KUNIT_ASSERT_EQ(test, ds_port_alloc(&port, s, g->n), 0);
	KUNIT_ASSERT_EQ(test, ds_port_set(&port, 0, g->n, step, NULL), 0);
	for (i = 0; i < g->n; i++) {
		KUNIT_EXPECT_EQ(test, port.group[i], g->first[i]);
		KUNIT_EXPECT_EQ(test, ds_port_row(&port, i)->group, g->size[i]);
	}
	ds_port_free(&port);
	hand_made_free(s);
}

/* Each socket's own row is found, in a port with many rows, and none for sockets of other ports. */
static void find(struct kunit *test)
{
	static unsigned long id[1000];
	struct ds_rows *s;
	struct ds_port port = { };
	u32 i, first, n;

	for (i = 0; i < ARRAY_SIZE(id); i++)
		id[i] = i % 3 ? NG : i / 10 + 1;
	s = rows_with_groups(test, id, ARRAY_SIZE(id));
	KUNIT_ASSERT_EQ(test, ds_port_alloc(&port, s, ARRAY_SIZE(id)), 0);
	for (first = 0; first < ARRAY_SIZE(id); first += 111) {
		n = min_t(u32, first + 1, ARRAY_SIZE(id) - first);
		KUNIT_ASSERT_EQ(test, ds_port_set(&port, first, n, step, NULL), 0);
		for (i = 0; i < ARRAY_SIZE(id); i++) {
			u32 row = i >= first && i < first + n ? i - first : DS_PORT_NO_ROW;

			KUNIT_ASSERT_EQ(test, ds_port_find(&port, ds_row_at(s, i)->sk), row);
		}
		KUNIT_EXPECT_EQ(test, ds_port_find(&port, NULL), DS_PORT_NO_ROW);
	}
	ds_port_free(&port);
	hand_made_free(s);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(groups, groups_gen_params),
	KUNIT_CASE(find),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_port",
	.test_cases = cases,
};

kunit_test_suite(suite);
