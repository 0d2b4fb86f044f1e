// SPDX-License-Identifier: GPL-2.0-only
/* The scenes: sockets, and the programs that read them. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define STATS		"/sys/kernel/debug/dualstack/stats"
#define TABLE		"/proc/net/dualstack"

static long stat_value(const char *key)
{
	char name[64];
	long value;
	FILE *f = fopen(STATS, "r");

	if (!f)
		err(1, STATS);
	while (fscanf(f, "%63s %ld", name, &value) == 2) {
		if (!strcmp(name, key)) {
			fclose(f);
			return value;
		}
	}
	errx(1, "%s has no %s", STATS, key);
}

static void listeners_of(const struct plan *plan)
{
	const int n = plan->listeners, connections = plan->connections;
	const struct contender contenders[] = {
		{ OURS, n + 1, .must = true },
		{ "dualstack", n, .must = true },
		{ "cat /proc/net/tcp6", plan->dual ? n : n * 2 / 5, .must = true },
		{ PROC_FILES, n + 2 * connections, .must = n <= 10000 && connections <= 20000 },
		{ "ss -ltunH", n, .must = n <= 10000 },
		{ "ss -tnlH state listening", n },
		{ "netstat -ltun", n, .must = connections == 20000 },
		{ "ss -ltunHp", n },
		{ "netstat -ltunp", n },
		{ "lsof -nP -iTCP -sTCP:LISTEN", n },
	};
	struct crowd crowd;

	crowd_start(&crowd, make_listeners, plan);
	crowd_wait(&crowd);
	contest(contenders, ARRAY_SIZE(contenders));
	crowd_end(&crowd);
}

static void listeners(int n, int connections)
{
	const struct plan plan = { .first_port = 2000, .listeners = n, .connections = connections };

	listeners_of(&plan);
}

static void five(void)
{
	scene_begin("5", "5 TCP listeners");
	listeners(5, 0);
}

static void ten_thousand(void)
{
	scene_begin("10000", "10,000 TCP listeners");
	listeners(10000, 0);
}

static void dual(void)
{
	const struct plan plan = { .first_port = 2000, .listeners = 10000, .dual = true };

	scene_begin("dual", "10,000 TCP listeners on [::], each for both families");
	listeners_of(&plan);
}

#define DEBUGFS	"/sys/kernel/debug"

/* Without the module: the kernel's lookup by BPF, sock_diag, and /proc for the owners. */
static void without_module(void)
{
	const struct plan plan = { .first_port = 2000, .listeners = 10000 };
	const struct contender contenders[] = {
		{ "dualstack --source=bpf", 10000, .must = true },
		{ "dualstack --source=bpf check tcp/2001=46", 0, .must = true },
		{ "ss -ltunHp", 10000, .must = true },
		{ "ss -ltunH", 10000, .must = true },
		{ "ss -ltnH sport = :2001", 1, .must = true },
	};
	struct crowd crowd;

	scene_begin("bpf", "10,000 TCP listeners, without the module");
	crowd_start(&crowd, make_listeners, &plan);
	crowd_wait(&crowd);
	if (umount(DEBUGFS))
		err(1, "umount " DEBUGFS);
	contest(contenders, ARRAY_SIZE(contenders));
	if (mount("none", DEBUGFS, "debugfs", 0, NULL))
		err(1, "mount " DEBUGFS);
	crowd_end(&crowd);
}

/* One question, as a health check asks it, against a connection attempt. */
static void question(void)
{
	const struct plan plan = { .first_port = 2000, .listeners = 5 };
	const struct contender contenders[] = {
		{ "dualstack check -q tcp/127.0.0.1:2001=4", 0, .must = true },
		{ "nc -z 127.0.0.1 2001", 0, .must = true },
		{ "cat /dev/null", 0, .must = true },
	};
	struct crowd crowd;

	scene_begin("question", "5 TCP listeners, one of them asked about");
	crowd_start(&crowd, make_listeners, &plan);
	crowd_wait(&crowd);
	contest(contenders, ARRAY_SIZE(contenders));
	crowd_end(&crowd);
}

static void sixty_thousand(void)
{
	scene_begin("60000", "60,000 TCP listeners");
	listeners(60000, 0);
}

