// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random sets of sockets. Each round has one twist, something that happens besides the binds, so
 * that a failure is about one thing, and each twist is counted.
 */

#include <string.h>

#include "truth.h"

const char *const twist_name[TW_MAX] = {
	"plain", "addresses removed", "AnyIP routes", "VRF", "SO_INCOMING_CPU", "MPTCP",
	"late steps", "links down", "IPv6 off", "anycast", "rules", "weak host"
};

static const unsigned int weight[TW_MAX] = { 33, 8, 8, 12, 9, 5, 9, 2, 2, 4, 4, 4 };

struct pick {
	const char *addr;
	unsigned int weight;
};

static const struct pick v4[] = {
	{ "0.0.0.0", 40 }, { "127.0.0.1", 14 }, { "127.0.0.2", 8 }, { "10.99.0.1", 12 },
	{ "10.99.0.2", 10 }, { "10.98.0.1", 6 }, { "10.95.0.1", 4 }, { "10.99.0.255", 1 },
	{ "192.0.2.1", 6 }, { "192.0.2.2", 4 },
};

static const struct pick v6[] = {
	{ "::", 42 }, { "::1", 10 }, { "fd99::1", 9 }, { "fd99::2", 6 }, { "fe80::1", 6 },
	{ "fd98::1", 4 }, { "fd95::1", 3 }, { "2001:db8:f::1", 4 }, { "2001:db8:f::2", 3 },
	{ "::ffff:0.0.0.0", 5 }, { "::ffff:127.0.0.1", 5 }, { "::ffff:10.99.0.1", 4 },
	{ "::ffff:192.0.2.1", 2 },
};

static const struct pick vrf4[] = {
	{ "0.0.0.0", 50 }, { "10.97.0.1", 20 }, { "10.96.0.1", 10 }, { "10.99.0.1", 8 },
	{ "127.0.0.1", 6 }, { "10.97.0.255", 10 }, { "10.99.0.255", 3 },
};

static const struct pick vrf6[] = {
	{ "::", 50 }, { "fd97::1", 14 }, { "fe80::3", 8 }, { "fd96::1", 8 }, { "fd99::1", 5 },
	{ "::1", 5 }, { "::ffff:0.0.0.0", 5 }, { "::ffff:10.97.0.1", 6 },
	{ "::ffff:10.97.0.255", 3 },
};

static const struct pick anyip4[] = {
	{ "0.0.0.0", 40 }, { "192.0.2.1", 25 }, { "192.0.2.2", 15 }, { "127.0.0.1", 10 },
	{ "10.99.0.1", 10 },
};

static const struct pick anyip6[] = {
	{ "::", 40 }, { "2001:db8:f::1", 18 }, { "2001:db8:f::2", 12 }, { "::1", 8 },
	{ "fd99::1", 6 }, { "::ffff:192.0.2.1", 10 }, { "::ffff:0.0.0.0", 4 },
};

static const struct pick anycast6[] = {
	{ "::", 40 }, { "fd99::", 16 }, { "fe80::", 8 }, { "fd98::", 10 }, { "fd99::1", 8 },
	{ "fd99::2", 5 }, { "fe80::1", 5 }, { "fd98::1", 5 }, { "::1", 5 }, { "fd95::1", 5 },
};

static const struct pick rule4[] = {
	{ "0.0.0.0", 40 }, { "198.51.100.7", 25 }, { "198.51.100.8", 15 }, { "127.0.0.1", 10 },
	{ "10.99.0.1", 5 }, { "10.95.0.1", 5 },
};

static const struct pick rule6[] = {
	{ "::", 40 }, { "2001:db8:e::7", 18 }, { "2001:db8:e::8", 12 }, { "::1", 6 },
	{ "fd99::1", 5 }, { "fd95::1", 5 }, { "::ffff:198.51.100.7", 10 },
	{ "::ffff:0.0.0.0", 4 },
};

