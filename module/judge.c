// SPDX-License-Identifier: GPL-2.0-only
/* What the rooms of the judge have in common: questions about the case at hand, and its end. */
#include <linux/netdevice.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include "judge.h"

static const struct in6_addr any_mapped = { { { [10] = 0xff, [11] = 0xff } } };

/**
 * ds_judge_any() - the wildcard address of the present family
 * @j: the case
 *
 * Context: any.
 * Return: a constant; that of IPv4 in v4-mapped form.
 */
const struct in6_addr *ds_judge_any(const struct judge *j)
{
	return j->family == DS_V4 ? &any_mapped : &in6addr_any;
}

static struct ds_packet packet_to(const struct judge *j, const struct ds_row *row,
				  const struct ds_place *place)
{
	return (struct ds_packet) {
		.family = j->family,
		.proto	= row->proto,
		.port	= row->port,
		.dif	= ds_place_dif(place),
		.sdif	= ds_place_sdif(place),
		.daddr	= &place->addr,
	};
}

/**
 * ds_judge_is_vrf() - whether a device covers the places of others, as only a VRF does
 * @j: the case
 * @ifindex: the device
 *
 * Context: any.
 * Return: true for a VRF.
 */
bool ds_judge_is_vrf(const struct judge *j, int ifindex)
{
	const struct net_device *dev;
	bool vrf;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(j->places.net, ifindex);
	vrf = dev && netif_is_l3_master(dev);
	rcu_read_unlock();
	return vrf;
}

/**
 * ds_judge_ask() - whose row gets a packet for a place
 * @j: the case
 * @place: the place; with the wildcard as address it stands for all that nobody holds
 * @saddr: an old peer that it comes from, NULL for anybody else
 *
 * Context: process context, between ds_asker_begin() and ds_asker_end().
 * Return: as ds_ask().
 */
u32 ds_judge_ask(struct judge *j, const struct ds_place *place, const struct in6_addr *saddr)
{
	struct ds_packet packet = packet_to(j, row_at(j, 0), place);
	u32 winner;

	packet.saddr = saddr;
	winner = ds_ask(&j->asker, &j->port, &packet);
	/* where only an old peer's socket is, others find nobody */
	return j->old_peers && winner == DS_WINNER_GONE ? DS_WINNER_NOBODY : winner;
}

/**
 * ds_judge_ask_for_socket() - which socket gets a packet for a place
 * @j: the case; its port does not matter
 * @row: tells protocol and port
 * @place: the place
 *
 * Context: process context, between ds_asker_begin() and ds_asker_end().
 * Return: as ds_ask_for_socket().
 */
const struct sock *ds_judge_ask_for_socket(struct judge *j, const struct ds_row *row,
					   const struct ds_place *place)
{
	const struct ds_packet packet = packet_to(j, row, place);

	return ds_ask_for_socket(&j->asker, &packet);
}

/**
 * ds_judge_know_routes() - let routes tell of addresses that no device has
 * @j: the case; gets the error, where there is one
 *
 * Context: process context, between ds_asker_begin() and ds_asker_end(); leaves the RCU read
 * section meanwhile, and sleeps.
 */
void ds_judge_know_routes(struct judge *j)
	__must_hold(RCU)
{
	ds_asker_end(&j->asker);
	if (!j->err)
		j->err = ds_places_know_routes(&j->places, j->family);
	ds_asker_begin(&j->asker);
}

/**
 * ds_judge_mark_gone() - a row's socket was closed since the walk
 * @j: the case
 * @row: the row
 *
 * Context: any.
 */
void ds_judge_mark_gone(struct judge *j, struct ds_row *row)
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

/**
 * ds_judge_set_verdict() - from a row's tally to its verdict
 * @j: the case
 * @i: the row's number
 *
 * Context: any.
 */
void ds_judge_set_verdict(struct judge *j, u32 i)
{
	struct ds_row *row = row_at(j, i);
	const struct ds_tally *tally = &j->tally[i];
	enum ds_verdict verdict = ds_tally_verdict(tally, row->group);

	if (!tally->asked && tally->gone) {
		ds_judge_mark_gone(j, row);
		return;
	}
	row->verdict[j->family] = verdict;
	if (verdict == DS_PARTIAL || verdict == DS_SHADOWED)
		row->by[j->family] = inode_of(j, tally->thief);
}
