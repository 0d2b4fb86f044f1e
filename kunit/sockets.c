// SPDX-License-Identifier: GPL-2.0-only
/* Kernel sockets in a namespace of their own: their rows and verdicts. */
#include <linux/in.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "fixture.h"
#include "rows.h"
#include "snapshot.h"

#define MAX_SOCKETS	4
#define PORT		4242
#define MANY		1500

#define ANY4(p, ...)	{ p, AF_INET, "0.0.0.0", PORT, __VA_ARGS__ }
#define LO4(p, ...)	{ p, AF_INET, "127.0.0.1", PORT, __VA_ARGS__ }
#define ANY6(p, ...)	{ p, AF_INET6, "::", PORT, __VA_ARGS__ }
#define LO6(p, ...)	{ p, AF_INET6, "::1", PORT, __VA_ARGS__ }

/**
 * struct scene - sockets, which are made in this order, and their expected verdicts
 * @what: name
 * @spec: the sockets; the first one without an address ends the list
 * @v4: IPv4 verdict of each socket
 * @v6: IPv6 verdict of each socket
 * @by: for each socket: number of the socket that gets its packets, from 1 on, or 0
 */
struct scene {
	const char *what;
	struct spec spec[MAX_SOCKETS];
	enum ds_verdict v4[MAX_SOCKETS], v6[MAX_SOCKETS];
	int by[MAX_SOCKETS];
};

static const struct scene scenes[] = {
	{ "tcp4", { ANY4(DS_TCP) }, { DS_YES } },
	{ "udp4", { ANY4(DS_UDP) }, { DS_YES } },
	{ "tcp46", { ANY6(DS_TCP) }, { DS_YES }, { DS_YES } },
	{ "udp46", { ANY6(DS_UDP) }, { DS_YES }, { DS_YES } },
	{ "tcp6", { ANY6(DS_TCP, .v6only = true) }, { }, { DS_YES } },
	{ "udp6", { ANY6(DS_UDP, .v6only = true) }, { }, { DS_YES } },
	{ "tcp6 on ::1", { LO6(DS_TCP) }, { }, { DS_YES } },
	{ "tcp4 on 127.0.0.1", { LO4(DS_TCP) }, { DS_YES } },
	{ "mapped", { { DS_TCP, AF_INET6, "::ffff:127.0.0.1", PORT } }, { DS_YES } },
	{ "mapped wildcard", { { DS_UDP, AF_INET6, "::ffff:0.0.0.0", PORT } }, { DS_YES } },
	{ "on a device", { ANY4(DS_TCP, .dev = true), ANY6(DS_UDP, .dev = true) },
	  { DS_YES, DS_YES }, { DS_NOT_TAKEN, DS_YES } },
	{ "tcp4 and tcp6 side by side", { ANY4(DS_TCP), ANY6(DS_TCP, .v6only = true) },
	  { DS_YES }, { DS_NOT_TAKEN, DS_YES } },
	/* all of 127.0.0.0/8 is local; the only local IPv6 address is ::1 */
	{ "wildcard, then specific, v4",
	  { ANY4(DS_TCP, .reuse = true), LO4(DS_TCP, .reuse = true) },
	  { DS_PARTIAL, DS_YES }, { }, { 2 } },
	{ "specific, then wildcard, v4",
	  { LO4(DS_UDP, .reuse = true), ANY4(DS_UDP, .reuse = true) },
	  { DS_YES, DS_PARTIAL }, { }, { 0, 1 } },
	{ "wildcard, then specific, v6",
	  { ANY6(DS_TCP, .v6only = true, .reuse = true), LO6(DS_TCP, .reuse = true) },
	  { }, { DS_SHADOWED, DS_YES }, { 2 } },
	{ "specific, then wildcard, v6",
	  { LO6(DS_UDP, .reuse = true), ANY6(DS_UDP, .v6only = true, .reuse = true) },
	  { }, { DS_YES, DS_SHADOWED }, { 0, 1 } },
	{ "both families, half of it taken",
	  { ANY6(DS_UDP), LO6(DS_UDP), LO4(DS_UDP) },
	  { DS_PARTIAL, DS_NOT_TAKEN, DS_YES }, { DS_SHADOWED, DS_YES }, { 3 } },
	{ "a device beats none",
	  { LO4(DS_TCP, .reuse = true), LO4(DS_TCP, .reuse = true, .dev = true) },
	  { DS_SHADOWED, DS_YES }, { }, { 2 } },
	{ "AF_INET before AF_INET6", { ANY4(DS_UDP), ANY6(DS_UDP) },
	  { DS_YES, DS_SHADOWED }, { DS_NOT_TAKEN, DS_YES }, { 0, 1 } },
	{ "a group of two, tcp", { ANY4(DS_TCP, .reuse = true), ANY4(DS_TCP, .reuse = true) },
	  { DS_SHARED, DS_SHARED } },
	{ "a group of three, udp",
	  { ANY6(DS_UDP, .reuse = true), ANY6(DS_UDP, .reuse = true), ANY6(DS_UDP, .reuse = true) },
	  { DS_SHARED, DS_SHARED, DS_SHARED }, { DS_SHARED, DS_SHARED, DS_SHARED } },
	{ "protocols apart", { ANY4(DS_TCP), LO4(DS_UDP) }, { DS_YES, DS_YES } },
};

