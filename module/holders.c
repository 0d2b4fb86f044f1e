// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the sockets that hold a port.
 *
 * TCP sockets are in the bind hash. Its lists can only be read with the bucket's lock held, and
 * bind(), connect() and close() on the bucket's ports wait for this lock. So a question takes it
 * only once, and releases it after DS_HOLDER_STEPS steps, even if some holders were not visited.
 * That may well happen: a server may have a million accepted sockets on its port. Then it takes the
 * listeners from the listening hash, which can be read under RCU.
 */
#include <linux/sched/signal.h>
#include <net/inet_timewait_sock.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "chain.h"
#include "compat.h"
#include "bind.h"
#include "holders.h"
#include "lookup.h"
#include "mem.h"
#include "question.h"
#include "budget.h"

/* How often a question walks a chain of the listening hash again because a socket moved. */
#define MAX_RESTARTS	64

/**
 * struct search - state of a search for holders
 * @h: what was found
 * @net: the namespace
 * @q: the question
 * @steps: steps that are left under the lock
 * @restarts: how often a chain was walked again
 */
struct search {
	struct ds_holders *h;
	struct net *net;
	const struct ds_asked *q;
	int steps;
	int restarts;
};

/* Copy a socket's address from the member for its family; the other family's is not valid. */
static void copy_addr(struct in6_addr *to, const struct sock *sk, bool inet6, bool peer)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (inet6) {
		/* may race with connect(), which moves the socket to another address */
		*to = data_race(peer ? sk->sk_v6_daddr : sk->sk_v6_rcv_saddr);
		return;
	}
#endif
	/* likewise */
	ipv6_addr_set_v4mapped(data_race(peer ? sk->sk_daddr : sk->sk_rcv_saddr), to);
}

static u8 rule_state(u8 tcp_state)
{
	if (tcp_state == TCP_LISTEN)
		return DS_HOLDER_LISTENS;
	return tcp_state == TCP_TIME_WAIT ? DS_HOLDER_TIMEWAIT : DS_HOLDER_OTHER;
}

static u32 seconds_left(const struct sock *sk)
{
	long left = READ_ONCE(inet_twsk(sk)->tw_timer.expires) - jiffies;

	return left > 0 ? DIV_ROUND_UP(left, HZ) : 0;
}

/* A TIME_WAIT socket has no owner and no inode, but a timer. */
static void fill_owner(struct ds_held *held, const struct sock *sk)
{
	if (held->tcp_state == TCP_TIME_WAIT) {
		held->uid = INVALID_UID;
		held->expires = seconds_left(sk);
		return;
	}
	held->uid = ds_bind_uid(sk);
	held->inode = ds_sock_inode(sk);
}

static void fill(struct ds_held *held, const struct sock *sk, int l3mdev)
{
	bool inet6 = READ_ONCE(sk->sk_family) == AF_INET6;

	memset(held, 0, sizeof(*held));
	held->count = 1;
	held->tcp_state = READ_ONCE(sk->sk_state);
	copy_addr(&held->rule.addr, sk, inet6, false);
	held->rule.inet6 = inet6;
	held->rule.state = rule_state(held->tcp_state);
	/* in a bit field that the socket lock protects; bind() does not take this lock, either */
	held->rule.v6only = inet6 && data_race(!!sk->sk_ipv6only);
	/* likewise */
	held->rule.reuseaddr = data_race(!!sk->sk_reuse);
	/* likewise */
	held->rule.reuseport = data_race(!!sk->sk_reuseport);
	held->rule.ifindex = READ_ONCE(sk->sk_bound_dev_if);
	held->rule.l3mdev = l3mdev;
	if (held->tcp_state != TCP_LISTEN && held->tcp_state != TCP_CLOSE) {
		held->peer_port = ntohs(READ_ONCE(sk->sk_dport));
		copy_addr(&held->peer, sk, inet6, true);
	}
	fill_owner(held, sk);
}

static bool alike(const struct ds_held *a, const struct ds_held *b)
{
	return a->tcp_state == b->tcp_state && uid_eq(a->uid, b->uid) &&
	       ds_bind_same_addr(&a->rule.addr, &b->rule.addr) &&
	       a->rule.inet6 == b->rule.inet6 && a->rule.v6only == b->rule.v6only &&
	       a->rule.ifindex == b->rule.ifindex && a->rule.l3mdev == b->rule.l3mdev &&
	       a->rule.reuseaddr == b->rule.reuseaddr && a->rule.reuseport == b->rule.reuseport;
}

