// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of a packet: judges the rows of a snapshot, a port at a time.
 *
 * A row whose port no other socket shares in its family costs one question. Where there are rivals,
 * each address that some socket holds is asked about on each device that owns it, and what nobody
 * holds is asked about once a device that some socket is bound to, and once for all others. Every
 * row's verdict is then read from who won what: linear in sockets and addresses.
 */
#include <linux/bsearch.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include "ask.h"
#include "compat.h"
#include "coverage.h"
#include "mem.h"
#include "places.h"
#include "port.h"
#include "snapshot.h"
#include "sort.h"
#include "verdict.h"

/* With a BPF program any address may have another answer; so many are asked about one by one. */
#define MAX_BPF_PLACES	4096
/* Wildcard sockets with an old peer that are asked for at each address that another holds. */
#define MAX_WILD_PEERS	8

/**
 * struct seen - a place that stands for all that a wildcard bind covers
 * @ifindex: the device of the bind
 * @place: the place
 * @valid: the answer below is known for @ifindex
 * @found: there is a place at all
 */
struct seen {
	int ifindex;
	struct ds_place place;
	bool valid;
	bool found;
};

/**
 * struct judge - a port's case in one family
 * @asker: asks the kernel
 * @port: the port's rows
 * @places: what the namespace's packets can arrive for
 * @net: index of the namespace that @places is of, or -1
 * @proto: the protocol that @accept is of
 * @family: the present family
 * @accept: sockets bound to no device get packets from a VRF (*_l3mdev_accept)
 * @specific: rows that hold an address, in the order of addresses
 * @nspecific: how many
 * @wild: rows bound to the wildcard address
 * @nwild: how many
 * @tally: for each row
 * @wins: places won in this pass, for each leader
 * @place: the last answer of place_for() for a specific address
 * @place_scope: for each place of the present address
 * @wild_peer: wildcard rows of that kind
 * @nwild_peers: how many
 * @err: why the verdicts could not be found
 * @old_peers: some row takes IPv6 from an old peer alone
 * @scope: what wildcard rows cover: those bound to no device, then by device
 * @nscopes: how many
 * @pass: number of this pass
 * @cpus: where passes are made, for SO_INCOMING_CPU
 * @seen: the last answer of place_for() for a wildcard address, in each family
 */
struct judge {
	struct ds_asker asker;
	struct ds_port port;
	struct ds_places places;
	int net;
	u8 proto;
	enum ds_family family;
	bool accept;
	u32 *specific;
	u32 nspecific;
	u32 *wild;
	u32 nwild;
	struct ds_tally *tally;
	u32 *wins;
	struct ds_place place;
	struct ds_scope *place_scope;
	bool old_peers;
	u32 wild_peer[MAX_WILD_PEERS];
	u32 nwild_peers;
	int err;
	struct ds_scope *scope;
	u32 nscopes;
	u32 pass;
	cpumask_var_t cpus;
	struct seen seen[DS_NFAMILIES];
};

static const struct in6_addr any_mapped = { { { [10] = 0xff, [11] = 0xff } } };

static const struct in6_addr *any_address(const struct judge *j)
{
	return j->family == DS_V4 ? &any_mapped : &in6addr_any;
}

static struct ds_row *row_at(const struct judge *j, u32 i)
{
	return ds_port_row(&j->port, i);
}

static struct ds_place_list *places(struct judge *j)
{
	return &j->places.list[j->family];
}

/* Whether a socket bound to @ifindex covers packets that arrive at a place's device. */
static bool covers(const struct judge *j, int ifindex, int owner, int master)
{
	if (!ifindex)
		return !master || j->accept;
	return ifindex == owner || ifindex == master;
}

static struct ds_packet packet_to(const struct judge *j, const struct ds_row *row,
				  const struct in6_addr *daddr, int owner, int master)
{
	return (struct ds_packet) {
		.family = j->family,
		.proto	= row->proto,
		.port	= row->port,
		.dif	= master ?: owner,
		.sdif	= master ? owner : 0,
		.daddr	= daddr,
	};
}

