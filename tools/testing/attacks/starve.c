// SPDX-License-Identifier: GPL-2.0-only
/* Readers that get no CPU, and busy CPUs: nobody may have to wait for such a reader. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "attacks.h"

#define STARVED		2
#define DEVICES		300	/* more than fit into one RCU section */
#define DEVICE_GROUP	7
#define ROUNDS		3
#define DELETE_SECONDS	0.1
#define LOOKS		20	/* samples of the reader's state, one in 50 ms */

static void spin(void *arg)
{
	(void)arg;
	for (;;)
		;
}

static void read_for_ever(void *arg)
{
	size_t len;

	(void)arg;
	for (;;)
		free(slurp(TABLE, &len));
}

static void read_when_idle(void *arg)
{
	const struct sched_param none = { 0 };

	if (sched_setscheduler(0, SCHED_IDLE, &none))
		wrong("SCHED_IDLE: errno %d", errno);
	read_for_ever(arg);
}

static void add_devices(void)
{
	char name[16];
	int i, ifindex;

	for (i = 0; i < DEVICES; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		ifindex = add_device(name, "dummy", 0);
		add_address4(ifindex, 0x0a640000 + i);
		join_device_group(ifindex, DEVICE_GROUP);
	}
}

/*
 * The slowest of several deletions. @spinner takes the CPU at a random moment and stops when the
 * devices are gone. All devices go, since a reader may look at any of them.
 */
static double slowest_delete(pid_t spinner)
{
	double slowest = 0, begin;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		add_devices();
		usleep(20000 + rand() % 20000);
		kill(spinner, SIGCONT);
		begin = now();
		delete_device_group(DEVICE_GROUP);
		slowest = now() - begin > slowest ? now() - begin : slowest;
		kill(spinner, SIGSTOP);
	}
	return slowest;
}

/* Delete devices while readers that get hardly any CPU look at them. */
void link_del(void)
{
	pid_t spinner = start_process(spin, NULL, ATTACKER);
	double alone, beside;
	int i;

	kill(spinner, SIGSTOP);
	act_as_user();
	/* rows whose verdicts depend on the local addresses */
	bound_socket("udp 0.0.0.0 port=2000 reuseaddr");
	bound_socket("udp 10.100.0.0 port=2000 freebind reuseaddr");
	act_as_root();
	alone = slowest_delete(spinner);
	for (i = 0; i < STARVED; i++)
		start_process(read_when_idle, NULL, ATTACKER);
	beside = slowest_delete(spinner);
	ktap_note("%d devices go in %.0f ms, beside starved readers in %.0f ms", DEVICES,
		  alone * 1e3, beside * 1e3);
	if (beside > alone + DELETE_SECONDS)
		wrong("devices took %.0f ms more to go", (beside - alone) * 1e3);
}

/* The letter after the name in /proc/PID/stat. */
static char state_of(pid_t pid)
{
	char path[64], state = '?', *text;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text = slurp(path, &len);
	if (text)
		sscanf(text, "%*d (%*[^)]) %c", &state);
	free(text);
	return state;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		wrong("affinity: errno %d", errno);
}

/* As root: a program that never yields its CPU, like a poll-mode driver. */
static void spin_for_real(void *arg)
{
	const struct sched_param first = { 1 };

	pin(1);
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		wrong("SCHED_FIFO: errno %d", errno);
	spin(arg);
}

/* Seconds from SIGKILL to the reader's end; @waiting counts how often it was seen in state D. */
static double end_of_reader(int *waiting)
{
	pid_t reader = start_process(read_for_ever, NULL, ATTACKER);
	double begin;
	int i;

	for (i = 0; i < LOOKS; i++) {
		*waiting += state_of(reader) == 'D';
		usleep(50000);
	}
	begin = now();
	kill(reader, SIGKILL);
	if (!ends_within(reader, 2))
		wrong("SIGKILL ends no reader");
	return now() - begin;
}

/*
 * A user's sockets name a CPU that a program of root keeps busy. The guest has two CPUs and a real
 * clock, which runs on while the host does other things: the fastest of three ends counts.
 */
void incoming_cpu(void)
{
	double fastest = 1e9;
	int i, waiting = 0;
	pid_t spinner;

	put("/proc/sys/kernel/sched_rt_runtime_us", "-1");
	act_as_user();
	for (i = 0; i < 2; i++)
		bound_socket("udp 0.0.0.0 port=2000 cpu=%d reuseaddr", i);
	act_as_root();
	pin(0);
	spinner = start_process(spin_for_real, NULL, 0);
	usleep(100000);
	for (i = 0; i < 3 && !shared->wrong; i++) {
		double s = end_of_reader(&waiting);

		fastest = s < fastest ? s : fastest;
	}
	ktap_note("readers in state D %d of %d times; gone %.2f ms after SIGKILL", waiting,
		  i * LOOKS, fastest * 1e3);
	if (fastest > KILL_SECONDS)
		wrong("SIGKILL took %.0f ms", fastest * 1e3);
	if (waiting)
		wrong("a reader waits for another CPU");
	let_go(spinner);
	put("/proc/sys/kernel/sched_rt_runtime_us", "950000");
}
