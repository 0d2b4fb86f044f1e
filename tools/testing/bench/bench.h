/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark's driver, as it runs in the guest. What it measures it prints as lines of fields
 * that tabs part; the `bench` script makes tables of them.
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

/* What one run of a program took. */
struct cost {
	double wall;		/* seconds */
	double user;
	double sys;
	long maxrss;		/* KiB */
};

/* What a counted run printed, and how it ended. */
struct output {
	long lines;
	long bytes;
	bool too_slow;
	int status;
};

struct contender {
	const char *command;	/* words parted by blanks, or a script for the shell */
	long rows;		/* lines that it has to print at least */
	bool must;		/* a bar is about it: timed several times, however slow */
	bool shell;
	const char *name;	/* in the tables, where not the command */
};

struct options {
	int runs;		/* at least */
	double seconds;		/* short rounds are repeated for so long */
	double slow;		/* what takes longer is run once, where no bar is about it */
	double limit;		/* and killed after so long */
	bool ours;		/* only the first of each contest */
	bool profile;		/* one run of it, between marks for the profiler */
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

/* sockets.c: what they hold */
struct plan {
	int first_port;
	int listeners;
	int connections;
	int files;		/* open files beside the sockets */
	int ports;		/* so many, on one address of 127.0.0.0/8 after the other */
	bool dual;		/* all on [::], for both families */
};

struct one_port {
	int type;		/* SOCK_STREAM, SOCK_DGRAM */
	int n;
	bool group;		/* one reuseport group on [::]; else each on its own address */
	bool wildcard;		/* and one more on 0.0.0.0 */
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
