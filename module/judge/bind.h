/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The binds of a port: what became of the packets that each covers, and the verdicts of its
 * rows.
 */
#ifndef DUALSTACK_BIND_H
#define DUALSTACK_BIND_H

#include "state.h"

#define DS_NO_ROW	((u32)-1)
#define DS_MANY_GROUPS	((u32)-2)

/* Rows of one bind differ in what a lookup scores: address family, and whether they name a CPU. */
#define DS_NSCORES	4

/**
 * struct ds_bind - what rows are bound to: an address, or the wildcard, and a device, or none
 * @ifindex: the device, or 0
 * @row: its rows in ds_judge.order begin here
 * @nrows: how many
 * @group: its groups in ds_judge.group begin here
 * @ngroups: how many
 * @plain: the first row that takes packets of any peer, or DS_NO_ROW
 * @other: the first such row of another group, or DS_NO_ROW
 * @stale: a row takes packets of its stale peer alone
 * @of_class: for each class the group that all its rows are of, as a distance from @group; or
 *	DS_NO_ROW, or DS_MANY_GROUPS
 * @score_row: for each score the first plain row, or DS_NO_ROW
 * @score_other: for each score the first plain row of another group, or DS_NO_ROW
 * @score_cpus: for each score the CPUs that its rows name, a set of ds_cpu_bit()
 * @reuseport: a plain row is in a reuseport group
 * @asked: questions about packets that it covers, but for those that do not count
 * @first: the first row that got a packet, or DS_BY_*
 * @second: the first row of another group that did
 * @unknown: questions without an answer: any row may have got the packet
 * @maybe: questions that a row of this class answers, and it is not known which
 * @won: questions that rows of this score win on every CPU
 * @split: for each score the rows, by the CPU that they name, that win some question on one CPU
 *	and lose it on another; a set of ds_cpu_bit()
 * @newcomer: some packet, not counted, went to a socket that is newer than the rows
 * @gone: some packet, not counted, went to nobody at all
 * @unheld: wildcard: it has unheld addresses to itself
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
 * struct ds_bind_group - the rows of one group on one bind; a single row is a group, too
 * @group: ds_judge_row.group
 * @won: questions that it won
 * @classes: classes of its rows, a set of 1 << class
 * @scores: scores of those that take packets of any peer, a set of 1 << score
 * @cpus: the CPUs that these name, a set of ds_cpu_bit()
 * @split: a stale peer's packets are won on one CPU and lost on another
 */
struct ds_bind_group {
	u32 group;
	u32 won;
	u8 classes;
	u8 scores;
	bool split;
	u64 cpus;
};

/* Stands for a row that names no CPU. */
#define DS_CPU_NONE	1ULL
/* Stands for all CPUs that have no bit of their own. */
#define DS_CPUS_HIGH	(DS_CPU_NONE << 63)

/* A set of one CPU; -1 for none. */
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

/* Which of its bind's scores a row has that takes packets of any peer. */
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
