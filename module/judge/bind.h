/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts, for each bind of a port, who gets the packets that it covers. Derives the verdicts. */
#ifndef DUALSTACK_BIND_H
#define DUALSTACK_BIND_H

#include "state.h"

#define DS_NO_ROW	((u32)-1)
#define DS_MANY_GROUPS	((u32)-2)

/* Rows of one bind may have different scores: by address family, and by whether they name a CPU. */
#define DS_NSCORES	4

/**
 * struct ds_bind - an address or the wildcard, with a device or without, that rows are bound to
 * @ifindex: the device, or 0
 * @row: index of its first row in ds_judge.order
 * @nrows: number of its rows
 * @group: index of its first group in ds_judge.group
 * @ngroups: number of its groups
 * @plain: the first row that takes packets from any peer (a "plain row"), or DS_NO_ROW
 * @other: the first plain row of another group, or DS_NO_ROW
 * @stale: some row takes packets only from its stale peer
 * @of_class: for each class, index of the group that all its rows belong to, counted from @group;
 *	DS_NO_ROW if it has no rows, DS_MANY_GROUPS if they belong to several groups
 * @score_row: for each score the first plain row, or DS_NO_ROW
 * @score_other: for each score the first plain row of another group, or DS_NO_ROW
 * @score_cpus: for each score the CPUs that its rows name, a set of ds_cpu_bit()
 * @reuseport: some row is in a reuseport group
 * @asked: number of packets that it covers and whose answer counts
 * @first: the first row that got a packet, or DS_BY_*
 * @second: the first row of another group that got a packet, or DS_BY_*
 * @unknown: number of packets that any row may get, since the answer is not known
 * @maybe: for each class, number of packets that some row of the class gets, not known which
 * @won: for each score, number of packets that its rows get on every CPU
 * @split: for each score, the CPUs named by rows that get some packet on one CPU and lose it on
 *	another; a set of ds_cpu_bit()
 * @newcomer: some packet went to a socket that was created after the rows were collected
 * @gone: some packet went to no socket, since the one that should get it was closed
 * @unheld: for a wildcard bind: it covers a device that owns an unheld address and that has no
 *	other wildcard bind
 */
struct ds_bind {
	int ifindex;
	u32 row;
	u32 nrows;
	u32 group;
	u32 ngroups;
	u32 plain;
	u32 other;
	bool stale;
	u32 of_class[DS_NCLASSES];
	u32 score_row[DS_NSCORES];
	u32 score_other[DS_NSCORES];
	u64 score_cpus[DS_NSCORES];
	bool reuseport;
	u32 asked;
	u32 first;
	u32 second;
	u32 unknown;
	u32 maybe[DS_NCLASSES];
	u32 won[DS_NSCORES];
	u64 split[DS_NSCORES];
	bool newcomer;
	bool gone;
	bool unheld;
};

/**
 * struct ds_bind_group - the rows of one group on one bind; a row without one is a group itself
 * @group: ds_judge_row.group
 * @won: number of packets that it gets
 * @classes: classes of its rows, a set of 1 << class
 * @scores: scores of its plain rows, a set of 1 << score
 * @cpus: the CPUs that its plain rows name, a set of ds_cpu_bit()
 * @split: it gets a stale peer's packet on one CPU and loses it on another
 */
struct ds_bind_group {
	u32 group;
	u32 won;
	u8 classes;
	u8 scores;
	bool split;
	u64 cpus;
};

/* The bit for rows that name no CPU. */
#define DS_CPU_NONE	1ULL
/* The bit for all CPUs that have no bit of their own. */
#define DS_CPUS_HIGH	(DS_CPU_NONE << 63)

/* The bit of a CPU; -1 is for no CPU. */
static inline u64 ds_cpu_bit(int cpu)
{
	if (cpu < 0)
		return DS_CPU_NONE;
	return cpu < 62 ? DS_CPU_NONE << (cpu + 1) : DS_CPUS_HIGH;
}

int ds_binds_find(struct ds_judge *j);
void ds_bind_name(struct ds_judge *j, struct ds_bind *bind, u32 winner);
struct ds_bind *ds_bind_at(struct ds_judge *j, u32 first, u32 end, int ifindex);
bool ds_binds_held(struct ds_judge *j, const struct in6_addr *addr);
void ds_binds_of(struct ds_judge *j, u32 row, u32 *first, u32 *end);
void ds_bind_count(struct ds_judge *j, struct ds_bind *bind, const struct ds_answer *answer);
bool ds_bind_only_group(const struct ds_judge *j, const struct ds_bind *bind, u32 row);
void ds_bind_count_lost(struct ds_judge *j, struct ds_bind *bind, u32 by);
struct ds_bind_group *ds_bind_group_of(struct ds_judge *j, const struct ds_bind *bind, u32 row);
int ds_binds_judge(struct ds_judge *j);

/* The score of a plain row, as an index into the arrays of struct ds_bind. */
static inline u32 ds_bind_score(const struct ds_judge_row *row)
{
	return (row->inet ? 1 : 0) | (row->cpu >= 0 ? 2 : 0);
}

static inline const struct in6_addr *ds_bind_addr(const struct ds_judge *j,
						  const struct ds_bind *bind)
{
	return &j->row[j->order[bind->row]].addr;
}

#endif
