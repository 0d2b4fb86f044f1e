// SPDX-License-Identifier: GPL-2.0-only
/* A model of a host for the judge: sends every packet and sees who gets it. */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

/* Stands for the addresses of a range: no row is bound to them, and no device owns them. */
#define NAMELESS	MAX_ADDRS

static struct in6_addr addr_of(u32 n)
{
	struct in6_addr addr = { };

	addr.s6_addr[0] = 0x20;
	addr.s6_addr[15] = n + 1;
	return addr;
}

static u32 number_of(const struct in6_addr *addr)
{
	return addr->s6_addr[15] - 1U;
}

/* ------------------------------------------------------------------ a random host */

struct source {
	u32 (*next)(void *arg);
	void *arg;
};

static u32 below(const struct source *s, u32 n)
{
	return s->next(s->arg) % n;
}

static bool chance(const struct source *s, u32 percent)
{
	return below(s, 100) < percent;
}

static u32 some_addrs(const struct source *s, u32 most)
{
	u32 set = 0;

	for (u32 n = below(s, most + 1); n; n--)
		set |= 1U << below(s, MAX_ADDRS);
	return set;
}

static void make_dev(struct host *h, const struct source *s, int dev, int master, bool lo)
{
	u32 i = h->ndevs++;

	h->dev[i] = dev;
	h->master[i] = master;
	h->outside[i] = !lo && dev != master && chance(s, 85);
	h->owns[i] = some_addrs(s, lo ? 2 : 3);
	h->range[i] = (lo || chance(s, 5)) && chance(s, 25);
	h->routed[i] = h->range[i] ? some_addrs(s, 1) : 0;
	if (h->quiet && !master && chance(s, lo ? 100 : 30)) {
		h->silent[i] = true;
		h->outside[i] = false;
	}
	h->anycast[i] = h->outside[i] && !h->v4 && chance(s, 10) ? some_addrs(s, 1) : 0;
}

static u32 owned_by_any(const struct host *h)
{
	u32 set = 0;

	for (u32 i = 0; i < h->ndevs; i++)
		set |= h->owns[i];
	return set;
}

/* An address belongs to devices, or to one route, or as anycast to one device. */
static void tidy_routes(struct host *h)
{
	u32 taken = owned_by_any(h);

	for (u32 i = 0; i < h->ndevs; i++) {
		h->routed[i] &= ~taken;
		taken |= h->routed[i];
	}
	for (u32 i = 0; i < h->ndevs; i++) {
		h->anycast[i] &= ~taken & ~h->here;
		taken |= h->anycast[i];
	}
}

static void make_devs(struct host *h, const struct source *s)
{
	make_dev(h, s, 1, 0, true);
	make_dev(h, s, 2, 0, false);
	if (chance(s, 60))
		make_dev(h, s, 3, 0, false);
	if (chance(s, 35)) {
		make_dev(h, s, 4, 10, false);
		if (chance(s, 60))
			make_dev(h, s, 5, 10, false);
		make_dev(h, s, 10, 10, false);
	}
	if (chance(s, 15)) {
		make_dev(h, s, 14, 20, false);
		make_dev(h, s, 20, 20, false);
	}
	h->here = chance(s, 40) ? some_addrs(s, 2) : 0;
	tidy_routes(h);
}

static int some_dev(const struct host *h, const struct source *s)
{
	return chance(s, 55) ? 0 : h->dev[below(s, h->ndevs)];
}

static void make_row(struct host *h, const struct source *s)
{
	struct ds_judge_row *row = &h->row[h->nrows];
	const struct ds_judge_row *like = h->nrows ? &h->row[below(s, h->nrows)] : NULL;

	*row = (struct ds_judge_row) { .cpu = -1, .group = h->nrows };
	row->inet = h->v4 && chance(s, 60);
	if (!chance(s, 45))
		row->addr = addr_of(below(s, MAX_ADDRS));
	row->ifindex = some_dev(h, s);
	if (chance(s, 6))
		row->cpu = below(s, NCPUS - 1);
	/* some rows have the bind of another row, and some of these join its group */
	if (like && chance(s, 30)) {
		row->addr = like->addr;
		row->ifindex = like->ifindex;
		row->inet = like->inet;
		if (chance(s, 50)) {
			row->group = like->group;
			/* SO_BINDTODEVICE after listen() */
			if (chance(s, 5))
				row->ifindex = some_dev(h, s);
		}
	}
	if (h->udp && !h->v4 && chance(s, 7) && row->group == h->nrows) {
		row->stale = true;
		row->peer = addr_of(100 + below(s, 2));
	}
	row->class = h->v4 ? row->inet : below(s, 2);
	h->nrows++;
}

