// SPDX-License-Identifier: GPL-2.0-only
/* Local addresses: many devices, and a device that is removed while a walk pauses at it. */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include "fixture.h"
#include "laddr.h"

/* More devices than one section visits, and more addresses than the lists first have room for. */
#define DEVICES	300

/* Each device has a link-local address, and the loopback device has ::1 and 127.0.0.1. */
#define OWNERS	(DEVICES + 1)

static netdev_tx_t drop(struct sk_buff *skb, struct net_device *dev)
{
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops ops = {
	.ndo_start_xmit = drop,
};

static void setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &ops;
	/* without duplicate address detection */
	dev->flags |= IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->needs_free_netdev = true;
	eth_hw_addr_random(dev);
}

static int add_device(struct net *net, struct net_device **devp)
{
	struct net_device *dev = alloc_netdev(0, "many%d", NET_NAME_ENUM, setup);
	int err;

	if (!dev)
		return -ENOMEM;
	dev_net_set(dev, net);
	rtnl_lock();
	err = register_netdevice(dev);
	if (err) {
		free_netdev(dev);
	} else {
		*devp = dev;
		err = dev_open(dev, NULL);
	}
	rtnl_unlock();
	return err;
}

/* A device gets its address some time after it is opened. Wait until there are @n addresses. */
static int wait_for_addresses(struct net *net, u32 n)
{
	struct ds_local local;
	int tries, err = -ETIMEDOUT;

	for (tries = 0; tries < 500 && err == -ETIMEDOUT; tries++) {
		err = ds_local_collect(&local, net, NULL);
		if (!err)
			err = ds_local_load(&local, DS_V6, DS_LADDRS_ADDRESSES);
		if (!err && local.laddrs[DS_V6].n != n)
			err = -ETIMEDOUT;
		ds_local_free(&local);
		if (err)
			msleep(20);
	}
	return err;
}

static int make_devices(struct kunit *test)
{
	struct net_device **dev = kunit_kcalloc(test, DEVICES, sizeof(*dev), GFP_KERNEL);
	struct net *net = sockets_net(test);
	int i, err = 0;

	if (!dev)
		return -ENOMEM;
	test->priv = dev;
	for (i = 0; i < DEVICES && !err; i++)
		err = add_device(net, &dev[i]);
	return err ?: wait_for_addresses(net, OWNERS);
}

static void drop_devices(struct kunit *test)
{
	struct net_device **dev = test->priv;
	LIST_HEAD(list);
	int i;

	rtnl_lock();
	for (i = 0; dev && i < DEVICES; i++)
		if (dev[i])
			unregister_netdevice_queue(dev[i], &list);
	unregister_netdevice_many(&list);
	rtnl_unlock();
}

/* Each device is found once, with its one address. */
static void check_owners(struct kunit *test, const struct ds_laddrs *laddrs, u32 n)
{
	u32 i;

	KUNIT_ASSERT_EQ(test, laddrs->ndevs, n);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(test, laddrs->dev[i].count, 1ULL);
		KUNIT_EXPECT_EQ(test, laddrs->dev[i].here, 1ULL);
		if (i)
			KUNIT_EXPECT_GT(test, laddrs->dev[i].dev, laddrs->dev[i - 1].dev);
	}
}

static void every_device(struct kunit *test)
{
	struct ds_local local;

	KUNIT_ASSERT_EQ(test, ds_local_collect(&local, sockets_net(test), NULL), 0);
	check_owners(test, &local.laddrs[DS_V6], OWNERS);
	KUNIT_ASSERT_EQ(test, ds_local_load(&local, DS_V4, DS_LADDRS_ADDRESSES), 0);
	KUNIT_ASSERT_EQ(test, ds_local_load(&local, DS_V6, DS_LADDRS_ADDRESSES), 0);
	KUNIT_EXPECT_EQ(test, local.laddrs[DS_V4].n, 1U);
	KUNIT_EXPECT_EQ(test, local.laddrs[DS_V6].n, OWNERS);
	check_owners(test, &local.laddrs[DS_V6], OWNERS);
	ds_local_free(&local);
}

static void several_sections(struct kunit *test)
{
	struct ds_local local = { .net = sockets_net(test) };
	struct ds_device_walk walk = { .local = &local };
	u32 n, last = 0, sections = 0;
	int ret;

	do {
		ret = ds_local_walk_on(&walk);
		n = local.laddrs[DS_V6].ndevs;
		/* the walk makes progress, and no section visits too many devices */
		KUNIT_EXPECT_GT(test, n, last);
		KUNIT_EXPECT_LE(test, n - last, 2048U / 8);
		last = n;
		sections++;
	} while (ret > 0);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_GE(test, sections, 3U);
	KUNIT_EXPECT_EQ(test, walk.restarts, 1U);
	KUNIT_EXPECT_EQ(test, n, OWNERS);
	ds_local_free(&local);
}

static void unregister(struct kunit *test, int ifindex)
{
	struct net_device **dev = test->priv;
	struct net_device *gone = NULL;
	int i;

	for (i = 0; i < DEVICES; i++) {
		if (!dev[i] || dev[i]->ifindex != ifindex)
			continue;
		gone = dev[i];
		dev[i] = NULL;
	}
	KUNIT_ASSERT_NOT_NULL(test, gone);
	/* unregister_netdev() waits for all references, so the walk must not hold one */
	unregister_netdev(gone);
}

static void device_goes(struct kunit *test)
{
	struct ds_local local = { .net = sockets_net(test) };
	struct ds_device_walk walk = { .local = &local };
	int ret, ifindex;
	u32 i;

	ret = ds_local_walk_on(&walk);
	KUNIT_EXPECT_EQ(test, ret, 1);
	ifindex = walk.last;
	KUNIT_ASSERT_GT(test, ifindex, 0);
	unregister(test, ifindex);
	while (ret > 0)
		ret = ds_local_walk_on(&walk);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, walk.restarts, 2U);
	KUNIT_EXPECT_EQ(test, local.laddrs[DS_V6].ndevs, OWNERS - 1);
	for (i = 0; i < local.laddrs[DS_V6].ndevs; i++)
		KUNIT_EXPECT_NE(test, local.laddrs[DS_V6].dev[i].dev, ifindex);
	ds_local_free(&local);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_device),
	KUNIT_CASE(several_sections),
	KUNIT_CASE(device_goes),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_laddr",
	.suite_init = sockets_suite_init,
	.suite_exit = sockets_suite_exit,
	.init = make_devices,
	.exit = drop_devices,
	.test_cases = cases,
};

kunit_test_suite(suite);
