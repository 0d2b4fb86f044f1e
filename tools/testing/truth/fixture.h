/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the fixed suites about addresses: sockets, and steps with expected verdicts. */
#ifndef DUALSTACK_TRUTH_FIXTURE_H
#define DUALSTACK_TRUTH_FIXTURE_H

#include "truth.h"

#define FIXTURE_PORT	7000

struct fixture {
	struct world *w;
	struct rng *rng;
	struct tally *t;
	struct round r;
};

struct fixture_case {
	const char *name;
	bool (*run)(struct fixture *f);
	bool vrf;		/* needs a VRF */
	bool table;		/* needs the table, not packets alone */
};

struct sock *fixture_add(struct fixture *f, enum proto proto, const char *addr, bool freebind);
struct sock *fixture_rival(struct fixture *f, enum proto proto, const char *addr, enum dev dev);
bool fixture_opened(struct fixture *f);
bool fixture_now(struct fixture *f, const char *want);
int fixture_verdicts(const char *path, ino_t ino, char *v4, char *v6);
void fixture_run(const struct suite *s, struct world *w, struct rng *rng, struct tally *t);

#endif