static void mark_groups(struct host *h)
{
	for (u32 i = 0; i < h->nrows; i++) {
		u32 members = 0;

		for (u32 k = 0; k < h->nrows; k++)
			members += h->row[k].group == h->row[i].group;
		h->row[i].shared = members > 1;
		h->row[i].reuseport |= members > 1;
	}
	/* the kernel puts no socket with a stale peer into a group */
	for (u32 i = 0; i < h->nrows; i++)
		h->row[i].stale &= !h->row[i].shared;
}

void host_make(struct host *h, u32 (*next)(void *arg), void *arg)
{
	const struct source s = { next, arg };
	u32 n;

	memset(h, 0, sizeof(*h));
	h->udp = chance(&s, 50);
	h->v4 = chance(&s, 50);
	h->accept = chance(&s, 30);
	h->blind = chance(&s, 25);
	h->quiet = chance(&s, 10);
	make_devs(h, &s);
	n = chance(&s, 3) ? MAX_ROWS : 1 + below(&s, 6);
	while (n--)
		make_row(h, &s);
	mark_groups(h);
}

/* ------------------------------------------------------------------ the kernel's lookup */

struct packet {
	u32 addr;
	int dev;
	int master;
	const struct in6_addr *peer;
	int cpu;
};

static bool dev_matches(const struct host *h, const struct ds_judge_row *row,
			const struct packet *p)
{
	if (!row->ifindex)
		return !p->master || h->accept;
	return row->ifindex == p->dev || row->ifindex == p->master;
}

/* 0: no match. */
static int score_of(const struct host *h, const struct ds_judge_row *row, const struct packet *p)
{
	int score = 1;

	if (!dev_matches(h, row, p))
		return 0;
	if (row->stale && (!p->peer || ds_addr_cmp(&row->peer, p->peer)))
		return 0;
	score += row->stale;
	score += row->inet;
	score += row->ifindex ? (h->udp && h->v4 ? 4 : 1) : 0;
	return score + (row->cpu == p->cpu);
}

static bool is_at(const struct ds_judge_row *row, const struct packet *p, bool wild)
{
	struct in6_addr addr = addr_of(p->addr);

	if (ds_addr_is_any6(&row->addr) != wild)
		return false;
	return wild || !ds_addr_cmp(&row->addr, &addr);
}

/* Rows are in the order of the bucket. */
static u32 lookup_in(const struct host *h, const struct packet *p, bool wild)
{
	u32 found = DS_NO_ROW;
	int best = 0;

	for (u32 i = 0; i < h->nrows; i++) {
		const struct ds_judge_row *row = &h->row[i];
		int score;

		if (!is_at(row, p, wild))
			continue;
		score = score_of(h, row, p);
		if (score <= best)
			continue;
		found = i;
		best = score;
		if (row->reuseport)
			break;
	}
	return found;
}

static u32 lookup(const struct host *h, const struct packet *p)
{
	u32 found = lookup_in(h, p, false);

	return found == DS_NO_ROW ? lookup_in(h, p, true) : found;
}

/*
 * The rows that may get a packet, whatever the order in the bucket: those with the best score, or
 * all that match if one of them is in a reuseport group.
 */
static u32 winners_in(const struct host *h, const struct packet *p, bool wild)
{
	u32 best_ones = 0, all = 0;
	bool reuseport = false;
	int best = 1;

	for (u32 i = 0; i < h->nrows; i++) {
		const struct ds_judge_row *row = &h->row[i];
		int score = is_at(row, p, wild) ? score_of(h, row, p) : 0;

		if (!score)
			continue;
		all |= 1U << i;
		reuseport |= row->reuseport;
		if (score > best)
			best_ones = 0;
		if (score >= best) {
			best = score;
			best_ones |= 1U << i;
		}
	}
	return reuseport ? all : best_ones;
}

static u32 winners(const struct host *h, const struct packet *p)
{
	u32 exact = winners_in(h, p, false);

	return exact ? exact : winners_in(h, p, true);
}

/* ------------------------------------------------------------------ what the judge asks for */

