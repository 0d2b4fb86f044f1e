// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shapes of tables, devices and processes, each in three sizes: the time must not grow faster than
 * the size, no RCU section may be long, and a reader can be killed at any moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "attacks.h"

#define STEPS		3
#define READS		4	/* of each size, after the first */
#define FIRST_PORT	2000
#define GROUPS		4000	/* groups to join, of each family */
#define VRFS		200
#define OLD_PEER	"fd99::2"

/**
 * struct shape - what grows between reads
 * @name: of the attack
 * @first: the smallest size; the others are twice and four times that
 * @most: limit of the first size with --full, which multiplies sizes by four; 0: no limit
 * @path: the file to read, or ASK_THIS and a question; NULL: the table
 * @root: only root may read @path
 * @prepare: called once, as root
 * @prepare_user: called once, as the user
 * @world: called for each size, as root, with the previous and the new size
 * @grow: called for each size, as the user, with the previous and the new size
 */
struct shape {
	const char *name;
	unsigned long first;
	unsigned long most;
	const char *path;
	bool root;
	void (*prepare)(void);
	void (*prepare_user)(void);
	void (*world)(unsigned long from, unsigned long to);
	void (*grow)(unsigned long from, unsigned long to);
};

static int dummy, other, vrf[VRFS];

static void add_dummy(void)
{
	dummy = add_device("dummy0", "dummy", 0);
	add_address4(dummy, 0x0a090001);
	add_address6(dummy, 1);
	add_address6(dummy, 2);
}

static void add_bare_dummy(void)
{
	add_dummy();
	other = add_device("bare", "dummy", 0);
}

/* Each on its own port, on an unassigned address. */
static void freebind(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 198.18.0.1 port=%lu freebind", FIRST_PORT + i);
}

/* The same, with 500 sockets on a port. */
static void freebind_ports(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%lu freebind",
			     ipv4_text(0xc6120001 + i), FIRST_PORT + i / 500);
}

static void no_address(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 0.0.0.0 port=%lu ifindex=%d", FIRST_PORT + i, other);
}

static void join_all(void)
{
	join_groups(1, GROUPS);
	join_groups(dummy, GROUPS);
}

static void multicast(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 224.9.9.9 port=%lu", FIRST_PORT + i);
}

static void multicast_port(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%d", ipv4_text(0xe4000000 + i), FIRST_PORT);
}

static void join_all6(void)
{
	join_groups6(1, GROUPS);
	join_groups6(dummy, GROUPS);
}

static void multicast6(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp ff05::9999 port=%lu", FIRST_PORT + i);
}

/* Bound to addresses of lo and to another device: no lookup finds them. */
static void nobody(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%d ifindex=%d", loopback_address(i), FIRST_PORT, dummy);
}

static void nobody_ports(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%lu ifindex=%d",
			     loopback_address(i), FIRST_PORT + i / 1001, dummy);
}

static void old_peers(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		keep_old_peer(bound_socket("udp fd99::1 port=%d reuseaddr", FIRST_PORT), OLD_PEER);
}

static void old_peers_any(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		keep_old_peer(bound_socket("udp :: port=%d reuseaddr", FIRST_PORT), OLD_PEER);
}

/* A UDP socket with an old peer on each port. */
static void old_peers_ports(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		keep_old_peer(bound_socket("udp :: port=%lu", FIRST_PORT + i), OLD_PEER);
}

static void one_address(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 127.0.0.1 port=%d reuseaddr", FIRST_PORT);
}

static void mapped(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp ::ffff:%s port=%d", loopback_address(i), FIRST_PORT);
}

static void group(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("tcp :: port=%d reuseport", FIRST_PORT);
}

/* A wildcard socket, bound before reuseport groups of one socket each on their own addresses. */
static void wildcard(void)
{
	bound_socket("tcp 0.0.0.0 port=%d reuseport", FIRST_PORT);
	bound_socket("udp 0.0.0.0 port=%d reuseaddr", FIRST_PORT);
}