static u32 ask(struct judge *j, const struct in6_addr *daddr, int owner, int master,
	       const struct in6_addr *saddr)
{
	struct ds_packet packet = packet_to(j, row_at(j, 0), daddr, owner, master);
	u32 winner;

	packet.saddr = saddr;
	winner = ds_ask(&j->asker, &j->port, &packet);
	/* where only an old peer's socket is, others find nobody */
	return j->old_peers && winner == DS_WINNER_GONE ? DS_WINNER_NOBODY : winner;
}

static const struct sock *ask_for_socket(struct judge *j, const struct ds_row *row,
					 const struct ds_place *place)
{
	const struct ds_packet packet = packet_to(j, row, &place->addr,
						  place->owner, place->master);

	return ds_ask_for_socket(&j->asker, &packet);
}

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

/* The scopes of this port's wildcard rows, each device once. */
static void set_scopes(struct judge *j)
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

/* The place on a row's own device; a VRF's own name is not the owner of most of its places. */
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
	if (low == n || place[low].owner != ifindex || place[low].master == ifindex)
		return NULL;
	return &place[low];
}

/* A row on one device: of the address's places that of the device, or those of a VRF. */
static void tally_on_device(struct judge *j, u32 row, const struct ds_place *place, u32 n)
{
	const int ifindex = row_at(j, row)->ifindex;
	const struct ds_place *own = owned(place, n, ifindex);
	u32 i = own ? own - place : 0;
	u32 end = own ? i + 1 : n;
	struct ds_scope scope;

	ds_scope_init(&scope, ifindex);
	for (; i < end; i++)
		if (covers(j, ifindex, place[i].owner, place[i].master))
			ds_scope_merge(&scope, j->port.leader, &j->place_scope[i]);
	tally(j, row, &scope);
}

