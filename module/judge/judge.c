// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides which packets of a port to ask about, and for which binds each answer counts.
 *
 * An address that a row is bound to is held. The judge asks about each held address at the devices
 * that own it; devices that no row is bound to share one question. All other local addresses are
 * unheld: only rows on the wildcard get their packets. So the judge asks about all of them with the
 * wildcard address: once for each device that a wildcard row is bound to, and once for all other
 * devices together. If all rows that cover a packet are of one group, this group gets it without a
 * lookup, unless a BPF program may decide.
 */
#include "bind.h"
#include "judge.h"

/* A BPF program may decide by address, so the judge asks about each one, up to this limit. */
#define MAX_BPF_ADDRESSES	4096

/* The most binds of an address that cover a packet: without a device, on its device, on its VRF. */
#define COVERING	3

/**
 * struct cover - the binds that cover a packet
 * @bind: first the binds of its address, then those of the wildcard
 * @n: number of binds
 * @nexact: number of binds of its address
 */
struct cover {
	struct ds_bind *bind[2 * COVERING];
	u32 n;
	u32 nexact;
};

static void add_cover(struct cover *c, struct ds_bind *bind)
{
	if (bind)
		c->bind[c->n++] = bind;
}

static void cover_among(struct ds_judge *j, struct cover *c, u32 first, u32 end,
			const struct ds_question *q)
{
	if (ds_covers(0, q->dev, q->master, j->accept))
		add_cover(c, ds_bind_at(j, first, end, 0));
	add_cover(c, ds_bind_at(j, first, end, q->dev));
	if (q->master && q->master != q->dev)
		add_cover(c, ds_bind_at(j, first, end, q->master));
}

/* @first and @end are the range of the binds of the packet's address. */
static void find_cover(struct ds_judge *j, struct cover *c, u32 first, u32 end,
		       const struct ds_question *q)
{
	c->n = 0;
	cover_among(j, c, first, end, q);
	c->nexact = c->n;
	cover_among(j, c, 0, j->nwild, q);
}

/**
 * struct candidates - up to two rows of different groups that may get a packet
 * @row: one of the rows that may get it, or DS_NO_ROW
 * @other: one of them that is of another group, or DS_NO_ROW
 */
struct candidates {
	u32 row;
	u32 other;
};

static void add_candidate(const struct ds_judge *j, struct candidates *c, u32 row)
{
	if (row == DS_NO_ROW)
		return;
	if (c->row == DS_NO_ROW)
		c->row = row;
	else if (c->other == DS_NO_ROW && j->row[c->row].group != j->row[row].group)
		c->other = row;
}

static bool row_covers(const struct ds_judge *j, const struct ds_judge_row *row,
		       const struct ds_question *q)
{
	return ds_covers(row->ifindex, q->dev, q->master, j->accept) &&
	       (ds_addr_is_any6(&row->addr) || !ds_addr_cmp(&row->addr, &q->addr));
}

static bool has_peer(const struct ds_judge_row *row, const struct in6_addr *peer)
{
	return !ds_addr_cmp(&row->peer, peer);
}

static u32 nstale(const struct ds_judge *j)
{
	return j->nstale < DS_MAX_STALE ? j->nstale : DS_MAX_STALE;
}

static struct candidates find_candidates(const struct ds_judge *j, const struct cover *cover,
					 const struct ds_question *q)
{
	struct candidates c = { .row = DS_NO_ROW, .other = DS_NO_ROW };
	u32 i;

	for (i = 0; i < cover->n; i++) {
		add_candidate(j, &c, cover->bind[i]->plain);
		add_candidate(j, &c, cover->bind[i]->other);
	}
	for (i = 0; q->peer && i < nstale(j); i++) {
		const struct ds_judge_row *row = &j->row[j->stale[i]];

		if (has_peer(row, q->peer) && row_covers(j, row, q))
			add_candidate(j, &c, j->stale[i]);
	}
	return c;
}

/* How many rows of a bind name_contender() searches for those that name a certain CPU. */
#define MAX_NAMED	16

/**
 * struct contender - rows of one bind and score that may get a packet
 * @bind: the bind
 * @row: one of these rows
 * @other: one of them that is of another group, or DS_NO_ROW
 * @kind: ds_bind_score() of the rows; DS_NSCORES for a single row with a stale peer
 * @score: their score in a lookup, without the point for their CPU
 * @loses: rows of other contenders or groups get the packet on some CPU
 * @cpus: the CPUs that the rows name, a set of ds_cpu_bit()
 * @wins: subset of @cpus: rows that name one of these CPUs may get the packet on some CPU
 */
struct contender {
	struct ds_bind *bind;
	u32 row;
	u32 other;
	u8 kind;
	u8 score;
	bool loses;
	u64 cpus;
	u64 wins;
};

/**
 * struct contest - the contenders for a packet
 * @at: the contenders on the packet's address; if there are none, those on the wildcard
 * @n: number of contenders
 * @reuseport: some row is in a reuseport group
 * @cpu: some row names a CPU
 */
struct contest {
	struct contender at[COVERING * DS_NSCORES + DS_MAX_STALE];
	u32 n;
	bool reuseport;
	bool cpu;
};

static int base_score(const struct ds_judge *j, const struct ds_judge_row *row)
{
	return ds_score(j->udp, j->v4, row->ifindex, row->inet) + row->stale;
}

static void add_contender(const struct ds_judge *j, struct contest *c,
			  const struct contender *contender)
{
	struct contender *at = &c->at[c->n++];

	*at = *contender;
	at->score = base_score(j, &j->row[at->row]);
	c->cpu |= at->cpus != DS_CPU_NONE;
}