/* More sockets than ports: nine on each port, each on its own address. */
static void half_a_million(void)
{
	const struct plan plan = { .first_port = 2000, .listeners = 500000, .ports = 60000 };
	const struct contender ours = { OURS, 500001, .must = true };
	struct crowd crowd;

	scene_begin("500000", "500,000 TCP listeners, nine of them on a port");
	crowd_start(&crowd, make_listeners, &plan);
	crowd_wait(&crowd);
	contest(&ours, 1);
	crowd_end(&crowd);
}

static void connections(void)
{
	scene_begin("connections", "10,000 TCP listeners, 20,000 connections (both ends)");
	listeners(10000, 20000);
}

static void many_connections(void)
{
	scene_begin("connections100000", "10,000 TCP listeners, 100,000 connections (both ends)");
	listeners(10000, 100000);
}

/* Open the table and read a byte, which takes the snapshot. Return: the file. */
static int first_byte(void)
{
	int fd = open(TABLE, O_RDONLY | O_CLOEXEC);
	char byte;

	if (fd < 0 || read(fd, &byte, 1) != 1)
		err(1, TABLE);
	return fd;
}

/* Time of the snapshot, without the rest of the text. */
static void take_snapshot(double *ms)
{
	double begun = now();
	int fd = first_byte();

	*ms = (now() - begun) * 1e3;
	close(fd);
}

static void snapshot_alone(int runs)
{
	double ms[32], min, max, m;

	for (int i = 0; i < runs; i++)
		take_snapshot(&ms[i]);
	m = median(ms, runs, &min, &max);
	figure("first byte", "ms", m, min, max);
}

static void one_port(const struct one_port *p, const char *files, const char *ss,
		     const char *netstat)
{
	const long n = p->n + p->wildcard;
	const struct contender contenders[] = {
		{ OURS, n + 1, .must = true },
		{ files, n },
		{ ss, n },
		{ netstat, n },
	};
	struct crowd crowd;

	crowd_start(&crowd, make_one_port, p);
	crowd_wait(&crowd);
	contest(contenders, ARRAY_SIZE(contenders));
	crowd_end(&crowd);
}

static void reuseport(void)
{
	const struct one_port p = { .type = SOCK_STREAM, .n = 10000, .group = true };

	scene_begin("reuseport", "10,000 TCP sockets in one SO_REUSEPORT group");
	one_port(&p, PROC_FILES, "ss -ltunH", "netstat -ltun");
}

static void udp(void)
{
	const struct one_port p = { .type = SOCK_DGRAM, .n = 50000 };

	scene_begin("udp", "one UDP port on 50,000 addresses");
	one_port(&p, PROC_FILES, "ss -ltunH", "netstat -ltun");
}

static void linear_of(int type, int n, const char *name, const char *title)
{
	const struct one_port p = { .type = type, .n = n, .wildcard = true };
	const struct contender ours = { OURS, n + 2, .must = true };
	struct crowd crowd;
	long lookups;

	scene_begin(name, title);
	crowd_start(&crowd, make_one_port, &p);
	crowd_wait(&crowd);
	contest(&ours, 1);
	snapshot_alone(7);
	lookups = stat_value("lookups");
	take_snapshot(&(double){ 0 });
	lookups = stat_value("lookups") - lookups;
	figure("lookups a row", "", (double)lookups / (n + 1), (double)lookups / (n + 1),
	       (double)lookups / (n + 1));
	crowd_end(&crowd);
}

static void linear(void)
{
	linear_of(SOCK_DGRAM, 1000, "linear1000",
		  "one UDP port: 1,000 sockets, each on its own address, and a wildcard");
	linear_of(SOCK_DGRAM, 10000, "linear10000",
		  "one UDP port: 10,000 sockets, each on its own address, and a wildcard");
	linear_of(SOCK_DGRAM, 50000, "linear50000",
		  "one UDP port: 50,000 sockets, each on its own address, and a wildcard");
}

static void linear_tcp(void)
{
	linear_of(SOCK_STREAM, 1000, "linear1000tcp",
		  "one TCP port: 1,000 sockets, each on its own address, and a wildcard");
	linear_of(SOCK_STREAM, 10000, "linear10000tcp",
		  "one TCP port: 10,000 sockets, each on its own address, and a wildcard");
}

#define HOLDERS	50

