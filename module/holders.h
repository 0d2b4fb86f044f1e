/* SPDX-License-Identifier: GPL-2.0-only */
/* Who holds a port: every socket that has it, whatever its state. */
#ifndef DUALSTACK_HOLDERS_H
#define DUALSTACK_HOLDERS_H

#include <linux/types.h>
#include <linux/uidgid.h>
#include "bind_rule.h"

struct ds_asked;
struct ds_printer;
struct net;

/* Looks at holders and buckets while a lock of the kernel's is held, once a question. */
#define DS_HOLDER_STEPS		256
/* Listeners of a port, of different kinds, that are kept where they were looked for apart. */
#define DS_MAX_LISTENERS	256
/* A UDP slot with more sockets is looked through by address, see udp_lib_get_port(). */
#define DS_UDP_CROWD		10
/* TCP's bind buckets of a port, one for each VRF, that are kept. */
#define DS_MAX_BUCKETS		16

/**
 * struct ds_held - a holder, or several that are alike
 * @rule: what bind() looks at; its uid is not set
 * @inode: socket inode of one of them, 0 for a socket without a file
 * @peer: of one; an IPv4 address in v4-mapped form
 * @uid: owner, as bind() sees it; none for TIME_WAIT
 * @count: how many there are
 * @settled: how many there were before the chain that is being walked
 * @expires: TIME_WAIT: seconds until the last of them ends
 * @peer_port: 0 for none
 * @tcp_state: sk_state
 */
struct ds_held {
	struct ds_holder rule;
	u64 inode;
	struct in6_addr peer;
	kuid_t uid;
	u32 count;
	u32 settled;
	u32 expires;
	u16 peer_port;
	u8 tcp_state;
};

/**
 * struct ds_held_bucket - what a TCP bind bucket remembers; bind() believes it first
 * @fast: of SO_REUSEPORT; its uid is not set
 * @uid: who bound with SO_REUSEPORT
 * @l3mdev: the VRF of the bucket
 * @fastreuse: of SO_REUSEADDR
 */
struct ds_held_bucket {
	struct ds_fast_reuseport fast;
	kuid_t uid;
	int l3mdev;
	int fastreuse;
};

/**
 * struct ds_holders - who holds a port
 * @proto: TCP or UDP
 * @nbuckets: entries in @bucket
 * @n: entries in @held
 * @nlisteners: entries in @listener
 * @unseen: lists of holders, or for UDP sockets of the slot, that were not looked at
 * @more: listeners that are not in @listener
 * @crowded: UDP: more than ten sockets in the port's slot
 * @bucket: TCP's bind buckets of the port
 * @held: holders, in the kernel's order; room for DS_HOLDER_STEPS
 * @listener: TCP: where @held may lack some, all listeners, and @held has none; else NULL
 */
struct ds_holders {
	enum ds_proto proto;
	u32 nbuckets;
	u32 n;
	u32 nlisteners;
	u32 unseen;
	u32 more;
	bool crowded;
	struct ds_held_bucket bucket[DS_MAX_BUCKETS];
	struct ds_held *held;
	struct ds_held *listener;
};

int ds_holders_find(struct ds_holders *h, struct net *net, const struct ds_asked *q);
void ds_holders_free(struct ds_holders *h);

/* holders_text.c */
size_t ds_holders_text_max(const struct ds_holders *h);
void ds_holders_text(struct ds_printer *out, const struct ds_holders *h);

#endif
