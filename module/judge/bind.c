// SPDX-License-Identifier: GPL-2.0-only
/* Counts, for each bind of a port, who gets the packets that it covers. Derives the verdicts. */
#include "bind.h"
#include "merge.h"

static int cmp_rows(const void *a, const void *b, const void *arg)
{
	const struct ds_judge *j = arg;
	const struct ds_judge_row *x = &j->row[*(const u32 *)a];
	const struct ds_judge_row *y = &j->row[*(const u32 *)b];
	int diff = ds_addr_cmp(&x->addr, &y->addr);

	if (diff)
		return diff;
	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return 0;
}

static int sort_step(void *arg, u32 elements)
{
	struct ds_judge *j = arg;

	return j->ops->step(j->arg, elements);
}

/* Sort by bind, then by group. The wildcard address is all zero, so it comes first. */
static int sort_rows(struct ds_judge *j)
{
	const struct ds_merge merge = {
		.base	 = j->order,
		.scratch = j->order + j->nrows,
		.size	 = sizeof(*j->order),
		.cmp	 = cmp_rows,
		.step	 = sort_step,
		.arg	 = j,
	};
	u32 i;

	for (i = 0; i < j->nrows; i++)
		j->order[i] = i;
	return ds_merge_sort(&merge, j->nrows);
}

static bool is_wild(const struct ds_judge_row *row)
{
	return ds_addr_is_any6(&row->addr);
}

static void begin_bind(struct ds_bind *bind, const struct ds_judge_row *row, u32 at, u32 group)
{
	u32 i;

	memset(bind, 0, sizeof(*bind));
	bind->ifindex = row->ifindex;
	bind->row = at;
	bind->group = group;
	bind->plain = DS_NO_ROW;
	bind->other = DS_NO_ROW;
	bind->first = DS_BY_NOBODY;
	bind->second = DS_BY_NOBODY;
	for (i = 0; i < DS_NCLASSES; i++)
		bind->of_class[i] = DS_NO_ROW;
	for (i = 0; i < DS_NSCORES; i++) {
		bind->score_row[i] = DS_NO_ROW;
		bind->score_other[i] = DS_NO_ROW;
	}
}

static void begin_group(struct ds_bind *bind, struct ds_bind_group *group, u32 number)
{
	memset(group, 0, sizeof(*group));
	group->group = number;
	bind->ngroups++;
}

/* ds_binds_find() adds rows in the order of their groups, so @row is of the bind's last group. */
static void add_class(struct ds_bind *bind, const struct ds_judge_row *row)
{
	u32 group = bind->ngroups - 1;
	u32 *of_class = &bind->of_class[row->class];

	if (*of_class == DS_NO_ROW)
		*of_class = group;
	else if (*of_class != group)
		*of_class = DS_MANY_GROUPS;
}

static void add_score(struct ds_judge *j, struct ds_bind *bind, u32 row)
{
	const struct ds_judge_row *r = &j->row[row];
	u32 *first = &bind->score_row[ds_bind_score(r)];
	u32 *other = &bind->score_other[ds_bind_score(r)];

	bind->score_cpus[ds_bind_score(r)] |= ds_cpu_bit(r->cpu);
	if (*first == DS_NO_ROW)
		*first = row;
	else if (*other == DS_NO_ROW && j->row[*first].group != r->group)
		*other = row;
}

/* No IPv6 packet comes from an IPv4-mapped address, so a row with such a stale peer gets none. */
static void add_stale(struct ds_judge *j, u32 row)
{
	if (ds_addr_is_mapped(&j->row[row].peer))
		return;
	if (j->nstale++ < DS_MAX_STALE)
		j->stale[j->nstale - 1] = row;
}

static bool is_bind_of(const struct ds_judge *j, const struct ds_bind *bind,
		       const struct ds_judge_row *row)
{
	return bind->ifindex == row->ifindex && !ds_addr_cmp(ds_bind_addr(j, bind), &row->addr);
}

static void add_row(struct ds_judge *j, struct ds_bind *bind, u32 row)
{
	const struct ds_judge_row *r = &j->row[row];
	struct ds_bind_group *group = &j->group[bind->group + bind->ngroups - 1];

	bind->nrows++;
	j->spread |= !is_bind_of(j, bind, &j->row[r->group]);
	group->classes |= 1U << r->class;
	add_class(bind, r);
	bind->reuseport |= r->reuseport;
	if (r->stale) {
		bind->stale = true;
		add_stale(j, row);
		return;
	}
	group->scores |= 1U << ds_bind_score(r);
	group->cpus |= ds_cpu_bit(r->cpu);
	add_score(j, bind, row);
	if (bind->plain == DS_NO_ROW)
		bind->plain = row;
	else if (bind->other == DS_NO_ROW && j->row[bind->plain].group != r->group)
		bind->other = row;
}

