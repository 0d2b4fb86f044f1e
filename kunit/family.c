// SPDX-License-Identifier: GPL-2.0-only
/* The families that a socket accepts, for all combinations of its settings. */
#include "family.h"
#include "fixture.h"

#define V4	DS_TAKES_V4
#define V6	DS_TAKES_V6

static const struct shape {
	const char *what;
	int af;
	bool v6only;
	const char *addr;
	unsigned int families;
	const char *tcp, *udp;
} shapes[] = {
	{ "v4 wildcard", AF_INET, false, "::ffff:0.0.0.0", V4, "tcp4", "udp4" },
	{ "v4 specific", AF_INET, false, "::ffff:127.0.0.1", V4, "tcp4", "udp4" },
	/* for an AF_INET socket, the flag and the address are ignored */
	{ "v4, flag set", AF_INET, true, "::", V4, "tcp4", "udp4" },
	{ "v4, other address", AF_INET, false, "2001:db8::1", V4, "tcp4", "udp4" },
	{ "v6 wildcard, both", AF_INET6, false, "::", V4 | V6, "tcp46", "udp46" },
	{ "v6 wildcard, v6only", AF_INET6, true, "::", V6, "tcp6", "udp6" },
	{ "v6 specific, v6only", AF_INET6, true, "::1", V6, "tcp6", "udp6" },
	{ "v6 specific, not v6only", AF_INET6, false, "::1", V6, "tcp6", "udp6" },
	{ "v6 link-local", AF_INET6, false, "fe80::1", V6, "tcp6", "udp6" },
	{ "v6 multicast", AF_INET6, true, "ff02::1", V6, "tcp6", "udp6" },
	{ "mapped", AF_INET6, false, "::ffff:10.0.0.1", V4, "tcp4", "udp4" },
	{ "mapped wildcard", AF_INET6, false, "::ffff:0.0.0.0", V4, "tcp4", "udp4" },
	/* the flag does not make a mapped address an IPv6 one */
	{ "mapped, v6only", AF_INET6, true, "::ffff:10.0.0.1", V4, "tcp4", "udp4" },
	/* next to the mapped prefix, on either side, and v4-compatible */
	{ "::fffe:0:1", AF_INET6, false, "::fffe:0:1", V6, "tcp6", "udp6" },
	{ "::1:ffff:0:1", AF_INET6, false, "::1:ffff:0:1", V6, "tcp6", "udp6" },
	{ "1::ffff:0:1", AF_INET6, false, "1::ffff:0:1", V6, "tcp6", "udp6" },
	{ "::10.0.0.1", AF_INET6, false, "::10.0.0.1", V6, "tcp6", "udp6" },
	{ "only the last bit", AF_INET6, false, "::1", V6, "tcp6", "udp6" },
	{ "only the first bit", AF_INET6, false, "8000::", V6, "tcp6", "udp6" },
	{ "no family", AF_UNSPEC, false, "::", 0, "-", "-" },
	{ "another family", AF_UNIX, false, "::", 0, "-", "-" },
};

static void describe(const struct shape *shape, char *text)
{
	strscpy(text, shape->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(shape, shapes, describe);

static void families(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct in6_addr addr = parse_addr(test, AF_INET6, shape->addr);
	unsigned int families = ds_families(shape->af, shape->v6only, &addr);

	KUNIT_EXPECT_EQ(test, families, shape->families);
	KUNIT_EXPECT_STREQ(test, ds_proto_name(DS_TCP, families), shape->tcp);
	KUNIT_EXPECT_STREQ(test, ds_proto_name(DS_UDP, families), shape->udp);
}

/* An address with any bit set is not the wildcard, and only ::ffff:0:0/96 is v4-mapped. */
static void single_bits(struct kunit *test)
{
	struct in6_addr addr;
	int bit;

	for (bit = 0; bit < 128; bit++) {
		memset(&addr, 0, sizeof(addr));
		addr.s6_addr[bit / 8] = 0x80 >> bit % 8;
		KUNIT_EXPECT_FALSE(test, ds_addr_is_any6(&addr));
		KUNIT_EXPECT_FALSE(test, ds_addr_is_mapped(&addr));
		addr = parse_addr(test, AF_INET6, "::ffff:0:0");
		addr.s6_addr[bit / 8] ^= 0x80 >> bit % 8;
		KUNIT_EXPECT_EQ(test, ds_addr_is_mapped(&addr), bit >= 96);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(families, shape_gen_params),
	KUNIT_CASE(single_bits),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_family",
	.test_cases = cases,
};

kunit_test_suite(suite);