struct asking {
	struct host *h;
	struct ds_laddrs laddrs;
	struct ds_laddr at[MAX_LADDRS];
	struct ds_laddr_dev dev[MAX_DEVS];
	u32 by_vrf[2 * MAX_DEVS];
	struct ds_laddr_vrf vrf[MAX_DEVS + 1];
};

static void ask(void *arg, const struct ds_question *q, struct ds_answer *answer)
{
	struct asking *a = arg;
	const struct packet p = {
		.addr	= ds_addr_is_any6(&q->addr) ? NAMELESS : number_of(&q->addr),
		.dev	= q->dev,
		.master	= q->master,
		.peer	= q->peer,
		.cpu	= NCPUS - 1,
	};
	u32 row = lookup(a->h, &p);

	a->h->nasked++;
	answer->kind = row == DS_NO_ROW ? DS_ANSWER_NOBODY :
		       a->h->blind ? DS_ANSWER_CLASS : DS_ANSWER_ROW;
	answer->row = row;
	if (!a->h->blind || row == DS_NO_ROW)
		return;
	/* any row with the same bind and class */
	for (u32 i = 0; i < a->h->nrows; i++) {
		const struct ds_judge_row *x = &a->h->row[i], *y = &a->h->row[row];

		if (x->ifindex == y->ifindex && x->class == y->class &&
		    !ds_addr_cmp(&x->addr, &y->addr)) {
			answer->row = i;
			break;
		}
	}
}

static int step(void *arg, u32 steps)
{
	(void)arg;
	(void)steps;
	return 0;
}

static void add_laddrs(struct asking *a, const struct host *h, u32 addr)
{
	for (u32 i = 0; i < h->ndevs; i++) {
		if (!(h->owns[i] & 1U << addr))
			continue;
		a->at[a->laddrs.n++] = (struct ds_laddr) {
			.addr = addr_of(addr),
			.dev = h->dev[i],
			.master = h->master[i],
			.flags = h->here & 1U << addr ? DS_LADDR_HERE : 0,
		};
	}
}

static void count_dev(struct asking *a, const struct host *h, u32 i, bool all, bool routes)
{
	struct ds_laddr_dev *dev = &a->dev[i];

	dev->dev = h->dev[i];
	dev->master = h->master[i];
	dev->outside = h->outside[i];
	dev->silent = h->silent[i];
	dev->count = __builtin_popcount(h->owns[i]);
	dev->here = __builtin_popcount(h->owns[i] & h->here);
	if (!all && dev->count) {
		dev->here = dev->here == dev->count;
		dev->count = 1;
	}
	dev->range = 0;
	dev->anycast = 0;
	if (!routes)
		return;
	if (h->range[i])
		dev->range = DS_LADDRS_MANY;
	dev->anycast = __builtin_popcount(h->anycast[i]);
}

static int load(void *arg, enum ds_laddrs_part part)
{
	struct asking *a = arg;
	const struct host *h = a->h;

	a->laddrs.loaded |= 1U << part;
	if (part == DS_LADDRS_ADDRESSES)
		for (u32 addr = 0; addr < MAX_ADDRS; addr++)
			add_laddrs(a, h, addr);
	for (u32 i = 0; i < h->ndevs; i++)
		count_dev(a, h, i, ds_laddrs_loaded(&a->laddrs, DS_LADDRS_ADDRESSES),
			  ds_laddrs_loaded(&a->laddrs, DS_LADDRS_ROUTES));
	return ds_laddrs_index(&a->laddrs, step, NULL);
}

static int index_of(const struct host *h, int dev)
{
	for (u32 i = 0; i < h->ndevs; i++)
		if (h->dev[i] == dev)
			return i;
	return -1;
}

static bool owner_serves(const struct host *h, u32 i, u32 addr, int dev, int master)
{
	bool has = (h->owns[i] | h->routed[i] | h->anycast[i]) & 1U << addr;
	int at = index_of(h, dev);

	if (!has || h->master[i] != master)
		return false;
	if (!dev || h->dev[i] == dev || dev == master)
		return !h->silent[i];
	return h->outside[at] && !(h->here & 1U << addr);
}

