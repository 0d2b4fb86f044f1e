// SPDX-License-Identifier: GPL-2.0-only
/* The words at the end of a row: each case produces one and compares it with the kernel's value. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "truth.h"
#include "wire.h"

#define PORT	6000

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

struct fixture {
	struct world *w;
	struct rng *rng;
	struct tally *t;
	struct round r;
	int clients[16];
	int nr_clients;
};

static struct sock *add(struct fixture *f, enum proto proto, const char *addr)
{
	struct sock *s = &f->r.socks[f->r.nr_socks++];

	sock_spec(s, proto, addr, PORT);
	return s;
}

/* The value of a word in the row of the fixture's first socket, or "". */
static const char *word(struct fixture *f, const char *key, char *buf, size_t len)
{
	struct table t;
	char why[256];
	struct row *row;

	buf[0] = '\0';
	if (table_read(f->w->table_path, &t, why, sizeof(why))) {
		printf("# %s\n", why);
		return "?";
	}
	row = table_find(&t, f->r.socks[0].ino);
	if (row)
		row_word(row, key, buf, len);
	table_free(&t);
	return buf;
}

static bool word_is(struct fixture *f, const char *key, const char *want)
{
	char buf[64];
	const char *got = word(f, key, buf, sizeof(buf));

	if (!strcmp(got, want))
		return true;
	printf("# %s: the table says \"%s\", should be \"%s\"\n", key, got, want);
	return false;
}

/* Connections that nobody accepts, from the host to 127.0.0.1 or ::1. */
static void connect_some(struct fixture *f, int nr, const char *to)
{
	struct ipaddr ip = ip_parse(to);
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&ip, PORT, 0, &ss);

	while (nr-- && f->nr_clients < (int)ARRAY_SIZE(f->clients)) {
		int fd = socket(ip.af, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (connect(fd, (void *)&ss, len) && errno != EINPROGRESS)
			printf("# connect: %s\n", strerror(errno));
		f->clients[f->nr_clients++] = fd;
	}
	world_fence(f->w);
}

static void send_some(struct fixture *f, int nr, size_t size)
{
	struct ipaddr ip = ip_parse("127.0.0.1");
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&ip, PORT, 0, &ss);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char buf[1024] = { 0 };

	while (nr--)
		if (sendto(fd, buf, size, 0, (void *)&ss, len) < 0)
			printf("# sendto: %s\n", strerror(errno));
	world_fence(f->w);
	close(fd);
}

static bool opened(struct fixture *f)
{
	round_open(f->w, &f->r);
	if (!f->r.refused)
		return true;
	for (int i = 0; i < f->r.nr_socks; i++)
		if (f->r.socks[i].fd < 0)
			printf("# %s: %s\n", f->r.socks[i].failed, strerror(f->r.socks[i].err));
	return false;
}

/* The drops that the kernel counted, as ss -m prints them. */
static unsigned int kernel_drops(int fd)
{
	uint32_t mem[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(mem);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, mem, &len))
		return 0;
	return mem[SK_MEMINFO_DROPS];
}

static bool drops_agree(struct fixture *f)
{
	unsigned int drops = kernel_drops(f->r.socks[0].fd);
	char buf[32];

	snprintf(buf, sizeof(buf), "%u", drops);
	if (!drops)
		printf("# nothing was dropped: the case proves nothing\n");
	return drops && word_is(f, "drops", buf);
}

/* ---------------------------------------------------------------- one function a case */

static bool queue_empty(struct fixture *f)
{
	add(f, P_TCP, "0.0.0.0")->backlog = 7;
	return opened(f) && word_is(f, "queue", "0/7") && word_is(f, "drops", "");
}

static bool queue_waiting(struct fixture *f)
{
	add(f, P_TCP, "::")->backlog = 5;
	if (!opened(f))
		return false;
	connect_some(f, 2, "127.0.0.1");
	connect_some(f, 1, "::1");
	return word_is(f, "queue", "3/5") && word_is(f, "drops", "");
}

static bool queue_somaxconn(struct fixture *f)
{
	bool ok;

	sysctl_write("net/core/somaxconn", "9");
	add(f, P_TCP, "0.0.0.0")->backlog = 100;
	ok = opened(f) && word_is(f, "queue", "0/9");
	sysctl_write("net/core/somaxconn", "4096");
	return ok;
}

static bool drops_tcp(struct fixture *f)
{
	add(f, P_TCP, "0.0.0.0")->backlog = 1;
	if (!opened(f))
		return false;
	connect_some(f, 8, "127.0.0.1");
	return drops_agree(f);
}

