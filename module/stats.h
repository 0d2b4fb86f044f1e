/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module counts of its own work, shown in debugfs. */
#ifndef DUALSTACK_STATS_H
#define DUALSTACK_STATS_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct ds_stats - counters since the module was loaded
 * @snapshots: tables taken
 * @visited: sockets and buckets passed by the walkers
 * @restarts: buckets that were walked again, because a socket moved under the walker
 * @lookups: questions asked of the kernel's socket lookup
 * @lookup_chain: sockets in the chains that these lookups walked
 * @lookup_ns: time spent in those of them that had a section of their own
 * @gone: sockets that were closed between the walk and their verdict
 * @walk_ns: time spent walking the tables
 * @sort_ns: time spent naming devices and sorting
 * @judge_ns: time spent finding verdicts
 * @longest_ns: longest stretch inside one RCU read section
 * @lookup_longest_ns: the same of sections that held one lookup on a long chain and nothing else
 * @bytes: memory that snapshots hold now
 * @dropped: snapshots that were dropped because their account was full
 * @waits: collections that waited for room in their account
 * @failures: reads that could not take a snapshot
 */
struct ds_stats {
	atomic64_t snapshots;
	atomic64_t visited;
	atomic64_t restarts;
	atomic64_t lookups;
	atomic64_t lookup_chain;
	atomic64_t lookup_ns;
	atomic64_t gone;
	atomic64_t walk_ns;
	atomic64_t sort_ns;
	atomic64_t judge_ns;
	atomic64_t longest_ns;
	atomic64_t lookup_longest_ns;
	atomic64_t bytes;
	atomic64_t dropped;
	atomic64_t waits;
	atomic64_t failures;
};

extern struct ds_stats ds_stats;

/* Keep the longest. */
static inline void ds_stats_section(atomic64_t *counter, s64 ns)
{
	s64 longest = atomic64_read(counter);

	while (ns > longest && !atomic64_try_cmpxchg(counter, &longest, ns))
		;
}

#endif
