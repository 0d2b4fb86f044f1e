/* SPDX-License-Identifier: GPL-2.0-only */
/* The campaign: what runs in a guest to break the module, and counts what it tried and lost. */
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
 * struct shared - what workers and the one who started them have in common
 * @stop: end your loop
 * @deeds: things done to the system
 * @reads: tables read to the end
 * @refused: reads that ended with an errno that is allowed there
 * @lost: standing sockets that a table lacked
 * @doubled: standing sockets that a table had more than once
 * @wrong: tables, rows or errnos that must not be
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
 * struct options - how long, and with what
 * @seconds: for a scenario that goes on until it is stopped
 * @count: of what a scenario repeats, where it counts
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

/* oracle.c: sockets that stand all the time, and the check that a table has each once */
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

/* scenarios: true where nothing was lost and nothing went wrong */
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