static bool route(void *arg, const struct in6_addr *addr, int dev, struct ds_laddr *laddr)
{
	const struct host *h = ((struct asking *)arg)->h;
	u32 n = number_of(addr);
	int at = dev ? index_of(h, dev) : -1;
	int master = at < 0 ? 0 : h->master[at];
	int best = -1;

	for (u32 i = 0; i < h->ndevs; i++)
		if (owner_serves(h, i, n, dev, master) && (best < 0 || h->dev[i] == dev))
			best = i;
	if (best < 0)
		return false;
	*laddr = (struct ds_laddr) {
		.addr = *addr,
		.dev = h->dev[best],
		.master = h->master[best],
		.flags = (h->here & 1U << n ? DS_LADDR_HERE : 0) |
			 (h->anycast[best] & 1U << n ? DS_LADDR_ANYCAST : 0),
	};
	return true;
}

static int judge_single(struct ds_judge *j, struct ds_judge_row *row)
{
	enum ds_verdict verdict;
	int err = ds_judge_single(j, &row->addr, row->ifindex, &verdict);

	row->verdict = verdict;
	row->by = DS_BY_NOBODY;
	return err;
}

static void begin_asking(struct asking *a, struct host *h)
{
	memset(a, 0, sizeof(*a));
	a->h = h;
	a->laddrs = (struct ds_laddrs) {
		.at = a->at, .dev = a->dev, .ndevs = h->ndevs, .by_vrf = a->by_vrf, .vrf = a->vrf,
	};
	for (u32 i = 0; i < h->ndevs; i++)
		count_dev(a, h, i, false, false);
	ds_laddrs_index(&a->laddrs, step, NULL);
}

int host_judge(struct host *h)
{
	static const struct ds_judge_ops ops = { ask, load, route, step };
	struct ds_bind bind[MAX_ROWS];
	struct ds_bind_group group[MAX_ROWS];
	u32 order[2 * MAX_ROWS];
	struct asking a;
	struct ds_judge j = {
		.ops = &ops, .arg = &a, .laddrs = &a.laddrs, .row = h->row, .nrows = h->nrows,
		.order = order, .bind = bind, .group = group, .udp = h->udp, .v4 = h->v4,
		.accept = h->accept,
	};

	begin_asking(&a, h);
	if (h->nrows == 1 && !h->row[0].stale)
		return judge_single(&j, &h->row[0]);
	return ds_judge_port(&j);
}

/* ------------------------------------------------------------------ every packet */

/**
 * struct result - what became of the packets that a row covers
 * @sent: packets; each CPU and each stale peer sends its own
 * @won: packets that the row's group got
 * @by: set of rows that got the other packets
 * @may: set of rows that get some packets, in some order of the bucket
 */
struct result {
	u32 sent;
	u32 won;
	u32 by;
	u32 may;
};

static void deliver(const struct host *h, const struct ds_judge_row *row,
		    const struct packet *packet, struct result *r)
{
	for (int cpu = 0; cpu < NCPUS; cpu++) {
		struct packet p = *packet;
		u32 winner;

		p.cpu = cpu;
		winner = lookup(h, &p);
		r->sent++;
		r->may |= winners(h, &p);
		if (winner == DS_NO_ROW)
			continue;
		if (h->row[winner].group == row->group)
			r->won++;
		else
			r->by |= 1U << winner;
	}
}

static void send_from_all(const struct host *h, const struct ds_judge_row *row,
			  struct packet packet, struct result *r)
{
	const struct packet p = packet;

	if (!dev_matches(h, row, &p))
		return;
	deliver(h, row, &packet, r);
	for (u32 i = 0; i < h->nrows; i++) {
		if (!h->row[i].stale)
			continue;
		packet.peer = &h->row[i].peer;
		/* only if the peer's socket covers the packet */
		if (dev_matches(h, &h->row[i], &p) &&
		    (ds_addr_is_any6(&h->row[i].addr) || number_of(&h->row[i].addr) == p.addr))
			deliver(h, row, &packet, r);
	}
}

static u32 here_addrs(const struct host *h, u32 i)
{
	return h->owns[i] | h->routed[i] | (h->udp ? h->anycast[i] : 0) |
	       (h->range[i] ? 1U << NAMELESS : 0);
}

static void send_to(const struct host *h, const struct ds_judge_row *row, u32 addr, int dev,
		    int master, struct result *r)
{
	struct packet p = { .addr = addr, .dev = dev, .master = master };

	if (!ds_addr_is_any6(&row->addr) && number_of(&row->addr) != addr)
		return;
	send_from_all(h, row, p, r);
}

