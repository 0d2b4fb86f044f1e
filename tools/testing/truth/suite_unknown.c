// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table may say `?` with a reason where a verdict could take too long: with many old peers on
 * one port, with many VRFs, or if a lookup would walk a long chain.
 */

#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "truth.h"

#define PORT		6600
#define MAX_PEERS	8	/* old peers of a port and family that the module asks about */
#define MAX_CHAIN	8192	/* sockets on a chain that the module walks */
#define MAX_VRFS	64	/* VRFs that the module asks about for a socket on no device */
#define VRF_GROUP	77

/* ---------------------------------------------------------------- old peers */

static const char *const peers[] = { "::1", "fd99::1", "fd99::101", "fd99::102" };

static void make_peers(struct round *r, const char *addr, int nr)
{
	memset(r, 0, sizeof(*r));
	r->all_sources = true;
	r->settle = true;
	r->unknown = nr > MAX_PEERS ? nr + 1 : 0;
	for (int i = 0; i <= nr; i++) {
		struct sock *s = &r->socks[r->nr_socks++];

		sock_spec(s, P_UDP, addr, PORT + nr);
		s->reuseaddr = true;
		s->v6only = ip_is_wild(&s->ip) ? 0 : -1;
		if (!i)
			continue;
		s->late = LATE_DISCONNECT;
		s->late_peer = ip_parse(peers[i % ARRAY_SIZE(peers)]);
	}
}

static bool run_peers(struct world *w, struct rng *rng, struct tally *t, const char *addr, int nr)
{
	static struct round r;

	make_peers(&r, addr, nr);
	return !round_run(w, &r, rng, t) && !r.refused;
}

/* ---------------------------------------------------------------- a long chain */

static int open_one(const char *address, unsigned int port)
{
	const struct ipaddr ip = ip_parse(address);
	int fd = socket(ip.af, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&ip, port, 0, &ss);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one));
	if (fd >= 0 && !bind(fd, (void *)&ss, len))
		return fd;
	printf("# a socket on %s does not open\n", address);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Return: the number of rows of the port, or -1 if one has another verdict. */
static int rows_saying(const struct table *t, const char *verdict, const char *word,
		       unsigned long least)
{
	int nr = 0;

	for (int i = 0; i < t->nr; i++) {
		const struct row *row = &t->rows[i];
		char buf[32] = "";

		if (row->port != PORT)
			continue;
		nr++;
		if (word && (!row_word(row, word, buf, sizeof(buf)) ||
			     strtoul(buf, NULL, 10) < least)) {
			printf("# %s=%s\n", word, buf);
			return -1;
		}
		if (!strcmp(row->v4, verdict))
			continue;
		printf("# v4 %s, should be %s\n", row->v4, verdict);
		return -1;
	}
	return nr;
}

/* All @nr rows of the port have this verdict, and this word with at least this value. */
static bool all_say(const struct world *w, int nr, const char *verdict, const char *word,
		    unsigned long least)
{
	struct table t;
	char why[256];
	int rows;

	if (table_read(w->table_path, &t, why, sizeof(why))) {
		printf("# %s\n", why);
		return false;
	}
	rows = rows_saying(&t, verdict, word, least);
	table_free(&t);
	if (rows >= 0 && rows != nr)
		printf("# %d rows of %d\n", rows, nr);
	return rows == nr;
}

/* The chain may also have sockets of other ports; with these alone it is too long already. */
static bool run_chain(const struct world *w)
{
	static int fds[MAX_CHAIN + 1];
	bool ok = true;
	int nr = 0;

	while (nr <= MAX_CHAIN && (fds[nr] = open_one("127.0.0.1", PORT)) >= 0)
		nr++;
	ok = nr == MAX_CHAIN + 1 && all_say(w, nr, "?", "chain", nr);
	while (nr > 1)
		close(fds[--nr]);
	ok = ok && all_say(w, 1, "yes", NULL, 0);
	if (nr)
		close(fds[0]);
	return ok;
}

/* ---------------------------------------------------------------- many VRFs */

/* Return: false if the kernel has no VRFs. */
static bool add_vrfs(struct world *w)
{
	for (int i = 0; i <= MAX_VRFS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "many%d", i);
		if (nl_add_link(&w->host, name, "vrf", 20000 + i))
			return false;
		nl_set_group(&w->host, if_nametoindex(name), VRF_GROUP);
		nl_set_up(&w->host, if_nametoindex(name), true);
	}
	return true;
}

/*
 * Which of them makes an address local is not known when there are too many to ask each. The port
 * before that of the socket has a long chain, which must not be given as the reason.
 */
static void run_vrfs(struct world *w)
{
	static int fds[MAX_CHAIN + 1];
	int nr = 0;
	bool tcp = w->l3mdev_tcp, udp = w->l3mdev_udp, ok = false, have;
	/* no table has this address */
	int fd = open_one("203.0.113.77", PORT);

	while (nr <= MAX_CHAIN && (fds[nr] = open_one("::1", PORT - 1)) >= 0)
		nr++;
	have = add_vrfs(w);
	if (have) {
		world_l3mdev(w, tcp, true);
		ok = nr > MAX_CHAIN && all_say(w, 1, "?", "many", MAX_VRFS + 1);
		world_l3mdev(w, tcp, false);
		ok &= all_say(w, 1, "noaddr", NULL, 0);
	}
	nl_del_group(&w->host, VRF_GROUP);
	while (nr)
		close(fds[--nr]);
	if (have) {
		world_l3mdev(w, tcp, true);
		ok &= all_say(w, 1, "noaddr", NULL, 0);
	}
	world_l3mdev(w, tcp, udp);
	close(fd);
	if (have)
		ktap_result(ok, "unknown: %d VRFs", MAX_VRFS + 1);
	else
		ktap_skip("no VRFs", "unknown: %d VRFs", MAX_VRFS + 1);
}

/* ---------------------------------------------------------------- the suite */

static const struct {
	const char *addr;
	int nr;
} cases[] = {
	{ "::", 1 }, { "::", MAX_PEERS }, { "::", MAX_PEERS + 1 }, { "::", 24 },
	{ "fd99::1", MAX_PEERS }, { "fd99::1", MAX_PEERS + 1 },
};

static int count(struct world *w)
{
	if (!w->has_v6)
		return 0;
	return ARRAY_SIZE(cases) + 2;
}

static void run(struct world *w, struct rng *rng, struct tally *t)
{
	if (!w->has_v6)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++)
		ktap_result(run_peers(w, rng, t, cases[i].addr, cases[i].nr),
			    "unknown: %d old peers on [%s]", cases[i].nr, cases[i].addr);
	if (!w->table_path) {
		ktap_skip("no table", "unknown: a chain of %d", MAX_CHAIN + 1);
		ktap_skip("no table", "unknown: %d VRFs", MAX_VRFS + 1);
		return;
	}
	ktap_result(run_chain(w), "unknown: a chain of %d", MAX_CHAIN + 1);
	run_vrfs(w);
}

const struct suite suite_unknown = { "unknown", count, run };