static bool drops_udp(struct fixture *f)
{
	int small = 1;

	add(f, P_UDP, "0.0.0.0");
	if (!opened(f) || !word_is(f, "drops", ""))
		return false;
	setsockopt(f->r.socks[0].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	send_some(f, 20, 1000);
	return drops_agree(f);
}

/* /proc/net/udp's rx_queue of a port, the number that ss prints as Recv-Q. */
static unsigned long proc_rx(unsigned int port)
{
	unsigned long rx = 0, found = 0;
	FILE *f = fopen("/proc/net/udp", "r");
	unsigned int p;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " %*u: %*[^:]:%x %*s %*s %*[^:]:%lx", &p, &rx) == 2 && p == port)
			found = rx;
	if (f)
		fclose(f);
	return found;
}

static bool rx_udp(struct fixture *f)
{
	char buf[32];

	add(f, P_UDP, "0.0.0.0");
	if (!opened(f))
		return false;
	send_some(f, 3, 100);
	snprintf(buf, sizeof(buf), "%lu", proc_rx(PORT));
	return strcmp(buf, "0") && word_is(f, "rx", buf);
}

static bool transparent(struct fixture *f)
{
	add(f, P_TCP, "0.0.0.0")->transparent = true;
	add(f, P_TCP, "::")->v6only = 1;
	f->r.socks[1].transparent = true;
	if (!opened(f))
		return false;
	round_fire(f->w, &f->r, f->rng);
	return !judge(f->w, &f->r, f->t, stdout) && word_is(f, "transparent", "1");
}

static bool freebind(struct fixture *f)
{
	add(f, P_UDP, "192.0.2.1")->freebind = true;
	add(f, P_UDP, "2001:db8:f::1")->freebind = true;
	add(f, P_UDP, "::ffff:192.0.2.2")->freebind = true;
	return opened(f) && !judge(f->w, &f->r, f->t, stdout) && word_is(f, "freebind", "1");
}

static bool incoming_cpu(struct fixture *f)
{
	bool ok;

	for (int i = 0; i < 2; i++) {
		struct sock *s = add(f, P_UDP, "0.0.0.0");

		s->incoming_cpu = f->w->cpus[i % f->w->nr_cpus];
		s->reuseaddr = true;
	}
	f->r.all_cpus = true;
	ok = opened(f);
	round_fire(f->w, &f->r, f->rng);
	ok &= !judge(f->w, &f->r, f->t, stdout);
	if (f->w->nr_cpus > 1 &&
	    (f->r.socks[0].expect[0] != 'p' || f->r.socks[1].expect[0] != 'p')) {
		printf("# the CPUs made no difference\n");
		ok = false;
	}
	return ok && word_is(f, "cpu", "0");
}

static bool mptcp(struct fixture *f)
{
	add(f, P_TCP, "::")->mptcp = true;
	if (!opened(f))
		return false;
	round_fire(f->w, &f->r, f->rng);
	return !judge(f->w, &f->r, f->t, stdout) && word_is(f, "mptcp", "1");
}

static bool join4(const struct world *w, int fd, const char *group, enum dev dev, int how)
{
	const struct ipaddr ip = ip_parse(group);
	struct ip_mreqn m = { .imr_multiaddr = ip.v4, .imr_ifindex = w->ifindex[dev] };

	return !setsockopt(fd, IPPROTO_IP, how, &m, sizeof(m));
}

static bool join6(const struct world *w, int fd, const char *group, enum dev dev, int how)
{
	const struct ipaddr ip = ip_parse(group);
	struct ipv6_mreq m = { .ipv6mr_multiaddr = ip.v6, .ipv6mr_interface = w->ifindex[dev] };

	return !setsockopt(fd, IPPROTO_IPV6, how, &m, sizeof(m));
}

/* A receiver of both families: groups of each, one of them on two devices. */
static bool memberships(struct fixture *f)
{
	const struct world *w = f->w;
	int fd;

	add(f, P_UDP, "::");
	if (!opened(f) || !word_is(f, "mcast", ""))
		return false;
	fd = f->r.socks[0].fd;
	if (!join6(w, fd, "ff05::77", DEV_VETH, IPV6_JOIN_GROUP) ||
	    !join6(w, fd, "ff05::77", DEV_SECOND, IPV6_JOIN_GROUP) ||
	    !join4(w, fd, "239.1.2.3", DEV_VETH, IP_ADD_MEMBERSHIP) || !word_is(f, "mcast", "3"))
		return false;
	return join6(w, fd, "ff05::77", DEV_VETH, IPV6_LEAVE_GROUP) && word_is(f, "mcast", "2") &&
	       join4(w, fd, "239.1.2.3", DEV_VETH, IP_DROP_MEMBERSHIP) &&
	       join6(w, fd, "ff05::77", DEV_SECOND, IPV6_LEAVE_GROUP) && word_is(f, "mcast", "");
}

