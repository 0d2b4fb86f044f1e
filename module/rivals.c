// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows that share a port and a family: who of them gets what.
 *
 * Each address that some row holds is asked about on each device that owns it. What nobody holds is
 * asked about once for each device that some row is bound to, and once for all others. Every row's
 * tally is then read from who won what: linear in rows and addresses.
 */
#include <linux/bsearch.h>
#include <linux/sort.h>
#include <net/ipv6.h>
#include "judge.h"

/* With a BPF program any address may have another answer; so many are asked about one by one. */
#define MAX_BPF_PLACES	4096

static int cmp_scopes(const void *a, const void *b)
{
	return ((const struct ds_scope *)a)->ifindex - ((const struct ds_scope *)b)->ifindex;
}

static struct ds_scope *scope_of(struct judge *j, int ifindex)
{
	const struct ds_scope key = { .ifindex = ifindex };

	if (!ifindex)
		return &j->scope[0];
	return bsearch(&key, j->scope + 1, j->nscopes - 1, sizeof(key), cmp_scopes);
}

/**
 * ds_judge_set_scopes() - the scopes of a port's wildcard rows, each device once
 * @j: the case, its rivals found
 *
 * Context: process context.
 */
void ds_judge_set_scopes(struct judge *j)
{
	u32 i, kept = 1;

	j->nscopes = 1;
	ds_scope_init(&j->scope[0], 0);
	for (i = 0; i < j->nwild; i++) {
		int ifindex = row_at(j, j->wild[i])->ifindex;

		if (ifindex)
			ds_scope_init(&j->scope[j->nscopes++], ifindex);
	}
	sort(j->scope + 1, j->nscopes - 1, sizeof(*j->scope), cmp_scopes, NULL);
	for (i = 1; i < j->nscopes; i++)
		if (i == 1 || j->scope[i].ifindex != j->scope[i - 1].ifindex)
			j->scope[kept++] = j->scope[i];
	j->nscopes = kept;
}

static void add_to_scope(struct judge *j, struct ds_scope *scope, u32 winner)
{
	if (scope)
		ds_scope_add(scope, j->port.leader, winner);
}

/* One place has its winner: it counts for every wildcard row that covers it. */
static void settle_place(struct judge *j, int owner, int master, u32 winner)
{
	if (covers(j, 0, owner, master))
		add_to_scope(j, &j->scope[0], winner);
	add_to_scope(j, scope_of(j, owner), winner);
	if (master && master != owner)
		add_to_scope(j, scope_of(j, master), winner);
	/* a BPF program may choose a socket that does not cover the place at all */
	if (ds_winner_is_row(winner) &&
	    covers(j, row_at(j, winner)->ifindex, owner, master))
		j->wins[j->port.leader[winner]]++;
}

/* What a row won is what its leader won, since members of a group cover the same places. */
static void tally(struct judge *j, u32 row, const struct ds_scope *scope)
{
	const u32 *leader = j->port.leader;

	ds_tally_add(&j->tally[row], scope, leader, row, j->wins[leader[row]]);
}

