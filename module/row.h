/* SPDX-License-Identifier: GPL-2.0-only */
/* One row of the table: what is kept of a socket, and its text. Knows nothing of hash tables. */
#ifndef DUALSTACK_ROW_H
#define DUALSTACK_ROW_H

#include <linux/in6.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include "family.h"
#include "judge/judge.h"

struct sock;

enum ds_row_flag {
	DS_ROW_INET6		= 1 << 0,	/* an AF_INET6 socket */
	DS_ROW_V6ONLY		= 1 << 1,
	DS_ROW_BPF		= 1 << 2,
	DS_ROW_TRANSPARENT	= 1 << 3,
	DS_ROW_FREEBIND		= 1 << 4,
	DS_ROW_MPTCP		= 1 << 5,
	DS_ROW_OLD_PEER		= 1 << 6,	/* UDP, takes IPv6 from an old peer alone */
	/* closed while the snapshot was taken: not shown */
	DS_ROW_GONE		= 1 << 7,
	/* "?": a lookup would pass too many sockets, as many as by says */
	DS_ROW_CHAIN		= 1 << 8,
	/* "?": too many stale peers, as many as by says */
	DS_ROW_PEERS		= 1 << 9,
	/* UDP: of a group that it is bound to, it gets what it joined itself alone */
	DS_ROW_JOINED_ONLY	= 1 << 10,
	/* UDP: IP_MULTICAST_ALL, for an AF_INET6 socket IPv6's, is off */
	DS_ROW_MCALL_OFF	= 1 << 11,
};

/* More than the longest row, every word at its longest. */
#define DS_ROW_TEXT_MAX	512

#define DS_NO_GROUP	0
#define DS_NO_CPU	(-1)

/**
 * struct ds_row - what is kept of one socket
 * @sk: identity of the socket, to compare with what a lookup returns; never followed
 * @inode: socket inode, 0 for a socket without a file
 * @cgroup: cgroup v2 id, 0 where unknown
 * @by: inode of the first socket that gets packets of that family instead, 0 for none; for
 *	DS_UNKNOWN the number that explains it
 * @reuse: identity of its reuseport group, to compare with that of others, or DS_NO_GROUP
 * @addr: bound address; that of an AF_INET socket in v4-mapped form
 * @old_peer: the peer's address, with DS_ROW_OLD_PEER
 * @uid: owner
 * @queued: TCP: connections that wait for accept(); UDP: bytes in the receive queue
 * @backlog: TCP: limit of @queued
 * @memberships: UDP: multicast groups that it joined, one of two devices counted twice
 * @drops: packets dropped at this socket
 * @group: members of that group that are in the table
 * @ifindex: the device that it is bound to, or 0
 * @net: index into the snapshot's namespaces
 * @cpu: SO_INCOMING_CPU, or DS_NO_CPU
 * @joined: UDP: device where it joined the group that it is bound to, or 0
 * @port: local port, host order
 * @proto: enum ds_proto
 * @families: what the socket takes by its own settings
 * @verdict: enum ds_verdict for each family
 * @flags: enum ds_row_flag
 */
struct ds_row {
	const struct sock *sk;
	u64 inode;
	u64 cgroup;
	u64 by[DS_NFAMILIES];
	unsigned long reuse;
	struct in6_addr addr;
	struct in6_addr old_peer;
	kuid_t uid;
	u32 queued;
	union {
		u32 backlog;
		u32 memberships;
	};
	u32 drops;
	u32 group;
	int ifindex;
	u32 net;
	int cpu;
	int joined;
	u16 port;
	u8 proto;
	u8 families;
	u8 verdict[DS_NFAMILIES];
	u16 flags;
};

static inline bool ds_row_is_wildcard(const struct ds_row *row)
{
	return ds_addr_is_any6(&row->addr) ||
	       (ds_addr_is_mapped(&row->addr) && !row->addr.s6_addr32[3]);
}

void ds_row_fill(struct ds_row *row, const struct sock *sk, enum ds_proto proto);
u32 ds_row_fill_groups(struct ds_row *row, const struct sock *sk);
int ds_row_cmp_address(const struct ds_row *a, const struct ds_row *b);
char *ds_row_header(char *p, bool with_netns);
char *ds_row_text(char *p, const struct ds_row *row, const char *dev, uid_t uid);
char *ds_row_put(char *p, const struct ds_row *row, const char *dev, uid_t uid, u32 netns);

#endif
