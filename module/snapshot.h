/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes a snapshot of the table: walk, name the devices, sort, judge. */
#ifndef DUALSTACK_SNAPSHOT_H
#define DUALSTACK_SNAPSHOT_H

struct ds_charge;
struct ds_rows;
struct net;

struct ds_rows *ds_snapshot_take(struct net *net, struct ds_charge *charge);
struct ds_rows *ds_snapshot_take_all(struct ds_charge *charge);

#endif