static const struct pick weak4[] = {
	{ "0.0.0.0", 40 }, { "10.95.0.1", 20 }, { "10.99.0.1", 15 }, { "10.98.0.1", 15 },
	{ "10.99.0.2", 8 }, { "127.0.0.1", 4 },
};

static const struct pick weak6[] = {
	{ "::", 40 }, { "fd95::1", 16 }, { "fd99::1", 12 }, { "fd98::1", 12 }, { "fd99::2", 6 },
	{ "fe80::1", 3 }, { "::ffff:10.95.0.1", 5 }, { "::ffff:0.0.0.0", 6 },
};

struct picks {
	const struct pick *pick;
	unsigned int nr;
};

static const struct picks usual[2] = {
	{ v4, ARRAY_SIZE(v4) }, { v6, ARRAY_SIZE(v6) },
};

static const struct picks vrf[2] = {
	{ vrf4, ARRAY_SIZE(vrf4) }, { vrf6, ARRAY_SIZE(vrf6) },
};

static const struct picks anyip[2] = {
	{ anyip4, ARRAY_SIZE(anyip4) }, { anyip6, ARRAY_SIZE(anyip6) },
};

static const struct picks anycast[2] = {
	{ v4, ARRAY_SIZE(v4) }, { anycast6, ARRAY_SIZE(anycast6) },
};

static const struct picks rule[2] = {
	{ rule4, ARRAY_SIZE(rule4) }, { rule6, ARRAY_SIZE(rule6) },
};

static const struct picks weak[2] = {
	{ weak4, ARRAY_SIZE(weak4) }, { weak6, ARRAY_SIZE(weak6) },
};

static const char *choose(struct rng *rng, const struct picks *from)
{
	const struct pick *p = from->pick;
	unsigned int sum = 0, at;

	for (unsigned int i = 0; i < from->nr; i++)
		sum += p[i].weight;
	at = rng_below(rng, sum);
	while (at >= p->weight)
		at -= (p++)->weight;
	return p->addr;
}

static const char *choose_address(struct rng *rng, enum twist tw, bool want6)
{
	/* Some sockets of a round with a twist are ordinary ones, which compete with the others. */
	if (tw == TW_VRF && rng_chance(rng, 85))
		return choose(rng, &vrf[want6]);
	/* The CPU decides only between sockets that are otherwise equal. */
	if (tw == TW_CPU && rng_chance(rng, 70))
		return want6 ? "::" : "0.0.0.0";
	if (tw == TW_ANYIP && rng_chance(rng, 80))
		return choose(rng, &anyip[want6]);
	if (tw == TW_ANYCAST)
		return choose(rng, &anycast[want6]);
	if (tw == TW_RULES && rng_chance(rng, 80))
		return choose(rng, &rule[want6]);
	if (tw == TW_WEAK)
		return choose(rng, &weak[want6]);
	return choose(rng, &usual[want6]);
}

static enum dev choose_device(struct rng *rng, const struct world *w, enum twist tw)
{
	static const enum dev plain[] = {
		DEV_LO, DEV_LO, DEV_VETH, DEV_VETH, DEV_VETH, DEV_SECOND
	};
	static const enum dev in_vrf[] = { DEV_VRF, DEV_VRF, DEV_SLAVE, DEV_SLAVE, DEV_LO };
	static const enum dev outside[] = { DEV_VETH, DEV_SECOND };
	enum dev d;

	if (!rng_chance(rng, tw == TW_VRF || tw == TW_WEAK ? 65 : 25))
		return DEV_NONE;
	if (tw == TW_WEAK)
		return outside[rng_below(rng, ARRAY_SIZE(outside))];
	d = tw == TW_VRF ? in_vrf[rng_below(rng, ARRAY_SIZE(in_vrf))] :
			   plain[rng_below(rng, ARRAY_SIZE(plain))];
	return w->ifindex[d] ? d : DEV_LO;
}

/* How the sockets of a round share ports. */
enum style {
	ST_REUSEPORT, ST_REUSEADDR, ST_MIXED, ST_NONE
};

