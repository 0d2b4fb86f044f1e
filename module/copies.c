// SPDX-License-Identifier: GPL-2.0-only
/* Multicast and broadcast addresses: every UDP socket on one gets its own copy of a datagram. */
#include <linux/igmp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "compat.h"
#include "places.h"

static bool is_broadcast(struct net *net, __be32 addr)
{
	return ipv4_is_lbcast(addr) || inet_addr_type(net, addr) == RTN_BROADCAST;
}

/**
 * ds_places_gets_copies() - whether an address is a multicast or broadcast one
 * @places: of the namespace
 * @addr: the address, not a wildcard; an IPv4 one in v4-mapped form
 *
 * Every UDP socket that is bound to such an address gets a copy of each datagram for it.
 *
 * Context: process context.
 * Return: true where it is.
 */
bool ds_places_gets_copies(const struct ds_places *places, const struct in6_addr *addr)
{
	__be32 v4 = addr->s6_addr32[3];

	if (!ds_addr_is_mapped(addr))
		return ipv6_addr_is_multicast(addr);
	if (ipv4_is_multicast(v4))
		return true;
	return !ds_places_owned(places, DS_V4, addr) && is_broadcast(places->net, v4);
}

static bool joined4(const struct net_device *dev, __be32 group)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct ip_mc_list *im;

	if (!in_dev)
		return false;
	for (im = rcu_dereference(in_dev->mc_list); im; im = rcu_dereference(im->next_rcu))
		if (im->multiaddr == group)
			return true;
	return false;
}

static bool owns_broadcast(const struct net_device *dev, __be32 addr)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev || !(READ_ONCE(dev->flags) & IFF_UP))
		return false;
	if (ipv4_is_lbcast(addr))
		return dev->flags & IFF_BROADCAST;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		__be32 network = ifa->ifa_address & ifa->ifa_mask;

		if (ifa->ifa_broadcast == addr)
			return true;
		if (ifa->ifa_prefixlen < 31 && (network | ~ifa->ifa_mask) == addr)
			return true;
	}
	return false;
}

static bool gets_copies(const struct net_device *dev, const struct in6_addr *addr)
{
	if (!ds_addr_is_mapped(addr))
		return ds_dev_joined6(dev, addr);
	if (ipv4_is_multicast(addr->s6_addr32[3]))
		return joined4(dev, addr->s6_addr32[3]);
	return owns_broadcast(dev, addr->s6_addr32[3]);
}

/**
 * ds_places_joined() - whether copies of datagrams for a group or broadcast address arrive
 * @places: of the namespace
 * @addr: an address for which ds_places_gets_copies() is true
 * @ifindex: the device that the socket is bound to, or 0 for any
 *
 * Context: process context.
 * Return: true where an interface has joined the group, or owns the broadcast address.
 */
bool ds_places_joined(const struct ds_places *places, const struct in6_addr *addr, int ifindex)
{
	const struct net_device *dev;
	bool joined = false;

	rcu_read_lock();
	for_each_netdev_rcu(places->net, dev) {
		if (ifindex && dev->ifindex != ifindex && l3mdev_master_ifindex_rcu(dev) != ifindex)
			continue;
		joined = gets_copies(dev, addr);
		if (joined)
			break;
	}
	rcu_read_unlock();
	return joined;
}
