// SPDX-License-Identifier: GPL-2.0-only
/* Coverage arithmetic: from winners to verdicts. */
#include "coverage.h"
#include "fixture.h"

/* Rows 0 and 1 are a group, 2 and 3 stand alone. */
static const u32 leader[] = { 0, 0, 2, 3 };

#define NONE	DS_WINNER_NONE
#define NOBODY	DS_WINNER_NOBODY
#define OTHER	DS_WINNER_OTHER

#define UNKNOWN	DS_WINNER_UNKNOWN
#define GONE	DS_WINNER_GONE

static const struct scope_case {
	const char *what;
	u32 n;
	u32 winner[4];
	u32 asked, first, second;
	u32 thief[4];		/* for each row */
} scope_cases[] = {
	{ "nothing asked", 0, { }, 0, NONE, NONE, { NONE, NONE, NONE, NONE } },
	{ "one winner", 1, { 2 }, 1, 2, NONE, { 2, 2, NONE, 2 } },
	{ "twice the same", 2, { 2, 2 }, 2, 2, NONE, { 2, 2, NONE, 2 } },
	{ "two winners", 2, { 2, 3 }, 2, 2, 3, { 2, 2, 3, 2 } },
	{ "three winners", 3, { 3, 2, 0 }, 3, 3, 2, { 3, 3, 3, 2 } },
	{ "a group is one", 3, { 1, 0, 1 }, 3, 1, NONE, { NONE, NONE, 1, 1 } },
	{ "a group and another", 3, { 1, 0, 3 }, 3, 1, 3, { 3, 3, 1, 1 } },
	/* what is dropped counts, but there is nobody to name */
	{ "dropped", 2, { NOBODY, 2 }, 2, 2, NONE, { 2, 2, NONE, 2 } },
	{ "all dropped", 2, { NOBODY, NOBODY }, 2, NONE, NONE, { NONE, NONE, NONE, NONE } },
	{ "another's", 2, { 2, OTHER }, 2, 2, OTHER, { 2, 2, OTHER, 2 } },
	/* sockets that come and go tell nothing */
	{ "a newcomer's", 2, { UNKNOWN, 3 }, 1, 3, NONE, { 3, 3, 3, NONE } },
	{ "gone", 3, { 3, GONE, 2 }, 2, 3, 2, { 3, 3, 3, 2 } },
};