/* No IPv6 packet comes from a v4-mapped peer. */
static bool holds_old_peer(const struct ds_row *row)
{
	return row->flags & DS_ROW_OLD_PEER && !ds_addr_is_mapped(&row->old_peer);
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
		winner = ask(j, &place->addr, place->owner, place->master, &holder->old_peer);
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
	winner = ask(j, &place->addr, place->owner, place->master, NULL);
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
	u32 winner = ask(j, any_address(j), dev->owner, dev->master, peer);

	settle_place(j, dev->owner, dev->master, winner);
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
{
	const struct in6_addr *peer = holder ? &holder->old_peer : NULL;
	struct ds_place_list *list = places(j);
	struct rest rest = { };
	u32 i;

	for (i = 0; i < list->ndevs; i++) {
		const struct ds_place_dev *dev = &list->dev[i];

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

/* Packets may come for addresses that no device has: routes tell. */
static void know_routes(struct judge *j)
	__must_hold(RCU)
{
	ds_asker_end(&j->asker);
	if (!j->err)
		j->err = ds_places_know_routes(&j->places, j->family);
	ds_asker_begin(&j->asker);
}

/* Whether some address that nobody holds is known on a device, or on one of a VRF's. */
static bool scope_has_rest(struct judge *j, const struct ds_scope *scope)
{
	const struct ds_place_list *list = places(j);
	const struct ds_place_dev *dev = ds_places_dev(list, scope->ifindex);
	u32 i;

	if (dev)
		return has_rest(j, dev);
	for (i = 0; i < list->ndevs; i++)
		if (covers(j, scope->ifindex, list->dev[i].owner, list->dev[i].master) &&
		    has_rest(j, &list->dev[i]))
			return true;
	return false;
}

/* Where every address is held that a device owns, more of them make a difference. */
static void know_rest(struct judge *j)
	__must_hold(RCU)
{
	u32 i;

	for (i = 0; i < j->nscopes && !j->places.routes_known[j->family]; i++)
		if (!scope_has_rest(j, &j->scope[i]))
			know_routes(j);
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
				     ask(j, &place->addr, place->owner, place->master, NULL));
	}
	/* of a range it is shown no address in particular */
	for (i = 0; i < list->ndevs; i++)
		if (list->dev[i].range)
			ask_rest(j, &list->dev[i], NULL);
}

/* Everything that is asked of a port with rivals, on the CPU that this runs on. */
static int judge_pass(void *arg)
{
	struct judge *j = arg;
	u32 i;

	ds_asker_begin(&j->asker);
	memset(j->wins, 0, j->port.n * sizeof(*j->wins));
	for (i = 0; i < j->nscopes; i++)
		ds_scope_init(&j->scope[i], j->scope[i].ifindex);
	j->pass++;
	judge_addresses(j);
	if (j->nwild)
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

static void mark_gone(struct judge *j, struct ds_row *row)
{
	j->port.s->ngone += !(row->flags & DS_ROW_GONE);
	row->flags |= DS_ROW_GONE;
}

static u64 inode_of(const struct judge *j, u32 winner)
{
	if (ds_winner_is_row(winner))
		return row_at(j, winner)->inode;
	return winner == DS_WINNER_OTHER ? j->asker.other_inode : 0;
}

static void set_verdict(struct judge *j, u32 i)
{
	struct ds_row *row = row_at(j, i);
	const struct ds_tally *tally = &j->tally[i];
	enum ds_verdict verdict = ds_tally_verdict(tally, row->group);

	if (!tally->asked && tally->gone) {
		mark_gone(j, row);
		return;
	}
	row->verdict[j->family] = verdict;
	if (verdict == DS_PARTIAL || verdict == DS_SHADOWED)
		row->by[j->family] = inode_of(j, tally->thief);
}

/* Some place on a device, on one of a VRF's, or on any; the address does not matter. */
static bool place_on_device(struct judge *j, int ifindex, struct ds_place *place)
{
	const struct ds_place_list *list = places(j);
	const struct ds_place_dev *dev = ds_places_dev(list, ifindex);
	u32 i;

	for (i = 0; !dev && i < list->ndevs; i++)
		if (covers(j, ifindex, list->dev[i].owner, list->dev[i].master))
			dev = &list->dev[i];
	if (!dev)
		return false;
	place->addr = *any_address(j);
	place->owner = dev->owner;
	place->master = dev->master;
	return true;
}

static bool first_place(struct judge *j, const struct ds_place *at, u32 n, int ifindex,
			struct ds_place *place)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (covers(j, ifindex, at[i].owner, at[i].master)) {
			*place = at[i];
			return true;
		}
	}
	return false;
}

/* A place that stands for all that a wildcard bind to a device, or to none, covers. */
static const struct ds_place *wildcard_place(struct judge *j, int ifindex)
	__must_hold(RCU)
{
	struct seen *seen = &j->seen[j->family];
	const struct ds_place_list *list = places(j);

	if (seen->valid && seen->ifindex == ifindex)
		return seen->found ? &seen->place : NULL;
	seen->valid = true;
	seen->ifindex = ifindex;
	if (ifindex)
		seen->found = place_on_device(j, ifindex, &seen->place);
	else
		seen->found = first_place(j, list->at, list->n, 0, &seen->place);
	if (!seen->found && !j->places.routes_known[j->family]) {
		know_routes(j);
		seen->found = place_on_device(j, ifindex, &seen->place);
	}
	/* alone, it is found by the wildcard address, in one chain instead of two */
	seen->place.addr = *any_address(j);
	return seen->found ? &seen->place : NULL;
}