static void describe(const struct scene *scene, char *text)
{
	strscpy(text, scene->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(scene, scenes, describe);

static u32 rows_of(const struct ds_rows *s, const struct sock *sk, struct ds_row **row)
{
	u32 i, n = 0;

	for (i = 0; i < s->nshown; i++) {
		if (ds_row_ordered(s, i)->sk != sk)
			continue;
		*row = ds_row_ordered(s, i);
		n++;
	}
	return n;
}

static void check_row(struct kunit *test, const struct scene *scene, u32 i,
		      const struct ds_row *row, struct socket **sock)
{
	const struct spec *spec = &scene->spec[i];
	struct in6_addr addr = parse_addr(test, spec->af, spec->addr);
	enum ds_verdict thief = max(scene->v4[i], scene->v6[i]);
	u64 by = scene->by[i] ? SOCK_INODE(sock[scene->by[i] - 1])->i_ino : 0;

	KUNIT_EXPECT_EQ(test, row->verdict[DS_V4], (u8)scene->v4[i]);
	KUNIT_EXPECT_EQ(test, row->verdict[DS_V6], (u8)scene->v6[i]);
	KUNIT_EXPECT_EQ(test, row->inode, (u64)SOCK_INODE(sock[i])->i_ino);
	KUNIT_EXPECT_EQ(test, row->port, spec->port);
	KUNIT_EXPECT_EQ(test, row->proto, (u8)spec->proto);
	KUNIT_EXPECT_EQ(test, memcmp(&row->addr, &addr, sizeof(addr)), 0);
	KUNIT_EXPECT_EQ(test, !!(row->flags & DS_ROW_INET6), spec->af == AF_INET6);
	KUNIT_EXPECT_EQ(test, row->ifindex, spec->dev ? 1 : 0);
	KUNIT_EXPECT_EQ(test, row->backlog, spec->proto == DS_TCP ? 5U : 0U);
	KUNIT_EXPECT_TRUE(test, uid_eq(row->uid, GLOBAL_ROOT_UID));
	KUNIT_EXPECT_EQ(test, row->by[DS_V4] ?: row->by[DS_V6],
			thief == DS_PARTIAL || thief == DS_SHADOWED ? by : 0);
}

static void verdicts(struct kunit *test)
{
	const struct scene *scene = test->param_value;
	struct net *net = sockets_net(test);
	struct socket *sock[MAX_SOCKETS];
	struct ds_rows *s;
	u32 i, n;

	for (n = 0; n < MAX_SOCKETS && scene->spec[n].addr; n++) {
		sock[n] = make_socket(net, &scene->spec[n]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(sock[n]));
	}
	s = ds_snapshot_take(net, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s));
	KUNIT_EXPECT_EQ(test, s->nshown, n);
	/* needed only for lookups */
	KUNIT_EXPECT_PTR_EQ(test, s->listen_chain, NULL);
	for (i = 0; i < n; i++) {
		struct ds_row *row = NULL;

		KUNIT_EXPECT_EQ(test, rows_of(s, sock[i]->sk, &row), 1U);
		if (row)
			check_row(test, scene, i, row, sock);
		sock_release(sock[i]);
	}
	ds_rows_free(s);
	s = ds_snapshot_take(net, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s));
	KUNIT_EXPECT_EQ(test, s->nshown, 0U);
	ds_rows_free(s);
}

