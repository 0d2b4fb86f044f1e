/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports that rules of nft or iptables redirect, made by Docker, Podman or an administrator. */
#ifndef DUALSTACK_NAT_H
#define DUALSTACK_NAT_H

#include "rules.h"

struct nat {
	struct ruleset rules;
	const char *unseen;	/* why @rules may not have all rules; NULL: it has all */
};

/* Loads the rules of this network namespace. Runs nft and, for iptables' tables, iptables-save. */
void nat_load(struct nat *nat);
void nat_free(struct nat *nat);

/*
 * Where a rule sends packets, as a sentence (@text) and in its parts (each may be NULL).
 * @holder: the network namespace that has the address in @to: "docker:web"
 */
struct nat_answer {
	unsigned int family;		/* FAM4, FAM6 */
	enum rule_hook hook;
	char *to, *where, *chain, *holder;
	char *text;
};

struct nat_answers {
	struct nat_answer *list;
	size_t n;
	const char *unseen;		/* why there may be more answers; NULL: these are all */
};

void nat_find(struct nat_answers *out, struct nat *nat, enum l4 l4, uint16_t port,
	      const struct prefix *addr);
bool nat_has_family(const struct nat_answers *answers, unsigned int family);
void nat_answers_free(struct nat_answers *out);

#endif
