// SPDX-License-Identifier: GPL-2.0-only
/* The text of a row, with the longest and shortest values. */
#include <linux/uidgid.h>
#include "fixture.h"
#include "text.h"

#define HEADER	"proto  port v4       v6       v6only    uid    inode dev      address\n"

static const struct line {
	const char *what;
	int af;
	const char *addr;
	const char *dev;
	struct ds_row row;
	const char *text;	/* the expected text */
	const char *more[5];	/* and its continuation */
} lines[] = {
	{
		"least", AF_INET, "0.0.0.0", "-",
		{ .proto = DS_TCP, .families = DS_TAKES_V4, .reuse = DS_NO_GROUP,
		  .cpu = DS_NO_CPU, .port = 1, .verdict = { DS_YES, DS_NOT_TAKEN } },
		"tcp4      1 yes      -        -           0        0 -        0.0.0.0 queue=0/0\n",
	}, {
		"usual", AF_INET6, "::", "-",
		{ .proto = DS_TCP, .families = DS_TAKES_V4 | DS_TAKES_V6, .reuse = DS_NO_GROUP,
		  .cpu = DS_NO_CPU, .port = 443, .verdict = { DS_YES, DS_PARTIAL },
		  .flags = DS_ROW_INET6, .inode = 12345678, .by = { 0, 4711 }, .backlog = 128,
		  .group = 1 },
		"tcp46   443 yes      partial  0           0 12345678 -        ",
		{ ":: queue=0/128 v6by=4711\n" },
	}, {
		"v6only", AF_INET6, "::", "eth0",
		{ .proto = DS_UDP, .families = DS_TAKES_V6, .cpu = DS_NO_CPU, .port = 53,
		  .verdict = { DS_NOT_TAKEN, DS_NOADDR },
		  .flags = DS_ROW_INET6 | DS_ROW_V6ONLY, .inode = 99, .ifindex = 2 },
		"udp6     53 -        noaddr   1           0       99 eth0     :: rx=0\n",
	}, {
		"mapped", AF_INET6, "::ffff:10.0.0.1", "-",
		{ .proto = DS_UDP, .families = DS_TAKES_V4, .cpu = DS_NO_CPU, .port = 53,
		  .verdict = { DS_SHADOWED, DS_NOT_TAKEN }, .flags = DS_ROW_INET6,
		  .inode = 99, .by = { 7, 0 } },
		"udp4     53 shadowed -        0           0       99 -        ",
		{ "::ffff:10.0.0.1 rx=0 v4by=7\n" },
	}, {
		"longest", AF_INET6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "abcdefghijklmno",
		{ .proto = DS_UDP, .families = DS_TAKES_V4 | DS_TAKES_V6, .port = 65535,
		  .ifindex = 1,
		  .verdict = { DS_SHADOWED, DS_SHADOWED }, .cpu = INT_MAX, .inode = U64_MAX,
		  .uid = KUIDT_INIT(4294967294U), .by = { U64_MAX, U64_MAX }, .cgroup = U64_MAX,
		  .queued = U32_MAX, .backlog = U32_MAX, .drops = U32_MAX, .group = U32_MAX,
		  .flags = DS_ROW_INET6 | DS_ROW_V6ONLY | DS_ROW_BPF | DS_ROW_TRANSPARENT |
			   DS_ROW_FREEBIND | DS_ROW_MPTCP | DS_ROW_MCALL_OFF },
		"udp46 65535 shadowed ",
		{ "shadowed 1      4294967294 18446744073709551615 abcdefghijklmno ",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff rx=4294967295 drops=4294967295 ",
		  "group=4294967295 v4by=18446744073709551615 v6by=18446744073709551615 bpf=1 ",
		  "cpu=2147483647 transparent=1 freebind=1 mptcp=1 mcast=4294967295 mcall=0 ",
		  "cgroup=18446744073709551615\n" },
	}, {
		"every word of TCP", AF_INET, "127.0.0.1", "lo",
		{ .proto = DS_TCP, .families = DS_TAKES_V4, .port = 8080, .cpu = 0, .ifindex = 1,
		  .verdict = { DS_SHARED, DS_NOT_TAKEN }, .inode = 5, .queued = 3, .backlog = 4096,
		  .drops = 1, .group = 2, .uid = KUIDT_INIT(1000), .cgroup = 1,
		  .flags = DS_ROW_TRANSPARENT | DS_ROW_MPTCP },
		"tcp4   8080 shared   -        -        1000        5 lo       127.0.0.1 ",
		{ "queue=3/4096 drops=1 group=2 cpu=0 transparent=1 mptcp=1 cgroup=1\n" },
	},
};

