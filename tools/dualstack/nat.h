/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports that rules of nft or iptables send elsewhere: published by Docker, Podman or a person. */
#ifndef DUALSTACK_NAT_H
#define DUALSTACK_NAT_H

#include "rules.h"

struct nat {
	struct ruleset rules;
	const char *unseen;	/* why rules may be there that are not in @rules; NULL: none are */
};

/* Of the network namespace that this process is in. Runs nft and, for its tables, iptables-save. */
void nat_load(struct nat *nat);
void nat_free(struct nat *nat);

/*
 * One packet's fate by a rule, as a sentence and in its parts (each may be NULL).
 * @holder: of the address that it is sent to: "docker:web"
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
	const char *unseen;		/* why there may be more; NULL: these are all */
};

void nat_find(struct nat_answers *out, struct nat *nat, enum l4 l4, uint16_t port,
	      const struct prefix *addr);
bool nat_has_family(const struct nat_answers *answers, unsigned int family);
void nat_answers_free(struct nat_answers *out);

#endif
