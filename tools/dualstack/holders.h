/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets that hold a port, and whether bind() would succeed beside them. */
#ifndef DUALSTACK_HOLDERS_H
#define DUALSTACK_HOLDERS_H

#include "ask.h"
#include "fail.h"
#include "../../module/bind_rule.h"

/* Members of struct ds_holder and struct ds_port_facts that sock_diag(7) may not show. */
enum unsure {
	UNSURE_V6ONLY = 1 << 0,
	UNSURE_REUSEADDR = 1 << 1,
	UNSURE_REUSEPORT = 1 << 2,
	UNSURE_L3MDEV = 1 << 3,
	UNSURE_BY_ADDRESS = 1 << 4,
	UNSURE_WILD_HOLE = 1 << 5,
};

/*
 * A holder, as in a line of the module's answer
 * @rule: what bind() looks at
 * @unsure: members of @rule that are not known, a set of enum unsure
 * @state: listen, bound, connected, timewait, closing, udp or udp-connected
 * @inode: 0 for a socket without a file, and for TIME_WAIT
 * @dev, @peer: as in the line, or NULL
 * @count: number of holders that look like this
 * @expires: for TIME_WAIT, the seconds left
 */
struct holding {
	struct ds_holder rule;
	unsigned int unsure;
	char *state;
	char *dev;
	char *peer;
	uint64_t inode;
	uint32_t count;
	uint32_t expires;
};

/* A TCP bind bucket, as in a line of the module's answer. */
struct bucket {
	struct ds_fast_reuseport fast;
	int l3mdev;
};

/*
 * All holders of a port
 * @unseen: the port has, or may have, a holder that is not in the list
 * @from_diag: the list is from sock_diag: no buckets, and some settings are not known
 * @maybe_wild_hole: for @from_diag: it is not known whether @facts has wild_hole
 * @facts: other facts about the port that the rule depends on
 */
struct holders {
	struct holding *list;
	struct bucket *buckets;
	size_t n, room, n_buckets;
	bool unseen;
	bool from_diag;
	bool maybe_wild_hole;
	struct ds_port_facts facts;
};

enum free_answer {
	FREE_YES,
	FREE_NO,
	FREE_UNKNOWN,
};

bool holders_parse(struct holders *h, char *text, struct fail *f);
/* Asks the module; about one address unless @addr is NULL. Fails as ask_module() does. */
bool holders_ask(struct holders *h, enum ds_proto proto, uint16_t port,
		 const struct in6_addr *addr, struct fail *f);
void holders_free(struct holders *h);
/* Adds a zeroed holder. */
struct holding *holders_add(struct holders *h);
/* Removes all but the first @n. */
void holders_drop(struct holders *h, size_t n);

/* Asks sock_diag(7) instead, which shows less. */
bool holders_from_diag(struct holders *h, enum ds_proto proto, uint16_t port, struct fail *f);

/*
 * Decides whether bind() would succeed. Sets @in_the_way for FREE_NO to the holder that makes it
 * fail; for FREE_UNKNOWN to a holder that may make it fail, or to NULL if only unseen ones may.
 */
enum free_answer holders_judge(const struct holders *h, const struct ds_binder *binder,
			       const struct holding **in_the_way);

#endif
