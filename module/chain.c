// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks one chain of a hash table under RCU alone.
 *
 * A socket may be unhashed and hashed again, elsewhere in the chain or in another one, without a
 * grace period: a walker that stands on it is carried along, and what it has not seen of its own
 * chain is lost. The end marker of a nulls list tells that a walk ended in another chain, not that
 * a socket moved to the tail of the same one, and plain lists have no marker. So each step holds
 * the socket against the link that led to it: a node whose pprev is not where the walker came from
 * is not its successor any more.
 */
#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/list_nulls.h>
#include <net/sock.h>
#include "chain.h"
#include "budget.h"

static_assert(offsetof(struct hlist_node, next) == offsetof(struct ds_chain_node, next));
static_assert(offsetof(struct hlist_node, pprev) == offsetof(struct ds_chain_node, pprev));
static_assert(offsetof(struct hlist_nulls_node, next) == offsetof(struct ds_chain_node, next));
static_assert(offsetof(struct hlist_nulls_node, pprev) == offsetof(struct ds_chain_node, pprev));
static_assert(sizeof(struct hlist_head) == sizeof(struct ds_chain_head));
static_assert(sizeof(struct hlist_nulls_head) == sizeof(struct ds_chain_head));

static bool is_end(const struct ds_chain_node *node)
{
	return !node || ((unsigned long)node & 1);
}

static struct ds_chain_node *follow(struct ds_chain_node **link)
{
	/* as rcu_dereference(), on a type that carries no __rcu */
	return READ_ONCE(*link);
}

/* The node after @node, as long as @node still stands behind @link. */
static bool step(struct ds_chain_node *node, struct ds_chain_node **link,
		 struct ds_chain_node **next)
{
	*next = follow(&node->next);
	/*
	 * Pairs with the stores of a removal (pprev first cleared) before those of a new insertion,
	 * ordered by the bucket locks in between: who sees the new next sees that pprev changed.
	 */
	smp_rmb();
	return READ_ONCE(node->pprev) == link;
}

/*
 * Whether a walk that paused at @node may ask for its successor. While @node is unhashed, its next
 * is what it was, and may have been freed before this section began. Once it is hashed behind
 * @link, its next is a node that stood behind it inside this section, and RCU keeps that.
 */
static bool still_behind(struct ds_chain_node *node, struct ds_chain_node **link)
{
	/* pairs with the insertion: step() must not load next before this */
	return smp_load_acquire(&node->pprev) == link;
}

static bool pause_at(struct ds_chain *chain, struct sock *sk, struct ds_chain_node **link)
{
	if (!refcount_inc_not_zero(&sk->sk_refcnt))
		return false;
	chain->paused_at = sk;
	chain->link = link;
	return true;
}

static struct ds_chain_node *node_of(const struct ds_chain *chain, struct sock *sk)
{
	return (void *)sk + chain->offset;
}

/**
 * ds_chain_put() - drop the reference on the socket that a walk paused at
 * @chain: a walk that ended, or whose pausing place is not needed any more
 *
 * Context: any in which a socket may be freed.
 */
void ds_chain_put(struct ds_chain *chain)
{
	if (chain->paused_at)
		sock_put(chain->paused_at);
	chain->paused_at = NULL;
}

/**
 * ds_chain_walk() - visit the sockets of a chain, or go on where a walk paused
 * @chain: set up by ds_chain_start(), or returned from here with DS_CHAIN_PAUSED
 * @budget: the RCU read section; steps are taken off for each socket
 * @visit: called for each socket that hangs in the chain, whatever its namespace and state
 * @arg: passed to @visit
 *
 * Context: inside @budget. Takes a reference on the socket that it pauses at, for
 * ds_chain_put() to drop.
 * Return: what to do next.
 */
enum ds_chain_state ds_chain_walk(struct ds_chain *chain, struct ds_budget *budget,
				  void (*visit)(struct sock *sk, void *arg), void *arg)
{
	struct ds_chain_node **link = &chain->head->first;
	struct ds_chain_node *node, *next;

	if (chain->paused_at) {
		node = node_of(chain, chain->paused_at);
		if (!still_behind(node, chain->link) || !step(node, chain->link, &next))
			return DS_CHAIN_MOVED;
		link = &node->next;
		node = next;
	} else {
		node = follow(link);
	}

	for (; !is_end(node); link = &node->next, node = next) {
		struct sock *sk = (void *)node - chain->offset;

		if (READ_ONCE(node->pprev) != link)
			return DS_CHAIN_MOVED;
		visit(sk, arg);
		ds_budget_spend(budget, DS_SOCKET_STEPS);
		if (!step(node, link, &next))
			return DS_CHAIN_MOVED;
		if (ds_budget_used_up(budget) && !is_end(next)) {
			ds_chain_put(chain);
			return pause_at(chain, sk, link) ? DS_CHAIN_PAUSED : DS_CHAIN_MOVED;
		}
	}
	return DS_CHAIN_END;
}
