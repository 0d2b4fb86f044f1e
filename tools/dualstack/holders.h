/* SPDX-License-Identifier: GPL-2.0-only */
/* Who holds a port, as the module's file says, and whether bind() would succeed beside them. */
#ifndef DUALSTACK_HOLDERS_H
#define DUALSTACK_HOLDERS_H

#include "ask.h"
#include "../../module/bind_rule.h"

/*
 * A line of the answer
 * @rule: what bind() looks at
 * @state: its word: listen, bound, connected, timewait, closing, udp, udp-connected
 * @inode: 0 for a socket without a file, and for TIME_WAIT
 * @dev, @peer: as the line has them, or NULL
 * @count: how many are alike
 * @expires: TIME_WAIT: seconds
 */
struct holding {
	struct ds_holder rule;
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
 * @facts: what else of the port decides
 */
struct holders {
	struct holding *list;
	struct bucket *buckets;
	size_t n, room, n_buckets;
	bool unseen;
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

/* @in_the_way: the holder that makes bind() fail, where that is the answer. */
enum free_answer holders_judge(const struct holders *h, const struct ds_binder *binder,
			       const struct holding **in_the_way);

#endif
