// SPDX-License-Identifier: GPL-2.0-only
/* Finds out whether an address is local here, from the kernel's routes and list of addresses. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"

static bool is_link_local(const struct prefix *addr)
{
	return addr->af == AF_INET6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

static bool is_multicast(const struct prefix *addr)
{
	return addr->af == AF_INET6 ? addr->bytes[0] == 0xff : (addr->bytes[0] & 0xf0) == 0xe0;
}

static const void *address_of(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return &((const struct sockaddr_in *)sa)->sin_addr;
	return &((const struct sockaddr_in6 *)sa)->sin6_addr;
}

/* Whether an interface has the address; with a zone, whether this interface has it. */
static enum answer listed(const struct prefix *addr)
{
	enum answer found = ANSWER_NO;
	struct ifaddrs *all, *i;

	if (getifaddrs(&all))
		return ANSWER_UNKNOWN;
	for (i = all; i; i = i->ifa_next) {
		if (!i->ifa_addr || i->ifa_addr->sa_family != addr->af ||
		    memcmp(address_of(i->ifa_addr), addr->bytes, addr->af == AF_INET ? 4 : 16))
			continue;
		if (!*addr->zone || !strcmp(addr->zone, i->ifa_name))
			found = ANSWER_YES;
	}
	freeifaddrs(all);
	return found;
}

static int got_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type == RTM_NEWROUTE)
		*(int *)data = rt->rtm_type;
	return MNL_CB_STOP;
}

/* The type of the route to an address; RTN_UNSPEC: there is none; -1: the request failed. */
static int ask_route(struct mnl_socket *nl, const struct prefix *addr)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int type = RTN_UNSPEC;
	struct rtmsg *rt;
	ssize_t n;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
	rt->rtm_family = addr->af;
	rt->rtm_dst_len = addr->bits;
	mnl_attr_put(nlh, RTA_DST, addr->bits / 8, addr->bytes);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -1;
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n <= 0)
		return -1;
	mnl_cb_run(buf, n, 1, mnl_socket_get_portid(nl), got_route, &type);
	return type;
}

static int route_type(const struct prefix *addr)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	int type = -1;

	if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) >= 0)
		type = ask_route(nl, addr);
	if (nl)
		mnl_socket_close(nl);
	return type;
}

static void set(struct place *p, enum answer local, const char *why)
{
	p->local = local;
	p->why = why;
}

#define NOT_HERE "the address is not assigned here"

static void by_list(struct place *p, const struct prefix *addr)
{
	enum answer found = listed(addr);

	if (found == ANSWER_UNKNOWN)
		set(p, found, "the list of addresses can't be read");
	else
		set(p, found, found == ANSWER_NO ? NOT_HERE : NULL);
}

void place_find(struct place *p, const struct table *t, const struct prefix *addr)
{
	int type;

	set(p, ANSWER_YES, NULL);
	if (t->source == SOURCE_FILE)
		return set(p, ANSWER_UNKNOWN, "a saved table does not tell which addresses are "
			   "assigned there");
	if (!t->here)
		return set(p, ANSWER_UNKNOWN, "that network namespace can be read, but not asked "
			   "for its addresses");
	if (is_multicast(addr))
		return set(p, ANSWER_UNKNOWN, "who gets datagrams to a group is not in the table");
	if (is_link_local(addr))
		return by_list(p, addr);
	type = route_type(addr);
	if (type == RTN_LOCAL)
		return;
	if (type < 0)
		return set(p, ANSWER_UNKNOWN, "the routing can't be asked about the address");
	if (type == RTN_BROADCAST || type == RTN_ANYCAST)
		return set(p, ANSWER_UNKNOWN, "who gets datagrams to a broadcast or anycast "
			   "address is not in the table");
	if (listed(addr) != ANSWER_NO)
		return set(p, ANSWER_UNKNOWN, "the address is assigned, and not in use here: it is "
			   "tentative, its interface is down, or it is in a VRF");
	set(p, ANSWER_NO, NOT_HERE);
}
