// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network of the test: a namespace under test ("host"), a peer behind veth pairs, and sockets
 * that send in all rounds.
 *
 * If the host sends a packet to one of its own addresses, the input device is the owner of the
 * address: so each address has the place (address, owner). The peer can send the packet to the
 * other veths, too (weak host): these are more places, for the sockets that are bound to such a
 * device. A probe finds out which places exist at the moment, with a UDP socket bound to each
 * device: the test assumes no rule about addresses.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "truth.h"
#include "wire.h"

const char *const dev_name[DEV_MAX] = { "-", "lo", "ve0", "ve4", "ve2", "vr0" };
static const char *const far_name[DEV_MAX] = {
	[DEV_VETH] = "ve1", [DEV_SLAVE] = "ve3", [DEV_SECOND] = "ve5"
};

static const struct place own_places[] = {
	{ "127.0.0.1", DEV_LO, PG_LO, 8 },
	{ "127.0.0.2", DEV_LO, PG_LO, 8 },
	{ "127.9.9.9", DEV_LO, PG_LO, 8 },	/* no socket is bound to it: the rest of 127/8 */
	{ "10.99.0.1", DEV_VETH, PG_VETH, 24 },
	{ "10.99.0.2", DEV_VETH, PG_VETH, 24 },
	{ "10.99.0.90", DEV_VETH, PG_SPARE, 24 },
	{ "10.98.0.1", DEV_SECOND, PG_SECOND, 24 },
	{ "10.95.0.1", DEV_LO, PG_VIP, 32 },
	{ "10.97.0.1", DEV_SLAVE, PG_VRF, 24 },
	{ "10.96.0.1", DEV_VRF, PG_VRFDEV, 32 },
	{ "192.0.2.1", DEV_LO, PG_ANYIP, 24 },
	{ "192.0.2.2", DEV_LO, PG_ANYIP, 24 },
	{ "192.0.2.77", DEV_LO, PG_ANYIP, 24 },
	{ "198.51.100.7", DEV_LO, PG_RULE, 24 },
	{ "198.51.100.8", DEV_LO, PG_RULE, 24 },
	{ "198.51.100.77", DEV_LO, PG_RULE, 24 },
	{ "::1", DEV_LO, PG_LO, 128 },
	{ "fd99::1", DEV_VETH, PG_VETH, 64 },
	{ "fd99::2", DEV_VETH, PG_VETH, 64 },
	{ "fe80::1", DEV_VETH, PG_VETH, 64 },
	{ "fd99::90", DEV_VETH, PG_SPARE, 64 },
	{ "fd98::1", DEV_SECOND, PG_SECOND, 64 },
	{ "fd95::1", DEV_LO, PG_VIP, 128 },
	{ "fd97::1", DEV_SLAVE, PG_VRF, 64 },
	{ "fe80::3", DEV_SLAVE, PG_VRF, 64 },
	{ "fd96::1", DEV_VRF, PG_VRFDEV, 128 },
	{ "2001:db8:f::1", DEV_LO, PG_ANYIP, 64 },
	{ "2001:db8:f::2", DEV_LO, PG_ANYIP, 64 },
	{ "2001:db8:f::77", DEV_LO, PG_ANYIP, 64 },
	{ "2001:db8:e::7", DEV_LO, PG_RULE, 64 },
	{ "2001:db8:e::8", DEV_LO, PG_RULE, 64 },
	{ "2001:db8:e::77", DEV_LO, PG_RULE, 64 },
	{ "fd99::", DEV_VETH, PG_VETH | PG_ANYCAST, 64 },
	{ "fe80::", DEV_VETH, PG_VETH | PG_ANYCAST, 64 },
	{ "fd98::", DEV_SECOND, PG_SECOND | PG_ANYCAST, 64 },
	{ "fd97::", DEV_SLAVE, PG_VRF | PG_ANYCAST, 64 },
	{ "fe80::", DEV_SLAVE, PG_VRF | PG_ANYCAST, 64 },
};

