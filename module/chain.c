// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks one chain of a hash table under RCU, without a lock.
 *
 * A socket may be unhashed and hashed again, in this chain or in another one, without a grace
 * period. A walker that is at this socket then follows it to its new position and misses the rest
 * of the old chain. The end marker of a nulls list shows that a walk ended in another chain, but
 * not that a socket moved to the tail of the same chain, and plain lists have no marker at all. So
 * each step compares the socket's pprev with the link that the walker followed to reach it: if they
 * differ, the socket is not there any more.
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
	/* this does what rcu_dereference() does, which needs a type marked __rcu */
	return READ_ONCE(*link);
}

/* Get the node after @node. Returns false if @node is not behind @link any more. */
static bool step(struct ds_chain_node *node, struct ds_chain_node **link,
		 struct ds_chain_node **next)
{
	*next = follow(&node->next);
	/*
	 * A removal clears pprev; the bucket locks order that store before those of the next
	 * insertion. So whoever sees the new next also sees that pprev has changed.
	 */
	smp_rmb();
	return READ_ONCE(node->pprev) == link;
}

/*
 * Whether a walk that paused at @node may read its next pointer. If @node was unhashed, next still
 * has its old value, and that node may have been freed before this RCU section began. If @node is
 * hashed behind @link, next is a node of the chain during this section, so RCU protects it.
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
 * @chain: a walk that ended or is abandoned
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
 * ds_chain_walk() - visit the sockets of a chain, or continue a walk that paused
 * @chain: initialized by ds_chain_start(), or a walk that returned DS_CHAIN_PAUSED
 * @budget: the RCU read section; each socket spends steps of it
 * @visit: called for each socket in the chain, whatever its namespace and state
 * @arg: passed to @visit
 *
 * Context: inside the section of @budget. Takes a reference on the socket at which it pauses;
 * ds_chain_put() drops it.
 * Return: enum ds_chain_state.
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
