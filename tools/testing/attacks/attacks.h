/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an unprivileged user can do to whoever reads the table. Runs in a guest whose clock counts
 * instructions (one is a nanosecond), so that times are bounds and not the host's mood.
 */
#ifndef DUALSTACK_ATTACKS_H
#define DUALSTACK_ATTACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "../stress/stress.h"

#define ATTACKER	1000	/* the uid of whoever attacks, and of most readers */
#define BYSTANDER	2000	/* the uid of somebody else */

#define ASK		"/proc/net/dualstack_ask"
#define ASK_THIS	"ask:"	/* a path that begins so is a question to ASK */

/* The bars. */
#define SECTION_NS	1000000		/* the longest RCU read section, but for single lookups */
#define KILL_SECONDS	0.1		/* from SIGKILL to the reader's end */
#define GROWTH		2.3		/* time of twice as much */
#define QUESTION_SECONDS 0.000025 /* a question: three system calls, and the lookup */
#define READ_SECONDS	60		/* a reader that takes longer is killed; waiting is cheap */

/**
 * struct cost - what one read of a file came to
 * @cpu: seconds of CPU time of the reader, from open() to close()
 * @lookup: seconds of that which single lookups on long chains took
 * @rows: lines behind the header
 * @bytes: length of the text
 * @err: errno of the open or read that failed, 0 where none did
 */
struct cost {
	double cpu;
	double lookup;
	unsigned long rows;
	size_t bytes;
	int err;
};

/* Sizes are larger with --full; of the shapes, they are @scale of 100. */
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

/* world.c: what root made before the attack */
void act_as_user(void);
void act_as_root(void);
void world_begin(void);
int add_device(const char *name, const char *kind, unsigned int table);
void enslave(int device, int master);
void join_device_group(int ifindex, unsigned int group);
void delete_device_group(unsigned int group);
void add_address4(int ifindex, unsigned int address);
void add_address6(int ifindex, unsigned long number);
void add_route4(int ifindex, unsigned int address);
void add_route6_metric(int ifindex, int len, unsigned int metric);

/* sockets.c; a socket is a line of open_socket(), and open for as long as the process lives */
int PRINTF(1, 2) bound_socket(const char *fmt, ...);
void join_groups(int ifindex, unsigned long n);
void join_groups6(int ifindex, unsigned long n);
void join_groups6_from(int ifindex, unsigned long first, unsigned long n);
void keep_old_peer(int fd, const char *peer);

/* Attacks: what they find is said with wrong(). */
void run_shape(const char *name);
const char *shape_name(size_t i);

void address_count(void);
void device_count(void);
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