#define PG_OWN	(PG_LO | PG_VETH | PG_SECOND | PG_ANYIP | PG_SPARE | PG_RULE | PG_VIP)
/* Only there in some rounds. */
#define PG_AT_TIMES	(PG_ANYIP | PG_SPARE | PG_RULE | PG_ANYCAST)
/* No device has the address. */
#define PG_NO_ADDRESS	(PG_LO | PG_ANYIP | PG_RULE | PG_ANYCAST)

#define RULE_TABLE	100
#define VRF_TABLE	1010

static const struct {
	const char *name, *bind;
	enum where ns;
	int af;
	enum dev dev, home;
	unsigned int reach;
} source_defs[] = {
	{ "self4", NULL, FROM_SELF, AF_INET, DEV_NONE, DEV_NONE, PG_OWN },
	{ "self4/lo", "127.0.0.2", FROM_SELF, AF_INET, DEV_NONE, DEV_LO, PG_OWN },
	{ "self4/a", "10.99.0.1", FROM_SELF, AF_INET, DEV_NONE, DEV_VETH, PG_OWN },
	{ "self4/b", "10.99.0.2", FROM_SELF, AF_INET, DEV_NONE, DEV_VETH, PG_OWN },
	{ "peer4", NULL, FROM_PEER, AF_INET, DEV_NONE, DEV_NONE, PG_VETH | PG_VRF | PG_SPARE },
	{ "peer4/a", "10.99.0.101", FROM_PEER, AF_INET, DEV_NONE, DEV_NONE, PG_VETH },
	{ "peer4/b", "10.99.0.102", FROM_PEER, AF_INET, DEV_NONE, DEV_NONE, PG_VETH },
	{ "vrf4", NULL, FROM_SELF, AF_INET, DEV_VRF, DEV_NONE, PG_VRF | PG_VRFDEV },
	{ "self6", NULL, FROM_SELF, AF_INET6, DEV_NONE, DEV_NONE, PG_OWN },
	{ "self6/lo", "::1", FROM_SELF, AF_INET6, DEV_NONE, DEV_LO, PG_OWN },
	{ "self6/a", "fd99::1", FROM_SELF, AF_INET6, DEV_NONE, DEV_VETH, PG_OWN },
	{ "self6/b", "fd99::2", FROM_SELF, AF_INET6, DEV_NONE, DEV_VETH, PG_OWN },
	{ "peer6", NULL, FROM_PEER, AF_INET6, DEV_NONE, DEV_NONE, PG_VETH | PG_VRF | PG_SPARE },
	{ "peer6/a", "fd99::101", FROM_PEER, AF_INET6, DEV_NONE, DEV_NONE, PG_VETH },
	{ "peer6/b", "fd99::102", FROM_PEER, AF_INET6, DEV_NONE, DEV_NONE, PG_VETH },
	{ "spoof6/a", "fd99::101", FROM_SELF, AF_INET6, DEV_NONE, DEV_VETH, PG_OWN },
	{ "spoof6/b", "fd99::102", FROM_SELF, AF_INET6, DEV_NONE, DEV_VETH, PG_OWN },
	{ "vrf6", NULL, FROM_SELF, AF_INET6, DEV_VRF, DEV_NONE, PG_VRF | PG_VRFDEV },
	/* Arrive at one device, for all addresses that are local there. */
	{ "in4/first", NULL, FROM_PEER, AF_INET, DEV_VETH, DEV_NONE, 0 },
	{ "in4/second", NULL, FROM_PEER, AF_INET, DEV_SECOND, DEV_NONE, PG_SECOND },
	{ "in4/slave", NULL, FROM_PEER, AF_INET, DEV_SLAVE, DEV_NONE, 0 },
	{ "in6/first", NULL, FROM_PEER, AF_INET6, DEV_VETH, DEV_NONE, 0 },
	{ "in6/second", NULL, FROM_PEER, AF_INET6, DEV_SECOND, DEV_NONE, PG_SECOND },
	{ "in6/slave", NULL, FROM_PEER, AF_INET6, DEV_SLAVE, DEV_NONE, 0 },
	{ "spoof6/first/own", "fd99::1", FROM_PEER, AF_INET6, DEV_VETH, DEV_NONE, 0 },
	{ "spoof6/first/a", "fd99::101", FROM_PEER, AF_INET6, DEV_VETH, DEV_NONE, 0 },
	{ "spoof6/first/b", "fd99::102", FROM_PEER, AF_INET6, DEV_VETH, DEV_NONE, 0 },
	{ "spoof6/second/own", "fd99::1", FROM_PEER, AF_INET6, DEV_SECOND, DEV_NONE, PG_SECOND },
	{ "spoof6/second/a", "fd99::101", FROM_PEER, AF_INET6, DEV_SECOND, DEV_NONE, PG_SECOND },
	{ "spoof6/second/b", "fd99::102", FROM_PEER, AF_INET6, DEV_SECOND, DEV_NONE, PG_SECOND },
	{ "spoof6/slave/own", "fd99::1", FROM_PEER, AF_INET6, DEV_SLAVE, DEV_NONE, 0 },
	{ "spoof6/slave/a", "fd99::101", FROM_PEER, AF_INET6, DEV_SLAVE, DEV_NONE, 0 },
	{ "spoof6/slave/b", "fd99::102", FROM_PEER, AF_INET6, DEV_SLAVE, DEV_NONE, 0 },
};

