/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RCU read sections that stay short: a walk counts its steps, leaves the section when they are used
 * up, lets others run, and enters a new one. The longest one is kept for the statistics.
 */
#ifndef DUALSTACK_SECTION_H
#define DUALSTACK_SECTION_H

#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include "stats.h"

/* What one section may cost. A step is the time of a look at an empty bucket. */
#define DS_SECTION_STEPS	2048
#define DS_SOCKET_STEPS		8
#define DS_LOOKUP_STEPS		64
#define DS_SECTION_SOCKETS	(DS_SECTION_STEPS / DS_SOCKET_STEPS)

struct ds_section {
	u64 entered;
	int steps;
};

static inline void ds_section_enter(struct ds_section *section)
	__acquires(RCU)
{
	section->steps = DS_SECTION_STEPS;
	section->entered = ktime_get_ns();
	rcu_read_lock();
}

static inline void ds_section_leave(struct ds_section *section)
	__releases(RCU)
{
	rcu_read_unlock();
	ds_stats_section(ktime_get_ns() - section->entered);
	cond_resched();
}

static inline bool ds_section_used_up(const struct ds_section *section)
{
	return section->steps <= 0;
}

#endif
