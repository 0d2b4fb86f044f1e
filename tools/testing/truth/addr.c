// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of both families in one type. */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "truth.h"

struct ipaddr ip_parse(const char *text)
{
	struct ipaddr ip = { .af = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(ip.af, text, &ip.v6) != 1) {
		fprintf(stderr, "truth: not an address: %s\n", text);
		exit(2);
	}
	return ip;
}

const char *ip_text(const struct ipaddr *ip, char *buf)
{
	if (ip->af == AF_UNSPEC || !inet_ntop(ip->af, &ip->v6, buf, IP_TEXT_LEN))
		strcpy(buf, "-");
	return buf;
}

bool ip_equal(const struct ipaddr *a, const struct ipaddr *b)
{
	if (a->af != b->af)
		return false;
	return !memcmp(&a->v6, &b->v6, a->af == AF_INET ? 4 : 16);
}

/* Whether it is a wildcard; ::ffff:0.0.0.0 is one of IPv4. */
bool ip_is_wild(const struct ipaddr *ip)
{
	struct ipaddr u = ip_unmap(ip);

	if (u.af == AF_INET)
		return u.v4.s_addr == 0;
	return IN6_IS_ADDR_UNSPECIFIED(&u.v6);
}

bool ip_is_mapped(const struct ipaddr *ip)
{
	return ip->af == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&ip->v6);
}

bool ip_is_linklocal(const struct ipaddr *ip)
{
	return ip->af == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&ip->v6);
}

/* Whether it is a multicast address, or the broadcast address of one of the test's prefixes. */
bool ip_is_cast(const struct ipaddr *ip)
{
	struct ipaddr u = ip_unmap(ip);

	if (u.af == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&u.v6);
	return IN_MULTICAST(ntohl(u.v4.s_addr)) || (ntohl(u.v4.s_addr) & 0xff) == 0xff;
}

struct ipaddr ip_unmap(const struct ipaddr *ip)
{
	struct ipaddr u = { .af = AF_INET };

	if (!ip_is_mapped(ip))
		return *ip;
	memcpy(&u.v4, &ip->v6.s6_addr[12], 4);
	return u;
}

socklen_t ip_sockaddr(const struct ipaddr *ip, uint16_t port, int scope,
		      struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *a4 = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = ip->af;
	if (ip->af == AF_INET) {
		a4->sin_port = htons(port);
		a4->sin_addr = ip->v4;
		return sizeof(*a4);
	}
	a6->sin6_port = htons(port);
	a6->sin6_addr = ip->v6;
	if (ip_is_linklocal(ip) || IN6_IS_ADDR_MC_LINKLOCAL(&ip->v6))
		a6->sin6_scope_id = scope;
	return sizeof(*a6);
}

struct ipaddr ip_from_sockaddr(const struct sockaddr_storage *ss, uint16_t *port)
{
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)ss;
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)ss;
	struct ipaddr ip = { .af = ss->ss_family };

	if (ip.af == AF_INET) {
		ip.v4 = a4->sin_addr;
		*port = ntohs(a4->sin_port);
		return ip;
	}
	ip.v6 = a6->sin6_addr;
	*port = ntohs(a6->sin6_port);
	return ip_unmap(&ip);
}
