/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attacks of an unprivileged user on readers of the table. They run in a guest whose clock counts
 * instructions (one is a nanosecond), so the limits on time do not depend on the host's load.
 */
#ifndef DUALSTACK_ATTACKS_H
#define DUALSTACK_ATTACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "../stress/stress.h"

#define ATTACKER	1000	/* uid of the attacker, and of most readers */
#define BYSTANDER	2000	/* uid of another user */

#define ASK		"/proc/net/dualstack_ask"
#define ASK_THIS	"ask:"	/* a path with this prefix is a question for ASK */

/* Limits. */
#define SECTION_NS	1000000		/* longest RCU read section, without single lookups */
#define KILL_SECONDS	0.1		/* from SIGKILL to the end of the reader */
#define GROWTH		2.3		/* largest factor of the time if the size doubles */
#define QUESTION_SECONDS 0.000025 /* three system calls and the lookup */
#define READ_SECONDS	60		/* a reader that takes longer is killed */

/**
 * struct cost - the cost of one read of a file
 * @cpu: CPU seconds of the reader, from open() to close()
 * @lookup: the part of @cpu that single lookups on long chains took
 * @rows: lines behind the header
 * @bytes: length of the text
 * @err: errno of the open() or read() that failed, or 0
 */
struct cost {
	double cpu;
	double lookup;
	unsigned long rows;
	size_t bytes;
	int err;
};

/* --full makes sizes larger; those of shapes are scaled to @scale percent. */
extern bool full;
extern unsigned int scale;

/* measure.c */
void become(uid_t uid);
pid_t start_process(void (*fn)(void *arg), void *arg, uid_t uid);
pid_t hold(void (*fn)(unsigned long n), unsigned long n);
void let_go(pid_t pid);
bool ends_within(pid_t pid, double seconds);
struct cost read_cost(const char *path, uid_t uid);
double kill_seconds(const char *path, uid_t uid, double after);
void check_kill(const char *path, uid_t uid, double read_seconds);
void check_section(void);
bool section_was_long(void);
void settle(void);

/* world.c: what root sets up before the attack */
void act_as_user(void);
void act_as_root(void);
void world_begin(void);
int add_device(const char *name, const char *kind, unsigned int table);
void set_down(int ifindex);
void enslave(int device, int master);
void join_device_group(int ifindex, unsigned int group);
void delete_device_group(unsigned int group);
void add_address4(int ifindex, unsigned int address);
void add_address6(int ifindex, unsigned long number);
void add_rule4(unsigned int number);
void add_route4(int ifindex, unsigned int address);
void add_route6_metric(int ifindex, int len, unsigned int metric);

/* sockets.c: bound_socket() takes a line of open_socket(); sockets live as long as the process. */
int PRINTF(1, 2) bound_socket(const char *fmt, ...);
void join_groups(int ifindex, unsigned long n);
void join_groups6(int ifindex, unsigned long n);
void join_groups6_from(int ifindex, unsigned long first, unsigned long n);
void keep_old_peer(int fd, const char *peer);

/* Attacks; they report failures with wrong(). */
void run_shape(const char *name);
const char *shape_name(size_t i);

void address_count(void);
void device_count(void);
void rule_count(void);
void odd_offsets(void);
void link_del(void);
void incoming_cpu(void);
void ask_accepts(void);
void ask_cost(void);
void open_files(void);
void passed_files(void);
void namespace_files(void);
void many_readers(void);
void many_address_readers(void);
void small_cgroup(void);

#endif
