// SPDX-License-Identifier: GPL-2.0-only
/* Decides whether bind() would succeed beside the holders of a port. */
#include <stdlib.h>

#include "holders.h"

/* ds_bind_conflict() takes an array of struct ds_holder. */
static struct ds_holder *rules_of(const struct holders *h)
{
	struct ds_holder *rules = xcalloc(h->n + 1, sizeof(*rules));
	size_t i;

	for (i = 0; i < h->n; i++)
		rules[i] = h->list[i].rule;
	return rules;
}

static bool goes_fast(const struct holders *h, const struct ds_binder *binder)
{
	size_t i;

	for (i = 0; i < h->n_buckets; i++)
		if (h->buckets[i].l3mdev == binder->l3mdev &&
		    ds_bind_fast(&h->buckets[i].fast, binder))
			return true;
	return false;
}

/* Whether one holder is in the way; tries both values of each fact that is not known. */
static enum free_answer judge_one(const struct holders *h, const struct ds_binder *binder,
				  const struct holding *held)
{
	unsigned int unsure = held->unsure | UNSURE_BY_ADDRESS, bits;
	bool met = false, missed = false;

	if (h->maybe_wild_hole)
		unsure |= UNSURE_WILD_HOLE;
	/* a holder without a device is in the bucket without a VRF */
	if (!held->rule.ifindex && !binder->l3mdev)
		unsure &= ~UNSURE_L3MDEV;
	for (bits = 0; bits <= unsure; bits++) {
		struct ds_port_facts facts = h->facts;
		struct ds_holder rule = held->rule;

		if (bits & ~unsure)
			continue;
		rule.v6only ^= !!(bits & UNSURE_V6ONLY);
		rule.reuseaddr ^= !!(bits & UNSURE_REUSEADDR);
		rule.reuseport ^= !!(bits & UNSURE_REUSEPORT);
		facts.by_address ^= !!(bits & UNSURE_BY_ADDRESS);
		facts.wild_hole ^= !!(bits & UNSURE_WILD_HOLE);
		if (bits & UNSURE_L3MDEV)
			rule.l3mdev = rule.l3mdev == binder->l3mdev ? -1 : binder->l3mdev;
		if (ds_bind_conflict(&facts, binder, &rule, 1) < 0)
			missed = true;
		else
			met = true;
	}
	if (met && missed)
		return FREE_UNKNOWN;
	return met ? FREE_NO : FREE_YES;
}

/*
 * A holder that is in the way for sure decides, except with SO_REUSEPORT: for UDP the first holder
 * that bind() finds decides, and for TCP a cache that sock_diag does not show.
 */
static enum free_answer judge_unsure(const struct holders *h, const struct ds_binder *binder,
				     const struct holding **in_the_way)
{
	const struct holding *sure = NULL, *maybe = NULL;
	size_t i;

	for (i = 0; i < h->n; i++) {
		enum free_answer one = judge_one(h, binder, &h->list[i]);

		if (one == FREE_NO && !sure)
			sure = &h->list[i];
		else if (one == FREE_UNKNOWN && !maybe)
			maybe = &h->list[i];
	}
	*in_the_way = sure ? sure : maybe;
	if (sure && !(binder->reuseport && (maybe || binder->proto == DS_TCP)))
		return FREE_NO;
	return *in_the_way || h->unseen ? FREE_UNKNOWN : FREE_YES;
}

enum free_answer holders_judge(const struct holders *h, const struct ds_binder *binder,
			       const struct holding **in_the_way)
{
	struct ds_holder *rules;
	int found;

	*in_the_way = NULL;
	if (h->from_diag)
		return judge_unsure(h, binder, in_the_way);
	if (binder->proto == DS_TCP && goes_fast(h, binder))
		return FREE_YES;
	rules = rules_of(h);
	found = ds_bind_conflict(&h->facts, binder, rules, h->n);
	free(rules);
	if (found >= 0) {
		*in_the_way = &h->list[found];
		return FREE_NO;
	}
	return h->unseen ? FREE_UNKNOWN : FREE_YES;
}