static void add_contenders_on(const struct ds_judge *j, struct contest *c, struct ds_bind *bind,
			      const struct in6_addr *peer)
{
	u32 i;

	for (i = 0; i < DS_NSCORES; i++) {
		const struct contender plain = {
			.bind = bind, .row = bind->score_row[i], .other = bind->score_other[i],
			.kind = i, .cpus = bind->score_cpus[i],
		};

		if (plain.row != DS_NO_ROW)
			add_contender(j, c, &plain);
	}
	c->reuseport |= bind->reuseport;
	for (i = 0; peer && i < nstale(j); i++) {
		const struct ds_judge_row *row = &j->row[j->stale[i]];
		const struct contender stale = {
			.bind = bind, .row = j->stale[i], .other = DS_NO_ROW,
			.kind = DS_NSCORES, .cpus = ds_cpu_bit(row->cpu),
		};

		if (has_peer(row, peer) && row->ifindex == bind->ifindex &&
		    !ds_addr_cmp(&row->addr, ds_bind_addr(j, bind)))
			add_contender(j, c, &stale);
	}
}

static void find_contest(const struct ds_judge *j, struct contest *c, const struct cover *cover,
			 const struct ds_question *q)
{
	u32 i;

	c->n = 0;
	c->reuseport = false;
	c->cpu = false;
	for (i = 0; i < cover->n; i++) {
		if (i == cover->nexact && c->n)
			break;
		add_contenders_on(j, c, cover->bind[i], q->peer);
	}
}

static bool same_group(const struct ds_judge *j, const struct contender *a,
		       const struct contender *b)
{
	return a->other == DS_NO_ROW && b->other == DS_NO_ROW &&
	       j->row[a->row].group == j->row[b->row].group;
}

/*
 * The CPUs in @set that may be missing in @other. All high CPUs share one bit, so if both sets have
 * it, they may still have different CPUs.
 */
static u64 cpus_beyond(u64 set, u64 other)
{
	return set & ~DS_CPU_NONE & ~(other & ~DS_CPUS_HIGH);
}

/*
 * Find out whether a contender gets the packet on some CPU, and whether others do. The order in the
 * bucket decides between equal scores, and a lookup ends at the first reuseport group that it
 * meets. The judge does not know this order. So any of several contenders with the same score may
 * win, and with a reuseport group any contender. This assumes that there is a CPU which no row
 * names.
 */
static void weigh(const struct ds_judge *j, const struct contest *c, struct contender *self)
{
	bool wins_anywhere = true, wins_at_home = true;
	u64 taken = 0;
	u32 i;

	self->loses = self->other != DS_NO_ROW;
	for (i = 0; i < c->n; i++) {
		const struct contender *other = &c->at[i];
		int ahead = other->score - self->score;

		if (other == self || same_group(j, self, other))
			continue;
		if (c->reuseport) {
			self->loses = true;
			continue;
		}
		/* on a CPU that no row names, and on a CPU that @self names */
		wins_anywhere &= ahead <= 0;
		wins_at_home &= ahead <= 1;
		if (ahead == 1)
			taken |= other->cpus;
		self->loses |= ahead >= 0 || (ahead == -1 && cpus_beyond(other->cpus, self->cpus));
	}
	self->wins = wins_anywhere ? self->cpus : 0;
	if (wins_at_home)
		self->wins |= cpus_beyond(self->cpus, taken);
}

static void count_contender(struct ds_judge *j, const struct contender *self)
{
	struct ds_bind_group *stale = NULL;

	if (!self->wins)
		return;
	if (self->kind == DS_NSCORES)
		stale = ds_bind_group_of(j, self->bind, self->row);
	if (stale && self->loses)
		stale->split = true;
	else if (stale)
		stale->won++;
	else if (self->loses)
		self->bind->split[self->kind] |= self->wins;
	else
		self->bind->won[self->kind]++;
}

/* A packet for another device's address (weak host model) counts only for binds on a device. */
static bool is_booked(const struct ds_bind *bind, bool weak)
{
	return !weak || bind->ifindex;
}

static void book(struct ds_judge *j, const struct cover *cover, bool weak,
		 struct ds_answer *answer)
{
	u32 i;

	for (i = 0; i < cover->n && answer->kind == DS_ANSWER_CLASS; i++)
		if (ds_bind_only_group(j, cover->bind[i], answer->row))
			answer->kind = DS_ANSWER_ROW;
	for (i = 0; i < cover->n; i++)
		if (is_booked(cover->bind[i], weak))
			ds_bind_count(j, cover->bind[i], answer);
}

/*
 * Remember rows of a contender that may get the packet. A bind may have any number of rows, so only
 * the first MAX_NAMED are searched.
 */
static void name_contender(struct ds_judge *j, const struct contender *at, struct ds_bind *bind)
{
	u32 n = at->bind->nrows < MAX_NAMED ? at->bind->nrows : MAX_NAMED, i;

	if (at->kind == DS_NSCORES || at->wins == at->cpus) {
		ds_bind_name(j, bind, at->row);
		if (at->other != DS_NO_ROW)
			ds_bind_name(j, bind, at->other);
		return;
	}
	for (i = 0; i < n; i++) {
		u32 at_row = j->order[at->bind->row + i];
		const struct ds_judge_row *row = &j->row[at_row];

		if (ds_bind_score(row) == at->kind && !row->stale &&
		    ds_cpu_bit(row->cpu) & at->wins)
			ds_bind_name(j, bind, at_row);
	}
}

/* Remember who may get the packet, for the rows of @bind that lose it. */
static void name_contenders(struct ds_judge *j, const struct contest *c, struct ds_bind *bind)
{
	u32 i;

	for (i = 0; i < c->n; i++)
		if (c->at[i].wins)
			name_contender(j, &c->at[i], bind);
}

