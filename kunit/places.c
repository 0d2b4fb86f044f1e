// SPDX-License-Identifier: GPL-2.0-only
/* Walks over the devices of a namespace: very many, and one that goes while a walk pauses at it. */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include "fixture.h"
#include "places.h"

/* More than one section passes, and more addresses than the lists first have room for. */
#define DEVICES	300

/* Each device has a link-local address, and the loopback device has ::1 and 127.0.0.1. */
#define PLACES	(DEVICES + 1)

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
	/* nobody is asked whether an address is in use */
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

/* Addresses come a little later than their devices. */
static int wait_for_places(struct net *net, u32 n)
{
	struct ds_places places;
	int tries, err = -ETIMEDOUT;

	for (tries = 0; tries < 500 && err == -ETIMEDOUT; tries++) {
		err = ds_places_collect(&places, net);
		if (!err && places.list[DS_V6].n != n)
			err = -ETIMEDOUT;
		ds_places_free(&places);
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
	return err ?: wait_for_places(net, PLACES);
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

/* Each device once, with its one address. */
static void check_places(struct kunit *test, const struct ds_place_list *list, u32 n)
{
	u32 i;

	KUNIT_EXPECT_EQ(test, list->n, n);
	KUNIT_ASSERT_EQ(test, list->ndevs, n);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(test, list->dev[i].count, 1ULL);
		if (i)
			KUNIT_EXPECT_GT(test, list->dev[i].owner, list->dev[i - 1].owner);
	}
}

static void every_device(struct kunit *test)
{
	struct ds_places places;

	KUNIT_ASSERT_EQ(test, ds_places_collect(&places, sockets_net(test)), 0);
	KUNIT_EXPECT_EQ(test, places.list[DS_V4].n, 1U);
	check_places(test, &places.list[DS_V6], PLACES);
	ds_places_free(&places);
}

static void several_sections(struct kunit *test)
{
	struct ds_places_walk walk;
	struct ds_places places;
	u32 n, last = 0, sections = 0;
	int ret;

	KUNIT_ASSERT_EQ(test, ds_places_walk_begin(&walk, &places, sockets_net(test)), 0);
	do {
		ret = ds_places_walk_on(&walk);
		n = places.list[DS_V6].n;
		/* forward, and no more at once than a section may last */
		KUNIT_EXPECT_GT(test, n, last);
		KUNIT_EXPECT_LE(test, n - last, 2048U / 8);
		last = n;
		sections++;
	} while (ret > 0);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_GE(test, sections, 3U);
	ds_places_walk_end(&walk);
	check_places(test, &places.list[DS_V6], PLACES);
	ds_places_free(&places);
}

/* Unregistered, and gone for good once the walk lets go of it: rtnl_unlock() waits for that. */
static void unregister(struct kunit *test, struct net_device *gone)
{
	struct net_device **dev = test->priv;
	LIST_HEAD(list);
	int i;

	for (i = 0; i < DEVICES; i++)
		if (dev[i] == gone)
			dev[i] = NULL;
	unregister_netdevice_queue(gone, &list);
	unregister_netdevice_many(&list);
}

static void device_goes(struct kunit *test)
{
	struct ds_places_walk walk;
	struct net_device *gone;
	struct ds_places places;
	int ret, ifindex;

	KUNIT_ASSERT_EQ(test, ds_places_walk_begin(&walk, &places, sockets_net(test)), 0);
	ret = ds_places_walk_on(&walk);
	KUNIT_EXPECT_EQ(test, ret, 1);
	gone = walk.paused_at;
	KUNIT_ASSERT_NOT_NULL(test, gone);
	ifindex = gone->ifindex;

	rtnl_lock();
	unregister(test, gone);
	while (ret > 0) {
		ret = ds_places_walk_on(&walk);
		KUNIT_EXPECT_PTR_NE(test, walk.paused_at, gone);
	}
	ds_places_walk_end(&walk);
	rtnl_unlock();

	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_NULL(test, ds_places_dev(&places.list[DS_V6], ifindex));
	KUNIT_EXPECT_EQ(test, places.list[DS_V4].n, 1U);
	check_places(test, &places.list[DS_V6], PLACES - 1);
	ds_places_free(&places);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_device),
	KUNIT_CASE(several_sections),
	KUNIT_CASE(device_goes),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_places",
	.suite_init = sockets_suite_init,
	.suite_exit = sockets_suite_exit,
	.init = make_devices,
	.exit = drop_devices,
	.test_cases = cases,
};

kunit_test_suite(suite);
