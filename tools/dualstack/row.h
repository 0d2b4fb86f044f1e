/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of proc_net_dualstack(5) and its rows in the reader's memory. */
#ifndef DUALSTACK_ROW_H
#define DUALSTACK_ROW_H

#include "util.h"
#include "../../module/family.h"

/* The same values as in the module, so that both share the rule and the names in family.h. */
enum l4 { L4_TCP = DS_TCP, L4_UDP = DS_UDP };

enum verdict {
	V_NONE,		/* "-": the socket does not take the family by its own settings */
	V_YES,
	V_SHARED,
	V_PARTIAL,
	V_SHADOWED,
	V_NOADDR,
	V_UNKNOWN,	/* "?": the table's source does not show it */
	V_COUNT
};

#define FAM4 DS_TAKES_V4
#define FAM6 DS_TAKES_V6

/* Why a verdict is "?". */
enum reason {
	BUT_NO_LOOKUP,	/* sock_diag shows what a socket takes, not what reaches it */
	BUT_ALIKE,	/* a BPF program can't distinguish it from another socket */
	BUT_SPREAD,	/* a reuseport group has members on several devices */
	BUT_VRF,	/* a BPF program can't name both devices of a packet in a VRF */
	BUT_DEVICE,	/* before Linux 5.9 it can't name a device at all */
	BUT_COPIES,	/* IP_MULTICAST_ALL may be off, and joined groups are not shown */
	BUT_MANY,	/* too many addresses or VRFs to ask about each */
	BUT_CHANGED,	/* sockets came or went meanwhile */
	BUT_FAILED,	/* the kernel refused the question */
	BUT_COUNT
};

/* The words that a row has at its end. */
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
	HAS_MANY = 1 << 17,
};

/* Flags that a row does not show if they are off. */
#define ROW_FLAGS (HAS_BPF | HAS_TRANSPARENT | HAS_FREEBIND | HAS_MPTCP | HAS_NO_MCALL)

/*
 * A listener of MPTCP's path manager takes only further subflows of existing connections, and
 * refuses all others. Unlike a server's listener, no process holds it.
 */
enum subflows { SUBFLOWS_NO, SUBFLOWS_ONLY, SUBFLOWS_PERHAPS };

/* An address. All rows that are bound to it share it. */
struct addr {
	struct addr *next;
	uint32_t hash;
	unsigned char bytes[16];	/* IPv4: the first four */
	uint8_t af;			/* AF_INET, AF_INET6 */
	bool any;			/* 0.0.0.0, ::, ::ffff:0.0.0.0 */
	bool mapped;			/* ::ffff:a.b.c.d */
	char text[];
};

/* The name of a device or process, shared by all rows. */
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
	const struct addr *peer;	/* AF_INET6, without the module: a stale peer, or NULL */
	const char *dev;		/* NULL: bound to none */
	const struct owner *owners;
	uint64_t netns, inode, rx, drops, v4by, v6by, cgroup;
	uint32_t uid, queue, backlog, group, cpu, mcast, has;
	uint32_t knows;			/* flags (HAS_*) that the row's source shows, on or off */
	uint32_t why;			/* HAS_CHAIN, HAS_PEERS, HAS_MANY: their number */
	uint32_t n_owners;
	uint32_t ifindex;		/* of dev, without the module */
	uint32_t count;			/* sockets that this row stands for (fold.c) */
	uint16_t port;
	uint8_t l4, families, v4, v6;
	uint8_t alike;			/* families with "?" that it or one like it gets */
	uint8_t reason;			/* for "?": enum reason */
	uint8_t subflows;		/* enum subflows */
	int8_t v6only;			/* -1: not an AF_INET6 socket */
};

/* Hash tables; the number of buckets is a power of two, and grows with the number of entries. */
struct pool {
	struct addr **addrs;
	struct name **names;
	size_t n_addrs, n_names;
	size_t addr_buckets, name_buckets;
};

/* Where the rows of a table come from. */
enum source {
	SOURCE_MODULE,
	SOURCE_BPF,		/* the kernel's lookup, by a BPF program */
	SOURCE_SETTINGS,	/* sock_diag: what a socket takes, not what reaches it */
	SOURCE_DIAG,		/* for one packet: the kernel's lookup, through sock_diag */
	SOURCE_FILE,		/* a saved table, perhaps from another machine */
};

/* The rows that are needed; all of them if no protocol is set. */
struct extent {
	uint16_t lo, hi;		/* ports */
	bool l4[2];
};

struct table {
	struct row *rows;
	size_t n, room;
	size_t n_undecided;		/* rows that a selection may miss because of "?" */
	struct pool *pool;
	enum source source;
	struct extent only;		/* a source may leave out other rows to be faster */
	bool all_netns;			/* rows name their namespace */
	/*
	 * The table is of this process's network namespace, so its addresses and sysctls can be
	 * read. False for a saved table, and for one read through /proc/PID/net.
	 */
	bool here;
	bool numeric;			/* print users by number */
	uint64_t netns;			/* inode of the one namespace of all rows; 0: not known */
	struct owner *owners;
	size_t n_owners;
	struct table *takers;		/* sockets of v4by and v6by, by inode (takers.c) */
	/* all processes were seen: no process holds a row without owners */
	bool owners_all;
};

const char *source_name(enum source source);
struct row *table_add(struct table *t);
void table_free(struct table *t);
/* Interned: the same text gives the same pointer. NULL: not an address. */
const struct addr *table_addr(struct table *t, const char *text, size_t len);
const char *table_name(struct table *t, const char *text, size_t len);
/* Index of a port's first row, or where it would be; @t must be sorted by protocol and port. */
size_t table_first(const struct table *t, enum l4 l4, uint16_t port);
/* The order of the table: netns, proto, port, AF_INET first, address, device, inode. */
int row_cmp(const struct row *a, const struct row *b);

const char *verdict_name(enum verdict v);
/* The verdict of this name ("no" is another way to write "-"); V_COUNT if there is none. */
enum verdict verdict_by_name(const char *s, size_t len);
/* Do packets reach a socket with this verdict? "?" counts: by its settings they may. */
bool verdict_reached(enum verdict v);
const char *proto_name(const struct row *r);

static inline bool row_same_group(const struct row *a, const struct row *b)
{
	return a->port == b->port && a->l4 == b->l4 && a->addr == b->addr && a->dev == b->dev &&
	       a->netns == b->netns && a->uid == b->uid && a->v6only == b->v6only;
}

#endif