/*
 * Rows name CPUs, so the answer depends on the CPU that handles the packet. A lookup shows only the
 * current CPU's answer, and running it on all CPUs would make the reader wait for them. So apply
 * the scores here.
 */
static void book_by_cpu(struct ds_judge *j, struct contest *c, const struct cover *cover, bool weak)
{
	u32 i;

	for (i = 0; i < c->n; i++)
		weigh(j, c, &c->at[i]);
	for (i = 0; i < cover->n; i++) {
		if (!is_booked(cover->bind[i], weak))
			continue;
		cover->bind[i]->asked++;
		name_contenders(j, c, cover->bind[i]);
	}
	for (i = 0; i < c->n; i++)
		if (is_booked(c->at[i].bind, weak))
			count_contender(j, &c->at[i]);
}

static void answer(struct ds_judge *j, const struct cover *cover, const struct ds_question *q,
		   bool weak)
{
	struct ds_answer answer = { .kind = DS_ANSWER_NOBODY };
	struct candidates rows = find_candidates(j, cover, q);
	struct contest contest;

	if (!j->bpf && rows.other != DS_NO_ROW) {
		find_contest(j, &contest, cover, q);
		if (contest.cpu) {
			book_by_cpu(j, &contest, cover, weak);
			return;
		}
	}
	if (j->bpf || rows.other != DS_NO_ROW)
		j->ops->ask(j->arg, q, &answer);
	else if (rows.row != DS_NO_ROW)
		answer = (struct ds_answer) { .kind = DS_ANSWER_ROW, .row = rows.row };
	book(j, cover, weak, &answer);
}

static bool asked_for_peer_before(const struct ds_judge *j, u32 n, const struct ds_question *q)
{
	u32 i;

	for (i = 0; i < n; i++) {
		const struct ds_judge_row *row = &j->row[j->stale[i]];

		if (has_peer(row, q->peer) && row_covers(j, row, q))
			return true;
	}
	return false;
}

/* No packet with the source ::1 comes in from outside. */
static bool never_comes(const struct in6_addr *peer, bool weak)
{
	static const struct in6_addr loopback = { .s6_addr = { [15] = 1 } };

	return weak && !ds_addr_cmp(peer, &loopback);
}

/* Ask about the packet once more for each stale peer of the rows that cover it. */
static void ask_for_peers(struct ds_judge *j, const struct cover *cover, struct ds_question q,
			  bool weak)
{
	u32 i;

	for (i = 0; i < j->nstale; i++) {
		const struct ds_judge_row *row = &j->row[j->stale[i]];

		q.peer = &row->peer;
		if (row_covers(j, row, &q) && !never_comes(q.peer, weak) &&
		    !asked_for_peer_before(j, i, &q))
			answer(j, cover, &q, weak);
	}
}

static bool counts(const struct cover *cover, bool weak)
{
	u32 i;

	for (i = 0; i < cover->n; i++)
		if (is_booked(cover->bind[i], weak))
			return true;
	return false;
}

/* @first and @end are the range of the binds of the packet's address. */
static int ask(struct ds_judge *j, const struct ds_question *q, u32 first, u32 end, bool weak)
{
	struct cover cover;

	find_cover(j, &cover, first, end, q);
	if (counts(&cover, weak)) {
		answer(j, &cover, q, weak);
		if (j->nstale <= DS_MAX_STALE)
			ask_for_peers(j, &cover, *q, weak);
	}
	return j->ops->step(j->arg, DS_QUESTION_STEPS);
}

/* Reset a device's counts if they are of an earlier run. */
static struct ds_laddr_dev *fresh_dev(struct ds_judge *j, struct ds_laddr_dev *dev)
{
	if (dev && dev->pass != j->pass) {
		dev->pass = j->pass;
		dev->held = 0;
		dev->taken = 0;
		dev->narrow = 0;
	}
	return dev;
}

static struct ds_laddr_vrf *fresh_vrf(struct ds_judge *j, int master)
{
	struct ds_laddr_vrf *vrf = ds_laddrs_vrf(j->laddrs, master);

	if (vrf && vrf->pass != j->pass) {
		vrf->pass = j->pass;
		vrf->wide = 0;
		vrf->taken = 0;
		vrf->seen = DS_NO_ROW;
		vrf->owned = DS_NO_ROW;
		vrf->routed = DS_NO_ROW;
	}
	return vrf;
}

static bool takes_all(const struct ds_bind *bind)
{
	return bind && bind->plain != DS_NO_ROW;
}

/**
 * struct wide - whether an address has binds that cover all devices of a VRF
 * @any: it has one without a device or on the VRF
 * @all: such a bind takes packets from any peer, not only from stale peers
 */
struct wide {
	bool any;
	bool all;
};

static struct wide find_wide(struct ds_judge *j, u32 first, u32 end, int master)
{
	const struct ds_bind *unbound = NULL, *on_vrf = NULL;

	if (!master || j->accept)
		unbound = ds_bind_at(j, first, end, 0);
	if (master)
		on_vrf = ds_bind_at(j, first, end, master);
	return (struct wide) {
		.any = unbound || on_vrf,
		.all = takes_all(unbound) || takes_all(on_vrf),
	};
}

static bool is_counted(const struct ds_laddr *laddr)
{
	return !(laddr->flags & DS_LADDR_UNCOUNTED);
}

static void hold_in_vrf(struct ds_laddr_vrf *vrf, u32 first, u32 end, bool all, bool counted)
{
	/* several devices of a VRF may own the address */
	if (vrf->seen == first)
		return;
	vrf->seen = first;
	vrf->wide += counted;
	if (all && !vrf->taken++) {
		vrf->taken_first = first;
		vrf->taken_end = end;
	}
}

