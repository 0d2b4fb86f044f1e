// SPDX-License-Identifier: GPL-2.0-only
/* The sockets of an attack. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "attacks.h"

#define GROUPS_A_SOCKET	20	/* net.ipv4.igmp_max_memberships */

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		wrong("setsockopt %d: errno %d", option, errno);
}

/* A number makes an IPv4 address, or with @to->v6 its v4-mapped form. */
static socklen_t fill_address(const struct bind_to *to, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;

	if (to->text)
		return parse_address(to->text, to->port, ss);
	memset(ss, 0, sizeof(*ss));
	if (to->v6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(to->port);
		in6->sin6_addr.s6_addr16[5] = 0xffff;
		in6->sin6_addr.s6_addr32[3] = htonl(to->address);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(to->port);
	in->sin_addr.s_addr = htonl(to->address);
	return sizeof(*in);
}

/* Stays open for as long as the process lives. */
int bound_socket(const struct bind_to *to)
{
	struct sockaddr_storage ss;
	socklen_t len = fill_address(to, &ss);
	int fd = socket(ss.ss_family, to->type | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		wrong("socket: errno %d", errno);
		return -1;
	}
	if (to->reuseaddr)
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (to->reuseport)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (to->freebind)
		set(fd, IPPROTO_IP, IP_FREEBIND, 1);
	if (to->device)
		set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, to->device);
	if (to->cpu)
		set(fd, SOL_SOCKET, SO_INCOMING_CPU, to->cpu - 1);
	if (bind(fd, (void *)&ss, len) ||
	    (to->type == SOCK_STREAM && !to->idle && listen(fd, 5)))
		wrong("bind to port %d: errno %d", to->port, errno);
	return fd;
}

/* 127.1.0.1 on: no .0 and no .255. */
unsigned int loopback_address(unsigned long i)
{
	return 127U << 24 | (1 + i / 62500) << 16 | i / 250 % 250 << 8 | (1 + i % 250);
}

/* 225.0.0.0 on, by sockets that are bound to nothing and so have no row. */
void join_groups(int ifindex, unsigned long n)
{
	struct ip_mreqn mreq = { .imr_ifindex = ifindex };
	unsigned long i;
	int fd = -1;

	for (i = 0; i < n; i++) {
		if (!(i % GROUPS_A_SOCKET))
			fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		mreq.imr_multiaddr.s_addr = htonl(0xe1000000 + i);
		if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq))) {
			wrong("group %lu: errno %d", i, errno);
			return;
		}
	}
}

void join_groups6(int ifindex, unsigned long n)
{
	join_groups6_from(ifindex, 0, n);
}

void join_groups6_from(int ifindex, unsigned long first, unsigned long n)
{
	struct ipv6_mreq mreq = { .ipv6mr_interface = ifindex };
	unsigned long i;
	int fd = -1;

	inet_pton(AF_INET6, "ff05::", &mreq.ipv6mr_multiaddr);
	for (i = 0; i < n; i++) {
		if (!(i % GROUPS_A_SOCKET))
			fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		mreq.ipv6mr_multiaddr.s6_addr32[3] = htonl(first + i + 1000);
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &mreq, sizeof(mreq))) {
			wrong("group %lu: errno %d", i, errno);
			return;
		}
	}
}

/* Connects a UDP socket and takes that back: an IPv6 one still hears nobody but that peer. */
void keep_old_peer(int fd, const char *peer)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	inet_pton(AF_INET6, peer, &to.sin6_addr);
	if (connect(fd, (void *)&to, sizeof(to)) || connect(fd, &nobody, sizeof(nobody)))
		wrong("an old peer: errno %d", errno);
}
