/* SPDX-License-Identifier: GPL-2.0-only */
/* One row of the table: what is copied from a socket, and its text. */
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
	/* UDP: it has a stale peer (was connected once), and gets IPv6 from this peer only */
	DS_ROW_OLD_PEER		= 1 << 6,
	/* closed while the snapshot was taken: not shown */
	DS_ROW_GONE		= 1 << 7,
	/* DS_UNKNOWN because a lookup would visit too many sockets; by has their number */
	DS_ROW_CHAIN		= 1 << 8,
	/* DS_UNKNOWN because too many sockets have a stale peer; by has their number */
	DS_ROW_PEERS		= 1 << 9,
	/* DS_UNKNOWN because of too many addresses or VRFs; by has their number */
	DS_ROW_MANY		= 1 << 12,
	/* UDP: if bound to a multicast group, it gets packets only at devices where it joined */
	DS_ROW_JOINED_ONLY	= 1 << 10,
	/* UDP: IP_MULTICAST_ALL is off; for an AF_INET6 socket IPV6_MULTICAST_ALL */
	DS_ROW_MCALL_OFF	= 1 << 11,
};

/* Room for the longest row. */
#define DS_ROW_TEXT_MAX	512

#define DS_NO_GROUP	0
#define DS_NO_CPU	(-1)

/**
 * struct ds_row - one row: what is copied from a socket, and its verdicts
 * @sk: the socket, to compare with the result of a lookup; never dereferenced
 * @inode: socket inode, 0 for a socket without a file
 * @cgroup: cgroup v2 id, 0 if unknown
 * @by: for each family the inode of the first socket that gets packets instead of this one, or 0;
 *	for DS_UNKNOWN the number that DS_ROW_CHAIN, DS_ROW_MANY or DS_ROW_PEERS is about
 * @reuse: ds_reuseport_key() of its reuseport group, or DS_NO_GROUP
 * @addr: bound address; for an AF_INET socket in v4-mapped form
 * @old_peer: the stale peer's address, with DS_ROW_OLD_PEER
 * @uid: owner
 * @queued: TCP: connections that wait for accept(); UDP: bytes in the receive queue
 * @backlog: TCP: limit of @queued
 * @memberships: UDP: multicast groups joined; a group joined on two devices counts twice
 * @drops: packets dropped at this socket
 * @group: number of members of its reuseport group in the table
 * @ifindex: the device that it is bound to, or 0
 * @net: index into the snapshot's namespaces
 * @cpu: SO_INCOMING_CPU, or DS_NO_CPU
 * @joined: UDP, bound to a multicast group: a device on which it joined this group, or 0
 * @port: local port, in host byte order
 * @proto: enum ds_proto
 * @families: set of families that the socket accepts by its own settings
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
