/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether bind() and listen() would succeed, decided from the sockets that have the port. Pure: no
 * kernel state and no system call, so that the reader and the tests compile the same rule.
 */
#ifndef DUALSTACK_BIND_RULE_H
#define DUALSTACK_BIND_RULE_H

#include "family.h"

/* What bind() tells apart of a socket's state. */
enum ds_holder_state {
	DS_HOLDER_LISTENS,
	DS_HOLDER_TIMEWAIT,
	DS_HOLDER_OTHER,
};

/**
 * struct ds_holder - a socket, or what TIME_WAIT left of one, that has the port
 * @addr: its local address now; an IPv4 one in v4-mapped form
 * @uid: its owner, as bind() sees it
 * @ifindex: the device that it is bound to, or 0
 * @l3mdev: TCP: that of its bind bucket, set when it was bound; 0 for none
 * @state: enum ds_holder_state
 * @inet6: an AF_INET6 socket
 * @v6only: its IPV6_V6ONLY, which bind() sets for a specific IPv6 address, and connect() does not
 * @reuseaddr: its SO_REUSEADDR now
 * @reuseport: its SO_REUSEPORT now
 */
struct ds_holder {
	struct in6_addr addr;
	unsigned int uid;
	int ifindex;
	int l3mdev;
	unsigned char state;
	bool inet6;
	bool v6only;
	bool reuseaddr;
	bool reuseport;
};

/**
 * struct ds_binder - the bind() that is asked about
 * @addr: the address; an IPv4 one in v4-mapped form, an IPv6 one never is
 * @uid: who binds
 * @ifindex: SO_BINDTODEVICE, or the zone of a link-local address; 0 for none
 * @l3mdev: TCP: the VRF that @ifindex belongs to, unless net.ipv4.tcp_l3mdev_accept is set; else 0
 * @proto: its protocol; for TCP, listen() follows
 * @inet6: by an AF_INET6 socket
 * @v6only: IPV6_V6ONLY is set
 * @reuseaddr: SO_REUSEADDR is set, and SO_REUSEPORT is not
 * @reuseport: SO_REUSEPORT is set, and SO_REUSEADDR is not
 */
struct ds_binder {
	struct in6_addr addr;
	unsigned int uid;
	int ifindex;
	int l3mdev;
	enum ds_proto proto;
	bool inet6;
	bool v6only;
	bool reuseaddr;
	bool reuseport;
};

/**
 * struct ds_port_facts - what else of a port and its kernel decides
 * @by_address: TCP since 6.1, and UDP with more than ten sockets in the port's slot: a bind to a
 *	specific address looks for holders by address
 * @wild_hole: UDP with more than ten sockets in the slot, before inet_use_hash2_on_bind() was
 *	applied to it: a wildcard bind sees wildcard holders alone
 */
struct ds_port_facts {
	bool by_address;
	bool wild_hole;
};

/**
 * struct ds_fast_reuseport - what a TCP bind bucket remembers of its last SO_REUSEPORT bind
 * @addr: the address; an IPv4 one in v4-mapped form
 * @uid: who bound
 * @level: 0 nothing, 1 for any address, 2 for @addr and what it covers
 * @inet6: by an AF_INET6 socket
 * @v6only: its IPV6_V6ONLY
 */
struct ds_fast_reuseport {
	struct in6_addr addr;
	unsigned int uid;
	int level;
	bool inet6;
	bool v6only;
};

/*
 * The IPv4 address that the kernel compares: a socket on the IPv6 wildcard has 0.0.0.0 there, one
 * on another IPv6 address 127.0.0.6 (LOOPBACK4_IPV6).
 */
static inline unsigned int ds_bind_addr4(const struct in6_addr *addr)
{
	if (ds_addr_is_mapped(addr))
		return ntohl(addr->s6_addr32[3]);
	return ds_addr_is_any6(addr) ? 0 : 0x7f000006;
}

static inline bool ds_bind_same_addr(const struct in6_addr *a, const struct in6_addr *b)
{
	return a->s6_addr32[0] == b->s6_addr32[0] && a->s6_addr32[1] == b->s6_addr32[1] &&
	       a->s6_addr32[2] == b->s6_addr32[2] && a->s6_addr32[3] == b->s6_addr32[3];
}

static inline bool ds_bind_meets4(const struct ds_binder *binder, const struct ds_holder *holder)
{
	unsigned int wanted = ds_bind_addr4(&binder->addr), held = ds_bind_addr4(&holder->addr);

	return !holder->v6only && (!wanted || !held || wanted == held);
}

static inline bool ds_bind_meets6(const struct ds_binder *binder, const struct ds_holder *holder)
{
	if (ds_addr_is_any6(&binder->addr))
		return !binder->v6only || !ds_addr_is_mapped(&holder->addr);
	return ds_addr_is_any6(&holder->addr) || ds_bind_same_addr(&binder->addr, &holder->addr);
}

static inline bool ds_bind_is_wild(const struct in6_addr *addr)
{
	return !ds_bind_addr4(addr);
}

/* Where the kernel looks by address, it finds that address and the wildcards alone. */
static inline bool ds_bind_sees(const struct ds_port_facts *facts, const struct ds_binder *binder,
				const struct ds_holder *holder)
{
	if (ds_bind_is_wild(&holder->addr))
		return true;
	if (ds_bind_is_wild(&binder->addr))
		return !facts->wild_hole;
	return !facts->by_address || ds_bind_same_addr(&binder->addr, &holder->addr);
}