/* Some place that a row covers; valid until the next is asked for. */
static const struct ds_place *place_for(struct judge *j, const struct ds_row *row)
	__must_hold(RCU)
{
	const struct ds_place *at;
	struct ds_place room;
	u32 n;

	if (ds_row_is_wildcard(row))
		return wildcard_place(j, row->ifindex);
	at = ds_places_of(&j->places, j->family, &row->addr, row->ifindex, &room, &n);
	return first_place(j, at, n, row->ifindex, &j->place) ? &j->place : NULL;
}

/* No other socket of this port takes the family: any place tells of all. */
static void judge_alone(struct judge *j, u32 i)
{
	const struct ds_row *row = row_at(j, i);
	const struct ds_place *place = place_for(j, row);
	struct ds_scope scope;
	u32 winner;

	ds_scope_init(&scope, row->ifindex);
	if (place) {
		winner = ask(j, &place->addr, place->owner, place->master, NULL);
		ds_scope_add(&scope, j->port.leader, winner);
		ds_tally_add(&j->tally[i], &scope, j->port.leader, i, winner == i);
	}
	set_verdict(j, i);
}

/* Every UDP socket on a multicast or broadcast address gets its own copy; TCP has no such thing. */
static void judge_copies(struct judge *j, struct ds_row *row)
{
	bool joined = row->proto == DS_UDP &&
		      ds_places_joined(&j->places, &row->addr, row->ifindex);

	row->verdict[j->family] = joined ? DS_YES : DS_NOADDR;
}

static int cmp_addresses(const void *a, const void *b, const void *arg)
{
	const struct judge *j = arg;
	u32 x = *(const u32 *)a, y = *(const u32 *)b;
	int diff = ipv6_addr_cmp(&row_at(j, x)->addr, &row_at(j, y)->addr);

	return diff ?: (x < y ? -1 : 1);
}

/* Multicast and broadcast are not lookups' business: such a row has no rivals, and is none. */
static bool judge_apart(struct judge *j, struct ds_row *row)
{
	if (ds_row_is_wildcard(row) || !ds_places_gets_copies(&j->places, &row->addr))
		return false;
	judge_copies(j, row);
	return true;
}

static bool has_old_peer(const struct judge *j, const struct ds_row *row)
{
	return j->family == DS_V6 && row->flags & DS_ROW_OLD_PEER;
}

/* Part the rows that take the family: those judged by themselves, and those that may be rivals. */
static void find_rivals(struct judge *j)
{
	u32 i;

	j->nspecific = 0;
	j->nwild = 0;
	j->old_peers = false;
	j->nwild_peers = 0;
	ds_asker_begin(&j->asker);
	for (i = 0; i < j->port.n; i++) {
		struct ds_row *row = row_at(j, i);

		ds_asker_step(&j->asker, DS_SOCKET_STEPS);
		if (!(row->families & DS_TAKES(j->family)) || judge_apart(j, row))
			continue;
		j->old_peers |= has_old_peer(j, row);
		if (ds_row_is_wildcard(row) && has_old_peer(j, row) &&
		    j->nwild_peers < MAX_WILD_PEERS)
			j->wild_peer[j->nwild_peers++] = i;
		if (ds_row_is_wildcard(row))
			j->wild[j->nwild++] = i;
		else
			j->specific[j->nspecific++] = i;
	}
	ds_asker_end(&j->asker);
}

/* The table's order has AF_INET first: v4-mapped addresses are a second run. */
static void sort_specific(struct judge *j)
{
	u32 n = j->nspecific;

	if (n > 1 && (row_at(j, j->specific[0])->flags & DS_ROW_INET6) !=
		     (row_at(j, j->specific[n - 1])->flags & DS_ROW_INET6))
		sort_r(j->specific, n, sizeof(*j->specific), cmp_addresses, NULL, j);
}

static u32 rival(const struct judge *j, u32 i)
{
	return i < j->nspecific ? j->specific[i] : j->wild[i - j->nspecific];
}

