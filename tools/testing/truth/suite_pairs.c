// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ordered pairs of binds in three modes, for UDP and for listening TCP sockets: the 44 of the
 * kernel's selftest bind_wildcard, and the five pairs of a bind with itself that it leaves out.
 * Packets decide on every pair that the kernel allows.
 */

#include <string.h>

#include "truth.h"

static const struct {
	const char *name, *addr;
	int v6only;
} shapes[] = {
	{ "v4-any", "0.0.0.0", -1 },
	{ "v4-local", "127.0.0.1", -1 },
	{ "v6-any", "::", 0 },
	{ "v6-any-only", "::", 1 },
	{ "v6-local", "::1", 0 },
	{ "mapped-any", "::ffff:0.0.0.0", 0 },
	{ "mapped-local", "::ffff:127.0.0.1", 0 },
};

static const char *const modes[] = { "plain", "reuseaddr", "reuseport" };

#define NR	((int)ARRAY_SIZE(shapes))

static int count(struct world *w)
{
	return w->has_v6 ? NR * NR * (int)ARRAY_SIZE(modes) * 2 : 0;
}

static void make(struct sock *s, enum proto proto, int shape, int mode, uint16_t port)
{
	sock_spec(s, proto, shapes[shape].addr, port);
	s->v6only = shapes[shape].v6only;
	s->reuseaddr = mode == 1;
	s->reuseport = mode == 2;
}

static void one(struct world *w, struct rng *rng, struct tally *t, enum proto proto, int mode,
		int a, int b)
{
	static uint16_t port = 2000;
	static struct round r;
	int wrong;

	memset(&r, 0, sizeof(r));
	r.nr_socks = 2;
	make(&r.socks[0], proto, a, mode, port);
	make(&r.socks[1], proto, b, mode, port++);
	wrong = round_run(w, &r, rng, t);
	ktap_result(!wrong, "pairs: %s %s: %s, %s%s",
		    proto == P_TCP ? "tcp" : "udp", modes[mode], shapes[a].name, shapes[b].name,
		    r.refused ? " (second refused)" : "");
}

static void run(struct world *w, struct rng *rng, struct tally *t)
{
	if (!w->has_v6)
		return;
	for (int i = 0; i < NR * NR * (int)ARRAY_SIZE(modes) * 2; i++)
		one(w, rng, t, i & 1, i / 2 % 3, i / 6 / NR, i / 6 % NR);
}

const struct suite suite_pairs = { "pairs", count, run };
