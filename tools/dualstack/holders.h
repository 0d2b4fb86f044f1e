/* SPDX-License-Identifier: GPL-2.0-only */
/* Who holds a port, as the module's file says, and whether bind() would succeed beside them. */
#ifndef DUALSTACK_HOLDERS_H
#define DUALSTACK_HOLDERS_H

#include "ask.h"
#include "fail.h"
#include "../../module/bind_rule.h"

/* What of struct ds_holder and struct ds_port_facts sock_diag(7) does not tell. */
enum unsure {
	UNSURE_V6ONLY = 1 << 0,
	UNSURE_REUSEADDR = 1 << 1,
	UNSURE_REUSEPORT = 1 << 2,
	UNSURE_L3MDEV = 1 << 3,
	UNSURE_BY_ADDRESS = 1 << 4,
	UNSURE_WILD_HOLE = 1 << 5,
};

/*
 * A line of the answer
 * @rule: what bind() looks at
 * @unsure: what of @rule is not known, enum unsure
 * @state: its word: listen, bound, connected, timewait, closing, udp, udp-connected
 * @inode: 0 for a socket without a file, and for TIME_WAIT
 * @dev, @peer: as the line has them, or NULL
 * @count: how many are alike
 * @expires: TIME_WAIT: seconds
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

/* A line of a TCP bind bucket. */
struct bucket {
	struct ds_fast_reuseport fast;
	int l3mdev;
};

/*
 * The answer
 * @unseen: something holds the port, or may hold it, that is not in the answer
 * @from_diag: it is sock_diag's: no buckets, and some settings are not known
 * @maybe_wild_hole: @from_diag: whether @facts has wild_hole is not known
 * @facts: what else of the port decides
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
/* Of one address where @addr is given. Fails with ST_NOMODULE where the file is not there. */
bool holders_ask(struct holders *h, enum ds_proto proto, uint16_t port,
		 const struct in6_addr *addr, struct fail *f);
void holders_free(struct holders *h);
/* One more, zeroed. */
struct holding *holders_add(struct holders *h);
/* All but the first @n. */
void holders_drop(struct holders *h, size_t n);

/* The same from sock_diag(7), as far as that knows. */
bool holders_from_diag(struct holders *h, enum ds_proto proto, uint16_t port, struct fail *f);

/*
 * @in_the_way: the holder that makes bind() fail, where that is the answer; where it is not known,
 * one that may, or NULL where all that is known of are not in the way.
 */
enum free_answer holders_judge(const struct holders *h, const struct ds_binder *binder,
			       const struct holding **in_the_way);

#endif
