// SPDX-License-Identifier: GPL-2.0-only
/*
 * SO_INCOMING_CPU: a socket that could win on one CPU and lose on another is partial, and the table
 * is the same on every CPU. cpus.c has the rule; each case names its verdicts.
 */

#include <string.h>

#include "truth.h"

#define PORT	6500

struct bind {
	const char *addr;
	enum dev dev;
	int cpu;		/* index of w->cpus, or -1 */
	bool reuseport;
};

static const struct {
	const char *name, *want;	/* two letters per socket: v4, v6 */
	enum proto proto;
	struct bind binds[4];
} cases[] = {
	{ "udp, alone", "y-", P_UDP, { { "0.0.0.0", DEV_NONE, 1 } } },
	{ "tcp, alone", "yy", P_TCP, { { "::", DEV_NONE, 1 } } },
	{ "udp, two CPUs", "p-p-", P_UDP,
	  { { "0.0.0.0", DEV_NONE, 0 }, { "0.0.0.0", DEV_NONE, 1 } } },
	{ "udp, two CPUs, IPv6", "-p-p", P_UDP,
	  { { "::1", DEV_NONE, 0 }, { "::1", DEV_NONE, 1 } } },
	{ "udp, one CPU and none", "p-p-", P_UDP,
	  { { "0.0.0.0", DEV_NONE, 1 }, { "0.0.0.0", DEV_NONE, -1 } } },
	{ "udp, one CPU twice", "p-p-", P_UDP,
	  { { "10.99.0.1", DEV_NONE, 1 }, { "10.99.0.1", DEV_NONE, 1 } } },
	{ "udp, AF_INET is as good as a CPU", "p-py", P_UDP,
	  { { "0.0.0.0", DEV_NONE, -1 }, { "::", DEV_NONE, 1 } } },
	{ "udp, AF_INET and a CPU", "y-xy", P_UDP,
	  { { "0.0.0.0", DEV_NONE, 0 }, { "::", DEV_NONE, -1 } } },
	{ "udp, AF_INET, and one CPU for both", "y-xy", P_UDP,
	  { { "0.0.0.0", DEV_NONE, 0 }, { "::", DEV_NONE, 0 } } },
	{ "udp, a device is better than a CPU", "y-p-", P_UDP,
	  { { "0.0.0.0", DEV_VETH, -1 }, { "0.0.0.0", DEV_NONE, 1 } } },
	{ "udp, IPv6: a device is as good as a CPU", "-p-p", P_UDP,
	  { { "fd99::1", DEV_VETH, -1 }, { "fd99::1", DEV_NONE, 1 } } },
	{ "udp, the exact address first", "y-p-", P_UDP,
	  { { "127.0.0.1", DEV_NONE, -1 }, { "0.0.0.0", DEV_NONE, 1 } } },
	{ "udp, other addresses", "y-y-", P_UDP,
	  { { "127.0.0.1", DEV_NONE, 0 }, { "127.0.0.2", DEV_NONE, 1 } } },
	{ "udp, a group", "s-s-", P_UDP,
	  { { "0.0.0.0", DEV_NONE, 0, true }, { "0.0.0.0", DEV_NONE, 1, true } } },
	{ "tcp, a group", "ssss", P_TCP,
	  { { "::", DEV_NONE, 0, true }, { "::", DEV_NONE, 1, true } } },
	{ "tcp, a group and a device", "p-p-p-", P_TCP,
	  { { "10.99.0.1", DEV_NONE, 1, true }, { "10.99.0.1", DEV_NONE, -1, true },
	    { "10.99.0.1", DEV_VETH, -1, true } } },
	{ "tcp, both families", "p-py", P_TCP,
	  { { "0.0.0.0", DEV_NONE, 1, true }, { "::", DEV_NONE, -1, true } } },
};

static int count(struct world *w)
{
	if (!w->has_v6)
		return 0;
	return ARRAY_SIZE(cases);
}

static void make(struct world *w, struct round *r, int n)
{
	memset(r, 0, sizeof(*r));
	r->all_cpus = true;
	r->all_sources = true;
	for (const struct bind *b = cases[n].binds; b->addr; b++) {
		struct sock *s = &r->socks[r->nr_socks++];

		sock_spec(s, cases[n].proto, b->addr, PORT + n);
		s->dev = b->dev;
		s->reuseport = b->reuseport;
		s->reuseaddr = !b->reuseport;
		if (s->af == AF_INET6)
			s->v6only = 0;
		if (b->cpu >= 0)
			s->incoming_cpu = w->cpus[b->cpu % w->nr_cpus];
	}
}

static bool as_named(const struct round *r, const char *want)
{
	for (int i = 0; i < r->nr_socks; i++) {
		const struct sock *s = &r->socks[i];

		if (s->expect[0] == want[2 * i] && s->expect[1] == want[2 * i + 1])
			continue;
		printf("# [%d] by the rule: v4 %s, v6 %s; the case is about v4 %s, v6 %s\n", i,
		       verdict_word(s->expect[0]), verdict_word(s->expect[1]),
		       verdict_word(want[2 * i]), verdict_word(want[2 * i + 1]));
		return false;
	}
	return true;
}

static void run(struct world *w, struct rng *rng, struct tally *t)
{
	static struct round r;

	for (int i = 0; i < count(w); i++) {
		bool ok;

		if (w->nr_cpus < 2) {
			ktap_skip("one CPU", "cpus: %s", cases[i].name);
			continue;
		}
		make(w, &r, i);
		ok = !round_run(w, &r, rng, t);
		ktap_result(ok && !r.refused && as_named(&r, cases[i].want), "cpus: %s",
			    cases[i].name);
	}
}

const struct suite suite_cpus = { "cpus", count, run };