static void tcp_addresses(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("tcp %s port=%d reuseport", loopback_address(i), FIRST_PORT);
}

static void udp_addresses(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%d reuseaddr", loopback_address(i), FIRST_PORT);
}

/* Each gets a copy of a packet to the all-hosts group. */
static void copies(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 0.0.0.0 port=%d reuseaddr", FIRST_PORT);
}

/* Two sockets on each port. */
static void pairs(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%lu reuseaddr",
			     i & 1 ? "127.0.0.1" : "0.0.0.0", FIRST_PORT + i / 2);
}

/* Two sockets on each port, with different SO_INCOMING_CPU. */
static void cpu_pairs(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 0.0.0.0 port=%lu cpu=%d reuseaddr",
			     FIRST_PORT + i / 2, (int)i & 1);
}

/* Connected sockets have no row, but the walk visits them. */
static void connected(unsigned long i, unsigned long to)
{
	for (; i < to; i++) {
		int fd = bound_socket("udp ::1 port=%lu", FIRST_PORT + i);
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);

		/* connect it to itself */
		if (getsockname(fd, (void *)&ss, &len) || connect(fd, (void *)&ss, len))
			wrong("connect: errno %d", errno);
	}
}

/* Rows whose verdicts depend on group memberships. */
static void two_multicast6(void)
{
	multicast6(0, 2);
}

static void join_more(unsigned long from, unsigned long to)
{
	join_groups6_from(dummy, from, to - from);
}

/* Rows whose verdicts depend on all addresses: a wildcard and an address. */
static void wildcard6(void)
{
	bound_socket("udp :: port=%d reuseaddr", FIRST_PORT);
	bound_socket("udp fd99::1 port=%d reuseaddr", FIRST_PORT);
}

static void five_listeners(void)
{
	bound_socket("tcp 0.0.0.0 port=1046");
	bound_socket("tcp :: port=1104");
	bound_socket("tcp 127.0.0.1 port=1049");
	bound_socket("udp :: port=1077");
	bound_socket("udp 0.0.0.0 port=1147");
}

static int *device;

/* Each on a port of its own and a group of its own, which nobody joined. */
static void multicast_groups(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%lu", ipv4_text(0xe4000000 + i), FIRST_PORT + i);
}

static void add_devices(unsigned long i, unsigned long to)
{
	char name[16];

	device = realloc(device, to * sizeof(*device));
	for (; i < to; i++) {
		snprintf(name, sizeof(name), "d%lu", i);
		device[i] = add_device(name, "dummy", 0);
		add_address4(device[i], 0x0a640000 + i);
	}
}

/* A wildcard socket on each device, all on one port. */
static void on_devices(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 0.0.0.0 port=%d ifindex=%d reuseaddr", FIRST_PORT, device[i]);
}

/* On each port a socket on a device and a socket on the device's address, which compete. */
static void on_device_pairs(unsigned long i, unsigned long to)
{
	for (; i < to; i++) {
		bound_socket("udp 0.0.0.0 port=%lu ifindex=%d reuseaddr",
			     FIRST_PORT + i, device[i]);
		bound_socket("udp %s port=%lu reuseaddr",
			     ipv4_text(0x0a640000 + i), FIRST_PORT + i);
	}
}

static void add_vrfs(void)
{
	char name[16];
	int i;

	for (i = 0; i < VRFS; i++) {
		snprintf(name, sizeof(name), "vrf%d", i);
		vrf[i] = add_device(name, "vrf", 1000 + i);
		snprintf(name, sizeof(name), "slave%d", i);
		enslave(add_device(name, "dummy", 0), vrf[i]);
	}
}

/* Rows in VRFs that have no address, one VRF after the other. */
static void on_vrfs(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 0.0.0.0 port=%lu ifindex=%d", FIRST_PORT + i, vrf[i % VRFS]);
}

/* On addresses that no VRF owns, all on one port. */
static void on_vrfs_one_port(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%d ifindex=%d freebind",
			     loopback_address(i), FIRST_PORT, vrf[i % VRFS]);
}