/**
 * ds_binds_find() - sort the rows of a port into binds
 * @j: the port
 *
 * Context: process context; @j->ops->step may pause.
 * Return: 0 or a negative errno.
 */
int ds_binds_find(struct ds_judge *j)
{
	const struct ds_judge_row *last = NULL;
	struct ds_bind *bind = j->bind;
	u32 i, ngroups = 0;
	int err = sort_rows(j);

	j->nbinds = 0;
	j->nwild = 0;
	j->nstale = 0;
	j->spread = false;
	for (i = 0; i < j->nrows && !err; i++) {
		const struct ds_judge_row *row = &j->row[j->order[i]];
		bool same = last && last->ifindex == row->ifindex &&
			    !ds_addr_cmp(&last->addr, &row->addr);

		if (!same) {
			bind = &j->bind[j->nbinds++];
			begin_bind(bind, row, i, ngroups);
			j->nwild += is_wild(row);
		}
		if (!same || last->group != row->group)
			begin_group(bind, &j->group[ngroups++], row->group);
		add_row(j, bind, j->order[i]);
		last = row;
		err = j->ops->step(j->arg, 1);
	}
	return err;
}

/**
 * ds_bind_at() - find an address's bind on a device
 * @j: the port
 * @first: index of the address's first bind
 * @end: index after its last bind
 * @ifindex: the device, or 0 for the bind without a device
 *
 * Context: any.
 * Return: the bind or NULL.
 */
struct ds_bind *ds_bind_at(struct ds_judge *j, u32 first, u32 end, int ifindex)
{
	while (first < end) {
		u32 middle = first + (end - first) / 2;

		if (j->bind[middle].ifindex == ifindex)
			return &j->bind[middle];
		if (j->bind[middle].ifindex < ifindex)
			first = middle + 1;
		else
			end = middle;
	}
	return NULL;
}