static const struct {
	const char *addr;
	enum dev dev;
	int plen;
} far_addrs[] = {
	{ "10.99.0.101", DEV_VETH, 24 },
	{ "10.99.0.102", DEV_VETH, 24 },
	{ "10.98.0.101", DEV_SECOND, 24 },
	{ "10.97.0.101", DEV_SLAVE, 24 },
	{ "fd99::101", DEV_VETH, 64 },
	{ "fd99::102", DEV_VETH, 64 },
	{ "fe80::101", DEV_VETH, 64 },
	{ "fd98::101", DEV_SECOND, 64 },
	{ "fd97::101", DEV_SLAVE, 64 },
	{ "fe80::103", DEV_SLAVE, 64 },
};

static void fail(const char *what, int err)
{
	fprintf(stderr, "truth: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(2);
}

int sysctl_write(const char *path, const char *value)
{
	char full[256];
	int fd, n;

	snprintf(full, sizeof(full), "/proc/sys/%s", path);
	fd = open(full, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, value, strlen(value));
	n = n < 0 ? -errno : 0;
	close(fd);
	return n;
}

int sysctl_read(const char *path, char *buf, size_t len)
{
	char full[256];
	int fd, n;

	snprintf(full, sizeof(full), "/proc/sys/%s", path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buf, len - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

int world_enter(struct world *w, enum where ns)
{
	return setns(ns == FROM_SELF ? w->host_ns : w->peer_ns, CLONE_NEWNET) ? -errno : 0;
}

void world_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void find_cpus(struct world *w)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE && w->nr_cpus < MAX_CPUS; i++)
		if (CPU_ISSET(i, &set))
			w->cpus[w->nr_cpus++] = i;
}

/* Remember a socket of our own in the host namespace: its row is not tested. */
void world_aux(struct world *w, int fd)
{
	struct stat st;

	if (fd < 0 || w->nr_aux == MAX_AUX || fstat(fd, &st))
		fail("a socket of our own", errno);
	w->aux[w->nr_aux++] = st.st_ino;
}

/* Fixed hardware addresses for permanent neighbours, so that no packet waits for a neighbour. */
static void mac_of(enum dev dev, bool far, uint8_t *mac)
{
	const uint8_t m[6] = { 2, 0, 0, 0, far, dev };

	memcpy(mac, m, 6);
}

static void new_namespace(int *fd)
{
	if (unshare(CLONE_NEWNET))
		fail("unshare", errno);
	*fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		fail("/proc/self/ns/net", errno);
	sysctl_write("net/ipv6/conf/default/accept_dad", "0");
	sysctl_write("net/ipv6/conf/all/accept_dad", "0");
	sysctl_write("net/ipv6/conf/default/addr_gen_mode", "1");
	sysctl_write("net/ipv6/conf/default/accept_ra", "0");
	/* Packets of the peer also arrive at devices that do not lead to their source address. */
	sysctl_write("net/ipv4/conf/all/rp_filter", "0");
	sysctl_write("net/ipv4/conf/default/rp_filter", "0");
	sysctl_write("net/ipv4/conf/all/promote_secondaries", "1");
	sysctl_write("net/ipv4/conf/default/promote_secondaries", "1");
	/* Errors must not be limited: a refusal that is not sent looks like a timeout. */
	sysctl_write("net/ipv4/icmp_ratemask", "0");
	sysctl_write("net/ipv4/icmp_ratelimit", "0");
	sysctl_write("net/ipv6/icmp/ratelimit", "0");
}

static void add_veth(struct world *w, enum dev dev)
{
	uint8_t mac[6];
	int err;

	err = nl_add_veth(&w->host, dev_name[dev], far_name[dev], w->peer_ns);
	if (err)
		fail("a veth pair", err);
	w->ifindex[dev] = if_nametoindex(dev_name[dev]);
	world_enter(w, FROM_PEER);
	w->peer_ifindex[dev] = if_nametoindex(far_name[dev]);
	world_enter(w, FROM_SELF);
	mac_of(dev, false, mac);
	nl_set_mac(&w->host, w->ifindex[dev], mac);
	mac_of(dev, true, mac);
	nl_set_mac(&w->peer, w->peer_ifindex[dev], mac);
}

static void add_devices(struct world *w)
{
	w->ifindex[DEV_LO] = 1;
	add_veth(w, DEV_VETH);
	add_veth(w, DEV_SECOND);
	if (!nl_add_link(&w->host, dev_name[DEV_VRF], "vrf", VRF_TABLE)) {
		w->ifindex[DEV_VRF] = if_nametoindex(dev_name[DEV_VRF]);
		add_veth(w, DEV_SLAVE);
		nl_set_master(&w->host, w->ifindex[DEV_SLAVE], w->ifindex[DEV_VRF]);
	}
}

static bool usable(const struct world *w, int af, enum dev dev)
{
	return (af == AF_INET || w->has_v6) && (dev == DEV_NONE || w->ifindex[dev]);
}

bool place_in_vrf(const struct place *p)
{
	return p->group & (PG_VRF | PG_VRFDEV);
}

/* Whether packets arrive at a device that does not own the address. */
bool place_is_weak(const struct place *p)
{
	return p->dev != p->owner;
}

static bool comes_in(const struct place *p, enum dev dev)
{
	return dev != p->owner && far_name[dev] && !(p->group & PG_LO) &&
	       !ip_is_linklocal(&p->ip) && place_in_vrf(p) == (dev == DEV_SLAVE);
}

/* Each address at its owner, and then at every other device that leads to the peer. */
static void add_places(struct world *w)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(own_places); i++) {
		struct place *p = &w->places[w->nr_places++];

		*p = own_places[i];
		p->ip = ip_parse(p->text);
		p->owner = p->dev;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(own_places); i++) {
		for (enum dev d = DEV_LO; d < DEV_MAX; d++) {
			if (!comes_in(&w->places[i], d))
				continue;
			if (w->nr_places == MAX_PLACES)
				fail("places", ENOSPC);
			w->places[w->nr_places] = w->places[i];
			w->places[w->nr_places++].dev = d;
		}
	}
}

