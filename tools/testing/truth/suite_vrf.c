// SPDX-License-Identifier: GPL-2.0-only
/*
 * Servers and a VRF, as in the kernel's fcnal-test.sh: a global server, one bound to the VRF, one
 * bound to the enslaved device, each alone and beside the others; packets from the peer and from
 * clients that are bound to the VRF; *_l3mdev_accept off and on.
 */

#include <string.h>

#include "truth.h"

static const enum dev servers[] = { DEV_NONE, DEV_VRF, DEV_SLAVE };
static const char *const server_name[] = { "global", "VRF", "device" };

static const struct {
	const char *name, *addr;
	int v6only;
} shapes[] = {
	{ "IPv4", "0.0.0.0", -1 },
	{ "IPv6", "::", 1 },
	{ "dual", "::", 0 },
	{ "IPv4 address", "10.97.0.1", -1 },
	{ "IPv6 address", "fd97::1", -1 },
	{ "mapped address", "::ffff:10.97.0.1", 0 },
};

#define NR_SERVERS	((int)ARRAY_SIZE(servers))
#define NR_SHAPES	((int)ARRAY_SIZE(shapes))
/* Alone, and every ordered pair with SO_REUSEPORT; each for two protocols and accept off and on. */
#define NR_CASES	(NR_SHAPES * (NR_SERVERS + NR_SERVERS * NR_SERVERS) * 4)

static int count(struct world *w)
{
	if (!w->has_v6)
		return 0;
	return w->ifindex[DEV_VRF] ? NR_CASES : 1;
}

static void make(struct sock *s, enum proto proto, int shape, int server, uint16_t port, bool pair)
{
	sock_spec(s, proto, shapes[shape].addr, port);
	s->v6only = shapes[shape].v6only;
	s->dev = servers[server];
	s->reuseport = pair;
	/* The address is in the VRF, so a global server needs IP_FREEBIND. */
	s->freebind = s->dev == DEV_NONE && shape >= 3;
}

/* Whether a server alone gets what arrives in the VRF, as fcnal-test expects. */
static bool as_expected(const struct world *w, const struct round *r, int server, bool accept)
{
	bool reaches = servers[server] != DEV_NONE || accept;
	int seen = 0;

	for (int i = 0; i < r->nr_shots; i++) {
		const struct shot *shot = &r->shots[i];
		const struct place *p = &w->places[shot->place];

		if (p->group != PG_VRF || shot->taker == TAKER_UNSENT)
			continue;
		if (!sock_takes(&r->socks[0], p->ip.af == AF_INET6))
			continue;
		if (!ip_is_wild(&r->socks[0].ip)) {
			struct ipaddr own = ip_unmap(&r->socks[0].ip);

			if (!ip_equal(&own, &p->ip))
				continue;
		}
		seen++;
		if (!shot->taker == reaches)
			continue;
		printf("# %s from %s: %s\n", p->text, w->sources[shot->source].name,
		       reaches ? "refused" : "accepted");
		return false;
	}
	/* No packet is sent if no socket may get it. */
	return seen || !reaches;
}

static void one(struct world *w, struct rng *rng, struct tally *t, int n)
{
	bool accept = n & 1, ok;
	enum proto proto = n & 2 ? P_UDP : P_TCP;
	int shape = n / 4 % NR_SHAPES, kind = n / 4 / NR_SHAPES;
	static uint16_t port = 5000;
	static struct round r;
	int second = -1;

	memset(&r, 0, sizeof(r));
	r.all_sources = true;
	r.nr_socks = 1;
	if (kind >= NR_SERVERS) {
		second = (kind - NR_SERVERS) % NR_SERVERS;
		kind = (kind - NR_SERVERS) / NR_SERVERS;
		make(&r.socks[1], proto, shape, second, port, true);
		r.nr_socks = 2;
	}
	make(&r.socks[0], proto, shape, kind, port++, second >= 0);
	world_l3mdev(w, accept, accept);
	ok = !round_run(w, &r, rng, t);
	if (second < 0)
		ok &= !r.refused && as_expected(w, &r, kind, accept);
	ktap_result(ok, "vrf: %s %s: %s server%s%s, l3mdev_accept %d",
		    proto == P_TCP ? "tcp" : "udp", shapes[shape].name, server_name[kind],
		    second < 0 ? "" : " and ", second < 0 ? "" : server_name[second], accept);
}

static void run(struct world *w, struct rng *rng, struct tally *t)
{
	if (!w->has_v6)
		return;
	if (!w->ifindex[DEV_VRF]) {
		ktap_skip("this kernel makes no VRF", "vrf: all cases");
		return;
	}
	for (int i = 0; i < NR_CASES; i++)
		one(w, rng, t, i);
	world_l3mdev(w, false, false);
}

const struct suite suite_vrf = { "vrf", count, run };