/*
 * Count a held address for its owner and for its VRF, if their numbers of addresses include it. The
 * addresses that are left are unheld.
 */
static void hold(struct ds_judge *j, u32 first, u32 end, const struct ds_laddr *laddr)
{
	struct ds_laddr_dev *dev = fresh_dev(j, ds_laddrs_dev(j->laddrs, laddr->dev));
	struct ds_laddr_vrf *vrf = fresh_vrf(j, laddr->master);
	struct wide wide = find_wide(j, first, end, laddr->master);
	bool counted = is_counted(laddr);

	if (!dev)
		return;
	dev->held += counted;
	if (laddr->flags & DS_LADDR_HERE)
		return;
	dev->taken += wide.all;
	dev->narrow += counted && !wide.any && ds_bind_at(j, first, end, laddr->dev);
	if (wide.any && vrf)
		hold_in_vrf(vrf, first, end, wide.all, counted);
}

/**
 * struct asked - at which kinds of devices an address was asked about
 * @plain: at a device outside of VRFs that no row is bound to
 * @vrf: at a device in a VRF, where no row is bound to the device or to the VRF
 */
struct asked {
	bool plain;
	bool vrf;
};

/*
 * Whether the answer at a device is known. Devices that no row is bound to give the same answer, so
 * only the first one of each kind needs a question.
 */
static bool is_known(struct ds_judge *j, u32 first, u32 end, const struct ds_laddr *at,
		     struct asked *asked)
{
	bool *kind = at->master ? &asked->vrf : &asked->plain;
	bool known = *kind;

	if (j->bpf || ds_bind_at(j, first, end, at->dev) || ds_bind_at(j, 0, j->nwild, at->dev))
		return false;
	if (at->master && (ds_bind_at(j, first, end, at->master) ||
			   ds_bind_at(j, 0, j->nwild, at->master)))
		return false;
	*kind = true;
	return known;
}

static int ask_at(struct ds_judge *j, u32 first, u32 end, const struct ds_laddr *laddr, int dev,
		  bool weak)
{
	const struct ds_question q = {
		.addr	= laddr->addr,
		.dev	= dev,
		.master	= laddr->master,
	};

	return ask(j, &q, first, end, weak);
}

static bool is_local(const struct ds_judge *j, const struct ds_laddr *laddr)
{
	return j->udp || !(laddr->flags & DS_LADDR_ANYCAST);
}

/* Whether a device of the VRF owns the address; after ask_owners() for this address. */
static bool owned_in_vrf(struct ds_judge *j, u32 first, int master)
{
	const struct ds_laddr_vrf *vrf = fresh_vrf(j, master);

	return vrf && vrf->owned == first;
}

static bool is_silent(const struct ds_judge *j, int ifindex)
{
	const struct ds_laddr_dev *dev = ds_laddrs_dev(j->laddrs, ifindex);

	return dev && dev->silent;
}

/* Ask about an address that a route makes local and no device owns: once for each VRF. */
static int ask_at_route(struct ds_judge *j, u32 first, u32 end, const struct ds_laddr *laddr)
{
	struct ds_laddr_vrf *vrf = fresh_vrf(j, laddr->master);

	if (vrf && vrf->routed == first)
		return 0;
	if (vrf)
		vrf->routed = first;
	hold(j, first, end, laddr);
	return is_silent(j, laddr->dev) ? 0 : ask_at(j, first, end, laddr, laddr->dev, false);
}

/* Ask about a bind that covers no owner of its address: a route may make the address local. */
static int ask_routed(struct ds_judge *j, u32 first, u32 end, int ifindex, int dev)
{
	struct ds_laddr laddr;
	struct ds_laddr_dev *at;
	int err = j->ops->step(j->arg, DS_QUESTION_STEPS);

	if (err || !j->ops->route(j->arg, ds_bind_addr(j, &j->bind[first]), dev, &laddr) ||
	    !is_local(j, &laddr))
		return err;
	if (!owned_in_vrf(j, first, laddr.master))
		err = ask_at_route(j, first, end, &laddr);
	if (err || !ifindex || ifindex == laddr.dev || ifindex == laddr.master)
		return err;
	/* a packet from outside for an address of another device */
	at = fresh_dev(j, ds_laddrs_dev(j->laddrs, ifindex));
	if (at && (is_counted(&laddr) || owned_in_vrf(j, first, laddr.master)) &&
	    !find_wide(j, first, end, laddr.master).any)
		at->narrow++;
	return ask_at(j, first, end, &laddr, ifindex, true);
}

/*
 * A route may make the address local on a silent device, where no packet comes in. Packets for it
 * may still come in at other devices, and there a bind without a device gets them instead of the
 * wildcard binds. So count the address as held.
 */
static int hold_silent(struct ds_judge *j, u32 first, u32 end)
{
	const struct ds_laddr_vrf *vrf = ds_laddrs_vrf(j->laddrs, 0);
	const struct ds_laddr_dev *dev = &j->laddrs->dev[j->laddrs->from_outside];
	struct ds_laddr laddr;
	int err;

	if (!vrf || !vrf->silent || j->laddrs->from_outside == j->laddrs->ndevs)
		return 0;
	err = j->ops->step(j->arg, DS_QUESTION_STEPS);
	if (err || !j->ops->route(j->arg, ds_bind_addr(j, &j->bind[first]), dev->dev, &laddr) ||
	    !is_silent(j, laddr.dev) || owned_in_vrf(j, first, laddr.master))
		return err;
	return ask_at_route(j, first, end, &laddr);
}

/* The number of VRFs to ask in for a bind without a device: none without *_l3mdev_accept. */
static u32 vrfs_to_ask(const struct ds_judge *j)
{
	return j->accept ? ds_laddrs_vrfs_to_ask(j->laddrs) : 0;
}