/* The CPUs that packets may be handled on with different results: those named, and one other. */
static bool find_cpus(struct judge *j)
{
	u32 i, n = j->nspecific + j->nwild;
	unsigned int cpu;

	cpumask_clear(j->cpus);
	for (i = 0; i < n; i++) {
		int named = row_at(j, rival(j, i))->cpu;

		if (named >= 0 && named < nr_cpu_ids)
			cpumask_set_cpu(named, j->cpus);
	}
	if (cpumask_empty(j->cpus))
		return false;
	for_each_online_cpu(cpu) {
		if (!cpumask_test_cpu(cpu, j->cpus)) {
			cpumask_set_cpu(cpu, j->cpus);
			break;
		}
	}
	return true;
}

static void judge_rivals(struct judge *j)
{
	unsigned int cpu;
	u32 i, n = j->nspecific + j->nwild;

	sort_specific(j);
	set_scopes(j);
	if (find_cpus(j)) {
		/* one that is off line handles no packets: it fails there, and is left out */
		for_each_cpu(cpu, j->cpus)
			smp_call_on_cpu(cpu, judge_pass, j, false);
	} else {
		judge_pass(j);
	}
	for (i = 0; i < n; i++)
		set_verdict(j, rival(j, i));
}

static void judge_family(struct judge *j)
{
	u32 i;

	for (i = 0; i < j->port.n; i++)
		ds_tally_init(&j->tally[i]);
	find_rivals(j);
	if (j->nspecific + j->nwild == 1 && !j->asker.bpf && !j->old_peers) {
		ds_asker_begin(&j->asker);
		judge_alone(j, rival(j, 0));
		ds_asker_end(&j->asker);
	} else if (j->nspecific + j->nwild) {
		judge_rivals(j);
	}
}

static void judge_lonely_family(struct judge *j, struct ds_row *row)
	__must_hold(RCU)
{
	const struct ds_place *place = place_for(j, row);

	if (!place) {
		row->verdict[j->family] = DS_NOADDR;
		return;
	}
	/* if it is another one, that is new: when the table was walked, this one had no rival */
	row->verdict[j->family] = DS_YES;
	if (!ask_for_socket(j, row, place))
		mark_gone(j, row);
}

/* A port of one row, inside an RCU read section that goes on over many of them. */
static void judge_lonely(struct judge *j, struct ds_row *row)
	__must_hold(RCU)
{
	row->group = 1;
	for (j->family = DS_V4; j->family < DS_NFAMILIES; j->family++)
		if (row->families & DS_TAKES(j->family) && !judge_apart(j, row))
			judge_lonely_family(j, row);
}

/* A port of several, whose preparation takes time that no RCU read section should last. */
static u32 judge_several(struct judge *j, struct ds_snapshot *s, u32 first)
	__must_hold(RCU)
{
	u32 end, i;

	ds_asker_end(&j->asker);
	end = ds_same_port(s, first);
	for (i = first; j->asker.bpf && i < end; i++)
		ds_row_ordered(s, i)->flags |= DS_ROW_BPF;
	ds_port_set(&j->port, first, end - first);
	for (j->family = DS_V4; j->family < DS_NFAMILIES; j->family++)
		judge_family(j);
	ds_asker_begin(&j->asker);
	return end;
}

static bool accepts_from_vrf(const struct net *net, enum ds_proto proto)
{
#ifdef CONFIG_NET_L3_MASTER_DEV
	return proto == DS_TCP ? READ_ONCE(net->ipv4.sysctl_tcp_l3mdev_accept) :
				 READ_ONCE(net->ipv4.sysctl_udp_l3mdev_accept);
#else
	return false;
#endif
}

static int collect_places(struct judge *j, struct net *net)
{
	int err;

	ds_asker_set(&j->asker, net);
	ds_places_free(&j->places);
	err = ds_places_collect(&j->places, net);
	if (err)
		return err;
	kvfree(j->place_scope);
	j->place_scope = kvmalloc_array(max(j->places.list[DS_V4].ndevs,
					    j->places.list[DS_V6].ndevs) + 1,
					sizeof(*j->place_scope), DS_GFP);
	return j->place_scope ? 0 : -ENOMEM;
}