static enum style choose_style(struct rng *rng, enum twist tw)
{
	static const unsigned int percent[] = { 40, 30, 22, 8 };
	unsigned int at = rng_below(rng, 100), st = 0;

	if (tw == TW_CPU)
		return rng_chance(rng, 70) ? ST_REUSEADDR : ST_MIXED;
	while (at >= percent[st])
		at -= percent[st++];
	return st;
}

/*
 * The peer of a connect() that is undone: packets must be able to come from it. The host's own
 * addresses reach every address of the host but link-local ones, the peer's only the veth's.
 */
static bool choose_old_peer(struct sock *s, struct rng *rng)
{
	static const char *const v4_peers[] = { "127.0.0.1", "10.99.0.101", "10.99.0.2" };
	static const char *const v6_peers[] = { "::1", "fd99::1", "fd99::101", "fd99::102" };
	static const char *const mapped[] = { "::ffff:127.0.0.1", "::ffff:10.99.0.101" };
	bool veth = ip_is_wild(&s->ip) || (s->ip.v6.s6_addr[0] == 0xfd &&
					   s->ip.v6.s6_addr[1] == 0x99);
	const char *peer;

	if (ip_is_linklocal(&s->ip))
		return false;
	if (s->af == AF_INET)
		peer = v4_peers[rng_below(rng, 3)];
	else if (ip_is_mapped(&s->ip) || (ip_is_wild(&s->ip) && rng_chance(rng, 30)))
		peer = mapped[rng_below(rng, 2)];
	else
		peer = v6_peers[rng_below(rng, veth ? 4 : 2)];
	s->late_peer = ip_parse(peer);
	return true;
}

static void choose_late(struct sock *s, struct rng *rng, const struct world *w)
{
	if (rng_chance(rng, 45))
		return;
	if (s->proto == P_TCP && !s->mptcp && rng_chance(rng, 50)) {
		s->late = rng_chance(rng, 50) ? LATE_SHUTDOWN : LATE_RELISTEN;
		return;
	}
	if (s->proto == P_TCP || rng_chance(rng, 25)) {
		s->late = LATE_DEVICE;
		s->late_dev = rng_chance(rng, 40) ? DEV_NONE : choose_device(rng, w, TW_PLAIN);
		return;
	}
	if (!choose_old_peer(s, rng))
		return;
	s->late = rng_chance(rng, 75) ? LATE_DISCONNECT : LATE_CONNECT;
	if (ip_is_mapped(&s->late_peer) && s->v6only != 1 && rng_chance(rng, 40))
		s->late = LATE_ADDRFORM;
}

static void make_one(struct world *w, struct sock *s, struct rng *rng, enum twist tw,
		     enum style st, uint16_t port, enum proto proto)
{
	bool want6 = w->has_v6 && rng_chance(rng, 58);
	const char *addr = choose_address(rng, tw, want6);

	sock_spec(s, proto, addr, port);
	if (s->af == AF_INET6 && rng_chance(rng, 70))
		s->v6only = !ip_is_mapped(&s->ip) && rng_chance(rng, 30);
	s->dev = choose_device(rng, w, tw);
	/* A listener bound to a link that is down gets connections, but cannot answer. */
	if (tw == TW_DOWN && proto == P_TCP)
		s->dev = DEV_NONE;
	s->reuseport = st == ST_REUSEPORT || (st == ST_MIXED && rng_chance(rng, 50));
	s->reuseaddr = st == ST_REUSEADDR || (st == ST_MIXED && rng_chance(rng, 60));
	/* Unassigned addresses need it; for others it must not change anything. */
	s->freebind = strstr(addr, "2001:db8") || strstr(addr, "192.0.2.") ||
		      strstr(addr, "198.51.100.") || tw == TW_ANYCAST || tw == TW_WEAK ||
		      rng_chance(rng, 4);
	s->transparent = rng_chance(rng, 3) || (tw == TW_RULES && proto == P_TCP);
	s->uid = rng_chance(rng, 6) ? 65534 : 0;
	s->listen_late = proto == P_TCP && rng_chance(rng, 30);
	s->mptcp = tw == TW_MPTCP && proto == P_TCP && rng_chance(rng, 60);
	if (tw == TW_CPU && rng_chance(rng, 55))
		s->incoming_cpu = w->cpus[rng_below(rng, w->nr_cpus)];
	if (tw == TW_LATE)
		choose_late(s, rng, w);
}

