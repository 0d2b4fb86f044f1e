/* SPDX-License-Identifier: GPL-2.0-only */
/* The stress test: runs in a guest, tries to break the module, and counts what it did and lost. */
#ifndef DUALSTACK_STRESS_H
#define DUALSTACK_STRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "testlib.h"

#define TABLE	"/proc/thread-self/net/dualstack"
#define SOCKETS	"/sys/kernel/debug/dualstack/sockets"
#define OWNERS	"/sys/kernel/debug/dualstack/owners"
#define STATS	"/sys/kernel/debug/dualstack/stats"

/**
 * struct shared - memory that the workers share with the main process
 * @stop: workers have to end
 * @deeds: changes of the system
 * @reads: tables that were read to the end
 * @refused: reads that failed with an allowed errno
 * @lost: standing sockets that were missing in a table
 * @doubled: standing sockets that were in a table more than once
 * @wrong: wrong tables, rows or errnos
 */
struct shared {
	atomic_bool stop;
	atomic_ulong deeds;
	atomic_ulong reads;
	atomic_ulong refused;
	atomic_ulong lost;
	atomic_ulong doubled;
	atomic_ulong wrong;
};

/**
 * struct options - options of a scenario
 * @seconds: time for a scenario without an end
 * @count: number of repetitions, for a scenario that counts
 * @module: path of dualstack.ko, for scenarios that load it
 */
struct options {
	double seconds;
	unsigned long count;
	const char *module;
};

extern struct shared *shared;

/* crew.c */
typedef void worker_fn(int number);
void crew_begin(void);
void crew_start(worker_fn *fn, int number);
bool crew_stop(void);
void crew_wait(double seconds);
void PRINTF(1, 2) wrong(const char *fmt, ...);

/* text.c */
bool table_is_sound(const char *text, size_t len, bool all);
long stat_of(const char *name);

/* oracle.c: standing sockets, which exist all the time, and the check that a table has each once */
typedef bool inode_fn(const char *line, unsigned long *inode);
inode_fn inode_dualstack, inode_all, inode_proc, inode_ss;
void oracle_clear(void);
void oracle_add(int fd);
size_t oracle_size(void);
bool oracle_check(const char *text, inode_fn *inode_of);

/* sock.c */
int make_socket(int type, const char *addr, int port, bool reuseport);
void make_room(unsigned long files);

/* module.c: 0 or an errno */
int load_module(const char *path);
int unload_module(void);

/* scenarios: return whether nothing was lost and nothing was wrong */
bool churn(const struct options *opt);
bool churn_moves(const struct options *opt);
bool churn_ss(const struct options *opt);
bool churn_tcp6(const struct options *opt);
bool churn_udp6(const struct options *opt);
bool namespaces(const struct options *opt);
bool devices(const struct options *opt);
bool load(const struct options *opt);
bool load_open(const struct options *opt);
bool load_blocked(const struct options *opt);
bool fault(const struct options *opt);
bool hostile_reads(const struct options *opt);
bool hostile_threads(const struct options *opt);
bool hostile_users(const struct options *opt);
bool hostile_memory(const struct options *opt);
bool hostile_files(const struct options *opt);
bool questions(const struct options *opt);
bool big_bucket(const struct options *opt);
bool big_listeners(const struct options *opt);
bool big_namespaces(const struct options *opt);

#endif
