/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of the module's own work, shown in debugfs. */
#ifndef DUALSTACK_STATS_H
#define DUALSTACK_STATS_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct ds_stats - counters since the module was loaded
 * @snapshots: tables taken
 * @visited: sockets and buckets visited by the walkers
 * @restarts: buckets that were walked again, because a socket moved under the walker
 * @lookups: socket lookups made; one that is tried several times counts once
 * @lookup_chain: sockets in the chains that these lookups walked
 * @lookup_ns: time spent in lookups on a long chain, which run in an RCU section of their own
 * @gone: sockets that were closed after the walk and before their verdict was found
 * @walk_ns: time spent walking the tables
 * @sort_ns: time spent looking up device names and sorting
 * @judge_ns: time spent finding verdicts
 * @longest_ns: longest RCU read section, not counting those of @lookup_longest_ns
 * @lookup_longest_ns: longest RCU read section that consists of one lookup on a long chain
 * @bytes: memory that snapshots, and collections that are running, hold now
 * @dropped: snapshots, lists of owners and answers dropped because their account was full
 * @waits: how often a collection waited for room in its account
 * @failures: reads that could not collect the sockets or the owners
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

/* Raise a counter of the longest section to @ns, if that is longer. */
static inline void ds_stats_section(atomic64_t *counter, s64 ns)
{
	s64 longest = atomic64_read(counter);

	while (ns > longest && !atomic64_try_cmpxchg(counter, &longest, ns))
		;
}

#endif
