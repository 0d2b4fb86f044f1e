/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark's driver, which runs in the guest. It prints what it measures as lines of fields
 * that are separated by tabs; the `run` script makes tables of them.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "testlib.h"

#define OURS		"cat /proc/net/dualstack"
#define SOCKETS		"cat /sys/kernel/debug/dualstack/sockets"
#define OWNERS		"cat /sys/kernel/debug/dualstack/owners"
#define PROC_FILES	"cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6"

/* Cost of one run of a program. */
struct cost {
	double wall;		/* seconds */
	double user;
	double sys;
	long maxrss;		/* KiB */
};

/* Output of a counted run, and how it ended. */
struct output {
	long lines;
	long bytes;
	bool too_slow;
	int status;
};

struct contender {
	const char *command;	/* words separated by blanks, or a script for the shell */
	long rows;		/* it has to print at least so many lines */
	bool must;		/* has a bar: timed several times, however slow */
	bool shell;
	const char *name;	/* name in the tables, if it is not the command */
};

struct options {
	int runs;		/* fewest runs */
	double seconds;		/* repeat short rounds for this time */
	double slow;		/* a program that takes longer is run once, if it has no bar */
	double limit;		/* a program that takes longer is killed */
	bool ours;		/* only the first program of each contest */
	bool profile;		/* one run, between marks for the profiler */
};

extern struct options options;

/* run.c */
int run_counted(const struct contender *c, struct cost *cost, struct output *out);
int run_timed(const struct contender *c, struct cost *cost);
const char *contender_name(const struct contender *c);

/* contest.c */
void scene_begin(const char *name, const char *title);
void contest(const struct contender *c, size_t n);
void figure(const char *key, const char *unit, double value, double min, double max);
void profile_begin(void);
void profile_end(void);
double median(double *value, size_t n, double *min, double *max);

/* crowd.c: processes that hold sockets */
struct crowd {
	pid_t pid;
	int ready;
	int hold;
};

void crowd_start(struct crowd *crowd, void (*make)(const void *arg), const void *arg);
void crowd_wait(struct crowd *crowd);
void crowd_end(struct crowd *crowd);

/* sockets.c: the sockets of a crowd */
struct plan {
	int first_port;
	int listeners;
	int connections;
	int files;		/* open files besides the sockets */
	int ports;		/* ports per address; the addresses are 127.0.0.1, 127.0.0.2, ... */
	bool dual;		/* all on [::], for both families */
};

struct one_port {
	int type;		/* SOCK_STREAM, SOCK_DGRAM */
	int n;
	bool group;		/* one reuseport group on [::]; otherwise each on its own address */
	bool wildcard;		/* one more socket, on 0.0.0.0 */
};

void make_listeners(const void *plan);
void make_one_port(const void *one_port);
void make_namespaces(const void *count);

/* rate.c */
void measure_accepts(void);

/* scenes.c */
struct scene {
	const char *name;
	void (*run)(void);
};

extern const struct scene scenes[];
extern const size_t nscenes;

#endif
