/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which address families a socket accepts by its own settings. Uses no kernel state, so that the
 * reader and the tests in user space compile the same rule.
 */
#ifndef DUALSTACK_FAMILY_H
#define DUALSTACK_FAMILY_H

#ifdef __KERNEL__
#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/types.h>
#else
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#endif

enum ds_family {
	DS_V4,
	DS_V6,
	DS_NFAMILIES
};

#define DS_TAKES(family)	(1U << (family))
#define DS_TAKES_V4		DS_TAKES(DS_V4)
#define DS_TAKES_V6		DS_TAKES(DS_V6)

enum ds_proto {
	DS_TCP,
	DS_UDP,
	DS_NPROTOS
};

static inline bool ds_addr_is_mapped(const struct in6_addr *addr)
{
	return !(addr->s6_addr32[0] | addr->s6_addr32[1]) &&
	       addr->s6_addr32[2] == htonl(0xffff);
}

static inline bool ds_addr_is_any6(const struct in6_addr *addr)
{
	return !(addr->s6_addr32[0] | addr->s6_addr32[1] |
		 addr->s6_addr32[2] | addr->s6_addr32[3]);
}

/**
 * ds_families() - get the families that a socket accepts by its own settings
 * @af: sk_family: AF_INET or AF_INET6
 * @v6only: the socket's sk_ipv6only; ignored for AF_INET
 * @addr: the bound address of an AF_INET6 socket; ignored for AF_INET
 *
 * bind() sets sk_ipv6only for every specific IPv6 address, so only a socket on the wildcard can
 * accept both families. A socket on a v4-mapped address accepts only IPv4, whatever sk_ipv6only is.
 *
 * Return: a set of DS_TAKES_V4 and DS_TAKES_V6; empty for any other family.
 */
static inline unsigned int ds_families(int af, bool v6only, const struct in6_addr *addr)
{
	if (af == AF_INET)
		return DS_TAKES_V4;
	if (af != AF_INET6)
		return 0;
	if (ds_addr_is_mapped(addr))
		return DS_TAKES_V4;
	if (ds_addr_is_any6(addr) && !v6only)
		return DS_TAKES_V4 | DS_TAKES_V6;
	return DS_TAKES_V6;
}

/**
 * ds_proto_name() - get the word for the table's first column
 * @proto: DS_TCP or DS_UDP
 * @families: a set of families, as ds_families() returns it
 *
 * Return: a constant string; "-" for the empty set.
 */
static inline const char *ds_proto_name(enum ds_proto proto, unsigned int families)
{
	static const char * const name[DS_NPROTOS][4] = {
		[DS_TCP] = { "-", "tcp4", "tcp6", "tcp46" },
		[DS_UDP] = { "-", "udp4", "udp6", "udp46" },
	};

	return name[proto][families & (DS_TAKES_V4 | DS_TAKES_V6)];
}

#endif
