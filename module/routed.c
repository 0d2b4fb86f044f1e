// SPDX-License-Identifier: GPL-2.0-only
/* Looks up routes to find whether an address is local, and which device owns it. */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "compat.h"
#include "laddr.h"

/**
 * ds_local_delivers() - whether packets arrive for the addresses of a device
 * @net: its namespace
 * @dev: the device
 *
 * Packets from outside need @dev to be up. Packets that the host sends to itself need the loopback
 * device to be up or, in a VRF, the VRF device.
 *
 * Context: under RCU.
 * Return: true if they do.
 */
bool ds_local_delivers(const struct net *net, const struct net_device *dev)
{
	int master = l3mdev_master_ifindex_rcu(dev);
	const struct net_device *vrf;

	if (READ_ONCE(dev->flags) & IFF_UP)
		return true;
	if (!master)
		return READ_ONCE(net->loopback_dev->flags) & IFF_UP;
	vrf = dev_get_by_index_rcu((struct net *)net, master);
	return vrf && READ_ONCE(vrf->flags) & IFF_UP;
}

/**
 * ds_local_outside() - whether packets come in at a device from outside
 * @dev: the device
 * @family: of the packets
 *
 * Context: under RCU.
 * Return: true if they may.
 */
bool ds_local_outside(const struct net_device *dev, enum ds_family family)
{
	const struct inet6_dev *idev;

	if (!(READ_ONCE(dev->flags) & IFF_UP) || dev->flags & IFF_LOOPBACK ||
	    netif_is_l3_master(dev))
		return false;
	if (family == DS_V4)
		return __in_dev_get_rcu(dev);
	idev = __in6_dev_get(dev);
	return idev && !READ_ONCE(idev->cnf.disable_ipv6);
}

/*
 * Find the type of the route to @addr for a packet that comes in at @dev; if @dev is 0, for one
 * that the host sends to itself. A routing rule may choose a table other than local, whose
 * addresses are not counted: then set DS_LADDR_UNCOUNTED. The table main is not such a table, since
 * the kernel keeps the entries of the table local in it until a rule is added.
 */
static int fib4_type(const struct net *net, __be32 addr, int dev, const struct net_device **owner,
		     u32 *flags)
{
	struct flowi4 fl4 = {
		.daddr		= addr,
		.flowi4_iif	= dev ?: LOOPBACK_IFINDEX,
	};
	struct fib_result res = { };

	if (fib_lookup((struct net *)net, &fl4, &res, 0))
		return RTN_UNSPEC;
	*owner = FIB_RES_DEV(res);
	if (res.table->tb_id != RT_TABLE_LOCAL && res.table->tb_id != RT_TABLE_MAIN)
		*flags |= DS_LADDR_UNCOUNTED;
	return res.type;
}

static bool route4(const struct ds_local *local, __be32 addr, int dev,
		   const struct net_device **owner, u32 *flags)
{
	if (ipv4_is_loopback(addr))
		*flags = DS_LADDR_HERE;
	return fib4_type(local->net, addr, dev, owner, flags) == RTN_LOCAL && *owner;
}

/*
 * The default rules look into the table local before those of VRFs. So for an address that is both
 * in a VRF and outside of it, look into the VRF's table directly.
 */
static bool route4_in_vrf(const struct ds_local *local, __be32 addr, const struct net_device *at,
			  const struct net_device **owner, u32 *flags)
{
	*owner = at;
	*flags |= DS_LADDR_UNCOUNTED;
	return inet_addr_type_dev_table(local->net, at, addr) == RTN_LOCAL;
}

#if IS_ENABLED(CONFIG_IPV6)
static bool route6_link(const struct ds_local *local, const struct in6_addr *addr, int dev,
			const struct net_device **owner)
{
	*owner = dev_get_by_index_rcu(local->net, dev);
	return *owner && ipv6_chk_addr(local->net, addr, *owner, 1);
}

static bool route6(const struct ds_local *local, const struct in6_addr *addr,
		   const struct net_device *dev, const struct net_device **owner, u32 *flags)
{
	const struct fib6_info *from;
	int oif = 0, strict = 0;
	struct rt6_info *rt;

	if (!ipv6_mod_enabled())
		return false;
	if (ipv6_addr_type(addr) & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK))
		*flags = DS_LADDR_HERE;
	if (dev && !netif_is_l3_master(dev) && ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL) {
		if (route6_link(local, addr, dev->ifindex, owner))
			return true;
		oif = dev->ifindex;
		strict = RT6_LOOKUP_F_IFACE;
	}
	if (dev && l3mdev_master_ifindex_rcu(dev))
		oif = dev->ifindex;
	rt = rt6_lookup(local->net, addr, NULL, oif, NULL, strict);
	if (!rt)
		return false;
	/* the device stays valid in the RCU read section, even after the route is released */
	*owner = NULL;
	if (rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST) && rt->rt6i_idev)
		*owner = rt->rt6i_idev->dev;
	if (rt->rt6i_flags & RTF_ANYCAST)
		*flags |= DS_LADDR_ANYCAST;
	from = rcu_dereference(rt->from);
	if (from && from->fib6_table->tb6_id != RT6_TABLE_LOCAL)
		*flags |= DS_LADDR_UNCOUNTED;
	ip6_rt_put(rt);
	return *owner;
}
#else
static bool route6(const struct ds_local *local, const struct in6_addr *addr,
		   const struct net_device *dev, const struct net_device **owner, u32 *flags)
{
	return false;
}
#endif