/* Whether there are more VRFs than vrfs_to_ask(). */
static bool lacks_vrfs(const struct ds_judge *j)
{
	return j->accept && ds_laddrs_vrfs_to_ask(j->laddrs) < j->laddrs->nvrfs;
}

/* There are too many addresses or VRFs to ask about each. Count one packet as not known. */
static void give_up_many(struct ds_judge *j, u32 first, u32 end, u32 many)
{
	static const struct ds_answer unknown = { .kind = DS_ANSWER_UNKNOWN };
	u32 i;

	j->many = many > j->many ? many : j->many;
	for (i = first; i < end; i++)
		ds_bind_count(j, &j->bind[i], &unknown);
}

/* For a bind without a device: only the table of some VRF may make its address local. */
static int ask_routed_in_vrfs(struct ds_judge *j, u32 first, u32 end)
{
	u32 i, n = vrfs_to_ask(j);
	int err = 0;

	for (i = 0; i < n && !err; i++)
		if (j->laddrs->vrf[i].master)
			err = ask_routed(j, first, end, 0, j->laddrs->vrf[i].master);
	if (!err && lacks_vrfs(j))
		give_up_many(j, first, first + 1, j->laddrs->nvrfs);
	return err;
}

static bool owned_at(const struct ds_judge *j, const struct in6_addr *addr, int dev)
{
	u32 low = ds_laddrs_first(j->laddrs, addr), high = j->laddrs->n;

	while (low < high) {
		u32 middle = low + (high - low) / 2;
		int diff = ds_addr_cmp(&j->laddrs->at[middle].addr, addr) ?:
			   j->laddrs->at[middle].dev - dev;

		if (!diff)
			return true;
		if (diff < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Sets @unbound if binds without a device cover packets at some owner of the address. */
static int ask_owners(struct ds_judge *j, u32 first, u32 end, bool *unbound)
{
	const struct ds_laddrs *laddrs = j->laddrs;
	const struct in6_addr *addr = ds_bind_addr(j, &j->bind[first]);
	struct asked asked = { };
	u32 i = ds_laddrs_first(laddrs, addr);
	int err = 0;

	for (; i < laddrs->n && !ds_addr_cmp(&laddrs->at[i].addr, addr) && !err; i++) {
		const struct ds_laddr *at = &laddrs->at[i];
		struct ds_laddr_vrf *vrf = fresh_vrf(j, at->master);

		if (vrf)
			vrf->owned = first;
		hold(j, first, end, at);
		if (is_silent(j, at->dev)) {
			err = j->ops->step(j->arg, 1);
			continue;
		}
		*unbound |= !at->master || j->accept;
		if (!is_known(j, first, end, at, &asked))
			err = ask_at(j, first, end, at, at->dev, false);
		else
			err = j->ops->step(j->arg, 1);
	}
	return err;
}

/* Ask about a packet for a held address that comes in at a device which does not own it. */
static int ask_weak_at(struct ds_judge *j, const struct ds_laddr_dev *dev, u32 first, u32 end)
{
	struct ds_laddr laddr;
	int err = j->ops->step(j->arg, DS_QUESTION_STEPS);

	if (err || !j->ops->route(j->arg, ds_bind_addr(j, &j->bind[first]), dev->dev, &laddr) ||
	    !is_local(j, &laddr))
		return err;
	return ask_at(j, first, end, &laddr, dev->dev, true);
}

/*
 * A bind on a VRF also gets an address's packets that come in at devices of the VRF which do not
 * own the address. Ask at one of these devices, one on which the address has no bind. With @wild
 * the question is for a wildcard bind on the VRF, so the device must have no wildcard bind, either.
 */
static int ask_elsewhere_in_vrf(struct ds_judge *j, u32 first, u32 end,
				const struct ds_laddr_vrf *vrf, bool wild)
{
	const struct in6_addr *addr = ds_bind_addr(j, &j->bind[first]);
	u32 i;
	int err = 0;

	for (i = vrf ? vrf->outside.first : 0; vrf && i < vrf->outside.end && !err; i++) {
		const struct ds_laddr_dev *dev = &j->laddrs->dev[j->laddrs->by_vrf[i]];

		err = j->ops->step(j->arg, 1);
		if (err || owned_at(j, addr, dev->dev) ||
		    ds_bind_at(j, first, end, dev->dev) ||
		    (wild && ds_bind_at(j, 0, j->nwild, dev->dev)))
			continue;
		return ask_weak_at(j, dev, first, end);
	}
	return err;
}

static int ask_bind_elsewhere(struct ds_judge *j, u32 first, u32 end, const struct ds_bind *bind,
			      bool unbound)
{
	const struct ds_laddr_dev *dev;
	int err;

	if (!bind->ifindex) {
		if (unbound)
			return 0;
		err = ask_routed(j, first, end, 0, 0);
		if (!err)
			err = hold_silent(j, first, end);
		return err ?: ask_routed_in_vrfs(j, first, end);
	}
	if (owned_at(j, ds_bind_addr(j, bind), bind->ifindex))
		return 0;
	dev = ds_laddrs_dev(j->laddrs, bind->ifindex);
	if (!dev)
		return 0;
	err = 0;
	if (dev->master != dev->dev || !owned_in_vrf(j, first, dev->dev))
		err = ask_routed(j, first, end, bind->ifindex, bind->ifindex);
	if (!err && dev->master == dev->dev)
		err = ask_elsewhere_in_vrf(j, first, end, ds_laddrs_vrf(j->laddrs, dev->dev),
					   false);
	return err;
}

/* Ask about a held address, wherever it is local. */
static int ask_held_address(struct ds_judge *j, u32 first, u32 end)
{
	bool unbound = false;
	u32 i;
	int err = ask_owners(j, first, end, &unbound);

	for (i = first; i < end && !err; i++)
		err = ask_bind_elsewhere(j, first, end, &j->bind[i], unbound);
	return err;
}

static int ask_held(struct ds_judge *j)
{
	u32 first, end;
	int err = 0;

	if (j->nwild < j->nbinds && !ds_laddrs_loaded(j->laddrs, DS_LADDRS_ADDRESSES))
		err = j->ops->load(j->arg, DS_LADDRS_ADDRESSES);
	for (first = j->nwild; first < j->nbinds && !err; first = end) {
		const struct in6_addr *addr = ds_bind_addr(j, &j->bind[first]);

		for (end = first + 1; end < j->nbinds; end++)
			if (ds_addr_cmp(ds_bind_addr(j, &j->bind[end]), addr))
				break;
		err = ask_held_address(j, first, end);
	}
	return err;
}

static bool owns_unheld(struct ds_judge *j, struct ds_laddr_dev *dev)
{
	fresh_dev(j, dev);
	return !dev->silent && ds_laddrs_of_dev(dev, j->udp) > dev->held;
}

/* Whether a VRF has addresses of which no row on no device or on the VRF holds each. */
static bool vrf_has_unheld(struct ds_judge *j, int master)
{
	const struct ds_laddr_vrf *vrf = fresh_vrf(j, master);

	return vrf && ds_laddrs_of_vrf(vrf, j->udp) > vrf->wide;
}

/* Whether packets for an unheld address of any device of the VRF come in at @dev from outside. */
static bool gets_unheld(struct ds_judge *j, struct ds_laddr_dev *dev)
{
	const struct ds_laddr_vrf *vrf = fresh_vrf(j, dev->master);

	fresh_dev(j, dev);
	return dev->outside && vrf &&
	       ds_laddrs_of_vrf(vrf, j->udp) > (u64)vrf->wide + dev->narrow;
}

/**
 * struct unheld - a pass over the unheld addresses
 * @j: the port
 * @asking: ask; otherwise only set ds_bind.unheld
 */
struct unheld {
	struct ds_judge *j;
	bool asking;
};

static int ask_unheld_at(const struct unheld *u, const struct ds_laddr_dev *dev, bool weak)
{
	const struct ds_question q = { .dev = dev->dev, .master = dev->master };

	return u->asking ? ask(u->j, &q, 0, 0, weak) : 0;
}

/*
 * Ask at one device of a VRF: the first device without a wildcard bind that owns an unheld address.
 * With @weak the device need not own an address, but packets for an unheld address of the VRF must
 * come in there from outside.
 */
static int ask_spare_dev(const struct unheld *u, const struct ds_laddr_vrf *vrf, bool weak,
			 bool *found)
{
	struct ds_judge *j = u->j;
	struct ds_laddr_range devs = { };
	u32 i;
	int err = 0;

	/* any number of devices may be without an address: look only at those that may count */
	if (vrf && !weak)
		devs = vrf->owners[j->udp];
	else if (vrf && vrf_has_unheld(j, vrf->master))
		devs = vrf->outside;
	for (i = devs.first; i < devs.end && !*found && !err; i++) {
		struct ds_laddr_dev *dev = &j->laddrs->dev[j->laddrs->by_vrf[i]];

		err = j->ops->step(j->arg, 1);
		if (err || ds_bind_at(j, 0, j->nwild, dev->dev) ||
		    !(weak ? gets_unheld(j, dev) : owns_unheld(j, dev)))
			continue;
		*found = true;
		err = ask_unheld_at(u, dev, weak);
	}
	return err;
}

static int ask_unheld_for(const struct unheld *u, struct ds_bind *bind)
{
	struct ds_judge *j = u->j;
	struct ds_laddr_dev *dev = ds_laddrs_dev(j->laddrs, bind->ifindex);
	const struct ds_laddr_vrf *vrf;
	bool owns, spare = false;
	int err;

	if (!dev)
		return 0;
	owns = owns_unheld(j, dev);
	bind->unheld = owns;
	err = owns || gets_unheld(j, dev) ? ask_unheld_at(u, dev, !owns) : 0;
	if (!err && dev->master == dev->dev) {
		vrf = ds_laddrs_vrf(j->laddrs, dev->dev);
		err = ask_spare_dev(u, vrf, false, &spare);
		bind->unheld |= spare;
		if (!err)
			err = ask_spare_dev(u, vrf, true, &spare);
	}
	return err;
}

/* All VRFs that no wildcard row is bound to give the same answer: ask in one of them. */
static int ask_spare_vrf(const struct unheld *u, bool *found)
{
	struct ds_judge *j = u->j;
	u32 i;
	int err = 0;

	for (i = j->laddrs->first_owner[j->udp]; i < j->laddrs->nvrfs && !*found && !err;
	     i = j->laddrs->vrf[i].next_owner[j->udp]) {
		const struct ds_laddr_vrf *vrf = &j->laddrs->vrf[i];

		err = j->ops->step(j->arg, 1);
		if (!err && !ds_bind_at(j, 0, j->nwild, vrf->master))
			err = ask_spare_dev(u, vrf, false, found);
	}
	return err;
}

static int ask_unheld_unbound(const struct unheld *u, struct ds_bind *bind)
{
	struct ds_judge *j = u->j;
	bool in_vrf = false;
	int err;

	bind->unheld = false;
	err = ask_spare_dev(u, ds_laddrs_vrf(j->laddrs, 0), false, &bind->unheld);
	if (!err && j->accept)
		err = ask_spare_vrf(u, &in_vrf);
	return err;
}

static int ask_unheld(const struct unheld *u)
{
	struct ds_judge *j = u->j;
	u32 i;
	int err = 0;

	for (i = 0; i < j->nwild && !err; i++) {
		if (j->bind[i].ifindex)
			err = ask_unheld_for(u, &j->bind[i]);
		else
			err = ask_unheld_unbound(u, &j->bind[i]);
	}
	return err;
}

/* Load the routes if some wildcard bind has no unheld address: routes may add some. */
static int find_unheld(struct ds_judge *j)
{
	const struct unheld u = { .j = j };
	u32 i;
	int err;

	if (ds_laddrs_loaded(j->laddrs, DS_LADDRS_ROUTES))
		return 0;
	err = ask_unheld(&u);
	for (i = 0; i < j->nwild && !err; i++)
		if (!j->bind[i].unheld)
			return j->ops->load(j->arg, DS_LADDRS_ROUTES);
	return err;
}

/*
 * ds_laddr_vrf.taken does not count an address that has only rows with a stale peer. So ask at @dev
 * about each address that such a row is bound to.
 */
static int ask_stale_at(struct ds_judge *j, const struct ds_laddr_dev *dev)
{
	u32 i;
	int err = 0;

	for (i = 0; i < nstale(j) && !err; i++) {
		const struct ds_judge_row *row = &j->row[j->stale[i]];
		u32 first, end;

		err = j->ops->step(j->arg, 1);
		if (err || row->ifindex == dev->dev || ds_addr_is_any6(&row->addr))
			continue;
		ds_binds_of(j, j->stale[i], &first, &end);
		err = ask_weak_at(j, dev, first, end);
	}
	return err;
}

static int ask_stale_at_vrf(struct ds_judge *j, int master)
{
	const struct ds_laddr_vrf *vrf = ds_laddrs_vrf(j->laddrs, master);
	u32 i, first, end;
	int err = 0;

	for (i = 0; vrf && i < nstale(j) && !err; i++) {
		if (ds_addr_is_any6(&j->row[j->stale[i]].addr))
			continue;
		ds_binds_of(j, j->stale[i], &first, &end);
		err = ask_elsewhere_in_vrf(j, first, end, vrf, true);
	}
	return err;
}

/*
 * A wildcard bind on a device also covers packets from outside for other devices' addresses. If a
 * row is bound to such an address, without a device or on the VRF, that row gets its packets. Ask
 * about one such address.
 */
static int ask_wide(struct ds_judge *j)
{
	u32 i;
	int err = 0;

	for (i = 0; i < j->nwild && !err; i++) {
		struct ds_laddr_dev *dev = ds_laddrs_dev(j->laddrs, j->bind[i].ifindex);
		const struct ds_laddr_vrf *vrf;

		if (dev && dev->master == dev->dev)
			err = ask_stale_at_vrf(j, dev->dev);
		if (!dev || !dev->outside || dev->master == dev->dev)
			continue;
		vrf = fresh_vrf(j, dev->master);
		if (vrf && vrf->taken > fresh_dev(j, dev)->taken)
			err = ask_weak_at(j, dev, vrf->taken_first, vrf->taken_end);
		if (!err)
			err = ask_stale_at(j, dev);
	}
	return err;
}

/* A BPF program may decide by address: ask about each unheld address. */
static int ask_unheld_with_bpf(struct ds_judge *j)
{
	const struct unheld u = { .j = j, .asking = true };
	u32 i;
	int err = 0;

	if (!ds_laddrs_loaded(j->laddrs, DS_LADDRS_ADDRESSES))
		err = j->ops->load(j->arg, DS_LADDRS_ADDRESSES);
	for (i = 0; i < j->laddrs->n && i < MAX_BPF_ADDRESSES && !err; i++)
		if (!ds_binds_held(j, &j->laddrs->at[i].addr) &&
		    !is_silent(j, j->laddrs->at[i].dev))
			err = ask_at(j, 0, 0, &j->laddrs->at[i], j->laddrs->at[i].dev, false);
	if (j->laddrs->n > MAX_BPF_ADDRESSES)
		give_up_many(j, 0, j->nwild, j->laddrs->n);
	/* for the addresses of a range, ask once, with the wildcard address */
	for (i = 0; i < j->laddrs->ndevs && !err; i++) {
		err = j->ops->step(j->arg, 1);
		if (!err && j->laddrs->dev[i].range && !j->laddrs->dev[i].silent)
			err = ask_unheld_at(&u, &j->laddrs->dev[i], false);
	}
	return err;
}

static int ask_wild(struct ds_judge *j)
{
	const struct unheld u = { .j = j, .asking = true };
	int err;

	if (!j->nwild)
		return 0;
	err = find_unheld(j);
	if (err)
		return err;
	if (j->bpf)
		return ask_unheld_with_bpf(j);
	err = ask_wide(j);
	return err ?: ask_unheld(&u);
}

/*
 * There are too many stale peers to ask about. Count one packet as not known for the wildcard
 * binds, and for the binds of an address that a row with a stale peer is bound to.
 */
static void give_up_peers(struct ds_judge *j)
{
	static const struct ds_answer unknown = { .kind = DS_ANSWER_UNKNOWN };
	u32 first, end, i;

	for (first = 0; first < j->nbinds; first = end) {
		bool stale = first < j->nwild;

		for (end = first; end < j->nbinds; end++) {
			if (ds_addr_cmp(ds_bind_addr(j, &j->bind[end]),
					ds_bind_addr(j, &j->bind[first])))
				break;
			stale |= j->bind[end].stale;
		}
		for (i = first; stale && i < end; i++)
			if (j->bind[i].asked)
				ds_bind_count(j, &j->bind[i], &unknown);
	}
}

static int ask_all(struct ds_judge *j)
{
	int err;

	j->pass++;
	err = ds_binds_find(j);
	if (!err)
		err = ask_held(j);
	return err ?: ask_wild(j);
}

static bool dev_reached(const struct ds_judge *j, int ifindex)
{
	const struct ds_laddr_dev *dev = ds_laddrs_dev(j->laddrs, ifindex);
	const struct ds_laddr_vrf *vrf;

	if (!dev || dev->silent)
		return false;
	if (ds_laddrs_of_dev(dev, j->udp))
		return true;
	vrf = ds_laddrs_vrf(j->laddrs, dev->master);
	return vrf && dev->outside && ds_laddrs_of_vrf(vrf, j->udp);
}

static bool vrf_reached(const struct ds_judge *j, const struct ds_laddr_vrf *vrf)
{
	return vrf && (vrf->all || (j->udp && vrf->anycast));
}

static bool routed_at(const struct ds_judge *j, const struct in6_addr *addr, int dev)
{
	struct ds_laddr laddr;

	return j->ops->route(j->arg, addr, dev, &laddr) && is_local(j, &laddr);
}

static bool wild_reached(const struct ds_judge *j, int ifindex)
{
	const struct ds_laddrs *laddrs = j->laddrs;

	if (vrf_reached(j, ds_laddrs_vrf(laddrs, ifindex)))
		return true;
	if (ifindex)
		return dev_reached(j, ifindex);
	return j->accept && (laddrs->in_vrfs || (j->udp && laddrs->anycast_in_vrfs));
}

/* Sets @many if there are too many VRFs, and those that were asked do not have the address. */
static int addr_reached(const struct ds_judge *j, const struct in6_addr *addr, int ifindex,
			bool *reached, bool *many)
{
	u32 i, n = ifindex ? 0 : vrfs_to_ask(j);
	int err = 0;

	*reached = routed_at(j, addr, ifindex);
	for (i = 0; i < n && !*reached && !err; i++) {
		int master = j->laddrs->vrf[i].master;

		err = j->ops->step(j->arg, DS_QUESTION_STEPS);
		*reached = !err && master && routed_at(j, addr, master);
	}
	*many = !ifindex && !*reached && lacks_vrfs(j);
	return err;
}

/**
 * ds_judge_single() - find the verdict of a row that competes with no other row
 * @j: the port; its rows are ignored, and no BPF program is attached
 * @addr: bound address; all zero for the wildcard of either family
 * @ifindex: the device that the row is bound to, or 0
 * @verdict: set to DS_YES, DS_NOADDR, or DS_UNKNOWN with @j->many
 *
 * The row gets every packet that arrives for it, so no lookup is needed.
 *
 * Context: process context; @j->ops may pause.
 * Return: 0 or a negative errno of @j->ops.
 */
int ds_judge_single(struct ds_judge *j, const struct in6_addr *addr, int ifindex,
		    enum ds_verdict *verdict)
{
	bool reached = false, many = false;
	int err = 0;

	if (ds_addr_is_any6(addr))
		reached = wild_reached(j, ifindex);
	else
		err = addr_reached(j, addr, ifindex, &reached, &many);
	if (!err && !reached && ds_addr_is_any6(addr) &&
	    !ds_laddrs_loaded(j->laddrs, DS_LADDRS_ROUTES)) {
		err = j->ops->load(j->arg, DS_LADDRS_ROUTES);
		if (!err)
			reached = wild_reached(j, ifindex);
	}
	if (many)
		j->many = j->laddrs->nvrfs;
	*verdict = reached ? DS_YES : many ? DS_UNKNOWN : DS_NOADDR;
	return err;
}

static int judge_rivals(struct ds_judge *j)
{
	bool routes;
	int err;

	do {
		routes = ds_laddrs_loaded(j->laddrs, DS_LADDRS_ROUTES);
		err = ask_all(j);
		/* loading the routes cleared the counts of held addresses: run again */
	} while (!err && routes != ds_laddrs_loaded(j->laddrs, DS_LADDRS_ROUTES));
	if (!err && j->nstale > DS_MAX_STALE)
		give_up_peers(j);
	return err ?: ds_binds_judge(j);
}

/*
 * Find out whether rows may compete for a packet. They do not if all are bound to different
 * specific addresses. The table is sorted by address, so comparing neighbours is enough. If rows
 * are not in this order, they are treated as rivals; that is slower, with the same result.
 */
static int find_rivals(struct ds_judge *j, bool *rivals)
{
	u32 i;
	int err = 0;

	*rivals = j->bpf;
	for (i = 0; i < j->nrows && !*rivals && !err; i++) {
		const struct ds_judge_row *row = &j->row[i];

		*rivals = row->stale || ds_addr_is_any6(&row->addr) ||
			  (i && ds_addr_cmp(&row[-1].addr, &row->addr) >= 0);
		err = j->ops->step(j->arg, 1);
	}
	return err;
}

static int judge_singles(struct ds_judge *j)
{
	enum ds_verdict verdict;
	u32 i;
	int err = 0;

	for (i = 0; i < j->nrows && !err; i++) {
		struct ds_judge_row *row = &j->row[i];

		err = ds_judge_single(j, &row->addr, row->ifindex, &verdict);
		row->verdict = verdict;
		row->by = DS_BY_NOBODY;
		row->alike = false;
		row->gone = false;
		if (!err)
			err = j->ops->step(j->arg, 1);
	}
	return err;
}

/**
 * ds_judge_port() - find the verdicts of a port's rows in one family
 * @j: the port
 *
 * Context: process context; @j->ops may pause.
 * Return: 0 or a negative errno of @j->ops.
 */
int ds_judge_port(struct ds_judge *j)
{
	bool rivals;
	int err = find_rivals(j, &rivals);

	if (err)
		return err;
	return rivals ? judge_rivals(j) : judge_singles(j);
}
