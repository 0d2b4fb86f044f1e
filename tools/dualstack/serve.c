// SPDX-License-Identifier: GPL-2.0-only
/* Who serves a port, and whether an address is assigned here. */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "serve.h"

static bool is_zero(const unsigned char *bytes, size_t n)
{
	while (n && !bytes[n - 1])
		n--;
	return !n;
}

bool row_covers(const struct row *r, const struct prefix *addr)
{
	bool v4;

	if (!addr)
		return true;
	v4 = addr->af == AF_INET;
	if (is_zero(addr->bytes, v4 ? 4 : 16))
		return r->addr->any && (v4 ? r->families & FAM4 :
					     r->addr->af == AF_INET6 && !r->addr->mapped);
	if (r->addr->any)
		return r->families & (v4 ? FAM4 : FAM6);
	return prefix_holds(addr, r->addr);
}

static void add(struct service *s, const struct row *r, const struct prefix *addr)
{
	/* towards a concrete address only one family's packets go */
	bool concrete = addr && !is_zero(addr->bytes, 16);

	s->rows = xrealloc(s->rows, s->n + 1, sizeof(*s->rows));
	s->rows[s->n++] = r;
	s->v4 |= verdict_reached(r->v4) && !(concrete && addr->af == AF_INET6);
	s->v6 |= verdict_reached(r->v6) && !(concrete && addr->af == AF_INET);
	s->unknown |= r->v4 == V_UNKNOWN || r->v6 == V_UNKNOWN;
}

void service_find(struct service *s, const struct table *t, enum l4 l4, uint16_t port,
		  const struct prefix *addr)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];

		if (r->port == port && r->l4 == l4 && row_covers(r, addr))
			add(s, r, addr);
	}
}

void service_free(struct service *s)
{
	free(s->rows);
	memset(s, 0, sizeof(*s));
}

static int got_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type == RTM_NEWROUTE)
		*(bool *)data = rt->rtm_type == RTN_LOCAL;
	return MNL_CB_STOP;
}

/* The kernel's routing says which addresses are its own: 127.0.0.2 too, though on no list. */
static bool ask_route(struct mnl_socket *nl, const struct prefix *addr)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rt;
	bool local = false;
	ssize_t n;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
	rt->rtm_family = addr->af;
	rt->rtm_dst_len = addr->bits;
	mnl_attr_put(nlh, RTA_DST, addr->bits / 8, addr->bytes);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return true;
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n > 0)
		mnl_cb_run(buf, n, 1, mnl_socket_get_portid(nl), got_route, &local);
	return local;
}

bool address_is_local(const struct prefix *addr)
{
	struct mnl_socket *nl;
	bool local = true;

	/* link-local addresses need a device to be asked for: leave those to the verdict */
	if (addr->af == AF_INET6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80)
		return true;
	if (is_zero(addr->bytes, 16))
		return true;
	nl = mnl_socket_open(NETLINK_ROUTE);
	if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) >= 0)
		local = ask_route(nl, addr);
	if (nl)
		mnl_socket_close(nl);
	return local;
}
