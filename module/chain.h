/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks one chain of a hash table under RCU alone: bounded, resumable, not to be led astray. */
#ifndef DUALSTACK_CHAIN_H
#define DUALSTACK_CHAIN_H

#include <linux/types.h>

struct sock;
struct ds_budget;

/* hlist_node and hlist_nulls_node alike; the end is NULL in one, an odd marker in the other. */
struct ds_chain_node {
	struct ds_chain_node *next;
	struct ds_chain_node **pprev;
};

struct ds_chain_head {
	struct ds_chain_node *first;
};

enum ds_chain_state {
	DS_CHAIN_END,		/* every socket of the chain was visited */
	DS_CHAIN_PAUSED,	/* the section is used up: leave it, enter another, go on */
	DS_CHAIN_MOVED,		/* a socket moved under the walker: this chain once more */
};

/**
 * struct ds_chain - a walk of one chain
 * @head: the bucket's list head
 * @offset: of the list node in the sockets
 * @paused_at: the socket that the walk paused at, with a reference, or NULL
 * @link: where @paused_at's pprev has to point to; compared, never followed
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
