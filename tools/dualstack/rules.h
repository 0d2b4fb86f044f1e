/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of nft and iptables that send packets to another address or port (DNAT, redirect), and
 * which of them may match a packet to a port. This comes from the rules' text, not from the kernel:
 * only conditions on protocol, port and destination are evaluated, others are quoted.
 */
#ifndef DUALSTACK_RULES_H
#define DUALSTACK_RULES_H

#include "spec.h"

enum rule_hook { HOOK_NONE, HOOK_PREROUTING, HOOK_OUTPUT };

enum rule_action {
	ACTION_NONE,		/* counts, logs, marks: goes on with the next rule */
	ACTION_JUMP,
	ACTION_GOTO,
	ACTION_RETURN,
	ACTION_STOP,		/* accept, drop */
	ACTION_DNAT,
	ACTION_REDIRECT,
};

enum rule_what {
	COND_OPEN,		/* not evaluated: quoted by its text */
	COND_NEVER,		/* false for all packets to an address of this host */
	COND_IN, COND_OUT,	/* a device: input only in prerouting, output only in output */
	COND_L4,
	COND_FAMILY,
	COND_DPORT,
	COND_DADDR,
};

struct rule_cond {
	enum rule_what what;
	bool negated;
	unsigned int set;	/* COND_L4: a set of 1 << enum l4; COND_FAMILY: FAM4, FAM6 */
	struct ports *ports;
	struct prefix *addrs;
	size_t n;
	char *text;		/* as nft writes it */
};

struct rule {
	struct rule_cond *conds;
	size_t n;
	enum rule_action action;
	char *target;		/* jump, goto: the chain */
	char *to;		/* DNAT: the address as written; NULL: more than one */
	char *port;		/* DNAT, redirect: the port as written; NULL: not changed */
};

struct rule_chain {
	unsigned int families;	/* FAM4 | FAM6 */
	char *table;		/* "ip nat" */
	char *name;
	enum rule_hook hook;	/* of a base chain of type nat */
	long prio;
	struct rule *rules;
	size_t n, room;
	unsigned int asked;	/* number of the last walk that came here; its result: @fate */
	/*
	 * OPEN: the walk has not left it yet; HIT: it has hits. Without hits: ENDED if it ends NAT
	 * for all packets, else FREE.
	 */
	enum { FATE_OPEN, FATE_FREE, FATE_ENDED, FATE_HIT } fate;
};

struct ruleset {
	struct rule_chain *chains;
	size_t n, room;
	bool sorted;
	unsigned int asked;	/* number of walks so far */
};

struct rule_chain *rules_chain(struct ruleset *rs, const char *table, const char *name);
struct rule_chain *rules_find(struct ruleset *rs, const char *table, const char *name);
struct rule *rules_add(struct rule_chain *chain);
/* If @ok, adds @c to @r, which then owns its pointers; otherwise frees them. Returns @ok. */
bool rules_keep(struct rule *r, struct rule_cond *c, bool ok);
void rules_free(struct ruleset *rs);

/* Parses `nft -j list ruleset`. Ignores tables of iptables; sets @iptables to their families. */
bool rules_parse_nft(struct ruleset *rs, const char *text, size_t len, unsigned int *iptables);
/* Parses `iptables-save -t nat`; modifies @text. */
bool rules_parse_iptables(struct ruleset *rs, char *text, unsigned int family);

struct rule_question {
	enum l4 l4;
	uint16_t port;
	unsigned int family;		/* FAM4 or FAM6 */
	const struct prefix *addr;	/* NULL: any address of this host */
	enum rule_hook hook;
};

/* A rule that sends the packets elsewhere if the conditions in @where hold (NULL: always). */
struct rule_hit {
	const struct rule *rule;
	const struct rule_chain *chain;
	char *where;
};

struct rule_hits {
	struct rule_hit list[4];
	size_t n, more;
	bool lost;			/* there are too many rules to follow, or a loop */
};

void rules_ask(struct ruleset *rs, const struct rule_question *q, struct rule_hits *hits);
void rule_hits_free(struct rule_hits *hits);

#endif