/* Find the binds of an address, which are neighbours. */
static void find_binds(struct ds_judge *j, const struct in6_addr *addr, u32 *first, u32 *end)
{
	u32 low = 0, high = j->nbinds;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (ds_addr_cmp(ds_bind_addr(j, &j->bind[middle]), addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	for (high = j->nbinds; low < high;) {
		u32 middle = low + (high - low) / 2;

		if (ds_addr_cmp(ds_bind_addr(j, &j->bind[middle]), addr) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	*end = low;
}

/**
 * ds_binds_held() - whether some row is bound to an address
 * @j: the port
 * @addr: the address
 *
 * Context: any.
 * Return: true if one is.
 */
bool ds_binds_held(struct ds_judge *j, const struct in6_addr *addr)
{
	u32 first, end;

	find_binds(j, addr, &first, &end);
	return first < end;
}

/**
 * ds_binds_of() - find the binds of a row's address
 * @j: the port
 * @row: the row
 * @first: set to the index of the first bind
 * @end: set to the index after the last bind
 *
 * Context: any.
 */
void ds_binds_of(struct ds_judge *j, u32 row, u32 *first, u32 *end)
{
	find_binds(j, &j->row[row].addr, first, end);
}

/**
 * ds_bind_group_of() - find a row's group on a bind
 * @j: the port
 * @bind: the bind
 * @row: the row; it may be on another bind
 *
 * Context: any.
 * Return: the group, or NULL if it has no row on @bind.
 */
struct ds_bind_group *ds_bind_group_of(struct ds_judge *j, const struct ds_bind *bind, u32 row)
{
	u32 group = j->row[row].group;
	u32 low = bind->group, high = low + bind->ngroups;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (j->group[middle].group == group)
			return &j->group[middle];
		if (j->group[middle].group < group)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The group of a winner, which may also be DS_BY_OTHER. */
static u32 group_of(const struct ds_judge *j, u32 winner)
{
	return winner < j->nrows ? j->row[winner].group : winner;
}

/**
 * ds_bind_name() - remember who gets a packet that a bind covers
 * @j: the port
 * @bind: the bind; remembers the first two winners of different groups, for ds_judge_row.by
 * @winner: number of a row, or DS_BY_OTHER
 *
 * Context: any.
 */
void ds_bind_name(struct ds_judge *j, struct ds_bind *bind, u32 winner)
{
	if (bind->first == DS_BY_NOBODY)
		bind->first = winner;
	else if (bind->second == DS_BY_NOBODY && group_of(j, bind->first) != group_of(j, winner))
		bind->second = winner;
}

static void count_row(struct ds_judge *j, struct ds_bind *bind, u32 row)
{
	struct ds_bind_group *group = ds_bind_group_of(j, bind, row);

	bind->asked++;
	ds_bind_name(j, bind, row);
	if (group)
		group->won++;
}

/* Rows of several groups look like @row, so it is not known which of them gets the packet. */
static void count_class(struct ds_judge *j, struct ds_bind *bind, u32 row)
{
	const struct ds_judge_row *r = &j->row[row];

	bind->asked++;
	if (is_bind_of(j, bind, r))
		bind->maybe[r->class]++;
	else if (j->spread)
		bind->unknown++;
}

/**
 * ds_bind_only_group() - whether all rows of a row's bind and class are of one group
 * @j: the port
 * @bind: a bind
 * @row: the row
 *
 * Context: any.
 * Return: true if they are; false if not, or if @row is not on @bind.
 */
bool ds_bind_only_group(const struct ds_judge *j, const struct ds_bind *bind, u32 row)
{
	const struct ds_judge_row *r = &j->row[row];

	return is_bind_of(j, bind, r) && bind->of_class[r->class] != DS_MANY_GROUPS;
}

/**
 * ds_bind_count() - count who gets a packet that a bind covers
 * @j: the port
 * @bind: the bind
 * @answer: who gets it
 *
 * Context: any.
 */
void ds_bind_count(struct ds_judge *j, struct ds_bind *bind, const struct ds_answer *answer)
{
	switch (answer->kind) {
	case DS_ANSWER_ROW:
		count_row(j, bind, answer->row);
		break;
	case DS_ANSWER_CLASS:
		count_class(j, bind, answer->row);
		break;
	case DS_ANSWER_NOBODY:
		bind->asked++;
		break;
	case DS_ANSWER_OTHER:
		ds_bind_count_lost(j, bind, DS_BY_OTHER);
		break;
	case DS_ANSWER_NEWCOMER:
		bind->newcomer = true;
		break;
	case DS_ANSWER_GONE:
		bind->gone = true;
		break;
	case DS_ANSWER_UNKNOWN:
		bind->asked++;
		bind->unknown++;
		break;
	}
}

/**
 * ds_bind_count_lost() - count a packet that a bind covers and none of its rows gets
 * @j: the port
 * @bind: the bind
 * @by: number of the row that gets it, or DS_BY_OTHER
 *
 * Context: any.
 */
void ds_bind_count_lost(struct ds_judge *j, struct ds_bind *bind, u32 by)
{
	bind->asked++;
	ds_bind_name(j, bind, by);
}

static u32 sum(const u32 *count, u32 n, u32 set)
{
	u32 i, total = 0;

	for (i = 0; i < n; i++)
		total += set & 1U << i ? count[i] : 0;
	return total;
}

/* Whether rows of a group get a packet on one CPU and lose it on another. */
static bool is_split(const struct ds_bind *bind, const struct ds_bind_group *group)
{
	u32 i;

	for (i = 0; i < DS_NSCORES; i++)
		if (group->scores & 1U << i && bind->split[i] & group->cpus)
			return true;
	return group->split;
}

/* The verdict of the rows of one group on one bind. */
static enum ds_verdict verdict_of(const struct ds_bind *bind, const struct ds_bind_group *group,
				  bool shared)
{
	enum ds_verdict whole = shared ? DS_SHARED : DS_YES;
	u32 won = group->won + sum(bind->won, DS_NSCORES, group->scores);
	u32 maybe = bind->unknown + sum(bind->maybe, DS_NCLASSES, group->classes);

	if (!bind->asked)
		return bind->newcomer ? whole : DS_NOADDR;
	if (is_split(bind, group))
		return DS_PARTIAL;
	if (won >= bind->asked)
		return whole;
	if (won && won + maybe < bind->asked)
		return DS_PARTIAL;
	if (maybe)
		return DS_UNKNOWN;
	return won ? DS_PARTIAL : DS_SHADOWED;
}

static void judge_row(const struct ds_judge *j, const struct ds_bind *bind,
		      const struct ds_bind_group *group, struct ds_judge_row *row)
{
	row->gone = !bind->asked && bind->gone;
	row->verdict = verdict_of(bind, group, row->shared);
	row->alike = row->verdict == DS_UNKNOWN && bind->maybe[row->class];
	row->by = DS_BY_NOBODY;
	if (row->verdict != DS_PARTIAL && row->verdict != DS_SHADOWED)
		return;
	row->by = bind->first;
	if (group_of(j, bind->first) == row->group)
		row->by = bind->second;
}

/**
 * ds_binds_judge() - derive the verdict of each row from the counts
 * @j: the port
 *
 * Context: process context; @j->ops->step may pause.
 * Return: 0 or a negative errno.
 */
int ds_binds_judge(struct ds_judge *j)
{
	u32 i, k;
	int err = 0;

	for (i = 0; i < j->nbinds && !err; i++) {
		const struct ds_bind *bind = &j->bind[i];
		const struct ds_bind_group *group = &j->group[bind->group];

		for (k = 0; k < bind->nrows && !err; k++) {
			struct ds_judge_row *row = &j->row[j->order[bind->row + k]];

			group += row->group != group->group;
			judge_row(j, bind, group, row);
			err = j->ops->step(j->arg, 1);
		}
	}
	return err;
}
