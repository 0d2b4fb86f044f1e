// SPDX-License-Identifier: GPL-2.0-only
/* Text of addresses and numbers. */
#include <linux/random.h>
#include "fixture.h"
#include "text.h"

static const struct address {
	const char *in;		/* for in6_pton() */
	const char *text;
	const char *as_v4;	/* for v4-mapped addresses */
} addresses[] = {
	{ "0:0:0:0:0:0:0:0", "::" },
	{ "0:0:0:0:0:0:0:1", "::1" },
	{ "1:0:0:0:0:0:0:0", "1::" },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },	/* the first of two equal runs */
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },		/* the longer run */
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },	/* one zero is not shortened */
	{ "0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7" },
	{ "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0" },
	{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
	{ "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "fe80:0:0:0:a:b0:c00:d000", "fe80::a:b0:c00:d000" },
	{ "0:0:0:0:0:ffff:0:0", "::ffff:0.0.0.0", "0.0.0.0" },
	{ "0:0:0:0:0:ffff:ffff:ffff", "::ffff:255.255.255.255", "255.255.255.255" },
	{ "0:0:0:0:0:ffff:a00:1", "::ffff:10.0.0.1", "10.0.0.1" },
	{ "0:0:0:0:0:ffff:6364:909", "::ffff:99.100.9.9", "99.100.9.9" },
	/* v4-compatible and ISATAP addresses are written as IPv6, as inet_ntop() does */
	{ "0:0:0:0:0:0:a00:1", "::a00:1" },
	{ "fe80:0:0:0:200:5efe:a00:1", "fe80::200:5efe:a00:1" },
};

static void describe(const struct address *address, char *text)
{
	strscpy(text, address->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(address, addresses, describe);

static void addresses_in_text(struct kunit *test)
{
	const struct address *address = test->param_value;
	struct in6_addr addr = parse_addr(test, AF_INET6, address->in);
	char text[DS_ADDR_TEXT];

	KUNIT_EXPECT_EQ(test, ds_addr_text(text, &addr, false), (int)strlen(address->text));
	KUNIT_EXPECT_STREQ(test, text, address->text);
	if (!address->as_v4)
		return;
	KUNIT_EXPECT_EQ(test, ds_addr_text(text, &addr, true), (int)strlen(address->as_v4));
	KUNIT_EXPECT_STREQ(test, text, address->as_v4);
}

/* A random address with few values, so that runs of zeros and short groups are frequent. */
static void random_address(struct in6_addr *addr)
{
	static const u16 group[] = { 0, 0, 0, 1, 0xf, 0x10, 0xff, 0x100, 0xfff, 0x1000, 0xffff };
	u32 random;
	int i;

	for (i = 0; i < 8; i++) {
		get_random_bytes(&random, sizeof(random));
		addr->s6_addr16[i] = htons(random & 0x80000000 ? random :
					   group[(random >> 16) % ARRAY_SIZE(group)]);
	}
}

/* The kernel writes ISATAP addresses with a dotted quad. */
static bool is_isatap(const struct in6_addr *addr)
{
	return (addr->s6_addr32[2] | htonl(0x02000000)) == htonl(0x02005efe);
}

static void as_the_kernel_writes(struct kunit *test)
{
	char text[DS_ADDR_TEXT], expected[64];
	struct in6_addr addr;
	int i;

	for (i = 0; i < 20000; i++) {
		random_address(&addr);
		if (is_isatap(&addr))
			continue;
		ds_addr_text(text, &addr, false);
		snprintf(expected, sizeof(expected), "%pI6c", &addr);
		KUNIT_ASSERT_STREQ(test, text, expected);
		ds_addr_text(text, &addr, true);
		snprintf(expected, sizeof(expected), "%pI4", &addr.s6_addr[12]);
		KUNIT_ASSERT_STREQ(test, text, expected);
	}
}

/* End the text, and check that nothing was written beyond it. */
static const char *ended(struct kunit *test, char *text, char *end)
{
	*end = '\0';
	KUNIT_EXPECT_EQ(test, end[1 + DS_TEXT_WIDTH], '#');
	return text;
}

static void words_are_filled_up(struct kunit *test)
{
	static const struct {
		const char *word;
		int width;
		const char *text;
	} words[] = {
		{ "", 0, "" }, { "ab", 4, "ab  " }, { "abcd", 4, "abcd" }, { "abcde", 4, "abcde" },
		{ "-", 16, "-               " },
	};
	char text[64];
	int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		memset(text, '#', sizeof(text));
		KUNIT_EXPECT_STREQ(test, ended(test, text, ds_text_left(text, words[i].word,
									words[i].width)),
				   words[i].text);
	}
	memset(text, '#', sizeof(text));
	KUNIT_EXPECT_STREQ(test, ended(test, text, ds_text_word(text, " queue=")), " queue=");
}

static void check_number(struct kunit *test, u64 number, int width)
{
	char text[64], expected[64];

	memset(text, '#', sizeof(text));
	snprintf(expected, sizeof(expected), "%llu", number);
	KUNIT_EXPECT_STREQ(test, ended(test, text, ds_text_number(text, number)), expected);
	memset(text, '#', sizeof(text));
	snprintf(expected, sizeof(expected), " %*llu", width, number);
	KUNIT_EXPECT_STREQ(test, ended(test, text, ds_text_right(text, number, width)), expected);
}

/* Numbers just below and at each power of ten, up to the largest number, in every width. */
static void numbers_keep_a_blank(struct kunit *test)
{
	u64 number = 1;
	int i, width;

	for (i = 0; i < 20; i++, number *= 10) {
		for (width = 0; width <= DS_TEXT_WIDTH; width++) {
			check_number(test, number, width);
			check_number(test, number - 1, width);
		}
	}
	check_number(test, U32_MAX, 6);
	check_number(test, U32_MAX + 1ULL, 6);
	check_number(test, U64_MAX, 8);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(addresses_in_text, address_gen_params),
	KUNIT_CASE(as_the_kernel_writes),
	KUNIT_CASE(words_are_filled_up),
	KUNIT_CASE(numbers_keep_a_blank),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_text",
	.test_cases = cases,
};

kunit_test_suite(suite);