/* Sockets on no device get packets of all VRFs. */
static void accept_vrfs(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/udp_l3mdev_accept", "w");

	if (!f || fputs("1", f) < 0 || fclose(f))
		wrong("udp_l3mdev_accept: errno %d", errno);
}

static void add_bare_vrfs(unsigned long i, unsigned long to)
{
	char name[16];

	for (; i < to; i++) {
		snprintf(name, sizeof(name), "v%lu", i);
		add_device(name, "vrf", 10000 + i);
	}
}

/* Rows on the limited broadcast address in a VRF where it never arrives. */
static void on_broadcast(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 255.255.255.255 port=%lu ifindex=%d", FIRST_PORT + i, vrf[0]);
}

static void add_vrf(void)
{
	vrf[0] = add_device("vrf0", "vrf", 1000);
}

static void add_down_dummy(void)
{
	add_bare_dummy();
	set_down(other);
}

/* A group that all devices joined but the one that the rows are bound to, which is down. */
static void joined_elsewhere(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 224.0.0.1 port=%lu ifindex=%d", FIRST_PORT + i, other);
}

/* Devices of a VRF without addresses. */
static void add_slaves(unsigned long i, unsigned long to)
{
	char name[16];

	for (; i < to; i++) {
		snprintf(name, sizeof(name), "s%lu", i);
		enslave(add_device(name, "dummy", 0), vrf[0]);
	}
}

/* On each port a wildcard in the VRF, and a rival for which lookups have to be made. */
static void in_vrf_ports(unsigned long i, unsigned long to)
{
	for (; i < to; i++) {
		bound_socket("udp 0.0.0.0 port=%lu ifindex=%d reuseaddr", FIRST_PORT + i, vrf[0]);
		bound_socket("udp 127.0.0.1 port=%lu reuseaddr", FIRST_PORT + i);
	}
}

/* Devices of a VRF that own addresses and are down: no packet comes in there from outside. */
static void add_down_slaves(unsigned long i, unsigned long to)
{
	char name[16];

	for (; i < to; i++) {
		int slave;

		snprintf(name, sizeof(name), "s%lu", i);
		slave = add_device(name, "dummy", 0);
		enslave(slave, vrf[0]);
		add_address4(slave, 0x0a640000 + i);
		set_down(slave);
	}
}

static void in_vrf_one_port(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%d ifindex=%d freebind reuseaddr",
			     loopback_address(i), FIRST_PORT, vrf[0]);
}

static void lo_down(void)
{
	set_down(1);
}

static void add_down_devices(unsigned long i, unsigned long to)
{
	unsigned long k;

	add_devices(i, to);
	for (k = i; k < to; k++)
		set_down(device[k]);
}

/* On no device, and on addresses that no device owns. */
static void freebind_one_port(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%d freebind reuseaddr",
			     ipv4_text(0xc6120001 + i), FIRST_PORT);
}

/* Pairs of rows while sockets on no device get packets of all VRFs. */
static void pairs_by_two(unsigned long i, unsigned long to)
{
	pairs(2 * i, 2 * to);
}

/* VRFs, each with a device that owns the same address, and a row on it in each VRF. */
static void add_vrf_owners(unsigned long i, unsigned long to)
{
	char name[16];

	device = realloc(device, to * sizeof(*device));
	for (; i < to; i++) {
		int slave;

		snprintf(name, sizeof(name), "v%lu", i);
		device[i] = add_device(name, "vrf", 10000 + i);
		snprintf(name, sizeof(name), "s%lu", i);
		slave = add_device(name, "dummy", 0);
		enslave(slave, device[i]);
		add_address4(slave, 0x0a640001);
	}
}

static void on_vrf_owners(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp 10.100.0.1 port=%d ifindex=%d reuseaddr", FIRST_PORT, device[i]);
}

static void add_addresses(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		add_address4(dummy, 0x0a650000 + i);
}

