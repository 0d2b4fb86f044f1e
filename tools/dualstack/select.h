/* SPDX-License-Identifier: GPL-2.0-only */
/* Which rows a person asked for: kinds narrow, several of one kind widen. */
#ifndef DUALSTACK_SELECT_H
#define DUALSTACK_SELECT_H

#include "fail.h"
#include "spec.h"

struct selection {
	uint8_t protos;			/* PROTO_BIT()s, 0: any */
	uint8_t v4, v6, either;		/* verdicts, a bit each; 0: any */
	bool reach4, reach6;		/* -4, -6: what clients of that family can reach */
	struct prefix *addrs;
	struct target *targets;		/* everything that names a port */
	const char **devs, **procs, **units;
	uint32_t *uids;
	size_t n_addrs, n_targets, n_devs, n_procs, n_units, n_uids;
};

/* One of the options: proto, port, address, dev, user, process, unit, v4, v6, verdict. */
bool select_option(struct selection *s, const char *key, const char *value, struct fail *f);
/* A plain word: "80", "tcp/80", ":8000-8100", "tcp", "10.0.0.0/8", "v4=shadowed"... */
bool select_word(struct selection *s, const char *word, struct fail *f);
/* Words that exclude each other. */
bool select_contradicts(const struct selection *s);
/* Those that can match at all. */
struct extent select_extent(const struct selection *s);
bool select_any(const struct selection *s);
/* By a verdict that "?" may hide. */
bool select_by_verdict(const struct selection *s);
bool select_needs_owners(const struct selection *s);
/* By what the row itself says; then, once owners are known, by these. */
bool select_row(const struct selection *s, const struct row *r);
/* A row that is not selected, and might be if its "?" were known. */
bool select_undecided(const struct selection *s, const struct row *r);
bool select_owner(const struct selection *s, const struct table *t, const struct row *r);
void select_free(struct selection *s);

#endif