/*
 * Routes to the peer that do not depend on the host's addresses: an answer from an address of
 * another device must reach the peer.
 */
void world_routes(struct world *w)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(far_addrs); i++) {
		struct ipaddr ip = ip_parse(far_addrs[i].addr);
		enum dev dev = far_addrs[i].dev;

		if (usable(w, ip.af, dev) && !ip_is_linklocal(&ip))
			nl_route(&w->host, &ip, ip.af == AF_INET ? 32 : 128, w->ifindex[dev],
				 dev == DEV_SLAVE ? VRF_TABLE : RT_TABLE_MAIN);
	}
}

/* Let the peer send to any address through any of its devices. */
static void open_peer(struct world *w, enum dev dev)
{
	struct ipaddr v4 = ip_parse("0.0.0.0"), v6 = ip_parse("::");

	nl_route(&w->peer, &v4, 0, w->peer_ifindex[dev], RT_TABLE_MAIN);
	if (w->has_v6)
		nl_route(&w->peer, &v6, 0, w->peer_ifindex[dev], RT_TABLE_MAIN);
}

static void put_back_place(struct world *w, const struct place *p)
{
	uint8_t mac[6];

	if (!usable(w, p->ip.af, p->dev) || !usable(w, p->ip.af, p->owner) || p->group & PG_LO)
		return;
	if (!place_is_weak(p) && !(p->group & PG_NO_ADDRESS))
		nl_addr(&w->host, p->group != PG_SPARE, w->ifindex[p->dev], &p->ip, p->plen);
	if (!w->peer_ifindex[p->dev])
		return;
	mac_of(p->dev, false, mac);
	nl_neigh(&w->peer, w->peer_ifindex[p->dev], &p->ip, mac);
}