static void add_addresses6(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		add_address6(dummy, 100 + i);
}

static void add_routes(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		add_route4(1, 0x0a650000 + i);
}

/* A socket on each of the addresses above, on one port, with wildcard(). */
static void on_addresses(unsigned long i, unsigned long to)
{
	for (; i < to; i++)
		bound_socket("udp %s port=%d reuseaddr", ipv4_text(0x0a650000 + i), FIRST_PORT);
}

/* End the previous process of this kind first. */
static void hold_instead(void (*fn)(unsigned long n), unsigned long n)
{
	static pid_t before;

	if (before)
		let_go(before);
	before = hold(fn, n);
}

static void hold_files(unsigned long n)
{
	while (n--)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			wrong("/dev/null: errno %d", errno);
}

static void descriptors(unsigned long from, unsigned long to)
{
	hold(hold_files, to - from);
}

static void *own_table(void *arg)
{
	if (unshare(CLONE_FILES))
		wrong("unshare: errno %d", errno);
	atomic_fetch_add(&shared->deeds, 1);
	for (;;)
		pause();
	return arg;
}

/* Threads with a file table each. */
static void hold_threads(unsigned long n)
{
	unsigned long i;
	pthread_attr_t attr;
	pthread_t thread;

	bound_socket("udp 0.0.0.0 port=0");
	shared->deeds = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1 << 14);
	for (i = 0; i < n; i++)
		if (pthread_create(&thread, &attr, own_table, NULL))
			wrong("thread %lu: errno %d", i, errno);
	while (shared->deeds < n && !shared->wrong)
		usleep(1000);
}

static void threads(unsigned long from, unsigned long to)
{
	(void)from;
	hold_instead(hold_threads, to);
}

static void own_world(void)
{
	if (unshare(CLONE_NEWUSER))
		wrong("unshare: errno %d", errno);
	world_begin();
}

static void hold_namespaces(unsigned long n)
{
	own_world();
	while (n--) {
		if (unshare(CLONE_NEWNET))
			wrong("unshare: errno %d", errno);
		bound_socket("udp 0.0.0.0 port=%d", FIRST_PORT);
	}
}

static void namespaces_of_user(unsigned long from, unsigned long to)
{
	hold(hold_namespaces, to - from);
}

/* Addresses and as many routes, with sockets whose verdicts depend on both. */
static void hold_routes(unsigned long n)
{
	own_world();
	add_dummy();
	add_addresses(0, n);
	add_routes(n, 2 * n);
	wildcard();
	on_addresses(0, 10);
	on_addresses(n, n + 10);
}

static void routes_of_user(unsigned long from, unsigned long to)
{
	(void)from;
	hold_instead(hold_routes, to);
}

/*
 * Addresses, and as many routes to one prefix, which covers most of them. The routes have to be
 * looked at: the device of the wildcard owns one address, and a socket holds that.
 */
static void hold_metrics(unsigned long n)
{
	unsigned long i;
	int len = 128;

	while (2UL << (128 - len) <= n)
		len--;
	own_world();
	add_dummy();
	add_addresses6(0, n);
	for (i = 0; i < n; i++)
		add_route6_metric(1, len, 1 + i);
	bound_socket("udp ::1 port=%d reuseaddr", FIRST_PORT);
	bound_socket("udp :: port=%d ifindex=1 reuseaddr", FIRST_PORT);
}

static void metrics_of_user(unsigned long from, unsigned long to)
{
	(void)from;
	hold_instead(hold_metrics, to);
}

static void hold_devices(unsigned long n)
{
	own_world();
	add_devices(0, n);
	wildcard();
	on_devices(0, n);
}

static void devices_of_user(unsigned long from, unsigned long to)
{
	(void)from;
	hold_instead(hold_devices, to);
}

