/* SPDX-License-Identifier: GPL-2.0-only */
/* Selects rows: several words of one kind widen the selection, words of another kind narrow it. */
#ifndef DUALSTACK_SELECT_H
#define DUALSTACK_SELECT_H

#include "fail.h"
#include "spec.h"

struct selection {
	uint8_t protos;			/* PROTO_BIT()s, 0: any */
	uint8_t v4, v6, either;		/* sets of 1 << verdict; 0: any */
	bool reach4, reach6;		/* -4, -6: sockets that clients of the family can reach */
	struct prefix *addrs;
	struct target *targets;		/* words with a port, a zone, or protocol and address */
	const char **devs, **procs, **units;
	uint32_t *uids;
	size_t n_addrs, n_targets, n_devs, n_procs, n_units, n_uids;
};

/* One of the options: proto, port, address, dev, user, process, unit, v4, v6, verdict. */
bool select_option(struct selection *s, const char *key, const char *value, struct fail *f);
/* A plain word: "80", "tcp/80", ":8000-8100", "tcp", "10.0.0.0/8", "v4=shadowed"... */
bool select_word(struct selection *s, const char *word, struct fail *f);
/* Whether no row can match, since words exclude each other. */
bool select_contradicts(const struct selection *s);
/* The protocols and ports of rows that can match. */
struct extent select_extent(const struct selection *s);
bool select_any(const struct selection *s);
/* Whether it selects by a verdict that "?" may stand for. */
bool select_by_verdict(const struct selection *s);
bool select_needs_owners(const struct selection *s);
/* Matches a row without its owners; select_owner() matches these, once they are known. */
bool select_row(const struct selection *s, const struct row *r);
/* Whether a row that is not selected might be if its "?" were known. */
bool select_undecided(const struct selection *s, const struct row *r);
bool select_owner(const struct selection *s, const struct table *t, const struct row *r);
void select_free(struct selection *s);

#endif
