/* SPDX-License-Identifier: GPL-2.0-only */
/* One row of the table as the reader keeps it, and the table: proc_net_dualstack(5) in memory. */
#ifndef DUALSTACK_ROW_H
#define DUALSTACK_ROW_H

#include "util.h"
#include "../../module/family.h"

/* The module's own words for these, so that one rule and one list of names serves both. */
enum l4 { L4_TCP = DS_TCP, L4_UDP = DS_UDP };

enum verdict {
	V_NONE,		/* "-": not taken by the socket's own settings */
	V_YES,
	V_SHARED,
	V_PARTIAL,
	V_SHADOWED,
	V_NOADDR,
	V_UNKNOWN,	/* "?": the source of the table can't tell */
	V_COUNT
};

#define FAM4 DS_TAKES_V4
#define FAM6 DS_TAKES_V6

/* Why a verdict is "?". */
enum reason {
	BUT_NO_LOOKUP,	/* sock_diag tells what a socket takes, not what reaches it */
	BUT_ALIKE,	/* sockets that a BPF program can't tell apart */
	BUT_SPREAD,	/* a reuseport group has members on several devices */
	BUT_VRF,	/* a BPF program can't name both devices of a packet in a VRF */
	BUT_DEVICE,	/* before Linux 5.9 it can't name a device at all */
	BUT_COPIES,	/* IP_MULTICAST_ALL may be off, and what it joined itself is not shown */
	BUT_CHANGED,	/* sockets came or went meanwhile */
	BUT_FAILED,	/* the kernel refused the question */
	BUT_COUNT
};

/* Which of the words at the end of a row were there. */
enum {
	HAS_QUEUE = 1 << 0,
	HAS_RX = 1 << 1,
	HAS_DROPS = 1 << 2,
	HAS_GROUP = 1 << 3,
	HAS_V4BY = 1 << 4,
	HAS_V6BY = 1 << 5,
	HAS_BPF = 1 << 6,
	HAS_CPU = 1 << 7,
	HAS_TRANSPARENT = 1 << 8,
	HAS_FREEBIND = 1 << 9,
	HAS_MPTCP = 1 << 10,
	HAS_CGROUP = 1 << 11,
	HAS_NETNS = 1 << 12,
	HAS_MCAST = 1 << 13,
	HAS_NO_MCALL = 1 << 14,
	HAS_CHAIN = 1 << 15,
	HAS_PEERS = 1 << 16,
};

/* Flags of which a row says nothing where they are off. */
#define ROW_FLAGS (HAS_BPF | HAS_TRANSPARENT | HAS_FREEBIND | HAS_MPTCP | HAS_NO_MCALL)

/*
 * A listener that MPTCP's path manager made takes further subflows of connections that exist, and
 * refuses all others. It differs from a server's in that no process holds it.
 */
enum subflows { SUBFLOWS_NO, SUBFLOWS_ONLY, SUBFLOWS_PERHAPS };

/* An address is kept once, however many rows are bound to it. */
struct addr {
	struct addr *next;
	uint32_t hash;
	unsigned char bytes[16];	/* IPv4: the first four */
	uint8_t af;			/* AF_INET, AF_INET6 */
	bool any;			/* 0.0.0.0, ::, ::ffff:0.0.0.0 */
	bool mapped;			/* ::ffff:a.b.c.d */
	char text[];
};

/* So is every other string: device names, process names. */
struct name {
	struct name *next;
	uint32_t hash;
	char text[];
};

struct owner {
	uint64_t inode;
	uint32_t pid;
	uint32_t fd;
	const char *comm;
};

struct row {
	const struct addr *addr;
	const struct addr *peer;	/* of AF_INET6, without the module: a stale peer, or NULL */
	const char *dev;		/* NULL: bound to none */
	const struct owner *owners;
	uint64_t netns, inode, rx, drops, v4by, v6by, cgroup;
	uint32_t uid, queue, backlog, group, cpu, mcast, has;
	uint32_t knows;			/* flags (HAS_*) that its source can tell, set or not */
	uint32_t why;			/* HAS_CHAIN, HAS_PEERS: their number */
	uint32_t n_owners;
	uint32_t ifindex;		/* of dev, without the module */
	uint32_t count;			/* sockets that this row stands for (fold.c) */
	uint16_t port;
	uint8_t l4, families, v4, v6;
	uint8_t alike;			/* families of a "?" that one like it gets */
	uint8_t reason;			/* of a "?": enum reason */
	uint8_t subflows;		/* enum subflows */
	int8_t v6only;			/* -1: not an AF_INET6 socket */
};

/* Hash tables; their buckets (a power of two) grow with what is in them. */
struct pool {
	struct addr **addrs;
	struct name **names;
	size_t n_addrs, n_names;
	size_t addr_buckets, name_buckets;
};

/* Where the rows of a table come from, and so how much they know. */
enum source {
	SOURCE_MODULE,
	SOURCE_BPF,		/* the kernel's lookup, asked by a BPF program */
	SOURCE_SETTINGS,	/* sock_diag: what a socket takes, not what reaches it */
	SOURCE_DIAG,		/* of one packet: the kernel's lookup, asked through sock_diag */
	SOURCE_FILE,		/* a saved table, perhaps another machine's */
};

/* Which rows are of interest: without a protocol, all of them. */
struct extent {
	uint16_t lo, hi;		/* ports */
	bool l4[2];
};

struct table {
	struct row *rows;
	size_t n, room;
	size_t n_undecided;		/* rows that a selection may have missed: "?" */
	struct pool *pool;
	enum source source;
	struct extent only;		/* a source that is faster then leaves out others */
	bool all_netns;			/* rows name their namespace */
	/*
	 * Of the network namespace that this process is in: its addresses and sysctls can be asked
	 * for. False for a saved table, and for one read through /proc/PID/net.
	 */
	bool here;
	bool numeric;			/* users by number */
	uint64_t netns;			/* inode of the one namespace of all rows; 0: not known */
	struct owner *owners;
	size_t n_owners;
	struct table *takers;		/* sockets of v4by and v6by, by inode (takers.c) */
	bool owners_all;		/* a socket without one has none, not one out of sight */
};

const char *source_name(enum source source);
struct row *table_add(struct table *t);
void table_free(struct table *t);
/* Interned: the same text gives the same pointer. NULL: not an address. */
const struct addr *table_addr(struct table *t, const char *text, size_t len);
const char *table_name(struct table *t, const char *text, size_t len);
/* The first row of a port, or where it would stand; @t is sorted by protocol, then port. */
size_t table_first(const struct table *t, enum l4 l4, uint16_t port);
/* Order of the contract: proto, port, AF_INET first, address, device, inode. */
int row_cmp(const struct row *a, const struct row *b);

const char *verdict_name(enum verdict v);
/* Verdict by its name ("no" is another way to write "-"); V_COUNT: there is none. */
enum verdict verdict_by_name(const char *s, size_t len);
/* Do packets with this verdict reach the socket at all? "?" counts: the settings say so. */
bool verdict_reached(enum verdict v);
const char *proto_name(const struct row *r);

static inline bool row_same_group(const struct row *a, const struct row *b)
{
	return a->port == b->port && a->l4 == b->l4 && a->addr == b->addr && a->dev == b->dev &&
	       a->netns == b->netns && a->uid == b->uid && a->v6only == b->v6only;
}

#endif