static const struct shape shapes[] = {
	{ "freebind", 5000, .grow = freebind },
	{ "freebind-ports", 5000, .grow = freebind_ports },
	{ "no-address", 5000, .prepare = add_bare_dummy, .grow = no_address },
	{ "multicast", 5000, .prepare = add_dummy, .prepare_user = join_all, .grow = multicast },
	{ "multicast-port", 5000, .prepare = add_dummy, .prepare_user = join_all,
	  .grow = multicast_port },
	{ "multicast6", 5000, .prepare = add_dummy, .prepare_user = join_all6,
	  .grow = multicast6 },
	{ "nobody", 5000, .prepare = add_dummy, .grow = nobody },
	{ "nobody-ports", 5005, .prepare = add_dummy, .grow = nobody_ports },
	{ "old-peers", 2000, .most = 5000, .prepare = add_dummy, .grow = old_peers },
	{ "old-peers-any", 2000, .most = 5000, .prepare = add_dummy, .grow = old_peers_any },
	{ "old-peers-ports", 5000, .prepare = add_dummy, .grow = old_peers_ports },
	{ "one-address", 2500, .most = 5000, .grow = one_address },
	{ "mapped", 5000, .grow = mapped },
	{ "group", 5000, .most = 15000, .grow = group },
	{ "tcp-addresses", 5000, .prepare_user = wildcard, .grow = tcp_addresses },
	{ "udp-addresses", 5000, .prepare_user = wildcard, .grow = udp_addresses },
	{ "pairs", 5000, .grow = pairs },
	{ "cpu-pairs", 5000, .grow = cpu_pairs },
	{ "connected", 5000, .most = 15000, .prepare_user = five_listeners, .grow = connected },
	{ "groups6", 2500, .prepare = add_dummy, .prepare_user = two_multicast6,
	  .grow = join_more },
	{ "devices", 500, .prepare_user = five_listeners, .world = add_devices },
	{ "devices-groups", 1000, .world = add_devices, .grow = multicast_groups },
	{ "devices-one-port", 250, .prepare_user = wildcard, .world = add_devices,
	  .grow = on_devices },
	{ "devices-pairs", 250, .world = add_devices, .grow = on_device_pairs },
	{ "devices-joined", 1000, .prepare = add_down_dummy, .world = add_devices,
	  .grow = joined_elsewhere },
	{ "devices-broadcast", 1000, .prepare = add_vrf, .world = add_devices,
	  .grow = on_broadcast },
	{ "vrf-devices-ports", 1000, .prepare = add_vrf, .world = add_slaves,
	  .grow = in_vrf_ports },
	{ "vrf-devices-down", 1000, .prepare = add_vrf, .prepare_user = wildcard,
	  .world = add_down_slaves, .grow = in_vrf_one_port },
	{ "devices-down", 1000, .prepare = lo_down, .prepare_user = wildcard,
	  .world = add_down_devices, .grow = freebind_one_port },
	{ "vrf-owners", 500, .world = add_vrf_owners, .grow = on_vrf_owners },
	{ "vrfs-accept-ports", 500, .prepare = accept_vrfs, .world = add_bare_vrfs,
	  .grow = pairs_by_two },
	{ "vrfs", 5000, .prepare = add_vrfs, .grow = on_vrfs },
	{ "vrfs-one-port", 5000, .prepare = add_vrfs, .grow = on_vrfs_one_port },
	{ "vrfs-accept", 250, .prepare = accept_vrfs, .world = add_bare_vrfs, .grow = freebind },
	{ "addresses", 2500, .prepare = add_dummy, .prepare_user = wildcard,
	  .world = add_addresses, .grow = on_addresses },
	{ "addresses6-one", 4000, .prepare = add_dummy, .prepare_user = wildcard6,
	  .world = add_addresses6 },
	{ "addresses6", 2500, .prepare = add_dummy, .prepare_user = five_listeners,
	  .world = add_addresses6 },
	{ "routes", 2500, .prepare_user = wildcard, .world = add_routes, .grow = on_addresses },
	{ "ask-holders", 5000, .path = ASK_THIS "holders udp 2000", .grow = mapped },
	{ "ask-holders-tcp", 5000, .path = ASK_THIS "holders tcp 2000",
	  .prepare_user = wildcard, .grow = tcp_addresses },
	{ "ask-who", 1500, .most = 5000, .path = ASK_THIS "who udp 127.0.0.1 2000",
	  .grow = one_address },
	{ "ask-who-group", 5000, .most = 15000, .path = ASK_THIS "who tcp 127.0.0.1 2000",
	  .grow = group },
	{ "ask-who-copies", 1500, .most = 5000, .path = ASK_THIS "who udp 224.0.0.1 2000",
	  .prepare = add_dummy, .grow = copies },
	{ "ask-who-devices", 500, .path = ASK_THIS "who udp 255.255.255.255 2000",
	  .prepare_user = wildcard, .world = add_devices },
	{ "ask-who-groups6", 2500, .path = ASK_THIS "who udp ff05::9999 2000",
	  .prepare = add_dummy, .prepare_user = two_multicast6, .grow = join_more },
	{ "descriptors", 10000, .path = OWNERS, .root = true, .prepare_user = five_listeners,
	  .grow = descriptors },
	{ "threads", 250, .path = OWNERS, .root = true, .most = 1000, .grow = threads },
	{ "user-namespaces", 100, .most = 500, .path = SOCKETS, .root = true,
	  .grow = namespaces_of_user },
	{ "user-routes", 1000, .path = SOCKETS, .root = true, .grow = routes_of_user },
	{ "user-metrics", 1000, .path = SOCKETS, .root = true, .grow = metrics_of_user },
	{ "user-devices", 200, .path = SOCKETS, .root = true, .grow = devices_of_user },
};