/* Restore everything that a round may have removed. */
static void put_back(struct world *w)
{
	uint8_t mac[6];

	for (int d = DEV_LO; d < DEV_MAX; d++) {
		if (w->ifindex[d])
			nl_set_up(&w->host, w->ifindex[d], true);
		if (w->peer_ifindex[d])
			nl_set_up(&w->peer, w->peer_ifindex[d], true);
	}
	nl_set_up(&w->peer, 1, true);
	for (int i = 0; i < w->nr_places; i++)
		put_back_place(w, &w->places[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(far_addrs); i++) {
		struct ipaddr ip = ip_parse(far_addrs[i].addr);
		enum dev dev = far_addrs[i].dev;

		if (!usable(w, ip.af, dev))
			continue;
		nl_addr(&w->peer, true, w->peer_ifindex[dev], &ip, far_addrs[i].plen);
		mac_of(dev, true, mac);
		nl_neigh(&w->host, w->ifindex[dev], &ip, mac);
	}
	for (int d = DEV_LO; d < DEV_MAX; d++)
		if (w->peer_ifindex[d])
			open_peer(w, d);
}

/* A socket that receives the packets of a probe at one device, for one family. */
static int ctl_socket(struct world *w, enum dev dev, int af)
{
	struct ipaddr any = ip_parse(af == AF_INET ? "0.0.0.0" : "::");
	int fd, one = 1, index = w->ifindex[dev];
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&any, CTL_PORT + dev, 0, &ss);

	fd = socket(af, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		fail("socket", errno);
	if (af == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof(index)) ||
	    bind(fd, (void *)&ss, len))
		fail("a control socket", errno);
	world_aux(w, fd);
	return fd;
}

static int sender(struct world *w, const struct source *s)
{
	int fd = source_socket(w, s, SOCK_DGRAM);
	struct ipaddr any = ip_parse(s->af == AF_INET ? "0.0.0.0" : "::");
	struct sockaddr_storage ss;
	int one = 1;
	socklen_t len;

	/* Bind now: an autobind at the first packet would add a row during a round. */
	len = ip_sockaddr(&any, 0, 0, &ss);
	if (fd < 0 || (s->bind.af == AF_UNSPEC && bind(fd, (void *)&ss, len)))
		fail(s->name, fd < 0 ? fd : errno);
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	if (s->ns == FROM_SELF)
		world_aux(w, fd);
	return fd;
}

static void add_sources(struct world *w)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(source_defs); i++) {
		struct source *s = &w->sources[w->nr_sources];

		if (!usable(w, source_defs[i].af, source_defs[i].dev))
			continue;
		s->name = source_defs[i].name;
		s->ns = source_defs[i].ns;
		s->af = source_defs[i].af;
		s->dev = source_defs[i].dev;
		s->home = source_defs[i].home;
		s->reach = source_defs[i].reach;
		if (source_defs[i].bind)
			s->bind = ip_parse(source_defs[i].bind);
		s->spoof = !strncmp(s->name, "spoof", 5);
		world_enter(w, s->ns);
		for (unsigned int k = 0; k < ARRAY_SIZE(s->udp); k++)
			s->udp[k] = sender(w, s);
		world_enter(w, FROM_SELF);
		w->nr_sources++;
	}
}