static bool set_int(int fd, int level, int option, int value)
{
	return !setsockopt(fd, level, option, &value, sizeof(value));
}

/* The word is about the socket's own family: an AF_INET6 socket has IPv4's off by default. */
static bool others_groups(struct fixture *f)
{
	int fd;

	add(f, P_UDP, "0.0.0.0");
	if (!opened(f) || !word_is(f, "mcall", ""))
		return false;
	fd = f->r.socks[0].fd;
	return set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) && word_is(f, "mcall", "0") &&
	       set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 1) && word_is(f, "mcall", "");
}

static bool others_groups6(struct fixture *f)
{
	int fd;

	add(f, P_UDP, "::");
	if (!opened(f) || !word_is(f, "mcall", ""))
		return false;
	fd = f->r.socks[0].fd;
	return set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) && word_is(f, "mcall", "0") &&
	       set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 1) && word_is(f, "mcall", "");
}

static int join_cgroup(const char *dir)
{
	char path[128];
	int fd, n;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, "0", 1);
	close(fd);
	return n == 1 ? 0 : -1;
}

#define CGROUP		"/sys/fs/cgroup"
#define CGROUP_DIR	CGROUP "/dualstack-truth"

static bool cgroup(struct fixture *f)
{
	struct stat st;
	char buf[32];
	bool ok;

	if ((mkdir(CGROUP_DIR, 0755) && errno != EEXIST) || join_cgroup(CGROUP_DIR)) {
		printf("# %s: %s\n", CGROUP_DIR, strerror(errno));
		return false;
	}
	add(f, P_TCP, "0.0.0.0");
	ok = opened(f) && !stat(CGROUP_DIR, &st);
	join_cgroup(CGROUP);
	snprintf(buf, sizeof(buf), "%lu", (unsigned long)st.st_ino);
	ok = ok && word_is(f, "cgroup", buf);
	/* A socket of another cgroup has another id. */
	round_close(&f->r);
	ok = ok && opened(f) && !stat(CGROUP, &st);
	snprintf(buf, sizeof(buf), "%lu", (unsigned long)st.st_ino);
	return ok && word_is(f, "cgroup", buf);
}

static bool have_mptcp(struct world *w)
{
	int fd = socket(AF_INET, SOCK_STREAM, 262);

	(void)w;
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool have_cgroup2(struct world *w)
{
	(void)w;
	return !access(CGROUP "/cgroup.controllers", F_OK);
}

static bool have_v6(struct world *w)
{
	return w->has_v6;
}

static const struct {
	const char *name;
	bool (*run)(struct fixture *f);
	bool (*have)(struct world *w);
} cases[] = {
	{ "queue=0/M", queue_empty, NULL },
	{ "queue=N/M with waiting connections", queue_waiting, have_v6 },
	{ "queue=0/M, net.core.somaxconn", queue_somaxconn, NULL },
	{ "drops=N, a full accept queue", drops_tcp, NULL },
	{ "drops=N, a full receive buffer", drops_udp, NULL },
	{ "rx=N", rx_udp, NULL },
	{ "transparent=1", transparent, have_v6 },
	{ "freebind=1", freebind, have_v6 },
	{ "cpu=N", incoming_cpu, NULL },
	{ "mptcp=1", mptcp, have_mptcp },
	{ "mcast=N", memberships, have_v6 },
	{ "mcall=0", others_groups, NULL },
	{ "mcall=0, IPv6", others_groups6, have_v6 },
	{ "cgroup=ID", cgroup, have_cgroup2 },
};

static int count(struct world *w)
{
	(void)w;
	return ARRAY_SIZE(cases);
}

static void run(struct world *w, struct rng *rng, struct tally *t)
{
	static struct fixture f;

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		bool ok;

		if (cases[i].have && !cases[i].have(w)) {
			ktap_skip("not on this system", "words: %s", cases[i].name);
			continue;
		}
		if (!w->table_path) {
			ktap_skip("no table", "words: %s", cases[i].name);
			continue;
		}
		memset(&f, 0, sizeof(f));
		f.w = w;
		f.rng = rng;
		f.t = t;
		ok = cases[i].run(&f);
		ktap_result(ok, "words: %s", cases[i].name);
		while (f.nr_clients)
			close(f.clients[--f.nr_clients]);
		round_close(&f.r);
	}
}

const struct suite suite_words = { "words", count, run };