const char *shape_name(size_t i)
{
	return i < ARRAY_SIZE(shapes) ? shapes[i].name : NULL;
}

static void make(const struct shape *s, unsigned long from, unsigned long to)
{
	if (s->world)
		s->world(from, to);
	act_as_user();
	if (s->grow)
		s->grow(from, to);
	act_as_root();
	settle();
}

static void prepare(const struct shape *s)
{
	if (s->prepare)
		s->prepare();
	act_as_user();
	if (s->prepare_user)
		s->prepare_user();
	act_as_root();
}

/* The fastest of several reads, fewer if they are slow: other work of the CPU is left out. */
static struct cost cost_of(const char *path, uid_t uid)
{
	struct cost least = read_cost(path, uid), next;
	double spent = least.cpu;
	int i;

	for (i = 0; i < READS && !least.err && spent < 1; i++) {
		next = read_cost(path, uid);
		spent += next.cpu;
		if (next.cpu < least.cpu)
			least = next;
	}
	return least;
}

static void check_growth(const struct shape *s, const char *path, uid_t uid)
{
	unsigned long first = s->first * scale / 100, n, from = 0;
	struct cost cost = { 0 };
	double last = 0, own;
	int step;

	if (full)
		first = s->most && first * 4 > s->most ? s->most : first * 4;
	for (step = 0; step < STEPS && !shared->wrong; step++) {
		n = first << step;
		make(s, from, n);
		cost = cost_of(path, uid);
		/* the length of a hash chain, and so of a lookup, is up to the kernel */
		own = cost.cpu - cost.lookup;
		ktap_note("%s %lu: %lu rows, %.2f ms, and %.2f ms in lookups, x%.2f", s->name, n,
			  cost.rows, own * 1e3, cost.lookup * 1e3, last ? own / last : 0);
		if (last && own / last > GROWTH)
			wrong("twice as much takes %.2f times as long", own / last);
		last = own;
		from = n;
	}
	check_kill(path, uid, cost.cpu);
}

void run_shape(const char *name)
{
	const struct shape *s = shapes;
	const char *path;

	while (strcmp(s->name, name))
		s++;
	path = s->path ?: TABLE;
	prepare(s);
	check_growth(s, path, s->root ? 0 : ATTACKER);
	check_section();
}
