// SPDX-License-Identifier: GPL-2.0-only
/* Reads that must not cost more although there are more addresses, devices or offsets. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "attacks.h"

#define ADDRESSES	20000
#define ADDRESSES_EACH	2000	/* on one device */
#define ADDRESS_RATIO	1.2
#define DEVICES		1000
#define DEVICE_RATIO	2.0
#define OFFSETS		1000
#define RULES		4000
#define RULED_ROWS	200
#define OFFSET_RATIO	10.0

static struct cost least(void)
{
	struct cost best = read_cost(TABLE, ATTACKER);
	int i;

	for (i = 0; i < 4; i++) {
		struct cost c = read_cost(TABLE, ATTACKER);

		if (c.cpu < best.cpu)
			best = c;
	}
	return best;
}

static void compare(const char *what, struct cost few, struct cost many, double bar)
{
	double ratio = many.cpu / few.cpu;

	ktap_note("%s: %.3f ms, then %.3f ms: x%.2f", what, few.cpu * 1e3, many.cpu * 1e3, ratio);
	if (ratio > bar)
		wrong("%s: %.2f times as long", what, ratio);
}

static void listen_on(int n, const int *device, int devices)
{
	int i;

	for (i = 0; i < n; i++)
		bound_socket("tcp 0.0.0.0 port=%d ifindex=%d",
			     2000 + i, device ? device[i % devices] : 0);
}

static int add_named_device(int i)
{
	char name[16];

	snprintf(name, sizeof(name), "d%d", i);
	return add_device(name, "dummy", 0);
}

/* Five wildcard listeners: few local addresses, then many. */
void address_count(void)
{
	int home = 0, i;
	struct cost few;

	act_as_user();
	listen_on(5, NULL, 0);
	act_as_root();
	settle();
	few = least();
	/* spread over devices: the kernel's list of a device's addresses is slow if it is long */
	for (i = 0; i < ADDRESSES; i++) {
		if (!(i % ADDRESSES_EACH))
			home = add_named_device(i / ADDRESSES_EACH);
		add_address4(home, 0x0a640000 + i);
	}
	settle();
	compare("5 listeners beside 2 and 20,002 addresses", few, least(), ADDRESS_RATIO);
	check_kill(TABLE, ATTACKER, few.cpu);
	check_section();
}

static int device[DEVICES];

static void listen_on_devices(unsigned long devices)
{
	listen_on(DEVICES, device, devices);
}

static void add_devices(int from, int to)
{
	for (; from < to; from++) {
		device[from] = add_named_device(from);
		add_address4(device[from], 0x0a640000 + from);
	}
}

/* The same number of listeners, on 10 devices and on a device each. */
void device_count(void)
{
	struct cost few;
	pid_t pid;

	add_devices(0, 10);
	pid = hold(listen_on_devices, 10);
	settle();
	few = least();
	let_go(pid);
	add_devices(10, DEVICES);
	hold(listen_on_devices, DEVICES);
	settle();
	compare("1,000 listeners on 10 devices and on 1,000", few, least(), DEVICE_RATIO);
	check_section();
}

/*
 * Routing rules, all of which each route lookup walks. How long a lookup takes is up to the kernel,
 * but there must not be many of them in one RCU section.
 */
void rule_count(void)
{
	struct cost cost;
	int i;

	for (i = 0; i < RULES; i++)
		add_rule4(i);
	act_as_user();
	for (i = 0; i < RULED_ROWS; i++)
		bound_socket("udp %s port=%d freebind", ipv4_text(0xc6120001 + i), 2000 + i);
	act_as_root();
	settle();
	cost = least();
	ktap_note("%d rows beside %d rules: %.2f ms", RULED_ROWS, RULES, cost.cpu * 1e3);
	check_kill(TABLE, ATTACKER, cost.cpu);
	check_section();
}

/* Reads of single bytes at any offset of a snapshot that exists already. */
void odd_offsets(void)
{
	struct cost whole;
	double begin;
	char byte;
	int fd, i;

	act_as_user();
	listen_on(5000, NULL, 0);
	act_as_root();
	settle();
	whole = least();
	act_as_user();
	fd = open(TABLE, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &byte, 1) != 1)
		wrong("one byte: errno %d", errno);
	begin = now();
	for (i = 0; i < OFFSETS; i++)
		if (pread(fd, &byte, 1, 1 + (i * 7919UL) % (whole.bytes - 1)) != 1)
			wrong("pread: errno %d", errno);
	act_as_root();
	compare("1,000 bytes anywhere", whole,
		(struct cost){ .cpu = now() - begin }, OFFSET_RATIO);
	check_section();
}