/* If one of the entries is alike, add @held to its count and return true. */
static bool merge(struct ds_held *entry, u32 n, const struct ds_held *held)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (!alike(&entry[i], held))
			continue;
		entry[i].count += held->count;
		entry[i].expires = max(entry[i].expires, held->expires);
		return true;
	}
	return false;
}

/* Merge holders that are alike. The remaining entries keep their order. */
static void merge_all(struct ds_holders *h)
{
	u32 i, kept = 0;

	for (i = 0; i < h->n; i++)
		if (!merge(h->held, kept, &h->held[i]))
			h->held[kept++] = h->held[i];
	h->n = kept;
}

static bool step(struct search *s)
{
	return s->steps-- > 0;
}

static bool stop(struct search *s)
{
	s->h->unseen++;
	return false;
}

static void add(struct search *s, const struct hlist_node *node, const struct ds_bind_list *list)
{
	fill(&s->h->held[s->h->n++], (void *)node - list->offset, list->l3mdev);
}

/* Add only the first holder of each list, so that one address does not use up all steps. */
static bool add_first(void *arg, const struct ds_bind_list *list)
{
	struct search *s = arg;

	if (!step(s))
		return stop(s);
	if (list->head->first)
		add(s, list->head->first, list);
	return true;
}

static bool add_from(struct search *s, const struct ds_bind_list *list,
		     const struct hlist_node *node)
{
	for (; node; node = node->next) {
		if (!step(s))
			return stop(s);
		add(s, node, list);
	}
	return true;
}

/* Add the others. A list without others takes no step, since add_first() has taken one for it. */
static bool add_others(void *arg, const struct ds_bind_list *list)
{
	const struct hlist_node *first = list->head->first;

	return add_from(arg, list, first ? first->next : NULL);
}

/* Add the holders in an address's bucket that a bind to the address in question would see. */
static bool add_matching(void *arg, const struct ds_bind_list *list)
{
	struct search *s = arg;
	const struct sock *sk;
	struct in6_addr addr;

	if (!step(s))
		return stop(s);
	if (!list->head || !list->head->first)
		return true;
	sk = (void *)list->head->first - list->offset;
	copy_addr(&addr, sk, READ_ONCE(sk->sk_family) == AF_INET6, false);
	if (!ds_bind_is_wild(&addr) && !ds_bind_same_addr(&addr, &s->q->addr))
		return true;
	return add_from(s, list, list->head->first);
}

/* bind() to a specific address checks only the holders on this address and on the wildcards. */
static bool goes_by_address(const struct search *s)
{
	return DS_BINDS_BY_ADDRESS && s->q->has_addr && !ds_bind_is_wild(&s->q->addr);
}

static void add_by_address(struct search *s, const struct inet_hashinfo *hashinfo)
{
	const struct in6_addr *addr = &s->q->addr;

	ds_bind_address_lists(hashinfo, s->net, &in6addr_any, s->q->port, add_matching, s);
	if (!ds_bind_same_chain(hashinfo, s->net, &in6addr_any, addr))
		ds_bind_address_lists(hashinfo, s->net, addr, s->q->port, add_matching, s);
}