/* Whether packets for an address that another device owns come in at @dev. */
static bool comes_in(const struct net_device *dev, enum ds_family family,
		     const struct in6_addr *addr, u32 flags)
{
	struct in_device *in_dev;

	if (!ds_local_outside(dev, family))
		return false;
	if (!(flags & DS_LADDR_HERE))
		return true;
	in_dev = __in_dev_get_rcu(dev);
	return family == DS_V4 && in_dev && IN_DEV_ROUTE_LOCALNET(in_dev);
}

/**
 * ds_local_route() - find the owner of a local address, for a packet that comes in at a device
 * @local: the namespace's local addresses
 * @family: family of the address
 * @addr: the address, not a wildcard; an IPv4 address in v4-mapped form
 * @dev: index of the device, which may be a VRF; 0 for a packet that the host sends to itself
 * @laddr: set to the address and the device that owns it
 *
 * Context: under RCU.
 * Return: false if the address is not local for such a packet, or no packet arrives for it.
 */
bool ds_local_route(const struct ds_local *local, enum ds_family family,
		    const struct in6_addr *addr, int dev, struct ds_laddr *laddr)
{
	const struct net_device *at = dev ? dev_get_by_index_rcu(local->net, dev) : NULL;
	const struct net_device *owner = NULL;
	u32 flags = 0;
	bool found;

	if (dev && !at)
		return false;
	if (family == DS_V4)
		found = route4(local, addr->s6_addr32[3], dev, &owner, &flags);
	else
		found = route6(local, addr, at, &owner, &flags);
	if (found && at && l3mdev_master_ifindex_rcu(at) != l3mdev_master_ifindex_rcu(owner))
		found = family == DS_V4 && route4_in_vrf(local, addr->s6_addr32[3], at, &owner,
						       &flags);
	if (!found)
		return false;
	*laddr = (struct ds_laddr) {
		.addr	= *addr,
		.dev	= owner->ifindex,
		.master	= l3mdev_master_ifindex_rcu(owner),
		.flags	= flags,
	};
	if (!at || at == owner || netif_is_l3_master(at))
		return ds_local_delivers(local->net, owner);
	return comes_in(at, family, addr, flags);
}

#if IS_ENABLED(CONFIG_IPV6)
static bool owns6(const struct net *net, const struct in6_addr *addr, const struct net_device *dev)
{
	return ipv6_mod_enabled() && ipv6_chk_addr((struct net *)net, addr, dev, 1);
}
#else
static bool owns6(const struct net *net, const struct in6_addr *addr, const struct net_device *dev)
{
	return false;
}
#endif

/* Look up with the output device: if two devices own the address, that finds the second, too. */
static bool owns4(const struct net *net, __be32 addr, const struct net_device *dev)
{
	struct flowi4 fl4 = {
		.daddr		= addr,
		.flowi4_iif	= LOOPBACK_IFINDEX,
		.flowi4_oif	= dev->ifindex,
	};
	struct fib_result res = { };

	if (fib_lookup((struct net *)net, &fl4, &res, 0) || FIB_RES_DEV(res) != dev)
		return false;
	return res.type == RTN_LOCAL || res.type == RTN_BROADCAST;
}

/**
 * ds_local_owns() - whether a device owns an address
 * @net: the namespace
 * @family: family of the address
 * @addr: the address; an IPv4 address in v4-mapped form
 * @dev: the device
 *
 * Context: under RCU.
 * Return: true if @dev owns the address, or if it is a broadcast address of @dev.
 */
bool ds_local_owns(const struct net *net, enum ds_family family, const struct in6_addr *addr,
		   const struct net_device *dev)
{
	if (family == DS_V6)
		return owns6(net, addr, dev);
	return owns4(net, addr->s6_addr32[3], dev);
}

/**
 * ds_local_is_broadcast() - whether an IPv4 address is a broadcast address
 * @net: the namespace
 * @addr: the address, in v4-mapped form
 * @dev: index of the input device, which may be a VRF; 0 for any
 *
 * Context: under RCU.
 * Return: true if it is.
 */
bool ds_local_is_broadcast(const struct net *net, const struct in6_addr *addr, int dev)
{
	return ipv4_is_lbcast(addr->s6_addr32[3]) || ds_local_broadcast_dev(net, addr, dev);
}

/**
 * ds_local_broadcast_dev() - find the device that a broadcast address belongs to
 * @net: the namespace
 * @addr: the address, in v4-mapped form
 * @dev: index of the input device, which may be a VRF; 0 for any
 *
 * Context: under RCU.
 * Return: index of the device, or 0 if @addr is not a broadcast address.
 */
int ds_local_broadcast_dev(const struct net *net, const struct in6_addr *addr, int dev)
{
	const struct net_device *owner = NULL;
	u32 flags = 0;

	if (fib4_type(net, addr->s6_addr32[3], dev, &owner, &flags) != RTN_BROADCAST || !owner)
		return 0;
	return owner->ifindex;
}

/**
 * ds_local_master() - find the VRF that a device belongs to
 * @net: the namespace
 * @dev: index of the device
 *
 * Context: under RCU.
 * Return: index of the VRF, or 0.
 */
int ds_local_master(const struct net *net, int dev)
{
	const struct net_device *device = dev_get_by_index_rcu((struct net *)net, dev);

	return device ? l3mdev_master_ifindex_rcu(device) : 0;
}
