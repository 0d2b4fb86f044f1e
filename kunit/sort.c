// SPDX-License-Identifier: GPL-2.0-only
/* The order of the table. */
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include "fixture.h"
#include "rows.h"
#include "sort.h"

/* Few values each, so that all kinds of equality are frequent. */
static void random_row(struct ds_row *row, u32 nnets)
{
	static const u16 port[] = { 1, 22, 80, 255, 256, 443, 8080, 65535 };
	u32 r[8];

	get_random_bytes(r, sizeof(r));
	row->net = r[0] % nnets;
	row->proto = r[1] % DS_NPROTOS;
	row->port = port[r[2] % ARRAY_SIZE(port)];
	row->flags = r[3] & 1 ? DS_ROW_INET6 : 0;
	ipv6_addr_set(&row->addr, 0, 0, htonl(0xffff), htonl(r[4] % 3));
	if (r[3] == 3)
		row->addr.s6_addr[0] = 0xfe;
	row->ifindex = r[5] % 3 ? 0 : r[5] % 4 + 1;
	row->inode = r[6] % 4 ? r[6] : 0;
	row->sk = (void *)(unsigned long)r[7];
}

/* The documented order: namespace, protocol, port, IPv4 before IPv6, address, device, inode. */
static int contract(const struct ds_rows *s, const struct ds_row *a, const struct ds_row *b)
{
	int diff;

	if (a->net != b->net)
		return s->net[a->net]->ns.inum < s->net[b->net]->ns.inum ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if ((a->flags ^ b->flags) & DS_ROW_INET6)
		return a->flags & DS_ROW_INET6 ? 1 : -1;
	diff = memcmp(&a->addr, &b->addr, sizeof(a->addr));
	if (diff)
		return diff;
	diff = strcmp(ds_rows_device(s, a), ds_rows_device(s, b));
	if (diff)
		return diff;
	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return 0;
}

/* The order of the names is not that of the indexes. */
static void give_devices(struct kunit *test, struct ds_rows *s)
{
	static const char * const name[] = { "lo", "eth1", "eth0", "br0" };
	u32 n;

	s->device = ds_rows_alloc(s, s->nnets * ARRAY_SIZE(name), sizeof(*s->device));
	KUNIT_ASSERT_NOT_NULL(test, s->device);
	for (n = 0; n < s->nnets * ARRAY_SIZE(name); n++) {
		s->device[n].net = n / ARRAY_SIZE(name);
		s->device[n].ifindex = n % ARRAY_SIZE(name) + 1;
		strscpy(s->device[n].name, name[n % ARRAY_SIZE(name)], IFNAMSIZ);
	}
	s->ndevices = n;
}

static void check_runs(struct kunit *test, struct ds_rows *s)
{
	u32 first, end, i;

	for (first = 0; first < s->nrows; first = end) {
		const struct ds_row *row = ds_row_ordered(s, first);

		end = ds_same_port(s, first);
		KUNIT_ASSERT_GT(test, end, first);
		KUNIT_ASSERT_LE(test, end, s->nrows);
		for (i = first; i <= end && i < s->nrows; i++) {
			const struct ds_row *other = ds_row_ordered(s, i);
			bool same = row->net == other->net && row->proto == other->proto &&
				    row->port == other->port;

			KUNIT_ASSERT_EQ(test, same, i < end);
		}
	}
}

static const struct size {
	u32 nnets, nrows;
} sizes[] = {
	{ 1, 0 }, { 1, 1 }, { 1, 2 }, { 1, 255 }, { 1, 256 }, { 1, 257 }, { 1, 3000 },
	{ 2, 2 }, { 3, 1000 }, { 300, 3000 },
};

static void describe(const struct size *size, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%u namespaces, %u rows", size->nnets, size->nrows);
}

KUNIT_ARRAY_PARAM(size, sizes, describe);

static void order(struct kunit *test)
{
	const struct size *size = test->param_value;
	struct ds_rows *s = hand_made(test, size->nnets, size->nrows);
	u8 *seen = kunit_kzalloc(test, size->nrows + 1, GFP_KERNEL);
	u32 i;

	give_devices(test, s);
	for (i = 0; i < s->nrows; i++)
		random_row(ds_row_at(s, i), size->nnets);
	KUNIT_ASSERT_EQ(test, ds_sort(s), 0);
	for (i = 0; i < s->nrows; i++) {
		KUNIT_ASSERT_LT(test, s->order[i], s->nrows);
		KUNIT_ASSERT_EQ(test, seen[s->order[i]]++, 0);
		if (i)
			KUNIT_ASSERT_LE(test, contract(s, ds_row_ordered(s, i - 1),
						       ds_row_ordered(s, i)), 0);
	}
	if (s->nrows)
		check_runs(test, s);
	hand_made_free(s);
}

/* Rows that differ in only one key. */
static void each_key(struct kunit *test)
{
	struct ds_rows *s;
	int key;

	for (key = 0; key < 8; key++) {
		struct ds_row *greater, *less;

		s = hand_made(test, 2, 2);
		give_devices(test, s);
		greater = ds_row_at(s, 0);
		less = ds_row_at(s, 1);
		switch (key) {
		case 0: /* inode numbers of hand-made namespaces descend */
			less->net = 1;
			break;
		case 1:
			greater->proto = DS_UDP;
			break;
		case 2:
			greater->port = 256;
			less->port = 255;
			break;
		case 3:
			greater->flags = DS_ROW_INET6;
			less->addr.s6_addr[0] = 1;
			break;
		case 4:
			greater->addr.s6_addr[15] = 1;
			less->inode = 5;
			break;
		case 5:	/* eth0, eth1 */
			greater->ifindex = 2;
			less->ifindex = 3;
			break;
		case 6:
			greater->inode = 1ULL << 33;
			less->inode = 1;
			break;
		case 7: /* "-", the name for no device, comes before "lo" */
			greater->ifindex = 1;
			break;
		}
		KUNIT_ASSERT_EQ(test, ds_sort(s), 0);
		KUNIT_EXPECT_EQ_MSG(test, s->order[0], 1U, "key %d", key);
		hand_made_free(s);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(order, size_gen_params),
	KUNIT_CASE(each_key),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_sort",
	.test_cases = cases,
};

kunit_test_suite(suite);