static void add_bucket(struct search *s, const struct inet_bind_bucket *tb)
{
	struct ds_held_bucket *b;

	if (s->h->nbuckets == DS_MAX_BUCKETS) {
		s->h->unseen++;
		return;
	}
	b = &s->h->bucket[s->h->nbuckets++];
	b->l3mdev = tb->l3mdev;
	b->fastreuse = tb->fastreuse;
	b->uid = tb->fastuid;
	b->fast.level = tb->fastreuseport;
	b->fast.inet6 = tb->fast_sk_family == AF_INET6;
	b->fast.v6only = tb->fast_ipv6_only;
#if IS_ENABLED(CONFIG_IPV6)
	if (b->fast.inet6) {
		b->fast.addr = tb->fast_v6_rcv_saddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(tb->fast_rcv_saddr, &b->fast.addr);
}

static bool is_asked_for(const struct search *s, const struct inet_bind_bucket *tb)
{
	return tb->port == s->q->port && net_eq(read_pnet(&tb->ib_net), s->net);
}

/* Add the port's buckets and their holders. Called with the lock of the bind hash's chain held. */
static void add_chain(struct search *s, const struct inet_bind_hashbucket *head)
{
	struct inet_bind_bucket *tb;

	hlist_for_each_entry(tb, &head->chain, node) {
		if (!step(s)) {
			stop(s);
			return;
		}
		if (!is_asked_for(s, tb))
			continue;
		add_bucket(s, tb);
		if (!goes_by_address(s))
			ds_bind_bucket_lists(tb, add_first, s);
	}
	/* if the steps ran out above, there are none for the other holders, either */
	if (goes_by_address(s) || s->steps < 0)
		return;
	hlist_for_each_entry(tb, &head->chain, node)
		if (is_asked_for(s, tb))
			ds_bind_bucket_lists(tb, add_others, s);
}

static void find_tcp(struct search *s)
{
	const struct inet_hashinfo *hashinfo = ds_tcp_hashinfo(s->net);
	u32 bucket = inet_bhashfn(s->net, s->q->port, hashinfo->bhash_size);
	struct inet_bind_hashbucket *head = &hashinfo->bhash[bucket];

	/* for ds_sock_inode() */
	rcu_read_lock();
	spin_lock_bh(&head->lock);
	add_chain(s, head);
	if (goes_by_address(s))
		add_by_address(s, hashinfo);
	spin_unlock_bh(&head->lock);
	rcu_read_unlock();
}

/*
 * The VRF of a listener's bind bucket is the one that its device was in at bind(). That is most
 * likely the device's current VRF, which this returns.
 */
static int l3mdev_now(const struct search *s, const struct sock *sk)
{
	struct net_device *dev;

	if (ds_accepts_from_vrf(s->net, DS_TCP) || !READ_ONCE(sk->sk_bound_dev_if))
		return 0;
	dev = dev_get_by_index_rcu(s->net, READ_ONCE(sk->sk_bound_dev_if));
	return dev ? l3mdev_master_ifindex_rcu(dev) : 0;
}

static void visit(struct sock *sk, void *arg)
{
	struct search *s = arg;
	struct ds_holders *h = s->h;
	struct ds_held held;

	if (READ_ONCE(sk->sk_state) != TCP_LISTEN || READ_ONCE(sk->sk_num) != s->q->port ||
	    !net_eq(sock_net(sk), s->net))
		return;
	fill(&held, sk, l3mdev_now(s, sk));
	if (merge(h->listener, h->nlisteners, &held))
		return;
	if (h->nlisteners < DS_MAX_LISTENERS)
		h->listener[h->nlisteners++] = held;
	else
		h->more++;
}

/* Keep what the walk of a chain found, or take it back before the chain is walked again. */
static void settle(struct ds_holders *h, bool keep, u32 *settled, u32 *more)
{
	u32 i;

	if (!keep) {
		h->nlisteners = *settled;
		h->more = *more;
	}
	for (i = 0; i < h->nlisteners; i++) {
		if (keep)
			h->listener[i].settled = h->listener[i].count;
		else
			h->listener[i].count = h->listener[i].settled;
	}
	*settled = h->nlisteners;
	*more = h->more;
}

static int walk_chain(struct search *s, struct ds_budget *budget, void *head)
	__must_hold(RCU)
{
	enum ds_chain_state state = DS_CHAIN_MOVED;
	u32 settled = s->h->nlisteners, more = s->h->more;
	struct ds_chain chain;
	int err = 0;

	ds_chain_start(&chain, head, DS_LISTEN_NODE_OFFSET);
	do {
		state = ds_chain_walk(&chain, budget, visit, s);
		if (state != DS_CHAIN_PAUSED)
			settle(s->h, state == DS_CHAIN_END, &settled, &more);
		if (state == DS_CHAIN_MOVED) {
			ds_chain_put(&chain);
			ds_chain_start(&chain, head, DS_LISTEN_NODE_OFFSET);
			if (++s->restarts > MAX_RESTARTS) {
				s->h->unseen++;
				break;
			}
		}
		if (state != DS_CHAIN_END)
			err = ds_budget_pause(budget);
	} while (!err && state != DS_CHAIN_END);
	ds_chain_put(&chain);
	return err;
}

static int walk_listeners(struct search *s, u32 from, u32 to)
{
	struct inet_listen_hashbucket *lhash2 = ds_tcp_hashinfo(s->net)->lhash2;
	struct ds_budget budget;
	int err = 0;
	u32 i;

	ds_budget_enter(&budget);
	for (i = from; i <= to && !err; i++) {
		ds_budget_spend(&budget, 1);
		if (ds_budget_used_up(&budget))
			err = ds_budget_pause(&budget);
		if (!err)
			err = walk_chain(s, &budget, ds_listen_head(&lhash2[i]));
	}
	ds_budget_leave(&budget);
	return err;
}

static int walk_listeners_of(struct search *s, const struct in6_addr *addr)
{
	u32 mask = ds_tcp_hashinfo(s->net)->lhash2_mask;
	u32 bucket = ds_portaddr_hash(s->net, addr, s->q->port) & mask;

	return walk_listeners(s, bucket, bucket);
}

static void drop_listeners(struct ds_holders *h)
{
	u32 i, kept = 0;

	for (i = 0; i < h->n; i++)
		if (h->held[i].tcp_state != TCP_LISTEN)
			h->held[kept++] = h->held[i];
	h->n = kept;
}

/*
 * The bind hash was not read to its end: take all listeners from the listening hash instead, and
 * drop those that were found before.
 */
static int find_listeners(struct search *s)
{
	struct ds_holders *h = s->h;
	int err;

	h->listener = ds_alloc(DS_MAX_LISTENERS, sizeof(*h->listener));
	if (!h->listener)
		return -ENOMEM;
	drop_listeners(h);
	if (!goes_by_address(s))
		return walk_listeners(s, 0, ds_tcp_hashinfo(s->net)->lhash2_mask);
	err = walk_listeners_of(s, &in6addr_any);
	if (!err && !ds_bind_is_wild(&s->q->addr))
		err = walk_listeners_of(s, &s->q->addr);
	return err;
}

/* A slot of the hash by port also has sockets of other ports and, if shared, other namespaces. */
static void find_udp(struct search *s)
{
	struct udp_hslot *slot = udp_hashslot(ds_udp_table(s->net), s->net, s->q->port);
	struct ds_holders *h = s->h;
	struct sock *sk;
	u32 looked = 0;

	rcu_read_lock();
	spin_lock_bh(&slot->lock);
	sk_for_each(sk, &slot->head) {
		if (!step(s))
			break;
		looked++;
		if (net_eq(sock_net(sk), s->net) && READ_ONCE(sk->sk_num) == s->q->port)
			fill(&h->held[h->n++], sk, 0);
	}
	h->unseen = slot->count - looked;
	h->crowded = slot->count > DS_UDP_CROWD;
	spin_unlock_bh(&slot->lock);
	rcu_read_unlock();
}

/**
 * ds_holders_find() - find who holds a port
 * @h: filled in; to be freed by ds_holders_free(), also after an error
 * @net: the namespace; the caller holds a reference
 * @q: a question of kind DS_ASK_HOLDERS
 *
 * Context: process context; sleeps. Takes each lock of the port's chains once.
 * Return: 0, -ENOMEM, or -EINTR if the asking task was killed.
 */
int ds_holders_find(struct ds_holders *h, struct net *net, const struct ds_asked *q)
{
	struct search s = { .h = h, .net = net, .q = q, .steps = DS_HOLDER_STEPS };

	memset(h, 0, sizeof(*h));
	h->proto = q->proto;
	h->held = ds_alloc(DS_HOLDER_STEPS, sizeof(*h->held));
	if (!h->held)
		return -ENOMEM;
	if (q->proto == DS_TCP)
		find_tcp(&s);
	else
		find_udp(&s);
	merge_all(h);
	return q->proto == DS_TCP && h->unseen ? find_listeners(&s) : 0;
}

/**
 * ds_holders_free() - free what ds_holders_find() allocated
 * @h: the holders
 *
 * Context: process context.
 */
void ds_holders_free(struct ds_holders *h)
{
	ds_free(h->held);
	ds_free(h->listener);
}
