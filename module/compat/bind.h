/* SPDX-License-Identifier: GPL-2.0-only */
/* The layout of TCP's bind hash, and which uid bind() takes as a socket's owner. */
#ifndef DUALSTACK_COMPAT_BIND_H
#define DUALSTACK_COMPAT_BIND_H

#include <linux/cred.h>
#include <linux/list.h>
#include <net/inet_timewait_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "compat.h"
#include "family.h"

/**
 * struct ds_bind_list - a list of holders
 * @head: the list; NULL for a list of another port, which is only counted as a step
 * @offset: offset of the list node in the socket, which may be a TIME_WAIT socket
 * @l3mdev: VRF of the bind bucket
 */
struct ds_bind_list {
	struct hlist_head *head;
	size_t offset;
	int l3mdev;
};

/* Called for each list; returns false to end the walk. */
typedef bool (*ds_bind_list_fn)(void *arg, const struct ds_bind_list *list);

/*
 * Before 6.8 the port's bucket has one list of all owners. Since 822fb91fc724 ("tcp: Link bhash2 to
 * bhash.") and 770041d337a8 ("tcp: Link sk and twsk to tb2->owners using skc_bind_node.") there is
 * a bucket with a list for each address.
 */
#ifdef DS_HAVE_TB_OWNERS
static inline void ds_bind_bucket_lists(struct inet_bind_bucket *tb, ds_bind_list_fn fn, void *arg)
{
	const struct ds_bind_list list = {
		.head = &tb->owners, .offset = offsetof(struct sock, sk_bind_node),
		.l3mdev = tb->l3mdev,
	};

	fn(arg, &list);
}
#else
static inline void ds_bind_bucket_lists(struct inet_bind_bucket *tb, ds_bind_list_fn fn, void *arg)
{
	struct ds_bind_list list = {
		.offset = offsetof(struct sock, sk_bind_node), .l3mdev = tb->l3mdev,
	};
	struct inet_bind2_bucket *tb2;

	hlist_for_each_entry(tb2, &tb->bhash2, bhash_node) {
		list.head = &tb2->owners;
		if (!fn(arg, &list))
			return;
	}
}
#endif

#if IS_ENABLED(CONFIG_IPV6)
static inline u32 ds_portaddr_hash(const struct net *net, const struct in6_addr *addr, u16 port)
{
	return ipv6_portaddr_hash(net, addr, port);
}
#else
static inline u32 ds_portaddr_hash(const struct net *net, const struct in6_addr *addr, u16 port)
{
	return ipv4_portaddr_hash(net, addr->s6_addr32[3], port);
}
#endif

/*
 * bhash2, by port and address: 6.1, 28044fc1d495 ("net: Add a bhash2 table hashed by port and
 * address"). From 6.2 to 6.7 TIME_WAIT sockets are in a list of their own, since 936a192f9740
 * ("tcp: Add TIME_WAIT sockets in bhash2."), which point releases of 6.1 have, too.
 */
#ifdef DS_HAVE_BHASH2
#define DS_BINDS_BY_ADDRESS	true
#ifdef DS_HAVE_TB_OWNERS
#define DS_BIND2_NODE_OFFSET	offsetof(struct sock, sk_bind2_node)
#else
#define DS_BIND2_NODE_OFFSET	offsetof(struct sock, sk_bind_node)
#endif

static inline bool ds_bind2_bucket_lists(struct inet_bind2_bucket *tb2, ds_bind_list_fn fn,
					 void *arg)
{
	struct ds_bind_list list = {
		.head = &tb2->owners, .offset = DS_BIND2_NODE_OFFSET, .l3mdev = tb2->l3mdev,
	};
	bool on = fn(arg, &list);

#ifdef DS_HAVE_DEATHROW
	list.head = &tb2->deathrow;
	list.offset = offsetof(struct inet_timewait_sock, tw_bind2_node);
	on = on && fn(arg, &list);
#endif
	return on;
}

/* Visit the lists of an address. Called with the lock of the port's chain held, as in bind(). */
static inline void ds_bind_address_lists(const struct inet_hashinfo *hashinfo,
					 const struct net *net, const struct in6_addr *addr,
					 u16 port, ds_bind_list_fn fn, void *arg)
{
	u32 hash = ds_portaddr_hash(net, addr, port) & (hashinfo->bhash_size - 1);
	const struct ds_bind_list other = { };
	struct inet_bind2_bucket *tb2;
	bool on = true;

	spin_lock(&hashinfo->bhash2[hash].lock);
	hlist_for_each_entry(tb2, &hashinfo->bhash2[hash].chain, node) {
		if (tb2->port == port && net_eq(read_pnet(&tb2->ib_net), net))
			on = ds_bind2_bucket_lists(tb2, fn, arg);
		else
			on = fn(arg, &other);
		if (!on)
			break;
	}
	spin_unlock(&hashinfo->bhash2[hash].lock);
}

/* Whether two addresses share a chain, for the same port. */
static inline bool ds_bind_same_chain(const struct inet_hashinfo *hashinfo, const struct net *net,
				      const struct in6_addr *a, const struct in6_addr *b)
{
	u32 differ = ds_portaddr_hash(net, a, 0) ^ ds_portaddr_hash(net, b, 0);

	return !(differ & (hashinfo->bhash_size - 1));
}
#else
#define DS_BINDS_BY_ADDRESS	false

static inline void ds_bind_address_lists(const struct inet_hashinfo *hashinfo,
					 const struct net *net, const struct in6_addr *addr,
					 u16 port, ds_bind_list_fn fn, void *arg)
{
}

static inline bool ds_bind_same_chain(const struct inet_hashinfo *hashinfo, const struct net *net,
				      const struct in6_addr *a, const struct in6_addr *b)
{
	return false;
}
#endif

/*
 * The uid that bind() compares. Before 6.17, c51da3f7a161 ("net: remove sock_i_uid()"), that is the
 * owner of the socket's file, and root for a socket without a file. Called under RCU; takes no
 * lock, see ds_sock_inode().
 */
static inline kuid_t ds_bind_uid(const struct sock *sk)
{
#ifdef DS_HAVE_SOCK_I_UID
	struct socket *sock = READ_ONCE(sk->sk_socket);

	return sock ? SOCK_INODE(sock)->i_uid : GLOBAL_ROOT_UID;
#else
	return READ_ONCE(sk->sk_uid);
#endif
}

/*
 * UDP: before "udp: Fix wildcard bind conflict check when using hash2" of March 2026, if a slot has
 * more than ten sockets, a bind to the wildcard is only checked against holders on the wildcard.
 */
#ifdef DS_HAVE_HASH2_ON_BIND
#define DS_UDP_WILD_HOLE	false
#else
#define DS_UDP_WILD_HOLE	true
#endif

#endif