/* Sockets without a row: a connected UDP socket, and a TCP socket without a port. */
static void no_rows(struct kunit *test)
{
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(9),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct spec udp = ANY4(DS_UDP);
	struct net *net = sockets_net(test);
	struct socket *connected, *unbound;
	struct ds_rows *s;

	connected = make_socket(net, &udp);
	KUNIT_ASSERT_FALSE(test, IS_ERR(connected));
	KUNIT_EXPECT_EQ(test, kernel_connect(connected, (void *)&peer, sizeof(peer), 0), 0);
	KUNIT_EXPECT_EQ(test, sock_create_kern(net, AF_INET6, SOCK_STREAM, IPPROTO_TCP, &unbound),
			0);
	s = ds_snapshot_take(net, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s));
	/* they are not collected at all; otherwise DS_ROW_GONE would hide them later */
	KUNIT_EXPECT_EQ(test, s->nrows, 0U);
	KUNIT_EXPECT_EQ(test, s->nshown, 0U);
	ds_rows_free(s);
	sock_release(connected);
	sock_release(unbound);
}

/* A namespace's table has only its sockets; the table of all has each socket once. */
static void whose(struct kunit *test)
{
	const struct spec spec = ANY6(DS_TCP);
	struct net *net = sockets_net(test);
	struct socket *sock = make_socket(net, &spec);
	struct ds_row *row = NULL;
	struct ds_rows *s;

	KUNIT_ASSERT_FALSE(test, IS_ERR(sock));
	s = ds_snapshot_take(&init_net, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s));
	KUNIT_EXPECT_EQ(test, rows_of(s, sock->sk, &row), 0U);
	ds_rows_free(s);
	s = ds_snapshot_take_all(NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s));
	KUNIT_EXPECT_TRUE(test, s->all);
	KUNIT_EXPECT_GE(test, s->nnets, 2U);
	KUNIT_EXPECT_EQ(test, rows_of(s, sock->sk, &row), 1U);
	if (row) {
		KUNIT_EXPECT_PTR_EQ(test, s->net[row->net], net);
		KUNIT_EXPECT_EQ(test, row->verdict[DS_V4], (u8)DS_YES);
	}
	ds_rows_free(s);
	sock_release(sock);
}

/* A bucket that takes several RCU sections and chunks: each socket once, all in one group. */
static void one_bucket(struct kunit *test, enum ds_proto proto)
{
	const struct spec spec = { proto, AF_INET6, "::", PORT, .reuse = true };
	struct socket **sock = kunit_kcalloc(test, MANY, sizeof(*sock), GFP_KERNEL);
	struct net *net = sockets_net(test);
	struct ds_rows *s;
	u64 last = 0;
	u32 i, k;

	for (i = 0; i < MANY; i++) {
		sock[i] = make_socket(net, &spec);
		KUNIT_ASSERT_FALSE(test, IS_ERR(sock[i]));
	}
	s = ds_snapshot_take(net, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s));
	KUNIT_EXPECT_EQ(test, s->nshown, (u32)MANY);
	/* inodes ascend, so no socket is there twice */
	for (i = 0; i < s->nshown; i++) {
		const struct ds_row *row = ds_row_ordered(s, i);

		for (k = 0; k < MANY && sock[k]->sk != row->sk; k++)
			;
		KUNIT_ASSERT_LT(test, k, (u32)MANY);
		KUNIT_ASSERT_GT(test, row->inode, last);
		KUNIT_ASSERT_EQ(test, row->group, (u32)MANY);
		KUNIT_ASSERT_EQ(test, row->verdict[DS_V4], (u8)DS_SHARED);
		KUNIT_ASSERT_EQ(test, row->verdict[DS_V6], (u8)DS_SHARED);
		last = row->inode;
	}
	ds_rows_free(s);
	for (i = 0; i < MANY; i++)
		sock_release(sock[i]);
}

static void one_bucket_tcp(struct kunit *test)
{
	one_bucket(test, DS_TCP);
}

static void one_bucket_udp(struct kunit *test)
{
	one_bucket(test, DS_UDP);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(verdicts, scene_gen_params),
	KUNIT_CASE(no_rows),
	KUNIT_CASE(whose),
	KUNIT_CASE(one_bucket_tcp),
	KUNIT_CASE(one_bucket_udp),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_sockets",
	.suite_init = sockets_suite_init,
	.suite_exit = sockets_suite_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
