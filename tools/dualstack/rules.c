// SPDX-License-Identifier: GPL-2.0-only
/* Walks the NAT chains, and finds the rules that may send the packets of a port elsewhere. */
#include <stdlib.h>

#include "rules.h"
#include "serve.h"

/* The kernel's own limit of nested jumps, and a limit of the time that a walk takes. */
#define MOST_JUMPS 16
#define MOST_STEPS 200000

static int cmp_chain(const void *a, const void *b)
{
	const struct rule_chain *x = a, *y = b;
	int c = strcmp(x->table, y->table);

	return c ? c : strcmp(x->name, y->name);
}

struct rule_chain *rules_chain(struct ruleset *rs, const char *table, const char *name)
{
	struct rule_chain *chain;

	rs->chains = grow(rs->chains, rs->n, &rs->room, sizeof(*rs->chains));
	chain = &rs->chains[rs->n++];
	memset(chain, 0, sizeof(*chain));
	chain->table = xstrdup(table);
	chain->name = xstrdup(name);
	rs->sorted = false;
	return chain;
}

static void rules_sort(struct ruleset *rs)
{
	if (rs->n && !rs->sorted)
		qsort(rs->chains, rs->n, sizeof(*rs->chains), cmp_chain);
	rs->sorted = true;
}

struct rule_chain *rules_find(struct ruleset *rs, const char *table, const char *name)
{
	const struct rule_chain key = { .table = (char *)table, .name = (char *)name };

	rules_sort(rs);
	return rs->n ? bsearch(&key, rs->chains, rs->n, sizeof(key), cmp_chain) : NULL;
}

struct rule *rules_add(struct rule_chain *chain)
{
	struct rule *r;

	chain->rules = grow(chain->rules, chain->n, &chain->room, sizeof(*chain->rules));
	r = &chain->rules[chain->n++];
	memset(r, 0, sizeof(*r));
	return r;
}

static void free_cond(struct rule_cond *c)
{
	free(c->ports);
	free(c->addrs);
	free(c->text);
}

bool rules_keep(struct rule *r, struct rule_cond *c, bool ok)
{
	if (!ok) {
		free_cond(c);
		return false;
	}
	r->conds = xrealloc(r->conds, r->n + 1, sizeof(*r->conds));
	r->conds[r->n++] = *c;
	return true;
}

static void free_rule(struct rule *r)
{
	while (r->n)
		free_cond(&r->conds[--r->n]);
	free(r->conds);
	free(r->target);
	free(r->to);
	free(r->port);
}

void rules_free(struct ruleset *rs)
{
	while (rs->n) {
		struct rule_chain *chain = &rs->chains[--rs->n];

		while (chain->n)
			free_rule(&chain->rules[--chain->n]);
		free(chain->rules);
		free(chain->table);
		free(chain->name);
	}
	free(rs->chains);
	memset(rs, 0, sizeof(*rs));
}

static bool has_port(const struct rule_cond *c, uint16_t port)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (port >= c->ports[i].lo && port <= c->ports[i].hi)
			return true;
	return false;
}

static bool within(const struct prefix *net, const struct prefix *addr)
{
	unsigned int bytes = net->bits / 8, rest = net->bits % 8;

	return net->af == addr->af && !memcmp(net->bytes, addr->bytes, bytes) &&
	       (!rest || !((net->bytes[bytes] ^ addr->bytes[bytes]) >> (8 - rest)));
}

static bool has_addr(const struct rule_cond *c, const struct prefix *addr)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (within(&c->addrs[i], addr))
			return true;
	return false;
}

static enum answer judge(const struct rule_cond *c, const struct rule_question *q)
{
	bool holds;

	switch (c->what) {
	case COND_NEVER:
		/* a negation is part of the text alone */
		return ANSWER_NO;
	case COND_IN:
	case COND_OUT:
		if (q->hook == (c->what == COND_IN ? HOOK_PREROUTING : HOOK_OUTPUT))
			return ANSWER_UNKNOWN;
		holds = false;
		break;
	case COND_L4:
		holds = c->set & 1u << q->l4;
		break;
	case COND_FAMILY:
		holds = c->set & q->family;
		break;
	case COND_DPORT:
		holds = has_port(c, q->port);
		break;
	case COND_DADDR:
		if (!q->addr || prefix_is_any(q->addr))
			return ANSWER_UNKNOWN;
		holds = has_addr(c, q->addr);
		break;
	default:
		return ANSWER_UNKNOWN;
	}
	return holds != c->negated ? ANSWER_YES : ANSWER_NO;
}

static enum answer match(const struct rule *r, const struct rule_question *q)
{
	enum answer all = ANSWER_YES, one;
	size_t i;

	for (i = 0; i < r->n; i++) {
		one = judge(&r->conds[i], q);
		if (one == ANSWER_NO)
			return ANSWER_NO;
		if (one == ANSWER_UNKNOWN)
			all = ANSWER_UNKNOWN;
	}
	return all;
}

