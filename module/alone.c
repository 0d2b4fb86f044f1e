// SPDX-License-Identifier: GPL-2.0-only
/* Rows that no other socket is a rival to: one question tells all, or none is needed. */
#include "judge.h"

/* The first device that a bind to a VRF, or to no device, covers. */
static const struct ds_place_dev *first_dev(struct judge *j, int ifindex)
{
	const struct ds_place_list *list = places(j);
	u32 i;

	for (i = 0; i < list->ndevs; i++)
		if (covers(j, ifindex, list->dev[i].owner, list->dev[i].master))
			return &list->dev[i];
	return NULL;
}

/* Some place on a device, on one of a VRF's, or on any; the address does not matter. */
static bool place_on_device(struct judge *j, int ifindex, struct ds_place *place)
{
	const struct ds_place_dev *dev;

	if (!ifindex || ds_judge_is_vrf(j, ifindex))
		dev = first_dev(j, ifindex);
	else
		dev = ds_places_dev(places(j), ifindex);
	if (!dev)
		return false;
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

	if (seen->valid && seen->ifindex == ifindex)
		return seen->found ? &seen->place : NULL;
	seen->valid = true;
	seen->ifindex = ifindex;
	seen->found = place_on_device(j, ifindex, &seen->place);
	if (!seen->found && !j->places.routes_known[j->family]) {
		ds_judge_know_routes(j);
		seen->found = place_on_device(j, ifindex, &seen->place);
	}
	/* alone, it is found by the wildcard address, in one chain instead of two */
	seen->place.addr = *ds_judge_any(j);
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

/**
 * ds_judge_alone() - judge a row that has no rival in a family, on a port of several rows
 * @j: the case
 * @i: the row's number
 *
 * Any place tells of all.
 *
 * Context: process context, between ds_asker_begin() and ds_asker_end().
 */
void ds_judge_alone(struct judge *j, u32 i)
	__must_hold(RCU)
{
	const struct ds_row *row = row_at(j, i);
	const struct ds_place *place = place_for(j, row);
	struct ds_scope scope;
	u32 winner;

	ds_scope_init(&scope, row->ifindex);
	if (place) {
		winner = ds_judge_ask(j, place, NULL);
		ds_scope_add(&scope, j->port.leader, winner);
		ds_tally_add(&j->tally[i], &scope, j->port.leader, i, winner == i);
	}
	ds_judge_set_verdict(j, i);
}

/* Every UDP socket on a multicast or broadcast address gets its own copy; TCP has no such thing. */
static void judge_copies(struct judge *j, struct ds_row *row)
{
	bool joined = row->proto == DS_UDP &&
		      ds_places_joined(&j->places, &row->addr, row->ifindex);

	row->verdict[j->family] = joined ? DS_YES : DS_NOADDR;
}

/**
 * ds_judge_apart() - judge a row on a multicast or broadcast address
 * @j: the case
 * @row: any row
 *
 * Such addresses are not a lookup's business: a row on one has no rivals, and is none.
 *
 * Context: process context.
 * Return: false for a row on any other address, which is left alone.
 */
bool ds_judge_apart(struct judge *j, struct ds_row *row)
{
	if (ds_row_is_wildcard(row) || !ds_places_gets_copies(&j->places, &row->addr))
		return false;
	judge_copies(j, row);
	return true;
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
	if (!ds_judge_ask_for_socket(j, row, place))
		ds_judge_mark_gone(j, row);
}

/**
 * ds_judge_lonely() - judge the only row of a port, in both families
 * @j: the case; its port does not matter
 * @row: the row
 *
 * Context: process context, between ds_asker_begin() and ds_asker_end(), which go on over many
 * such ports.
 */
void ds_judge_lonely(struct judge *j, struct ds_row *row)
	__must_hold(RCU)
{
	row->group = 1;
	for (j->family = DS_V4; j->family < DS_NFAMILIES; j->family++)
		if (row->families & DS_TAKES(j->family) && !ds_judge_apart(j, row))
			judge_lonely_family(j, row);
}
