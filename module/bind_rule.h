/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether bind() and listen() would succeed, decided from the sockets that hold the port. Uses no
 * kernel state and no system call, so that the reader and the tests compile the same rule.
 */
#ifndef DUALSTACK_BIND_RULE_H
#define DUALSTACK_BIND_RULE_H

#include "family.h"

/* The states of a holder that bind() distinguishes. */
enum ds_holder_state {
	DS_HOLDER_LISTENS,
	DS_HOLDER_TIMEWAIT,
	DS_HOLDER_OTHER,
};

/**
 * struct ds_holder - a socket, possibly in TIME_WAIT, that holds the port
 * @addr: its current local address; an IPv4 address in v4-mapped form
 * @uid: its owner, as bind() sees it
 * @ifindex: the device that it is bound to, or 0
 * @l3mdev: TCP: the VRF of its bind bucket, which was set when it was bound; 0 for none
 * @state: enum ds_holder_state
 * @inet6: an AF_INET6 socket
 * @v6only: its IPV6_V6ONLY; bind() sets this for a specific IPv6 address, connect() does not
 * @reuseaddr: its current SO_REUSEADDR
 * @reuseport: its current SO_REUSEPORT
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
 * struct ds_binder - the bind() to decide about
 * @addr: the address. For an AF_INET socket it is an IPv4 address in v4-mapped form; for an
 *	AF_INET6 socket it must not be v4-mapped
 * @uid: the uid of the binding process
 * @ifindex: SO_BINDTODEVICE, or the zone of a link-local address; 0 for none
 * @l3mdev: TCP: the VRF that @ifindex belongs to, unless net.ipv4.tcp_l3mdev_accept is set; else 0
 * @proto: the socket's protocol; for TCP, listen() follows
 * @inet6: the socket is an AF_INET6 socket
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
 * struct ds_port_facts - facts about the port and the kernel that the rule depends on
 * @by_address: a bind to a specific address finds holders by address. This is so for TCP since 6.1,
 *	and for UDP if the port's slot has more than ten sockets
 * @wild_hole: a wildcard bind sees only wildcard holders. This is so for UDP if the slot has more
 *	than ten sockets, on kernels where UDP does not use inet_use_hash2_on_bind()
 */
struct ds_port_facts {
	bool by_address;
	bool wild_hole;
};

/**
 * struct ds_fast_reuseport - what a TCP bind bucket remembers of its last SO_REUSEPORT bind
 * @addr: the address; an IPv4 address in v4-mapped form
 * @uid: the uid of the process that bound
 * @level: 0 if it remembers nothing; 1 if it is valid for any address, 2 for @addr
 * @inet6: the socket was an AF_INET6 socket
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
 * The IPv4 address that the kernel compares. For a socket on the IPv6 wildcard that is 0.0.0.0, for
 * one on another IPv6 address 127.0.0.6 (LOOPBACK4_IPV6).
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

/* If the kernel finds holders by address, it sees only those on this address and on wildcards. */
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
 * ds_bind_meets() - whether a holder's address, device and VRF conflict with a bind
 * @facts: facts about the port and the kernel
 * @binder: the bind
 * @holder: the holder
 *
 * Return: true if they do; SO_REUSEADDR and SO_REUSEPORT may still allow the bind.
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

/* Whether both have SO_REUSEADDR; for TCP that does not allow to share a port with a listener. */
static inline bool ds_bind_shares_addr(const struct ds_binder *binder,
				       const struct ds_holder *holder)
{
	if (!binder->reuseaddr || !holder->reuseaddr)
		return false;
	return binder->proto == DS_UDP || holder->state != DS_HOLDER_LISTENS;
}

/* Whether both have SO_REUSEPORT and the same owner; a TIME_WAIT socket has no owner any more. */
static inline bool ds_bind_shares_port(const struct ds_binder *binder,
				       const struct ds_holder *holder)
{
	if (!binder->reuseport || !holder->reuseport)
		return false;
	return holder->uid == binder->uid ||
	       (binder->proto == DS_TCP && holder->state == DS_HOLDER_TIMEWAIT);
}

/* bind() sets IPV6_V6ONLY for every IPv6 address except the wildcard, before it checks holders. */
static inline bool ds_bind_is_v6only(const struct ds_binder *binder)
{
	return binder->inet6 && (binder->v6only || !ds_addr_is_any6(&binder->addr));
}

/* An AF_INET6 bind to a v4-mapped address and one to an IPv6 address never match. */
static inline bool ds_bind_fast4(const struct ds_fast_reuseport *fast,
				 const struct ds_binder *binder)
{
	unsigned int kept = ds_bind_addr4(&fast->addr);

	if (ds_bind_is_v6only(binder) || (fast->inet6 && binder->inet6))
		return false;
	return !kept || kept == ds_bind_addr4(&binder->addr);
}

/**
 * ds_bind_fast() - whether TCP's bind bucket allows a bind without checking the holders
 * @fast: what the bucket remembers; the bucket must have the binder's l3mdev
 * @binder: the bind
 *
 * What the bucket remembers about SO_REUSEADDR is ignored here: listen() checks the holders anyway.
 *
 * Return: true if bind() and listen() succeed, whatever the holders are.
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
 * The first holder that conflicts decides. If the kernel finds holders by address, it searches
 * twice: for the first one on the address, then for the first one on the wildcard.
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
 * ds_bind_conflict() - find the holder that makes a bind, or the listen() after it, fail
 * @facts: facts about the port and the kernel
 * @binder: the bind
 * @holder: all holders of the port; for UDP in the kernel's order, which matters with SO_REUSEPORT
 * @n: number of holders
 *
 * For TCP with SO_REUSEPORT, call ds_bind_fast() first.
 *
 * Return: the number of this holder, or -1 if the bind succeeds.
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
