/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coverage arithmetic: from who won which place to a verdict. Pure: it knows neither sockets nor
 * packets, only the numbers of a port's rows.
 */
#ifndef DUALSTACK_COVERAGE_H
#define DUALSTACK_COVERAGE_H

#include <linux/types.h>
#include "row.h"

/* Winners that are no row of the port. */
#define DS_WINNER_NONE		((u32)-1)	/* not asked yet, or no winner to name */
#define DS_WINNER_NOBODY	((u32)-2)	/* a BPF program dropped it */
#define DS_WINNER_OTHER		((u32)-3)	/* a socket that has no row on this port */
#define DS_WINNER_UNKNOWN	((u32)-4)	/* a socket made since the walk: not counted */
#define DS_WINNER_GONE		((u32)-5)	/* nobody, where a row should be: not counted */

/**
 * struct ds_scope - what became of the places that sockets of one kind cover
 * @ifindex: the device that those sockets are bound to, or 0
 * @asked: places
 * @first: winner of the first place that anybody won
 * @second: winner of the first such place that the identity of @first did not win
 * @unknown: some place, not counted, went to a socket made since the walk
 * @gone: some place, not counted, went to nobody at all
 * @has_rest: some address that they cover is held by no socket
 */
struct ds_scope {
	int ifindex;
	u32 asked;
	u32 first;
	u32 second;
	bool unknown;
	bool gone;
	bool has_rest;
};

/**
 * struct ds_tally - what became of the places that one row covers
 * @asked: places
 * @own: those that the row, or its reuseport group, won
 * @thief: winner of the first of the others
 * @unknown: some place went to a socket made since the walk
 * @gone: some place went to nobody at all
 */
struct ds_tally {
	u32 asked;
	u32 own;
	u32 thief;
	bool unknown;
	bool gone;
};

static inline bool ds_winner_is_row(u32 winner)
{
	return winner < DS_WINNER_GONE;
}

/* Where sockets come and go while a place is asked about, its winner tells nothing. */
static inline bool ds_winner_counts(u32 winner)
{
	return winner != DS_WINNER_UNKNOWN && winner != DS_WINNER_GONE;
}

/* Members of a reuseport group are one: their leader. */
static inline u32 ds_identity(const u32 *leader, u32 winner)
{
	return ds_winner_is_row(winner) ? leader[winner] : winner;
}

static inline void ds_scope_init(struct ds_scope *scope, int ifindex)
{
	scope->ifindex = ifindex;
	scope->asked = 0;
	scope->first = DS_WINNER_NONE;
	scope->second = DS_WINNER_NONE;
	scope->unknown = false;
	scope->gone = false;
	scope->has_rest = false;
}

/* Keep a winner's name, where it has one that is not known yet. */
static inline void ds_scope_name(struct ds_scope *scope, const u32 *leader, u32 winner)
{
	if (winner == DS_WINNER_NOBODY || winner == DS_WINNER_NONE)
		return;
	if (scope->first == DS_WINNER_NONE)
		scope->first = winner;
	else if (scope->second == DS_WINNER_NONE &&
		 ds_identity(leader, scope->first) != ds_identity(leader, winner))
		scope->second = winner;
}

static inline void ds_scope_add(struct ds_scope *scope, const u32 *leader, u32 winner)
{
	scope->unknown |= winner == DS_WINNER_UNKNOWN;
	scope->gone |= winner == DS_WINNER_GONE;
	if (!ds_winner_counts(winner))
		return;
	scope->asked++;
	ds_scope_name(scope, leader, winner);
}

/* What became of all the places of two scopes, @from's after @scope's. */
static inline void ds_scope_merge(struct ds_scope *scope, const u32 *leader,
				  const struct ds_scope *from)
{
	scope->asked += from->asked;
	scope->unknown |= from->unknown;
	scope->gone |= from->gone;
	ds_scope_name(scope, leader, from->first);
	ds_scope_name(scope, leader, from->second);
}

/* The first winner in a scope that is not @row's own identity. */
static inline u32 ds_scope_thief(const struct ds_scope *scope, const u32 *leader, u32 row)
{
	if (scope->first != DS_WINNER_NONE && ds_identity(leader, scope->first) == leader[row])
		return scope->second;
	return scope->first;
}

static inline void ds_tally_init(struct ds_tally *tally)
{
	*tally = (struct ds_tally) { .thief = DS_WINNER_NONE };
}

/* Add what became of all that @row covers; @own of the scope's places are its own. */
static inline void ds_tally_add(struct ds_tally *tally, const struct ds_scope *scope,
				const u32 *leader, u32 row, u32 own)
{
	tally->asked += scope->asked;
	tally->own += own;
	tally->unknown |= scope->unknown;
	tally->gone |= scope->gone;
	if (tally->thief == DS_WINNER_NONE && own < scope->asked)
		tally->thief = ds_scope_thief(scope, leader, row);
}

static inline enum ds_verdict ds_tally_verdict(const struct ds_tally *tally, u32 group)
{
	enum ds_verdict whole = group > 1 ? DS_SHARED : DS_YES;

	if (!tally->asked)
		return tally->unknown ? whole : DS_NOADDR;
	if (tally->own == tally->asked)
		return whole;
	return tally->own ? DS_PARTIAL : DS_SHADOWED;
}

#endif
