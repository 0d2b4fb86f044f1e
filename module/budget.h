/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounded stretch of work under RCU. A local user decides how many sockets, devices, addresses,
 * groups and routes there are, so every loop over them takes its steps from a budget. When the
 * steps of a section are used up, or its time is, the work leaves the RCU read section, lets others
 * run, and sees whether the reader was killed.
 *
 * Two ways to use it:
 *	- ds_budget_step() for work that keeps no pointer from one step to the next;
 *	- ds_budget_spend() and ds_budget_used_up() for a walk along a list, which has to remember
 *	  where it paused before it leaves.
 */
#ifndef DUALSTACK_BUDGET_H
#define DUALSTACK_BUDGET_H

#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include "stats.h"

/* What one section may cost. One step costs about as much as a look at an empty bucket. */
#define DS_SECTION_STEPS	2048
#define DS_SECTION_NS		(500 * NSEC_PER_USEC)
/* The clock is read after so many steps. */
#define DS_SLICE_STEPS		256

#define DS_SOCKET_STEPS		8
#define DS_ADDRESS_STEPS	8
/* An entry of a list that is copied as it is. */
#define DS_ENTRY_STEPS		2
#define DS_LOOKUP_STEPS		64
#define DS_SECTION_SOCKETS	(DS_SECTION_STEPS / DS_SOCKET_STEPS)

/**
 * struct ds_budget - the present RCU read section
 * @entered: when it began, in ns
 * @until: when it is to end, in ns
 * @steps: left until the clock is read
 * @slices: how often the clock may be read
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

/* True once the section has to be left. */
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
 * A paused walk along a list has found its place again. The way there can't be split, since nothing
 * is held meanwhile; whatever it took, the walk then gets on for half the time of a section.
 */
static inline void ds_budget_renew(struct ds_budget *budget)
{
	budget->steps = DS_SLICE_STEPS;
	budget->slices = DS_SECTION_STEPS / DS_SLICE_STEPS;
	budget->until = ktime_get_ns() + DS_SECTION_NS / 2;
}

/* Use up what is left: the work is to leave the section at the next look. */
static inline void ds_budget_end(struct ds_budget *budget)
{
	budget->steps = 0;
	budget->slices = 0;
}

/**
 * ds_budget_pause() - leave the section, let others run, and enter a new one
 * @budget: the budget, in a section
 *
 * Context: inside the section. Pointers that RCU protects are void after it.
 * Return: 0, or -EINTR where the reader was killed.
 */
static inline int ds_budget_pause(struct ds_budget *budget)
	__must_hold(RCU)
{
	ds_budget_leave(budget);
	ds_budget_enter(budget);
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/**
 * ds_budget_step() - take steps; where they are used up, leave the section and enter a new one
 * @budget: the budget, in a section
 * @steps: how many
 *
 * Context: inside the section. Pointers that RCU protects are void after it.
 * Return: 0, or -EINTR where the reader was killed.
 */
static inline int ds_budget_step(struct ds_budget *budget, int steps)
	__must_hold(RCU)
{
	ds_budget_spend(budget, steps);
	return ds_budget_used_up(budget) ? ds_budget_pause(budget) : 0;
}

#endif