/* The place on a row's own device, of those of one address. */
static const struct ds_place *owned(const struct ds_place *place, u32 n, int ifindex)
{
	u32 low = 0, high = n;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (place[middle].owner < ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && place[low].owner == ifindex ? &place[low] : NULL;
}

/* A row on one device: of the address's places that of the device, or those of a VRF. */
static void tally_on_device(struct judge *j, u32 row, const struct ds_place *place, u32 n)
{
	const int ifindex = row_at(j, row)->ifindex;
	const struct ds_place *own = owned(place, n, ifindex);
	struct ds_scope scope;
	u32 i;

	ds_scope_init(&scope, ifindex);
	if (!ds_judge_is_vrf(j, ifindex)) {
		if (own)
			scope = j->place_scope[own - place];
		tally(j, row, &scope);
		return;
	}
	for (i = 0; i < n; i++)
		if (covers(j, ifindex, place[i].owner, place[i].master))
			ds_scope_merge(&scope, j->port.leader, &j->place_scope[i]);
	tally(j, row, &scope);
}

/* One more address of a device is held by some row; counts of other passes are stale. */
static void hold(const struct judge *j, struct ds_place_dev *dev)
{
	if (dev->pass != j->pass)
		dev->held = 0;
	dev->pass = j->pass;
	dev->held++;
}

static bool has_rest(const struct judge *j, const struct ds_place_dev *dev)
{
	return dev->count + dev->range > (dev->pass == j->pass ? dev->held : 0);
}

/* Ask about a place on behalf of old peers that some rows hold. */
static void ask_for_old_peers(struct judge *j, const u32 *row, u32 nrows,
			      const struct ds_place *place, struct ds_scope *scope)
{
	u32 i, winner;

	for (i = 0; i < nrows; i++) {
		const struct ds_row *holder = row_at(j, row[i]);

		if (!holds_old_peer(holder) ||
		    !covers(j, holder->ifindex, place->owner, place->master))
			continue;
		winner = ds_judge_ask(j, place, &holder->old_peer);
		settle_place(j, place->owner, place->master, winner);
		ds_scope_add(scope, j->port.leader, winner);
	}
}

static void judge_place(struct judge *j, const u32 *row, u32 nrows,
			const struct ds_place *place, struct ds_scope *scope)
{
	struct ds_place_dev *dev = ds_places_dev(places(j), place->owner);
	u32 winner;

	if (dev)
		hold(j, dev);
	ds_scope_init(scope, 0);
	winner = ds_judge_ask(j, place, NULL);
	settle_place(j, place->owner, place->master, winner);
	ds_scope_add(scope, j->port.leader, winner);
	if (j->old_peers)
		ask_for_old_peers(j, row, nrows, place, scope);
	if (j->nwild_peers)
		ask_for_old_peers(j, j->wild_peer, j->nwild_peers, place, scope);
}

/* Ask about each place of an address, and settle the rows that hold it. */
static void judge_address(struct judge *j, const u32 *row, u32 nrows,
			  const struct ds_place *place, u32 n)
	__must_hold(RCU)
{
	struct ds_scope any;
	u32 i;

	ds_scope_init(&any, 0);
	for (i = 0; i < n; i++) {
		judge_place(j, row, nrows, &place[i], &j->place_scope[i]);
		if (covers(j, 0, place[i].owner, place[i].master))
			ds_scope_merge(&any, j->port.leader, &j->place_scope[i]);
	}
	for (i = 0; i < nrows; i++) {
		ds_asker_step(&j->asker, DS_SOCKET_STEPS);
		if (row_at(j, row[i])->ifindex)
			tally_on_device(j, row[i], place, n);
		else
			tally(j, row[i], &any);
	}
}

static void judge_addresses(struct judge *j)
{
	u32 first, end;

	for (first = 0; first < j->nspecific; first = end) {
		const struct ds_row *row = row_at(j, j->specific[first]);
		const struct ds_place *place;
		struct ds_place room;
		u32 n;

		for (end = first + 1; end < j->nspecific; end++)
			if (!ipv6_addr_equal(&row_at(j, j->specific[end])->addr, &row->addr))
				break;
		place = ds_places_of(&j->places, j->family, &row->addr, row->ifindex, &room, &n);
		judge_address(j, j->specific + first, end - first, place, n);
	}
}

/* An address that nobody holds, on one device; from an old peer, or from anybody else. */
static void ask_rest(struct judge *j, const struct ds_place_dev *dev, const struct in6_addr *peer)
{
	const struct ds_place place = {
		.addr	= *ds_judge_any(j),
		.owner	= dev->owner,
		.master	= dev->master,
	};

	settle_place(j, dev->owner, dev->master, ds_judge_ask(j, &place, peer));
}

/**
 * struct rest - which kinds of unheld places were asked about already
 * @plain: on a device that no row is bound to
 * @vrf: on a device of a VRF, where no row is bound to either
 * @master: VRF that a row is bound to, on a device of it that no row is bound to, asked last
 */
struct rest {
	bool plain;
	bool vrf;
	int master;
};

/* All devices that no row is bound to are alike: one of them speaks for the others. */
static bool rest_is_known(struct judge *j, struct rest *rest, const struct ds_place_dev *dev)
{
	bool known;

	if (scope_of(j, dev->owner))
		return false;
	if (!dev->master) {
		known = rest->plain;
		rest->plain = true;
	} else if (!scope_of(j, dev->master)) {
		known = rest->vrf;
		rest->vrf = true;
	} else {
		known = rest->master == dev->master;
		rest->master = dev->master;
	}
	return known;
}

/* All that nobody holds; or what @holder covers of it, as its old peer's packets find it. */
static void judge_rest(struct judge *j, const struct ds_row *holder)
	__must_hold(RCU)
{
	const struct in6_addr *peer = holder ? &holder->old_peer : NULL;
	struct ds_place_list *list = places(j);
	struct rest rest = { };
	u32 i;

	for (i = 0; i < list->ndevs; i++) {
		const struct ds_place_dev *dev = &list->dev[i];

		ds_asker_step(&j->asker, 1);
		if (holder && !covers(j, holder->ifindex, dev->owner, dev->master))
			continue;
		if (!has_rest(j, dev) || rest_is_known(j, &rest, dev))
			continue;
		ask_rest(j, dev, peer);
		/* with every row unbound, one answer serves all that they cover */
		if (j->nscopes == 1 && covers(j, 0, dev->owner, dev->master))
			break;
	}
}

static void note_rest(struct ds_scope *scope)
{
	if (scope)
		scope->has_rest = true;
}

/* Where every address is held that some row's devices own, more of them make a difference. */
static void know_rest(struct judge *j)
	__must_hold(RCU)
{
	const struct ds_place_list *list = places(j);
	bool all = true;
	u32 i;

	for (i = 0; i < list->ndevs; i++) {
		const struct ds_place_dev *dev = &list->dev[i];

		ds_asker_step(&j->asker, DS_SOCKET_STEPS);
		if (!has_rest(j, dev))
			continue;
		if (covers(j, 0, dev->owner, dev->master))
			note_rest(&j->scope[0]);
		note_rest(scope_of(j, dev->owner));
		if (dev->master)
			note_rest(scope_of(j, dev->master));
	}
	for (i = 0; i < j->nscopes; i++)
		all &= j->scope[i].has_rest;
	if (!all)
		ds_judge_know_routes(j);
}

static void judge_rest_for_old_peers(struct judge *j)
{
	u32 i;

	for (i = 0; i < j->nwild; i++)
		if (holds_old_peer(row_at(j, j->wild[i])))
			judge_rest(j, row_at(j, j->wild[i]));
}

static bool is_held(const struct judge *j, const struct in6_addr *addr)
{
	u32 low = 0, high = j->nspecific;

	while (low < high) {
		u32 middle = low + (high - low) / 2;
		int diff = ipv6_addr_cmp(addr, &row_at(j, j->specific[middle])->addr);

		if (!diff)
			return true;
		if (diff < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* A BPF program may look at the address: ask about each that nobody holds. */
static void judge_rest_by_bpf(struct judge *j)
{
	const struct ds_place_list *list = places(j);
	u32 i, n = min_t(u32, list->n, MAX_BPF_PLACES);

	for (i = 0; i < n; i++) {
		const struct ds_place *place = &list->at[i];

		if (!is_held(j, &place->addr))
			settle_place(j, place->owner, place->master,
				     ds_judge_ask(j, place, NULL));
	}
	/* of a range it is shown no address in particular */
	for (i = 0; i < list->ndevs; i++)
		if (list->dev[i].range)
			ask_rest(j, &list->dev[i], NULL);
}

/**
 * ds_judge_pass() - everything that is asked of a port with rivals, on the CPU that this runs on
 * @judge: the case, its rivals found and its scopes set; gets its tallies
 *
 * Context: process context, outside of an RCU read section; sleeps.
 * Return: 0, for smp_call_on_cpu().
 */
int ds_judge_pass(void *judge)
{
	struct judge *j = judge;
	u32 i;

	memset(j->wins, 0, j->port.n * sizeof(*j->wins));
	for (i = 0; i < j->nscopes; i++)
		ds_scope_init(&j->scope[i], j->scope[i].ifindex);
	j->pass++;
	ds_asker_begin(&j->asker);
	judge_addresses(j);
	if (j->nwild && !j->places.routes_known[j->family])
		know_rest(j);
	if (j->nwild && j->asker.bpf)
		judge_rest_by_bpf(j);
	else if (j->nwild)
		judge_rest(j, NULL);
	if (j->old_peers)
		judge_rest_for_old_peers(j);
	ds_asker_end(&j->asker);
	for (i = 0; i < j->nwild; i++) {
		u32 row = j->wild[i];

		tally(j, row, scope_of(j, row_at(j, row)->ifindex));
	}
	return 0;
}