/* What is known of a namespace, and of what a protocol's sockets cover in it. */
static int turn_to(struct judge *j, struct ds_snapshot *s, const struct ds_row *row)
	__must_hold(RCU)
{
	struct net *net = s->net[row->net];
	int err = 0;

	j->seen[DS_V4].valid = false;
	j->seen[DS_V6].valid = false;
	j->accept = accepts_from_vrf(net, row->proto);
	j->proto = row->proto;
	if (j->net != row->net) {
		ds_asker_end(&j->asker);
		err = fatal_signal_pending(current) ? -EINTR : collect_places(j, net);
		ds_asker_begin(&j->asker);
	}
	j->net = row->net;
	return err;
}

/* One question stands for all where a row is alone, and nothing tells packets apart. */
static bool is_lonely(const struct judge *j, const struct ds_snapshot *s, u32 i)
{
	return ds_alone_on_port(s, i) && !j->asker.bpf &&
	       !(ds_row_ordered(s, i)->flags & DS_ROW_OLD_PEER);
}

static int judge_ports(struct judge *j, struct ds_snapshot *s)
{
	u32 i = 0;

	ds_asker_begin(&j->asker);
	while (!j->err && i < s->nrows) {
		struct ds_row *row = ds_row_ordered(s, i);

		if (j->net != row->net || j->proto != row->proto)
			j->err = turn_to(j, s, row);
		if (j->err)
			break;
		if (is_lonely(j, s, i)) {
			judge_lonely(j, row);
			i++;
		} else {
			i = judge_several(j, s, i);
		}
		if (!(i % 256) && fatal_signal_pending(current))
			j->err = -EINTR;
	}
	ds_asker_end(&j->asker);
	return j->err;
}

static int alloc_judge(struct judge *j, struct ds_snapshot *s)
{
	u32 max = s->largest_port;

	j->net = -1;
	j->port.s = s;
	j->specific = kvmalloc_array(max, sizeof(*j->specific), DS_GFP);
	j->wild = kvmalloc_array(max, sizeof(*j->wild), DS_GFP);
	j->tally = kvmalloc_array(max, sizeof(*j->tally), DS_GFP);
	j->wins = kvmalloc_array(max, sizeof(*j->wins), DS_GFP);
	j->scope = kvmalloc_array(max + 1, sizeof(*j->scope), DS_GFP);
	if (!j->specific || !j->wild || !j->tally || !j->wins || !j->scope)
		return -ENOMEM;
	if (!zalloc_cpumask_var(&j->cpus, DS_GFP))
		return -ENOMEM;
	return ds_port_alloc(&j->port, s, max);
}

static void free_judge(struct judge *j)
{
	atomic64_add(j->asker.lookups, &ds_stats.lookups);
	ds_places_free(&j->places);
	ds_port_free(&j->port);
	free_cpumask_var(j->cpus);
	kvfree(j->specific);
	kvfree(j->wild);
	kvfree(j->tally);
	kvfree(j->wins);
	kvfree(j->scope);
	kvfree(j->place_scope);
	kfree(j);
}

/**
 * ds_judge() - fill in the verdicts of a snapshot's rows
 * @s: the sorted snapshot; it holds a reference on each namespace
 *
 * Rows whose socket went away since the walk are marked DS_ROW_GONE.
 *
 * Context: process context; sleeps. Runs attached BPF sk_lookup programs.
 * Return: 0, -ENOMEM or -EINTR.
 */
int ds_judge(struct ds_snapshot *s)
{
	struct judge *j = kzalloc(sizeof(*j), DS_GFP);
	int err;

	if (!j)
		return -ENOMEM;
	err = alloc_judge(j, s);
	if (!err)
		err = judge_ports(j, s);
	free_judge(j);
	return err;
}
