// SPDX-License-Identifier: GPL-2.0-only
/* Shared by the fixed suites about addresses: sockets, and steps with expected verdicts. */

#include <string.h>

#include "fixture.h"

/* Add a socket on its own port, where none competes with it, unless the case changes it. */
struct sock *fixture_add(struct fixture *f, enum proto proto, const char *addr, bool freebind)
{
	struct sock *s = &f->r.socks[f->r.nr_socks];

	sock_spec(s, proto, addr, FIXTURE_PORT + f->r.nr_socks++);
	s->freebind = freebind;
	return s;
}

/* Add a socket to the common port, bound to @dev or to no device. */
struct sock *fixture_rival(struct fixture *f, enum proto proto, const char *addr, enum dev dev)
{
	struct sock *s = fixture_add(f, proto, addr, true);

	s->port = FIXTURE_PORT;
	s->dev = dev;
	s->reuseport = proto == P_TCP;
	s->reuseaddr = proto == P_UDP;
	return s;
}

bool fixture_opened(struct fixture *f)
{
	round_open(f->w, &f->r);
	for (int i = 0; i < f->r.nr_socks; i++)
		if (f->r.socks[i].fd < 0)
			printf("# [%d] refused by %s: %s\n", i, f->r.socks[i].failed,
			       strerror(f->r.socks[i].err));
	return !f->r.refused;
}

/* @want: two letters per socket (v4, v6), which packets and table must show. */
bool fixture_now(struct fixture *f, const char *want)
{
	bool ok = world_probe(f->w) >= 0;

	f->r.all_sources = true;
	round_fire(f->w, &f->r, f->rng);
	if (judge(f->w, &f->r, f->t, stdout)) {
		round_print(stdout, f->w, &f->r);
		ok = false;
	}
	for (int i = 0; i < f->r.nr_socks && want[2 * i]; i++) {
		const struct sock *s = &f->r.socks[i];

		if (s->expect[0] == want[2 * i] && s->expect[1] == want[2 * i + 1])
			continue;
		printf("# [%d] by its packets: v4 %s, v6 %s; the case is about v4 %s, v6 %s\n", i,
		       verdict_word(s->expect[0]), verdict_word(s->expect[1]),
		       verdict_word(want[2 * i]), verdict_word(want[2 * i + 1]));
		ok = false;
	}
	return ok;
}

int fixture_verdicts(const char *path, ino_t ino, char *v4, char *v6)
{
	struct table t;
	char why[256];
	struct row *row;

	if (table_read(path, &t, why, sizeof(why))) {
		printf("# %s\n", why);
		return -1;
	}
	row = table_find(&t, ino);
	if (row) {
		strcpy(v4, row->v4);
		strcpy(v6, row->v6);
	}
	table_free(&t);
	return row ? 0 : -1;
}

static const char *missing(const struct fixture_case *c, const struct world *w)
{
	if (c->vrf && !w->ifindex[DEV_VRF])
		return "this kernel makes no VRF";
	if (c->table && !w->table_path)
		return "no table";
	return NULL;
}

void fixture_run(const struct suite *s, struct world *w, struct rng *rng, struct tally *t)
{
	static struct fixture f;

	for (int i = 0; i < s->nr_cases; i++) {
		const struct fixture_case *c = &s->cases[i];
		const char *why = missing(c, w);
		bool ok;

		if (why) {
			ktap_skip(why, "%s: %s", s->name, c->name);
			continue;
		}
		memset(&f, 0, sizeof(f));
		f.w = w;
		f.rng = rng;
		f.t = t;
		ok = c->run(&f);
		round_close(&f.r);
		if (world_restore(w)) {
			printf("# the world did not come back\n");
			ok = false;
		}
		ktap_result(ok, "%s: %s", s->name, c->name);
	}
}
