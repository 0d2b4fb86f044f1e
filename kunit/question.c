// SPDX-License-Identifier: GPL-2.0-only
/* Parsing questions, valid and invalid ones. */
#include "fixture.h"
#include "question.h"

static const struct good {
	const char *text;
	enum ds_question_kind kind;
	enum ds_proto proto;
	u16 port;
	const char *addr;
	const char *dev;
	const char *peer;
	u16 peer_port;
} goods[] = {
	{ "who tcp 127.0.0.1 80", DS_ASK_WHO, DS_TCP, 80, "::ffff:127.0.0.1", "" },
	{ "who tcp 127.0.0.1 80\n", DS_ASK_WHO, DS_TCP, 80, "::ffff:127.0.0.1", "" },
	{ "  who\tudp  ::1 65535  ", DS_ASK_WHO, DS_UDP, 65535, "::1", "" },
	{ "who udp fe80::1 53 dev=eth0", DS_ASK_WHO, DS_UDP, 53, "fe80::1", "eth0" },
	{ "who udp 10.0.0.1 53 fromport=9 from=10.0.0.2 dev=a", DS_ASK_WHO, DS_UDP, 53,
	  "::ffff:10.0.0.1", "a", "::ffff:10.0.0.2", 9 },
	{ "who tcp fd00::1 1 from=fd00::2", DS_ASK_WHO, DS_TCP, 1, "fd00::1", "", "fd00::2", 0 },
	{ "who tcp :: 1 dev=fifteen-letters", DS_ASK_WHO, DS_TCP, 1, "::", "fifteen-letters" },
	{ "holders tcp 22", DS_ASK_HOLDERS, DS_TCP, 22, NULL, "" },
	{ "holders udp 00053 address=0.0.0.0\n", DS_ASK_HOLDERS, DS_UDP, 53, "::ffff:0.0.0.0", "" },
	{ "holders tcp 22 address=::", DS_ASK_HOLDERS, DS_TCP, 22, "::", "" },
};

static void describe_good(const struct good *good, char *text)
{
	strscpy(text, good->text, KUNIT_PARAM_DESC_SIZE);
	strreplace(text, '\n', '$');
	strreplace(text, '\t', '>');
}

KUNIT_ARRAY_PARAM(good, goods, describe_good);

static void says(struct kunit *test)
{
	const struct good *good = test->param_value;
	struct ds_asked q;
	struct in6_addr addr;

	KUNIT_ASSERT_EQ(test, ds_question_parse(&q, good->text, strlen(good->text)), 0);
	KUNIT_EXPECT_EQ(test, (int)q.kind, (int)good->kind);
	KUNIT_EXPECT_EQ(test, (int)q.proto, (int)good->proto);
	KUNIT_EXPECT_EQ(test, q.port, (unsigned int)good->port);
	KUNIT_EXPECT_STREQ(test, (const char *)q.dev, good->dev);
	KUNIT_EXPECT_EQ(test, q.has_addr, !!good->addr);
	if (good->addr) {
		addr = parse_addr(test, AF_INET6, good->addr);
		KUNIT_EXPECT_EQ(test, memcmp(&q.addr, &addr, sizeof(addr)), 0);
		KUNIT_EXPECT_EQ(test, q.family == DS_V4, ds_addr_is_mapped(&addr));
	}
	KUNIT_EXPECT_EQ(test, q.has_peer, !!good->peer);
	KUNIT_EXPECT_EQ(test, q.peer_port, (unsigned int)good->peer_port);
	if (good->peer) {
		addr = parse_addr(test, AF_INET6, good->peer);
		KUNIT_EXPECT_EQ(test, memcmp(&q.peer, &addr, sizeof(addr)), 0);
	}
}

static const char * const bads[] = {
	"", "\n", " ", "who", "who tcp", "who tcp 127.0.0.1", "holders", "holders tcp",
	"whom tcp 127.0.0.1 80", "wh tcp 127.0.0.1 80", "who sctp 127.0.0.1 80",
	"who TCP 127.0.0.1 80", "who tcp 127.0.0.1 0", "who tcp 127.0.0.1 65536",
	"who tcp 127.0.0.1 000080", "who tcp 127.0.0.1 8x", "who tcp 127.0.0.1 -1",
	"who tcp 127.0.0.1 4294967376", "who tcp 127.0.0 80", "who tcp 127.0.0.256 80",
	"who tcp 127.0.0.1.1 80", "who tcp ::1::2 80", "who tcp fe80::1%eth0 80",
	"who tcp ::ffff:127.0.0.1 80", "who tcp host 80", "who tcp 127.0.0.1:80",
	"who tcp 127.0.0.1 80 eth0", "who tcp 127.0.0.1 80 dev=", "who tcp 127.0.0.1 80 dev=a/b",
	"who tcp 127.0.0.1 80 dev=sixteen--letters", "who tcp 127.0.0.1 80 dev=a dev=b",
	"who tcp 127.0.0.1 80 from=::1", "who tcp ::1 80 from=127.0.0.1",
	"who tcp ::1 80 from=::ffff:1.2.3.4", "who tcp ::1 80 from=::2 from=::3",
	"who tcp ::1 80 fromport=9", "who tcp ::1 80 from=::2 fromport=0",
	"who tcp ::1 80 from=::2 fromport=1 fromport=2", "who tcp ::1 80 unknown=1",
	"who tcp ::1 80\n\n", "who tcp ::1 80\nwho tcp ::1 81\n", "\nwho tcp ::1 80",
	"holders tcp 80 address=", "holders tcp 80 address=x",
	"holders tcp 80 address=::ffff:1.2.3.4",
	"holders tcp 80 address=:: address=::", "holders tcp 80 dev=eth0", "holders tcp ::1 80",
	"holders tcp 80 ::1",
};

static void says_nothing(struct kunit *test)
{
	struct ds_asked q;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bads); i++)
		KUNIT_EXPECT_EQ_MSG(test, ds_question_parse(&q, bads[i], strlen(bads[i])), -EINVAL,
				    "%s", bads[i]);
}

/* A text with a NUL, and texts of every length up to more than the limit. */
static void odd_texts(struct kunit *test)
{
	static const char nul[] = "holders tcp 8\0000";
	struct ds_asked q;
	char *text;
	size_t len;

	KUNIT_EXPECT_EQ(test, ds_question_parse(&q, nul, sizeof(nul) - 1), -EINVAL);
	for (len = 0; len < DS_QUESTION_MAX + 3; len++) {
		/* exactly this size, so that KASAN reports a read beyond it */
		text = kmalloc(len ?: 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, text);
		memset(text, ' ', len);
		memcpy(text, "holders tcp 80", min(len, strlen("holders tcp 80")));
		KUNIT_EXPECT_EQ_MSG(test, ds_question_parse(&q, text, len),
				    len < strlen("holders tcp 8") || len > DS_QUESTION_MAX ?
				    -EINVAL : 0, "length %zu", len);
		kfree(text);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(says, good_gen_params),
	KUNIT_CASE(says_nothing),
	KUNIT_CASE(odd_texts),
	{}
};

static struct kunit_suite suite = {
	.name = "dualstack_question",
	.test_cases = cases,
};

kunit_test_suites(&suite);
