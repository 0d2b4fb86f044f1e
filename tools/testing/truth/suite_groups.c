// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reuseport groups of both families on one port, in the orders and sizes of the kernel's selftests
 * reuseport_dualstack (with more than ten sockets UDP's lookup takes another path) and
 * reuseport_addr_any (a socket on an address, and wildcard ones bound before and after it).
 */

#include <string.h>
#include <sys/socket.h>

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

#define LATE_DEVICES	8	/* ports: the hash decides which member gets what */

static int count(struct world *w)
{
	return w->has_v6 ? ARRAY_SIZE(orders) + 2 * ARRAY_SIZE(centres) + LATE_DEVICES : 0;
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

/* In addition to the table: no bind may be refused. */
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

static int bind_to_device(const struct world *w, const struct sock *s, enum dev dev)
{
	return setsockopt(s->fd, SOL_SOCKET, SO_BINDTOIFINDEX, &w->ifindex[dev],
			  sizeof(w->ifindex[dev]));
}

/*
 * A listener in a group may be bound to a device once: it stays a member, and each row is about its
 * own bind. Only the host sends, to its loopback addresses: packets that arrive elsewhere could
 * also go to that member, which cannot answer them.
 */
static bool run_late_device(struct world *w, struct rng *rng, struct tally *t)
{
	static struct round r;
	bool ok;

	memset(&r, 0, sizeof(r));
	add(&r, P_TCP, "127.0.0.1", 3, next_port());
	round_open(w, &r);
	ok = !r.refused && !bind_to_device(w, &r.socks[1], DEV_LO);
	r.socks[1].eff_dev = DEV_LO;
	round_fire(w, &r, rng);
	if (judge(w, &r, t, stdout)) {
		round_print(stdout, w, &r);
		ok = false;
	}
	for (int i = 0; i < r.nr_socks; i++)
		ok &= r.socks[i].expect[0] == 's';
	round_close(&r);
	return ok;
}

/* The same on the wildcard, where only the table is checked. */
static bool run_late_wildcard(struct world *w)
{
	static struct round r;
	struct table t = { 0 };
	char why[256];
	int seen = 0;
	bool ok;

	memset(&r, 0, sizeof(r));
	add(&r, P_TCP, "0.0.0.0", 2, next_port());
	round_open(w, &r);
	ok = !r.refused && !bind_to_device(w, &r.socks[1], DEV_LO) &&
	     (!w->table_path || !table_read(w->table_path, &t, why, sizeof(why)));
	for (int i = 0; i < t.nr; i++) {
		const struct row *row = &t.rows[i];

		if (row->port != r.socks[0].port)
			continue;
		seen++;
		if (!strcmp(row->v4, "shared"))
			continue;
		printf("# v4 of the one on %s: %s, should be shared\n", row->dev, row->v4);
		ok = false;
	}
	if (w->table_path && seen != 2) {
		printf("# %d rows of the port, should be 2\n", seen);
		ok = false;
	}
	table_free(&t);
	round_close(&r);
	return ok;
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
	for (int i = 0; i < LATE_DEVICES; i++)
		ktap_result(i % 2 ? run_late_wildcard(w) : run_late_device(w, rng, t),
			    "groups: tcp a member bound to a device after listen(), %d", i);
}

const struct suite suite_groups = { "groups", count, run };