/**
 * ds_bind_meets() - whether a holder's address, device and VRF are in the way of a bind
 * @facts: of the port and its kernel
 * @binder: the bind
 * @holder: the holder
 *
 * Return: true where they are, before the options are looked at.
 */
static inline bool ds_bind_meets(const struct ds_port_facts *facts, const struct ds_binder *binder,
				 const struct ds_holder *holder)
{
	if (binder->proto == DS_TCP && binder->l3mdev != holder->l3mdev)
		return false;
	if (binder->ifindex && holder->ifindex && binder->ifindex != holder->ifindex)
		return false;
	if (!ds_bind_sees(facts, binder, holder))
		return false;
	return binder->inet6 ? ds_bind_meets6(binder, holder) : ds_bind_meets4(binder, holder);
}

/* Both have SO_REUSEADDR; for TCP that does not share a port with a listener. */
static inline bool ds_bind_shares_addr(const struct ds_binder *binder,
				       const struct ds_holder *holder)
{
	if (!binder->reuseaddr || !holder->reuseaddr)
		return false;
	return binder->proto == DS_UDP || holder->state != DS_HOLDER_LISTENS;
}

/* Both have SO_REUSEPORT, and one owner; TIME_WAIT has no owner any more. */
static inline bool ds_bind_shares_port(const struct ds_binder *binder,
				       const struct ds_holder *holder)
{
	if (!binder->reuseport || !holder->reuseport)
		return false;
	return holder->uid == binder->uid ||
	       (binder->proto == DS_TCP && holder->state == DS_HOLDER_TIMEWAIT);
}

/* bind() sets IPV6_V6ONLY for every IPv6 address but the wildcard, before it looks. */
static inline bool ds_bind_is_v6only(const struct ds_binder *binder)
{
	return binder->inet6 && (binder->v6only || !ds_addr_is_any6(&binder->addr));
}

/* An AF_INET6 bind to a v4-mapped address is not compared with one to an IPv6 address. */
static inline bool ds_bind_fast4(const struct ds_fast_reuseport *fast,
				 const struct ds_binder *binder)
{
	unsigned int kept = ds_bind_addr4(&fast->addr);

	if (ds_bind_is_v6only(binder) || (fast->inet6 && binder->inet6))
		return false;
	return !kept || kept == ds_bind_addr4(&binder->addr);
}

/**
 * ds_bind_fast() - whether TCP's bind bucket lets a bind through without a look at the holders
 * @fast: what the bucket remembers; one of the binder's l3mdev
 * @binder: the bind
 *
 * What it remembers of SO_REUSEADDR does not matter here: listen() does look.
 *
 * Return: true where bind() and listen() succeed, whatever the holders are.
 */
static inline bool ds_bind_fast(const struct ds_fast_reuseport *fast,
				const struct ds_binder *binder)
{
	if (fast->level <= 0 || !binder->reuseport || fast->uid != binder->uid)
		return false;
	if (fast->level == 1)
		return true;
	if (ds_addr_is_mapped(&fast->addr))
		return ds_bind_fast4(fast, binder);
	if (ds_addr_is_any6(&fast->addr))
		return !fast->v6only || !ds_addr_is_mapped(&binder->addr);
	return ds_bind_same_addr(&fast->addr, &binder->addr);
}

static inline int ds_bind_conflict_tcp(const struct ds_port_facts *facts,
				       const struct ds_binder *binder,
				       const struct ds_holder *holder, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (ds_bind_meets(facts, binder, &holder[i]) &&
		    !ds_bind_shares_addr(binder, &holder[i]) &&
		    !ds_bind_shares_port(binder, &holder[i]))
			return i;
	return -1;
}

/*
 * The first holder that meets the bind decides. By address, the kernel looks twice: for a first one
 * on the address, then for a first one on the wildcard.
 */
static inline int ds_bind_conflict_udp(const struct ds_port_facts *facts,
				       const struct ds_binder *binder,
				       const struct ds_holder *holder, unsigned int n)
{
	bool twice = facts->by_address && !ds_bind_is_wild(&binder->addr);
	bool decided[2] = { false, false };
	unsigned int i;

	for (i = 0; i < n; i++) {
		bool second = twice && ds_bind_is_wild(&holder[i].addr);

		if (decided[second] || !ds_bind_meets(facts, binder, &holder[i]) ||
		    ds_bind_shares_addr(binder, &holder[i]))
			continue;
		if (!ds_bind_shares_port(binder, &holder[i]))
			return i;
		decided[second] = true;
	}
	return -1;
}

/**
 * ds_bind_conflict() - which holder makes a bind, or the listen() after it, fail
 * @facts: of the port and its kernel
 * @binder: the bind
 * @holder: all holders of the port; for UDP in the kernel's order, which counts with SO_REUSEPORT
 * @n: how many
 *
 * For TCP with SO_REUSEPORT ds_bind_fast() is asked first.
 *
 * Return: the number of the holder that is in the way, -1 where there is none.
 */
static inline int ds_bind_conflict(const struct ds_port_facts *facts,
				   const struct ds_binder *binder,
				   const struct ds_holder *holder, unsigned int n)
{
	if (binder->proto == DS_TCP)
		return ds_bind_conflict_tcp(facts, binder, holder, n);
	return ds_bind_conflict_udp(facts, binder, holder, n);
}

#endif
