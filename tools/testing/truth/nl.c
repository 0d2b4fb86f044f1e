// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtnetlink requests of the test. On an emulated CPU a call of ip(8) costs more than a whole round.
 */

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "truth.h"

struct request {
	struct nlmsghdr n;
	union {
		struct ifinfomsg ifi;
		struct ifaddrmsg ifa;
		struct rtmsg rt;
		struct ndmsg nd;
		struct fib_rule_hdr rule;
		char room[1024];
	};
};

int nl_open(struct nl *nl)
{
	nl->seq = 1;
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	return nl->fd < 0 ? -errno : 0;
}

static void start(struct request *req, int type, int flags, size_t body)
{
	memset(req, 0, sizeof(*req));
	req->n.nlmsg_type = type;
	req->n.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	req->n.nlmsg_len = NLMSG_LENGTH(body);
}

static struct rtattr *put_attr(struct request *req, int type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)req + NLMSG_ALIGN(req->n.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	req->n.nlmsg_len = NLMSG_ALIGN(req->n.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void end(struct request *req, struct rtattr *a)
{
	a->rta_len = (char *)req + NLMSG_ALIGN(req->n.nlmsg_len) - (char *)a;
}

static int talk(struct nl *nl, struct request *req)
{
	struct {
		struct nlmsghdr n;
		struct nlmsgerr e;
		char rest[1024];
	} ack;

	req->n.nlmsg_seq = ++nl->seq;
	if (send(nl->fd, req, req->n.nlmsg_len, 0) < 0)
		return -errno;
	do {
		if (recv(nl->fd, &ack, sizeof(ack), 0) < 0)
			return -errno;
	} while (ack.n.nlmsg_seq != nl->seq || ack.n.nlmsg_type != NLMSG_ERROR);
	return ack.e.error;
}

static int ip_len(const struct ipaddr *ip)
{
	return ip->af == AF_INET ? 4 : 16;
}

int nl_add_veth(struct nl *nl, const char *name, const char *peer, int peer_ns)
{
	struct rtattr *info, *data, *other;
	struct ifinfomsg ifi = { 0 };
	struct request req;
	uint32_t ns = peer_ns;

	start(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.ifi));
	put_attr(&req, IFLA_IFNAME, name, strlen(name) + 1);
	info = put_attr(&req, IFLA_LINKINFO, NULL, 0);
	put_attr(&req, IFLA_INFO_KIND, "veth", 4);
	data = put_attr(&req, IFLA_INFO_DATA, NULL, 0);
	other = put_attr(&req, VETH_INFO_PEER, &ifi, sizeof(ifi));
	put_attr(&req, IFLA_IFNAME, peer, strlen(peer) + 1);
	put_attr(&req, IFLA_NET_NS_FD, &ns, sizeof(ns));
	end(&req, other);
	end(&req, data);
	end(&req, info);
	return talk(nl, &req);
}

int nl_add_link(struct nl *nl, const char *name, const char *kind, uint32_t vrf_table)
{
	struct rtattr *info, *data;
	struct request req;

	start(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.ifi));
	put_attr(&req, IFLA_IFNAME, name, strlen(name) + 1);
	info = put_attr(&req, IFLA_LINKINFO, NULL, 0);
	put_attr(&req, IFLA_INFO_KIND, kind, strlen(kind));
	if (vrf_table) {
		data = put_attr(&req, IFLA_INFO_DATA, NULL, 0);
		put_attr(&req, IFLA_VRF_TABLE, &vrf_table, sizeof(vrf_table));
		end(&req, data);
	}
	end(&req, info);
	return talk(nl, &req);
}

