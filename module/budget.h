/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounds the length of RCU read sections. A local user can create any number of sockets, devices,
 * addresses, groups and routes, so every loop over them spends steps of a budget. When the steps or
 * the time of a section are used up, the loop leaves the RCU read section, calls cond_resched() and
 * checks whether the reader was killed.
 *
 * There are two ways to use it:
 *	- ds_budget_step(), for a loop that keeps no RCU-protected pointer across steps;
 *	- ds_budget_spend() and ds_budget_used_up(), for a walk along a list, which has to store its
 *	  position before it leaves the section.
 */
#ifndef DUALSTACK_BUDGET_H
#define DUALSTACK_BUDGET_H

#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include "stats.h"

/* Limits of one section. One step costs about as much as visiting an empty bucket. */
#define DS_SECTION_STEPS	2048
#define DS_SECTION_NS		(500 * NSEC_PER_USEC)
/* Steps between two reads of the clock. */
#define DS_SLICE_STEPS		256

#define DS_SOCKET_STEPS		8
#define DS_ADDRESS_STEPS	8
/* Steps for a list entry that is only copied. */
#define DS_ENTRY_STEPS		2
#define DS_LOOKUP_STEPS		64
/*
 * A route lookup walks all routing rules, and all routes and addresses that are alike. Root of a
 * network namespace decides how many there are, so the clock is read after each lookup.
 */
#define DS_ROUTE_STEPS		DS_SLICE_STEPS
#define DS_SECTION_SOCKETS	(DS_SECTION_STEPS / DS_SOCKET_STEPS)

/**
 * struct ds_budget - the budget of the current RCU read section
 * @entered: when the section began, in ns
 * @until: when it has to end, in ns
 * @steps: steps left until the clock is read
 * @slices: slices of DS_SLICE_STEPS left, including the current one
 */
struct ds_budget {
	u64 entered;
	u64 until;
	int steps;
	int slices;
};

static inline void ds_budget_enter(struct ds_budget *budget)
	__acquires(RCU)
{
	budget->steps = DS_SLICE_STEPS;
	budget->slices = DS_SECTION_STEPS / DS_SLICE_STEPS;
	budget->entered = ktime_get_ns();
	budget->until = budget->entered + DS_SECTION_NS;
	rcu_read_lock();
}

static inline void ds_budget_leave(struct ds_budget *budget)
	__releases(RCU)
{
	rcu_read_unlock();
	ds_stats_section(&ds_stats.longest_ns, ktime_get_ns() - budget->entered);
	cond_resched();
}

static inline void ds_budget_spend(struct ds_budget *budget, int steps)
{
	budget->steps -= steps;
}

/* Returns true if the loop has to leave the section now. */
static inline bool ds_budget_used_up(struct ds_budget *budget)
{
	while (budget->steps <= 0) {
		if (budget->slices <= 1 || ktime_get_ns() > budget->until) {
			budget->slices = 0;
			return true;
		}
		budget->slices--;
		budget->steps += DS_SLICE_STEPS;
	}
	return false;
}

/*
 * A walk along a list calls this when it continues after a pause and has found its position again.
 * It held no reference to an entry, so it had to search from the start of the list without a pause.
 * To let it make progress, this gives it half the time of a section, whatever the search took.
 */
static inline void ds_budget_renew(struct ds_budget *budget)
{
	budget->steps = DS_SLICE_STEPS;
	budget->slices = DS_SECTION_STEPS / DS_SLICE_STEPS;
	budget->until = ktime_get_ns() + DS_SECTION_NS / 2;
}

/* Use up the budget: the next ds_budget_used_up() returns true. */
static inline void ds_budget_end(struct ds_budget *budget)
{
	budget->steps = 0;
	budget->slices = 0;
}

/**
 * ds_budget_pause() - leave the section, reschedule, and enter a new one
 * @budget: the budget, in a section
 *
 * Context: inside the section. RCU-protected pointers are invalid afterwards.
 * Return: 0, or -EINTR if the reader was killed.
 */
static inline int ds_budget_pause(struct ds_budget *budget)
	__must_hold(RCU)
{
	ds_budget_leave(budget);
	ds_budget_enter(budget);
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/**
 * ds_budget_step() - spend steps; if the budget is used up, pause
 * @budget: the budget, in a section
 * @steps: number of steps
 *
 * Context: inside the section. RCU-protected pointers are invalid afterwards.
 * Return: 0, or -EINTR if the reader was killed.
 */
static inline int ds_budget_step(struct ds_budget *budget, int steps)
	__must_hold(RCU)
{
	ds_budget_spend(budget, steps);
	return ds_budget_used_up(budget) ? ds_budget_pause(budget) : 0;
}

#endif