static void describe(const struct line *line, char *text)
{
	strscpy(text, line->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(line, lines, describe);

static struct ds_row row_of(struct kunit *test, const struct line *line)
{
	struct ds_row row = line->row;

	row.addr = parse_addr(test, line->af, line->addr);
	return row;
}

/* The text of a row, valid until the next call. Checks that nothing beyond its end was written. */
static const char *put(struct kunit *test, const struct ds_row *row, const struct line *line,
		       u32 netns)
{
	static char text[DS_ROW_TEXT_MAX + 1];
	char *end;

	memset(text, '#', sizeof(text));
	end = ds_row_put(text, row, line->dev, __kuid_val(row->uid), netns);
	KUNIT_EXPECT_LE(test, (size_t)(end - text), (size_t)DS_ROW_TEXT_MAX);
	KUNIT_EXPECT_EQ(test, text[DS_ROW_TEXT_MAX], '#');
	*end = '\0';
	return text;
}

static void text(struct kunit *test)
{
	const struct line *line = test->param_value;
	struct ds_row row = row_of(test, line);
	char expected[DS_ROW_TEXT_MAX + 32] = " 4294967295 ";
	const char *plain = expected + strlen(expected);
	int i;

	strlcat(expected, line->text, sizeof(expected));
	for (i = 0; i < ARRAY_SIZE(line->more) && line->more[i]; i++)
		strlcat(expected, line->more[i], sizeof(expected));
	KUNIT_EXPECT_STREQ(test, put(test, &row, line, 0), plain);
	/* the longest text also fits with a column for the namespace */
	KUNIT_EXPECT_STREQ(test, put(test, &row, line, U32_MAX), expected);
	KUNIT_EXPECT_LT(test, strlen(expected) + DS_TEXT_WIDTH, (size_t)DS_ROW_TEXT_MAX);
}

/* The text has the uid that is passed, and not the one in the row. */
static void uid(struct kunit *test)
{
	struct ds_row row = row_of(test, &lines[0]);
	char text[DS_ROW_TEXT_MAX];

	row.uid = KUIDT_INIT(1000);
	*ds_row_text(text, &row, "-", 65534) = '\0';
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, " yes      -        -       65534        0 - "));
}

static void header(struct kunit *test)
{
	char text[128];

	*ds_row_header(text, false) = '\0';
	KUNIT_EXPECT_STREQ(test, text, HEADER);
	*ds_row_header(text, true) = '\0';
	KUNIT_EXPECT_STREQ(test, text, "     netns " HEADER);
}

static void wildcards(struct kunit *test)
{
	static const struct {
		const char *addr;
		bool wild;
	} cases[] = {
		{ "::", true }, { "::ffff:0.0.0.0", true }, { "::1", false },
		{ "::ffff:0.0.0.1", false }, { "::fffe:0:0", false },
	};
	struct ds_row row = { };
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		row.addr = parse_addr(test, AF_INET6, cases[i].addr);
		KUNIT_EXPECT_EQ(test, ds_row_is_wildcard(&row), cases[i].wild);
	}
}

/* AF_INET comes first, whatever the address; then rows are ordered by the bytes of addresses. */
static void order_of_addresses(struct kunit *test)
{
	static const struct {
		int af;
		const char *addr;
	} order[] = {
		{ AF_INET, "0.0.0.0" }, { AF_INET, "10.0.0.1" }, { AF_INET, "10.0.0.2" },
		{ AF_INET, "127.0.0.1" }, { AF_INET, "255.255.255.255" }, { AF_INET6, "::" },
		{ AF_INET6, "::1" }, { AF_INET6, "::ffff:0.0.0.0" },
		{ AF_INET6, "::ffff:10.0.0.1" }, { AF_INET6, "2001:db8::1" },
		{ AF_INET6, "fe80::1" },
	};
	struct ds_row row[ARRAY_SIZE(order)] = { };
	int i, k;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		row[i].addr = parse_addr(test, order[i].af, order[i].addr);
		row[i].flags = order[i].af == AF_INET6 ? DS_ROW_INET6 : 0;
	}
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		for (k = 0; k < ARRAY_SIZE(order); k++) {
			int diff = ds_row_cmp_address(&row[i], &row[k]);

			KUNIT_EXPECT_EQ(test, diff < 0, i < k);
			KUNIT_EXPECT_EQ(test, diff > 0, i > k);
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(text, line_gen_params),
	KUNIT_CASE(header),
	KUNIT_CASE(uid),
	KUNIT_CASE(wildcards),
	KUNIT_CASE(order_of_addresses),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_row",
	.test_cases = cases,
};

kunit_test_suite(suite);