int nl_set_group(struct nl *nl, int ifindex, uint32_t group)
{
	struct request req;

	start(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	put_attr(&req, IFLA_GROUP, &group, sizeof(group));
	return talk(nl, &req);
}

/* Delete all devices of a group at once. */
int nl_del_group(struct nl *nl, uint32_t group)
{
	struct request req;

	start(&req, RTM_DELLINK, 0, sizeof(req.ifi));
	put_attr(&req, IFLA_GROUP, &group, sizeof(group));
	return talk(nl, &req);
}

int nl_set_up(struct nl *nl, int ifindex, bool up)
{
	struct request req;

	start(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	req.ifi.ifi_change = IFF_UP;
	req.ifi.ifi_flags = up ? IFF_UP : 0;
	return talk(nl, &req);
}

int nl_set_master(struct nl *nl, int ifindex, int master)
{
	struct request req;
	uint32_t m = master;

	start(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	put_attr(&req, IFLA_MASTER, &m, sizeof(m));
	return talk(nl, &req);
}

int nl_set_mac(struct nl *nl, int ifindex, const uint8_t *mac)
{
	struct request req;

	start(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	put_attr(&req, IFLA_ADDRESS, mac, 6);
	return talk(nl, &req);
}

static int addr_msg(struct nl *nl, bool add, int ifindex, const struct ipaddr *ip, int plen,
		    uint32_t flags)
{
	struct request req;

	start(&req, add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_EXCL : 0,
	      sizeof(req.ifa));
	req.ifa.ifa_family = ip->af;
	req.ifa.ifa_prefixlen = plen;
	req.ifa.ifa_index = ifindex;
	put_attr(&req, IFA_LOCAL, &ip->v6, ip_len(ip));
	put_attr(&req, IFA_ADDRESS, &ip->v6, ip_len(ip));
	if (flags)
		put_attr(&req, IFA_FLAGS, &flags, sizeof(flags));
	return talk(nl, &req);
}

int nl_addr(struct nl *nl, bool add, int ifindex, const struct ipaddr *ip, int plen)
{
	return addr_msg(nl, add, ifindex, ip, plen,
			add && ip->af == AF_INET6 ? IFA_F_NODAD : 0);
}

/* With duplicate address detection, so that the address is tentative for a while. */
int nl_addr_dad(struct nl *nl, int ifindex, const struct ipaddr *ip, int plen)
{
	return addr_msg(nl, true, ifindex, ip, plen, 0);
}

static int route_msg(struct nl *nl, bool add, int type, const struct ipaddr *ip, int plen,
		     int ifindex, uint32_t table, uint32_t metric)
{
	struct request req;
	uint32_t oif = ifindex;

	start(&req, add ? RTM_NEWROUTE : RTM_DELROUTE, add ? NLM_F_CREATE | NLM_F_REPLACE : 0,
	      sizeof(req.rt));
	req.rt.rtm_family = ip->af;
	req.rt.rtm_dst_len = plen;
	req.rt.rtm_protocol = RTPROT_STATIC;
	req.rt.rtm_scope = ip->af == AF_INET6 ? RT_SCOPE_UNIVERSE :
			   type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK;
	req.rt.rtm_type = type;
	put_attr(&req, RTA_TABLE, &table, sizeof(table));
	put_attr(&req, RTA_DST, &ip->v6, ip_len(ip));
	put_attr(&req, RTA_OIF, &oif, sizeof(oif));
	if (metric)
		put_attr(&req, RTA_PRIORITY, &metric, sizeof(metric));
	return talk(nl, &req);
}

/* A prefix may have one such route for each metric. */
int nl_local_route_metric(struct nl *nl, const struct ipaddr *ip, int plen, int ifindex,
			  uint32_t metric)
{
	return route_msg(nl, true, RTN_LOCAL, ip, plen, ifindex, RT_TABLE_LOCAL, metric);
}

int nl_local_route(struct nl *nl, bool add, const struct ipaddr *ip, int plen, int ifindex,
		   uint32_t table)
{
	return route_msg(nl, add, RTN_LOCAL, ip, plen, ifindex, table, 0);
}

/* Route to addresses on a device's link; its own metric lets several to one prefix coexist. */
int nl_route(struct nl *nl, const struct ipaddr *ip, int plen, int ifindex, uint32_t table)
{
	return route_msg(nl, true, RTN_UNICAST, ip, plen, ifindex, table, ifindex);
}

/* A rule that looks up all packets in this table, too, after the local one. */
int nl_rule(struct nl *nl, bool add, int af, uint32_t table)
{
	uint32_t priority = table;
	struct request req;

	start(&req, add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0,
	      sizeof(req.rule));
	req.rule.family = af;
	req.rule.action = FR_ACT_TO_TBL;
	put_attr(&req, FRA_TABLE, &table, sizeof(table));
	put_attr(&req, FRA_PRIORITY, &priority, sizeof(priority));
	return talk(nl, &req);
}

int nl_neigh(struct nl *nl, int ifindex, const struct ipaddr *ip, const uint8_t *mac)
{
	struct request req;

	start(&req, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof(req.nd));
	req.nd.ndm_family = ip->af;
	req.nd.ndm_ifindex = ifindex;
	req.nd.ndm_state = NUD_PERMANENT;
	put_attr(&req, NDA_DST, &ip->v6, ip_len(ip));
	put_attr(&req, NDA_LLADDR, mac, 6);
	return talk(nl, &req);
}