/* Sets @open to the conditions in @before and those of the rule that are not evaluated. */
static void put_open(struct str *open, const char *before, const struct rule *r,
		     const struct rule_question *q)
{
	size_t i;

	str_reset(open);
	str_adds(open, before);
	for (i = 0; i < r->n; i++) {
		if (judge(&r->conds[i], q) != ANSWER_UNKNOWN)
			continue;
		str_adds(open, open->len ? ", " : "");
		str_adds(open, r->conds[i].text ? r->conds[i].text : "?");
	}
}

struct walk {
	struct ruleset *rs;
	const struct rule_question *q;
	struct rule_hits *hits;
	unsigned int steps;
};

static void add_hit(struct walk *w, const struct rule_chain *chain, const struct rule *r,
		    const char *where)
{
	struct rule_hits *hits = w->hits;

	if (hits->n == ARRAY_SIZE(hits->list)) {
		hits->more++;
		return;
	}
	hits->list[hits->n++] = (struct rule_hit){
		.rule = r, .chain = chain, .where = *where ? xstrdup(where) : NULL,
	};
}

static bool walk(struct walk *w, struct rule_chain *chain, const char *before, unsigned int depth);

/* Whether the walk can stop: there are more hits than are shown, or too many rules. */
static bool is_over(const struct walk *w)
{
	return w->hits->more || w->hits->lost;
}

/*
 * Walks the chain that a rule jumps to, and returns what walk() does. A chain without a hit has the
 * same result for all jumps to it, so it is walked only once, even if many rules jump to it.
 */
static bool jump(struct walk *w, struct rule_chain *to, const char *open, unsigned int depth)
{
	size_t before = w->hits->n;
	bool ended;

	if (!to)
		return false;
	if (to->asked != w->rs->asked) {
		to->asked = w->rs->asked;
		to->fate = FATE_OPEN;
	} else if (to->fate == FATE_OPEN) {
		/* a loop, which the kernel does not allow */
		w->hits->lost = true;
		return false;
	} else if (to->fate != FATE_HIT) {
		return to->fate == FATE_ENDED;
	}
	to->fate = FATE_OPEN;
	ended = walk(w, to, open, depth + 1);
	to->fate = w->hits->n > before ? FATE_HIT : ended ? FATE_ENDED : FATE_FREE;
	return ended;
}

/* Walks a chain. Returns true if it ends NAT for all packets that come to it. */
static bool walk(struct walk *w, struct rule_chain *chain, const char *before, unsigned int depth)
{
	struct str open = { 0 };
	bool ended = false, left = false;
	size_t i;

	for (i = 0; i < chain->n && !ended && !left && !is_over(w); i++) {
		const struct rule *r = &chain->rules[i];
		struct rule_chain *to;
		enum answer fits;
		bool decided;

		if (++w->steps > MOST_STEPS || depth > MOST_JUMPS) {
			w->hits->lost = true;
			break;
		}
		fits = match(r, w->q);
		if (fits == ANSWER_NO || r->action == ACTION_NONE)
			continue;
		put_open(&open, before, r, w->q);
		if (r->action == ACTION_JUMP || r->action == ACTION_GOTO) {
			to = rules_find(w->rs, chain->table, r->target);
			decided = jump(w, to, open.s, depth);
			ended = decided && fits == ANSWER_YES;
			left = r->action == ACTION_GOTO && fits == ANSWER_YES;
			continue;
		}
		if (r->action == ACTION_DNAT || r->action == ACTION_REDIRECT)
			add_hit(w, chain, r, open.s);
		ended = fits == ANSWER_YES && r->action != ACTION_RETURN;
		left = fits == ANSWER_YES && r->action == ACTION_RETURN;
	}
	str_free(&open);
	return ended;
}

static int cmp_prio(const void *a, const void *b)
{
	const struct rule_chain *x = *(const struct rule_chain *const *)a;
	const struct rule_chain *y = *(const struct rule_chain *const *)b;

	return x->prio < y->prio ? -1 : x->prio > y->prio;
}

void rules_ask(struct ruleset *rs, const struct rule_question *q, struct rule_hits *hits)
{
	struct rule_chain **base = xcalloc(rs->n + 1, sizeof(*base));
	struct walk w = { .rs = rs, .q = q, .hits = hits };
	size_t i, n = 0;

	memset(hits, 0, sizeof(*hits));
	rules_sort(rs);
	rs->asked++;
	for (i = 0; i < rs->n; i++)
		if (rs->chains[i].hook == q->hook && rs->chains[i].families & q->family)
			base[n++] = &rs->chains[i];
	qsort(base, n, sizeof(*base), cmp_prio);
	/* a later base chain gets only packets that no earlier one has translated */
	for (i = 0; i < n && !is_over(&w); i++) {
		size_t before = hits->n + hits->more;

		if (walk(&w, base[i], "", 0) && hits->n + hits->more > before)
			break;
	}
	free(base);
}

void rule_hits_free(struct rule_hits *hits)
{
	while (hits->n)
		free(hits->list[--hits->n].where);
	memset(hits, 0, sizeof(*hits));
}
