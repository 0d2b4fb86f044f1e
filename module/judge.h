/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rooms of the judge have in common: the case at hand, and the questions about it. */
#ifndef DUALSTACK_JUDGE_H
#define DUALSTACK_JUDGE_H

#include <linux/cpumask.h>
#include "ask.h"
#include "coverage.h"
#include "places.h"
#include "port.h"

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

static inline struct ds_row *row_at(const struct judge *j, u32 i)
{
	return ds_port_row(&j->port, i);
}

static inline struct ds_place_list *places(struct judge *j)
{
	return &j->places.list[j->family];
}

/* Whether a socket bound to @ifindex covers packets that arrive at a place's device. */
static inline bool covers(const struct judge *j, int ifindex, int owner, int master)
{
	if (!ifindex)
		return !master || j->accept;
	return ifindex == owner || ifindex == master;
}

/* No IPv6 packet comes from a v4-mapped peer. */
static inline bool holds_old_peer(const struct ds_row *row)
{
	return row->flags & DS_ROW_OLD_PEER && !ds_addr_is_mapped(&row->old_peer);
}

/* judge.c */
const struct in6_addr *ds_judge_any(const struct judge *j);
bool ds_judge_is_vrf(const struct judge *j, int ifindex);
u32 ds_judge_ask(struct judge *j, const struct ds_place *place, const struct in6_addr *saddr);
const struct sock *ds_judge_ask_for_socket(struct judge *j, const struct ds_row *row,
					   const struct ds_place *place);
void ds_judge_know_routes(struct judge *j);
void ds_judge_mark_gone(struct judge *j, struct ds_row *row);
void ds_judge_set_verdict(struct judge *j, u32 i);

/* alone.c */
void ds_judge_alone(struct judge *j, u32 i);
void ds_judge_lonely(struct judge *j, struct ds_row *row);
bool ds_judge_apart(struct judge *j, struct ds_row *row);

/* rivals.c */
void ds_judge_set_scopes(struct judge *j);
int ds_judge_pass(void *judge);

#endif
