/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds who holds a port: all sockets that have it, in any state. */
#ifndef DUALSTACK_HOLDERS_H
#define DUALSTACK_HOLDERS_H

#include <linux/types.h>
#include <linux/uidgid.h>
#include "bind_rule.h"

struct ds_asked;
struct ds_printer;
struct net;

/* The most holders and buckets that a question visits while it holds a lock of the kernel. */
#define DS_HOLDER_STEPS		256
/* Room for different listeners of a port, if they are taken from the listening hash. */
#define DS_MAX_LISTENERS	256
/* If a UDP slot has more sockets, udp_lib_get_port() finds holders by address. */
#define DS_UDP_CROWD		10
/* Room for TCP's bind buckets of a port. There is one for each VRF. */
#define DS_MAX_BUCKETS		16

/**
 * struct ds_held - one holder, or several alike
 * @rule: what bind() checks; without the uid
 * @inode: socket inode of one of them, 0 for a socket without a file
 * @peer: peer address of one of them; an IPv4 address in v4-mapped form
 * @uid: owner, as bind() sees it; INVALID_UID for TIME_WAIT
 * @count: number of holders
 * @settled: value of @count before the walk of the current chain
 * @expires: TIME_WAIT: seconds until the last of them ends
 * @peer_port: peer's port of one of them, 0 for none
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
 * struct ds_held_bucket - what a TCP bind bucket remembers; bind() checks this before the holders
 * @fast: about SO_REUSEPORT; without the uid
 * @uid: owner of the socket that was bound last with SO_REUSEPORT
 * @l3mdev: VRF of the bucket
 * @fastreuse: about SO_REUSEADDR
 */
struct ds_held_bucket {
	struct ds_fast_reuseport fast;
	kuid_t uid;
	int l3mdev;
	int fastreuse;
};

/**
 * struct ds_holders - the holders of a port
 * @proto: TCP or UDP
 * @nbuckets: entries in @bucket
 * @n: entries in @held
 * @nlisteners: entries in @listener
 * @unseen: TCP: lists and buckets that were not read to their end; UDP: sockets of the slot that
 *	were not visited
 * @more: listeners that have no room in @listener
 * @crowded: UDP: the port's slot has more than DS_UDP_CROWD sockets
 * @bucket: TCP's bind buckets of the port
 * @held: the holders, in the kernel's order; room for DS_HOLDER_STEPS
 * @listener: TCP: if @unseen is not 0, the listeners, which are not in @held then; else NULL
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