static void describe_scope(const struct scope_case *c, char *text)
{
	strscpy(text, c->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(scope_case, scope_cases, describe_scope);

static void check_scope(struct kunit *test, const struct ds_scope *scope)
{
	const struct scope_case *c = test->param_value;
	bool unknown = false, gone = false;
	u32 i;

	for (i = 0; i < c->n; i++) {
		unknown |= c->winner[i] == UNKNOWN;
		gone |= c->winner[i] == GONE;
	}
	KUNIT_EXPECT_EQ(test, scope->ifindex, 7);
	KUNIT_EXPECT_EQ(test, scope->asked, c->asked);
	KUNIT_EXPECT_EQ(test, scope->first, c->first);
	KUNIT_EXPECT_EQ(test, scope->second, c->second);
	KUNIT_EXPECT_EQ(test, scope->unknown, unknown);
	KUNIT_EXPECT_EQ(test, scope->gone, gone);
	for (i = 0; i < ARRAY_SIZE(leader); i++)
		KUNIT_EXPECT_EQ(test, ds_scope_thief(scope, leader, i), c->thief[i]);
}

static void scopes(struct kunit *test)
{
	const struct scope_case *c = test->param_value;
	struct ds_scope scope;
	u32 i;

	ds_scope_init(&scope, 7);
	for (i = 0; i < c->n; i++)
		ds_scope_add(&scope, leader, c->winner[i]);
	check_scope(test, &scope);
}

/* Wherever the places are parted in two, the two together are the whole. */
static void merged(struct kunit *test)
{
	const struct scope_case *c = test->param_value;
	struct ds_scope scope, rest;
	u32 i, cut;

	for (cut = 0; cut <= c->n; cut++) {
		ds_scope_init(&scope, 7);
		ds_scope_init(&rest, 8);
		for (i = 0; i < c->n; i++)
			ds_scope_add(i < cut ? &scope : &rest, leader, c->winner[i]);
		ds_scope_merge(&scope, leader, &rest);
		check_scope(test, &scope);
	}
}

static const struct tally_case {
	const char *what;
	u32 asked, own, group;
	bool unknown;
	enum ds_verdict verdict;
} tally_cases[] = {
	{ "all", 3, 3, 0, false, DS_YES },
	{ "all, a group of one", 3, 3, 1, false, DS_YES },
	{ "all, a group", 3, 3, 2, false, DS_SHARED },
	{ "some", 3, 1, 1, false, DS_PARTIAL },
	{ "all but one", 3, 2, 5, false, DS_PARTIAL },
	{ "none", 3, 0, 1, false, DS_SHADOWED },
	{ "none, a group", 1, 0, 9, false, DS_SHADOWED },
	{ "nothing to ask", 0, 0, 1, false, DS_NOADDR },
	{ "nothing to ask, a group", 0, 0, 2, false, DS_NOADDR },
	{ "a newcomer's only", 0, 0, 1, true, DS_YES },
	{ "a newcomer's only, a group", 0, 0, 2, true, DS_SHARED },
	{ "a newcomer's, too", 2, 1, 1, true, DS_PARTIAL },
};

static void describe_tally(const struct tally_case *c, char *text)
{
	strscpy(text, c->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(tally_case, tally_cases, describe_tally);

static void verdicts(struct kunit *test)
{
	const struct tally_case *c = test->param_value;
	struct ds_tally tally = {
		.asked = c->asked, .own = c->own, .thief = NONE, .unknown = c->unknown,
	};

	KUNIT_EXPECT_EQ(test, ds_tally_verdict(&tally, c->group), c->verdict);
}

static void tally_scope(struct ds_tally *tally, const u32 *winner, u32 n, u32 row, u32 own)
{
	struct ds_scope scope;

	ds_scope_init(&scope, 0);
	while (n--)
		ds_scope_add(&scope, leader, *winner++);
	ds_tally_add(tally, &scope, leader, row, own);
}

/* The first thief stays, and a pass without theft brings none. */
static void thieves(struct kunit *test)
{
	static const u32 own[] = { 3, 3 }, mixed[] = { 3, 2, UNKNOWN }, lost[] = { 0, 1, 2, GONE };
	struct ds_tally tally;

	ds_tally_init(&tally);
	KUNIT_EXPECT_EQ(test, ds_tally_verdict(&tally, 1), DS_NOADDR);
	tally_scope(&tally, own, ARRAY_SIZE(own), 3, 2);
	KUNIT_EXPECT_EQ(test, tally.thief, NONE);
	KUNIT_EXPECT_FALSE(test, tally.unknown);
	KUNIT_EXPECT_EQ(test, ds_tally_verdict(&tally, 1), DS_YES);
	tally_scope(&tally, mixed, ARRAY_SIZE(mixed), 3, 1);
	KUNIT_EXPECT_EQ(test, tally.thief, 2U);
	KUNIT_EXPECT_TRUE(test, tally.unknown);
	KUNIT_EXPECT_FALSE(test, tally.gone);
	tally_scope(&tally, lost, ARRAY_SIZE(lost), 3, 0);
	KUNIT_EXPECT_EQ(test, tally.thief, 2U);
	KUNIT_EXPECT_TRUE(test, tally.gone);
	KUNIT_EXPECT_EQ(test, tally.asked, 7U);
	KUNIT_EXPECT_EQ(test, tally.own, 3U);
	KUNIT_EXPECT_EQ(test, ds_tally_verdict(&tally, 1), DS_PARTIAL);
}

/* The largest row is a row; what is no row has no leader to look for. */
static void identities(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, ds_winner_is_row(DS_WINNER_GONE - 1));
	KUNIT_EXPECT_FALSE(test, ds_winner_is_row(DS_WINNER_GONE));
	KUNIT_EXPECT_FALSE(test, ds_winner_is_row(DS_WINNER_UNKNOWN));
	KUNIT_EXPECT_FALSE(test, ds_winner_is_row(OTHER));
	KUNIT_EXPECT_FALSE(test, ds_winner_is_row(NOBODY));
	KUNIT_EXPECT_FALSE(test, ds_winner_is_row(NONE));
	KUNIT_EXPECT_TRUE(test, ds_winner_counts(0));
	KUNIT_EXPECT_TRUE(test, ds_winner_counts(NOBODY));
	KUNIT_EXPECT_TRUE(test, ds_winner_counts(OTHER));
	KUNIT_EXPECT_FALSE(test, ds_winner_counts(UNKNOWN));
	KUNIT_EXPECT_FALSE(test, ds_winner_counts(GONE));
	KUNIT_EXPECT_EQ(test, ds_identity(leader, 1), 0U);
	KUNIT_EXPECT_EQ(test, ds_identity(leader, 3), 3U);
	KUNIT_EXPECT_EQ(test, ds_identity(leader, NOBODY), NOBODY);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(scopes, scope_case_gen_params),
	KUNIT_CASE_PARAM(merged, scope_case_gen_params),
	KUNIT_CASE_PARAM(verdicts, tally_case_gen_params),
	KUNIT_CASE(thieves),
	KUNIT_CASE(identities),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_coverage",
	.test_cases = cases,
};

kunit_test_suite(suite);