/* Packets for an address of device @i that arrive at another device of its VRF. */
static void send_weak(const struct host *h, const struct ds_judge_row *row, u32 i, u32 addr,
		      struct result *r)
{
	for (u32 k = 0; k < h->ndevs; k++) {
		if (k == i || !h->outside[k] || h->master[k] != h->master[i] ||
		    here_addrs(h, k) & 1U << addr)
			continue;
		if (row->ifindex == h->dev[k] || (row->ifindex && row->ifindex == h->master[k]))
			send_to(h, row, addr, h->dev[k], h->master[k], r);
	}
}

static struct result send_all(const struct host *h, const struct ds_judge_row *row)
{
	struct result r = { };

	for (u32 i = 0; i < h->ndevs; i++) {
		for (u32 addr = 0; addr <= NAMELESS; addr++) {
			if (!(here_addrs(h, i) & 1U << addr))
				continue;
			if (!h->silent[i])
				send_to(h, row, addr, h->dev[i], h->master[i], &r);
			if (addr == NAMELESS || !(h->here & 1U << addr))
				send_weak(h, row, i, addr, &r);
		}
	}
	return r;
}

static enum ds_verdict verdict_of(const struct ds_judge_row *row, const struct result *r)
{
	if (!r->sent)
		return DS_NOADDR;
	if (r->won == r->sent)
		return row->shared ? DS_SHARED : DS_YES;
	return r->won ? DS_PARTIAL : DS_SHADOWED;
}

static bool names_cpu(const struct host *h)
{
	for (u32 i = 0; i < h->nrows; i++)
		if (h->row[i].cpu >= 0)
			return true;
	return false;
}

/* The rows of a row's group. */
static u32 group_of(const struct host *h, u32 row)
{
	u32 set = 0;

	for (u32 i = 0; i < h->nrows; i++)
		if (h->row[i].group == h->row[row].group)
			set |= 1U << i;
	return set;
}

/*
 * Whether the row's verdict is allowed. If rows name CPUs, it may differ from the packets: the
 * order of the bucket decides between equal scores. A judge whose lookup is blind may say unknown.
 */
static bool may_say(const struct host *h, const struct ds_judge_row *row, const struct result *r)
{
	u32 own = group_of(h, row - h->row);
	enum ds_verdict true_one = verdict_of(row, r);

	if (row->verdict == true_one)
		return true;
	if (true_one == DS_NOADDR || row->verdict == DS_NOADDR)
		return false;
	if (row->verdict == DS_PARTIAL && names_cpu(h))
		return r->may & own && r->may & ~own;
	return row->verdict == DS_UNKNOWN && h->blind;
}

const char *host_check(const struct host *h)
{
	for (u32 i = 0; i < h->nrows; i++) {
		const struct ds_judge_row *row = &h->row[i];
		struct result r = send_all(h, row);
		static char text[128];

		if (!may_say(h, row, &r)) {
			snprintf(text, sizeof(text), "row %u: judge says %u, packets say %u", i,
				 row->verdict, verdict_of(row, &r));
			return text;
		}
		if (row->by == DS_BY_NOBODY || h->blind)
			continue;
		if (names_cpu(h))
			r.by |= r.may;
		if (row->by >= h->nrows || !(r.by & group_of(h, row->by))) {
			snprintf(text, sizeof(text), "row %u: by row %d, which got nothing", i,
				 (int)row->by);
			return text;
		}
	}
	return NULL;
}

void host_print(const struct host *h)
{
	printf("%s %s accept=%d blind=%d here=%x\n", h->udp ? "udp" : "tcp", h->v4 ? "v4" : "v6",
	       h->accept, h->blind, h->here);
	for (u32 i = 0; i < h->ndevs; i++)
		printf("  dev %d of %d out=%d silent=%d owns=%02x routed=%02x anycast=%02x "
		       "range=%d\n", h->dev[i], h->master[i], h->outside[i], h->silent[i],
		       h->owns[i], h->routed[i], h->anycast[i], h->range[i]);
	for (u32 i = 0; i < h->nrows; i++) {
		const struct ds_judge_row *row = &h->row[i];

		printf("  row %u addr %d dev %d group %u cpu %d inet=%d class=%u stale=%d", i,
		       ds_addr_is_any6(&row->addr) ? -1 : (int)number_of(&row->addr),
		       row->ifindex, row->group, row->cpu, row->inet, row->class,
		       row->stale ? row->peer.s6_addr[15] : 0);
		printf(" verdict %u by %d\n", row->verdict, (int)row->by);
	}
}