/* 10,000 listeners and 50,000 open files, in 50 processes. */
static void start_holders(struct crowd *crowd)
{
	for (int i = 0; i < HOLDERS; i++) {
		const struct plan plan = {
			.first_port = 2000 + 200 * i, .listeners = 200, .files = 800,
		};

		crowd_start(&crowd[i], make_listeners, &plan);
		crowd_wait(&crowd[i]);
	}
}

static void end_holders(struct crowd *crowd)
{
	for (int i = 0; i < HOLDERS; i++)
		crowd_end(&crowd[i]);
}

static void owners(void)
{
	const struct contender contenders[] = {
		{ OWNERS, 10001, .must = true },
		{ "dualstack -tulnp", 10000, .must = true },
		{ "ss -ltunHp", 10000, .must = true },
		{ "netstat -ltunp", 10000 },
		{ "lsof -nP -iTCP -sTCP:LISTEN", 10000 },
	};
	struct crowd crowd[HOLDERS];

	scene_begin("owners", "owners of 10,000 listeners among 50,000 open files of 50 processes");
	start_holders(crowd);
	contest(contenders, ARRAY_SIZE(contenders));
	end_holders(crowd);
}

/* 100,000 sockets in one bucket: UDP hashes them by port. */
static void section(void)
{
	const struct one_port p = { .type = SOCK_DGRAM, .n = 100000, .wildcard = true };
	const struct contender ours = { OURS, 100002, .must = true };
	struct crowd crowd;
	double ns;

	scene_begin("section", "100,000 UDP sockets in one bucket");
	crowd_start(&crowd, make_one_port, &p);
	crowd_wait(&crowd);
	contest(&ours, 1);
	ns = stat_value("longest_ns");
	figure("longest RCU read section since boot", "ns", ns, ns, ns);
	crowd_end(&crowd);
}

static void memory(void)
{
	const struct plan plan = { .first_port = 2000, .listeners = 60000 };
	double before, bytes;
	struct crowd crowd;
	int fd;

	scene_begin("memory", "memory of the snapshot of 60,000 TCP listeners");
	crowd_start(&crowd, make_listeners, &plan);
	crowd_wait(&crowd);
	before = stat_value("bytes");
	fd = first_byte();
	bytes = (stat_value("bytes") - before) / plan.listeners;
	figure("bytes a row", "bytes", bytes, bytes, bytes);
	close(fd);
	snapshot_alone(7);
	crowd_end(&crowd);
}

/* The last scene, since its namespaces stay. */
static void namespaces(void)
{
	const int n = 500;
	const struct contender contenders[] = {
		{ SOCKETS, 5 * n + 1, .must = true },
		{ "for n in /run/netns/*; do nsenter --net=$n ss -ltunH; done", 5 * n,
		  .shell = true, .name = "nsenter --net=N ss -ltunH, for each N" },
		{ "for n in /run/netns/*; do ip netns exec ${n##*/} ss -ltunH; done", 5 * n,
		  .shell = true, .name = "ip netns exec N ss -ltunH, for each N" },
	};
	struct crowd crowd;

	scene_begin("namespaces", "500 network namespaces with 5 TCP listeners each");
	crowd_start(&crowd, make_namespaces, &n);
	crowd_wait(&crowd);
	contest(contenders, ARRAY_SIZE(contenders));
	crowd_end(&crowd);
}

static void accepts(void)
{
	const struct plan plan = { .first_port = 2000, .listeners = 10000 };
	struct crowd crowd;

	scene_begin("accepts", "accepts a second with 10,000 TCP listeners and a looping reader");
	crowd_start(&crowd, make_listeners, &plan);
	crowd_wait(&crowd);
	measure_accepts();
	crowd_end(&crowd);
}

const struct scene scenes[] = {
	{ "5", five },
	{ "10000", ten_thousand },
	{ "dual", dual },
	{ "bpf", without_module },
	{ "question", question },
	{ "60000", sixty_thousand },
	{ "500000", half_a_million },
	{ "connections", connections },
	{ "connections100000", many_connections },
	{ "reuseport", reuseport },
	{ "udp", udp },
	{ "owners", owners },
	{ "linear", linear },
	{ "lineartcp", linear_tcp },
	{ "memory", memory },
	{ "section", section },
	{ "accepts", accepts },
	{ "namespaces", namespaces },
};

const size_t nscenes = ARRAY_SIZE(scenes);
