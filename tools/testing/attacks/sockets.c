// SPDX-License-Identifier: GPL-2.0-only
/* Sockets of the attacks. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "attacks.h"

#define GROUPS_A_SOCKET	20	/* net.ipv4.igmp_max_memberships */

int bound_socket(const char *fmt, ...)
{
	va_list ap;
	int fd;

	va_start(ap, fmt);
	fd = vopen_socket(fmt, ap);
	va_end(ap);
	if (fd < 0)
		wrong("%s: %s: errno %d", socket_line, socket_step, errno);
	return fd;
}

/* Join 225.0.0.0 and the following groups, on unbound sockets, which have no row. */
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

/* Connect a UDP socket, then disconnect it: an IPv6 socket still only accepts that peer. */
void keep_old_peer(int fd, const char *peer)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	if (!connect_to(fd, peer, 9) || connect(fd, &nobody, sizeof(nobody)))
		wrong("an old peer: errno %d", errno);
}
