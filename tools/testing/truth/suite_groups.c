// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reuseport groups of both families on one port, in the orders and sizes of the kernel's selftests
 * reuseport_dualstack (more than ten sockets take another way through UDP's lookup) and
 * reuseport_addr_any (a specific socket amid wildcards made before and after it).
 */

#include <string.h>

#include "truth.h"

static const struct {
	enum proto proto;
	bool v6_first;
	int size;
} orders[] = {
	{ P_UDP, false, 5 }, { P_UDP, true, 5 }, { P_UDP, false, 16 }, { P_UDP, true, 16 },
	{ P_TCP, false, 5 }, { P_TCP, true, 5 }, { P_TCP, false, 16 }, { P_TCP, true, 16 },
};

static const struct {
	const char *name, *addr;
} centres[] = {
	{ "IPv4", "127.0.0.1" }, { "IPv6", "::1" }, { "mapped", "::ffff:127.0.0.1" },
};

static int count(struct world *w)
{
	return w->has_v6 ? ARRAY_SIZE(orders) + 2 * ARRAY_SIZE(centres) : 0;
}

static uint16_t next_port(void)
{
	static uint16_t port = 3000;

	return port++;
}

static void add(struct round *r, enum proto proto, const char *addr, int nr, uint16_t port)
{
	while (nr--) {
		struct sock *s = &r->socks[r->nr_socks++];

		sock_spec(s, proto, addr, port);
		s->reuseport = true;
		if (s->af == AF_INET6)
			s->v6only = 0;
	}
}

/* The suite's own claim on top of the table's: none of them may be refused. */
static bool run_all(struct world *w, struct round *r, struct rng *rng, struct tally *t)
{
	int wrong = round_run(w, r, rng, t);

	if (r->refused)
		printf("# %d sockets were refused\n", r->refused);
	return !wrong && !r->refused;
}

static void run_orders(struct world *w, struct rng *rng, struct tally *t)
{
	static struct round r;

	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++) {
		bool v6_first = orders[i].v6_first;
		uint16_t port = next_port();
		int size = orders[i].size;

		memset(&r, 0, sizeof(r));
		r.all_sources = true;
		add(&r, orders[i].proto, v6_first ? "::" : "0.0.0.0", size, port);
		add(&r, orders[i].proto, v6_first ? "0.0.0.0" : "::", size, port);
		ktap_result(run_all(w, &r, rng, t), "groups: %s %d+%d, %s first",
			    orders[i].proto == P_TCP ? "tcp" : "udp", size, size,
			    v6_first ? "IPv6" : "IPv4");
	}
}

static void run_centre(struct world *w, struct rng *rng, struct tally *t, enum proto proto, int i)
{
	static struct round r;
	uint16_t port = next_port();

	memset(&r, 0, sizeof(r));
	r.all_sources = true;
	add(&r, proto, "0.0.0.0", 2, port);
	add(&r, proto, "::", 2, port);
	add(&r, proto, centres[i].addr, 1, port);
	add(&r, proto, "0.0.0.0", 2, port);
	add(&r, proto, "::", 2, port);
	ktap_result(run_all(w, &r, rng, t), "groups: %s a specific %s socket amid wildcards",
		    proto == P_TCP ? "tcp" : "udp", centres[i].name);
}

static void run(struct world *w, struct rng *rng, struct tally *t)
{
	if (!w->has_v6)
		return;
	run_orders(w, rng, t);
	for (int i = 0; i < (int)ARRAY_SIZE(centres); i++) {
		run_centre(w, rng, t, P_TCP, i);
		run_centre(w, rng, t, P_UDP, i);
	}
}

const struct suite suite_groups = { "groups", count, run };