static void add_fence(struct world *w)
{
	struct ipaddr lo = ip_parse("127.0.0.1");
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&lo, 0, 0, &ss);

	world_enter(w, FROM_PEER);
	w->fence_rx = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	w->fence_tx = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(w->fence_rx, (void *)&ss, len) ||
	    getsockname(w->fence_rx, (void *)&ss, &len) ||
	    connect(w->fence_tx, (void *)&ss, len))
		fail("the fence", errno);
	world_enter(w, FROM_SELF);
}

bool source_reaches(const struct world *w, const struct source *s, const struct place *p)
{
	/*
	 * A link-local address is only tested from unbound sources, with their own link-local
	 * address. The host's own packet to the one in a VRF goes through lo, outside of the VRF:
	 * not sent.
	 */
	if (ip_is_linklocal(&p->ip) && (s->bind.af != AF_UNSPEC || s->dev))
		return false;
	if (!w->ifindex[p->dev] || !w->ifindex[p->owner] || s->af != p->ip.af)
		return false;
	if (place_is_weak(p))
		return s->ns == FROM_PEER && s->dev == p->dev;
	return s->reach & p->group;
}

int world_init(struct world *w)
{
	char buf[16];
	int fd;

	find_cpus(w);
	new_namespace(&w->peer_ns);
	if (nl_open(&w->peer))
		fail("netlink", errno);
	new_namespace(&w->host_ns);
	if (nl_open(&w->host))
		fail("netlink", errno);
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	w->has_v6 = fd >= 0;
	if (fd >= 0)
		close(fd);
	if (sysctl_read("net/ipv6/bindv6only", buf, sizeof(buf)))
		w->has_v6 = false;
	add_places(w);
	add_devices(w);
	put_back(w);
	add_sources(w);
	add_fence(w);
	for (int d = DEV_LO; d < DEV_MAX; d++) {
		w->ctl[d][0] = usable(w, AF_INET, d) ? ctl_socket(w, d, AF_INET) : -1;
		w->ctl[d][1] = usable(w, AF_INET6, d) ? ctl_socket(w, d, AF_INET6) : -1;
	}
	return world_restore(w);
}

static void drain_ctl(struct world *w, uint32_t epoch)
{
	struct datagram d;

	for (int dev = DEV_LO; dev < DEV_MAX; dev++)
		for (int v6 = 0; v6 < 2; v6++)
			while (w->ctl[dev][v6] >= 0 &&
			       recv(w->ctl[dev][v6], &d, sizeof(d), 0) == sizeof(d))
				if (d.epoch == epoch &&
				    w->places[d.index & 0xff].dev == (enum dev)dev)
					w->places[d.index & 0xff].from |= 1ull << (d.index >> 8);
}

/* Find the places that exist now, and their sources. Return: their number, or a negative error. */
int world_probe(struct world *w)
{
	uint32_t epoch = next_epoch();
	int nr = 0, err;

	world_routes(w);
	for (int i = 0; i < w->nr_places; i++) {
		struct place *p = &w->places[i];

		p->from = 0;
		for (int k = 0; k < w->nr_sources; k++)
			if (source_reaches(w, &w->sources[k], p))
				send_udp(w, &w->sources[k], 0, p, CTL_PORT + p->dev, epoch,
					 k << 8 | i);
	}
	err = world_fence(w);
	if (err)
		return err;
	drain_ctl(w, epoch);
	for (int i = 0; i < w->nr_places; i++)
		nr += !!w->places[i].from;
	return nr;
}

