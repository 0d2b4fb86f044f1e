// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps the routes of a namespace that make addresses local (AnyIP, anycast), with rtnetlink.
 *
 * The kernel exports no function that lists routes, and a route lookup is about one address only.
 * So this sends the request that `ip route show table local` sends. On most kernels the dump takes
 * the rtnl lock, so the judge asks for it only if such a route could change a verdict.
 */
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>
#include "compat.h"
#include "mem.h"
#include "routes.h"

#define BUFFER_SIZE	SZ_16K

/**
 * struct dump - one dump of routes
 * @sock: a netlink socket in the namespace
 * @buf: buffer of BUFFER_SIZE bytes for a piece of the answer
 * @family: family of the routes
 * @changed: routes changed meanwhile
 * @visit: called for each route
 * @arg: passed to @visit
 */
struct dump {
	struct socket *sock;
	void *buf;
	enum ds_family family;
	bool changed;
	int (*visit)(const struct ds_route *route, void *arg);
	void *arg;
};

/* With strict checking the kernel applies the filter of the request. */
static int make_strict(struct socket *sock)
{
	return ds_sock_set(sock, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
}

static int ask(struct dump *dump)
{
	struct {
		struct nlmsghdr header;
		struct rtmsg rtm;
	} request = {
		.header.nlmsg_len	= sizeof(request),
		.header.nlmsg_type	= RTM_GETROUTE,
		.header.nlmsg_flags	= NLM_F_REQUEST | NLM_F_DUMP,
		.rtm.rtm_family		= dump->family == DS_V4 ? AF_INET : AF_INET6,
		.rtm.rtm_table		= RT_TABLE_LOCAL,
	};
	struct kvec vec = { .iov_base = &request, .iov_len = sizeof(request) };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = { .msg_name = &kernel, .msg_namelen = sizeof(kernel) };
	int ret = kernel_sendmsg(dump->sock, &msg, &vec, 1, sizeof(request));

	return min(ret, 0);
}

static int visit_route(const struct dump *dump, const struct nlmsghdr *header)
{
	const struct rtmsg *rtm = nlmsg_data(header);
	struct nlattr *attr[RTA_MAX + 1];
	struct ds_route route = { .anycast = rtm->rtm_type == RTN_ANYCAST };
	int host = dump->family == DS_V4 ? 32 : 128;
	int err;

	if (rtm->rtm_type != RTN_LOCAL && rtm->rtm_type != RTN_ANYCAST)
		return 0;

	err = nlmsg_parse_deprecated(header, sizeof(*rtm), attr, RTA_MAX, NULL, NULL);
	if (err)
		return err;
	if (!attr[RTA_OIF])
		return 0;
	route.ifindex = nla_get_u32(attr[RTA_OIF]);
	route.len = 128 - host + rtm->rtm_dst_len;
	if (dump->family == DS_V4)
		ipv6_addr_set_v4mapped(attr[RTA_DST] ? nla_get_in_addr(attr[RTA_DST]) : 0,
				       &route.prefix);
	else if (attr[RTA_DST])
		route.prefix = nla_get_in6_addr(attr[RTA_DST]);
	return dump->visit(&route, dump->arg);
}

/* NLMSG_DONE carries an errno if the dump failed. */
static int end_of_dump(const struct nlmsghdr *header)
{
	int err = 0;

	if (nlmsg_len(header) >= sizeof(err))
		err = *(const int *)nlmsg_data(header);
	return err ?: 1;
}

/*
 * Visit the routes in one piece of the answer. Returns 1 at the end of the dump, 0 if more pieces
 * will come.
 */
static int visit_piece(struct dump *dump, int len)
{
	const struct nlmsghdr *header = dump->buf;
	int err = 0;

	for (; !err && nlmsg_ok(header, len); header = nlmsg_next(header, &len)) {
		dump->changed |= header->nlmsg_flags & NLM_F_DUMP_INTR;
		if (header->nlmsg_type == NLMSG_DONE)
			return end_of_dump(header);
		if (header->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)nlmsg_data(header))->error ?: 1;
		if (header->nlmsg_type == RTM_NEWROUTE)
			err = visit_route(dump, header);
	}
	return err;
}

static int read_answer(struct dump *dump)
{
	struct kvec vec = { .iov_base = dump->buf, .iov_len = BUFFER_SIZE };
	int ret;

	do {
		struct msghdr msg = { };

		ret = kernel_recvmsg(dump->sock, &msg, &vec, 1, BUFFER_SIZE, MSG_DONTWAIT);
		if (ret > 0)
			ret = visit_piece(dump, ret);
		else if (!ret)
			ret = -EIO;
		cond_resched();
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
	} while (!ret);
	return min(ret, 0);
}

static int dump_once(struct dump *dump)
{
	int err = ask(dump);

	if (!err)
		err = read_answer(dump);
	/* the rest was visited all the same: a caller may have no time for another dump */
	return err ?: dump->changed ? -EAGAIN : 0;
}

static int with_socket(struct dump *dump)
{
	int err = make_strict(dump->sock);

	if (!err)
		err = dump_once(dump);
	return err;
}

/**
 * ds_routes_each() - visit the routes that make addresses local
 * @net: the namespace; the caller holds a reference
 * @family: family of the routes
 * @visit: called for each route; a non-zero return value ends the walk
 * @arg: passed to @visit
 *
 * Context: process context; sleeps.
 * Return: 0; what @visit returned; -EAGAIN if routes changed meanwhile, so that some may not have
 * been visited; or another negative errno.
 */
int ds_routes_each(struct net *net, enum ds_family family,
		   int (*visit)(const struct ds_route *route, void *arg), void *arg)
{
	struct dump dump = { .family = family, .visit = visit, .arg = arg };
	int err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &dump.sock);

	if (err)
		return err;
	dump.buf = ds_alloc(1, BUFFER_SIZE);
	err = dump.buf ? with_socket(&dump) : -ENOMEM;
	/* if the table or the family does not exist, there are no such routes */
	if (err == -ENOENT || err == -EOPNOTSUPP || err == -EAFNOSUPPORT)
		err = 0;
	ds_free(dump.buf);
	sock_release(dump.sock);
	return err;
}
