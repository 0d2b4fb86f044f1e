// SPDX-License-Identifier: GPL-2.0-only
/* Prints a line above the rows of a port, which says who serves it. */
#include <string.h>

#include "out.h"
#include "scope.h"
#include "serve.h"
#include "summary.h"

/* Adds the names of the processes that serve, each once. */
static void put_names(struct str *out, const struct table *t, enum l4 l4, bool v6)
{
	const char *seen[4];
	size_t i, k, n = 0;

	for (i = 0; i < t->n && n < ARRAY_SIZE(seen); i++) {
		const struct row *r = &t->rows[i];

		if (r->l4 != l4 || row_answer(r, v6) == ANSWER_NO || !r->n_owners)
			continue;
		for (k = 0; k < n && strcmp(seen[k], r->owners[0].comm); k++)
			;
		if (k < n)
			continue;
		str_adds(out, n ? ", " : " (");
		escape_name(out, r->owners[0].comm, ESC_TABLE);
		seen[n++] = r->owners[0].comm;
	}
	str_adds(out, n ? ")" : "");
}

static const char *family_word(const struct table *t, enum l4 l4, bool v6)
{
	enum answer best = ANSWER_NO;
	enum scope scope = SCOPE_HOST;
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];
		enum answer a = row_answer(r, v6);

		if (r->l4 != l4 || a == ANSWER_NO)
			continue;
		if (best != ANSWER_YES)
			best = a;
		if (row_scope(r) > scope)
			scope = row_scope(r);
	}
	if (best == ANSWER_NO)
		return "no";
	if (best == ANSWER_UNKNOWN)
		return "?";
	return scope == SCOPE_HOST ? "on this host only" : scope == SCOPE_LINK ?
	       "on the link only" : "yes";
}

static bool any_of(const struct table *t, enum l4 l4)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->rows[i].l4 == l4)
			return true;
	return false;
}

static bool one_port(const struct selection *s)
{
	const struct target *t = s->targets;

	if (s->n_targets != 1 || t->n_ports != 1 || t->ports[0].lo != t->ports[0].hi ||
	    t->has_addr || *t->addr.zone)
		return false;
	if (s->v4 || s->v6 || s->either || s->reach4 || s->reach6 || s->n_addrs || s->n_devs ||
	    s->n_procs || s->n_units || s->n_uids)
		return false;
	return !((s->protos | t->protos) & ~(PROTO_TCP | PROTO_UDP)) &&
	       (!s->protos || s->protos == PROTO_TCP || s->protos == PROTO_UDP) &&
	       (!t->protos || t->protos == PROTO_TCP || t->protos == PROTO_UDP);
}

void print_summary(const struct selection *s, const struct table *t)
{
	struct str out = { 0 };
	unsigned int l4;

	if (!one_port(s) || t->all_netns)
		return;
	for (l4 = L4_TCP; l4 <= L4_UDP; l4++) {
		if (!any_of(t, l4))
			continue;
		str_reset(&out);
		str_addf(&out, "%s/%u: IPv4 %s", l4 == L4_TCP ? "tcp" : "udp",
			 s->targets[0].ports[0].lo, family_word(t, l4, false));
		put_names(&out, t, l4, false);
		str_addf(&out, ", IPv6 %s", family_word(t, l4, true));
		put_names(&out, t, l4, true);
		out_line(out.s);
	}
	str_free(&out);
}
