/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks one chain of a hash table under RCU: bounded, resumable, and notices sockets that move. */
#ifndef DUALSTACK_CHAIN_H
#define DUALSTACK_CHAIN_H

#include <linux/types.h>

struct sock;
struct ds_budget;

/* An hlist_node (its list ends with NULL) or an hlist_nulls_node (it ends with an odd value). */
struct ds_chain_node {
	struct ds_chain_node *next;
	struct ds_chain_node **pprev;
};

struct ds_chain_head {
	struct ds_chain_node *first;
};

enum ds_chain_state {
	DS_CHAIN_END,		/* every socket of the chain was visited */
	DS_CHAIN_PAUSED,	/* the budget is used up: start a new section and continue */
	DS_CHAIN_MOVED,		/* a socket was unhashed or moved: walk this chain again */
};

/**
 * struct ds_chain - a walk of one chain
 * @head: the chain's list head
 * @offset: offset of the list node in struct sock
 * @paused_at: the socket at which the walk paused, with a reference, or NULL
 * @link: the value that @paused_at's pprev must still have; never dereferenced
 */
struct ds_chain {
	struct ds_chain_head *head;
	size_t offset;
	struct sock *paused_at;
	struct ds_chain_node **link;
};

static inline void ds_chain_start(struct ds_chain *chain, void *head, size_t offset)
{
	chain->head = head;
	chain->offset = offset;
	chain->paused_at = NULL;
}

enum ds_chain_state ds_chain_walk(struct ds_chain *chain, struct ds_budget *budget,
				  void (*visit)(struct sock *sk, void *arg), void *arg);
void ds_chain_put(struct ds_chain *chain);

#endif