int world_anyip(struct world *w, bool on)
{
	struct ipaddr v4 = ip_parse("192.0.2.0"), v6 = ip_parse("2001:db8:f::");
	int err = 0;

	if (w->anyip == on)
		return 0;
	w->anyip = on;
	err = nl_local_route(&w->host, on, &v4, 24, w->ifindex[DEV_LO], RT_TABLE_LOCAL);
	if (w->has_v6 && !err)
		err = nl_local_route(&w->host, on, &v6, 64, w->ifindex[DEV_LO], RT_TABLE_LOCAL);
	return err;
}

static int rules_of(struct world *w, bool on, const char *prefix, int plen)
{
	struct ipaddr ip = ip_parse(prefix);
	int err = nl_local_route(&w->host, on, &ip, plen, w->ifindex[DEV_LO], RULE_TABLE);

	return err ?: nl_rule(&w->host, on, ip.af, RULE_TABLE);
}

/* Ranges that are local by the table of a rule. */
int world_rules(struct world *w, bool on)
{
	int err;

	if (w->rules == on)
		return 0;
	w->rules = on;
	err = rules_of(w, on, "198.51.100.0", 24);
	if (w->has_v6 && !err)
		err = rules_of(w, on, "2001:db8:e::", 64);
	return err;
}

/* A host that forwards has the anycast address of each of its IPv6 prefixes. */
int world_forward(struct world *w, bool on)
{
	if (w->forwards == on || !w->has_v6)
		return 0;
	w->forwards = on;
	return sysctl_write("net/ipv6/conf/all/forwarding", on ? "1" : "0");
}

int world_l3mdev(struct world *w, bool tcp, bool udp)
{
	w->l3mdev_tcp = tcp;
	w->l3mdev_udp = udp;
	sysctl_write("net/ipv4/tcp_l3mdev_accept", tcp ? "1" : "0");
	return sysctl_write("net/ipv4/udp_l3mdev_accept", udp ? "1" : "0");
}

int world_set_v6(struct world *w, bool on)
{
	return w->has_v6 ? sysctl_write("net/ipv6/conf/all/disable_ipv6", on ? "0" : "1") : 0;
}

int world_remove(struct world *w, struct place *p)
{
	return nl_addr(&w->host, false, w->ifindex[p->dev], &p->ip, p->plen);
}

struct place *world_place(struct world *w, const char *addr)
{
	for (int i = 0; i < w->nr_places; i++)
		if (!strcmp(w->places[i].text, addr))
			return &w->places[i];
	fail(addr, ENOENT);
	return NULL;
}

/* Whether exactly the places that must answer did so. */
static bool whole(struct world *w, bool complain)
{
	char buf[IP_TEXT_LEN];

	for (int i = 0; i < w->nr_places; i++) {
		struct place *p = &w->places[i];

		if (!!p->from == (usable(w, p->ip.af, p->dev) && usable(w, p->ip.af, p->owner) &&
				  !(p->group & PG_AT_TIMES)))
			continue;
		if (complain)
			fprintf(stderr, "truth: %s at %s %s\n", ip_text(&p->ip, buf),
				dev_name[p->dev],
				p->from ? "answers, but should not" : "does not answer");
		return false;
	}
	return true;
}

/*
 * Restore the initial state, and check it by a probe. The kernel adds the route of an IPv6 address
 * in a worker, some time after the address: until then it does not answer.
 */
int world_restore(struct world *w)
{
	world_pin(w->cpus[0]);
	world_set_v6(w, true);
	sysctl_write("net/ipv6/bindv6only", "0");
	if (w->ifindex[DEV_VRF])
		world_l3mdev(w, false, false);
	world_anyip(w, false);
	world_rules(w, false);
	world_forward(w, false);
	/* Most rounds remove no address, and a probe costs less than many requests of netlink. */
	if (world_probe(w) >= 0 && whole(w, false))
		return 0;
	put_back(w);
	for (int tries = 0; tries < 1000; tries++) {
		if (world_probe(w) < 0)
			return -EIO;
		if (whole(w, false))
			return 0;
		usleep(tries < 10 ? 500 : 5000);
	}
	whole(w, true);
	return -EIO;
}