enum twist scenario_twist(struct rng *rng, const struct world *w)
{
	unsigned int at = rng_below(rng, 100), tw = 0;

	while (at >= weight[tw])
		at -= weight[tw++];
	if ((tw == TW_VRF && !w->ifindex[DEV_VRF]) ||
	    ((tw == TW_NOV6 || tw == TW_ANYCAST) && !w->has_v6))
		return TW_PLAIN;
	return tw;
}

int scenario_prepare(struct world *w, struct rng *rng, enum twist tw)
{
	if (tw == TW_ANYIP)
		return world_anyip(w, true) || world_probe(w) < 0 ? -1 : 1;
	if (tw == TW_ANYCAST)
		return world_forward(w, true) || world_probe(w) < 0 ? -1 : 1;
	if (tw == TW_RULES)
		return world_rules(w, true) || world_probe(w) < 0 ? -1 : 1;
	if (tw == TW_VRF)
		return world_l3mdev(w, rng_chance(rng, 40), rng_chance(rng, 40)) ? -1 : 1;
	if (tw == TW_PLAIN && w->has_v6 && rng_chance(rng, 10))
		return sysctl_write("net/ipv6/bindv6only", "1") ? -1 : 1;
	return 0;
}

void scenario_make(struct world *w, struct round *r, struct rng *rng, enum twist tw,
		   uint16_t port)
{
	enum style st = choose_style(rng, tw);
	unsigned int only = rng_below(rng, 3);

	r->nr_socks = 2 + rng_below(rng, 7);
	r->all_sources = tw == TW_LATE;
	r->settle = tw == TW_LATE;
	r->all_cpus = tw == TW_CPU;
	for (int i = 0; i < r->nr_socks; i++) {
		enum proto proto = only == 0 ? P_TCP : only == 1 ? P_UDP : rng_below(rng, 2);

		if (tw == TW_MPTCP)
			proto = P_TCP;
		else if ((tw == TW_LATE || tw == TW_CPU) && only)
			proto = P_UDP;
		make_one(w, &r->socks[i], rng, tw, st, port + rng_chance(rng, 30), proto);
	}
}

static void remove_some(struct world *w, struct rng *rng)
{
	int nr = 1 + rng_below(rng, 3);

	for (int i = 0; i < nr; i++) {
		struct place *p = &w->places[rng_below(rng, w->nr_places)];

		if (p->group & (PG_VETH | PG_SECOND) && p->from && !place_is_weak(p))
			world_remove(w, p);
	}
}

int scenario_disturb(struct world *w, struct rng *rng, enum twist tw)
{
	static const enum dev downs[] = { DEV_LO, DEV_VETH, DEV_SECOND };
	enum dev d;

	switch (tw) {
	case TW_REMOVED:
		remove_some(w, rng);
		break;
	case TW_ANYIP:
		if (!rng_chance(rng, 25))
			return 0;
		world_anyip(w, false);
		break;
	case TW_RULES:
		if (!rng_chance(rng, 25))
			return 0;
		world_rules(w, false);
		break;
	case TW_DOWN:
		d = downs[rng_below(rng, ARRAY_SIZE(downs))];
		if (w->ifindex[d])
			nl_set_up(&w->host, w->ifindex[d], false);
		break;
	case TW_NOV6:
		world_set_v6(w, false);
		break;
	default:
		return 0;
	}
	return world_probe(w) < 0 ? -1 : 1;
}
