// SPDX-License-Identifier: GPL-2.0-only
/* Loads rows from sock_diag(7): the sockets and their settings, without verdicts. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "diag_request.h"
#include "fail.h"
#include "netlink.h"

#ifndef SK_MEMINFO_DROPS
#define SK_MEMINFO_DROPS 8
#endif
/* Newer than some distributions' headers. */
#define ATTR_CGROUP_ID 21
#define ATTR_SOCKOPT 22

struct dump {
	struct table *t;
	int proto;
	size_t first;
};

static const char *dev_name(struct table *t, uint32_t index)
{
	char *name = diag_device(index);
	const char *kept = name ? table_name(t, name, strlen(name)) : NULL;

	free(name);
	return kept;
}

static bool set_address(struct table *t, struct row *r, const struct inet_diag_msg *m)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(m->idiag_family, m->id.idiag_src, text, sizeof(text)))
		return false;
	r->addr = table_addr(t, text, strlen(text));
	return r->addr;
}

/* A UDP socket on AF_INET6 that was once connected takes IPv6 packets only from its stale peer. */
static void set_stale_peer(struct table *t, struct row *r, const struct inet_diag_msg *m)
{
	static const uint32_t none[4];
	char text[INET6_ADDRSTRLEN];

	if (m->idiag_family == AF_INET6 && r->l4 == L4_UDP &&
	    memcmp(m->id.idiag_dst, none, sizeof(none)) &&
	    inet_ntop(AF_INET6, m->id.idiag_dst, text, sizeof(text)))
		r->peer = table_addr(t, text, strlen(text));
}

/* Sets the families by the module's own rule; verdicts are not known here. */
static bool set_families(struct row *r, const struct inet_diag_msg *m)
{
	struct in6_addr addr;

	memcpy(&addr, m->id.idiag_src, sizeof(addr));
	r->families = ds_families(m->idiag_family, r->v6only == 1, &addr);
	r->v4 = r->families & FAM4 ? V_UNKNOWN : V_NONE;
	r->v6 = r->families & FAM6 ? V_UNKNOWN : V_NONE;
	if (!(r->families & FAM4)) {
		/* sock_diag shows only the option of IPv4 */
		r->has &= ~HAS_NO_MCALL;
		r->knows &= ~HAS_NO_MCALL;
	}
	return r->families;
}

/* The first two bytes of struct inet_diag_sockopt, bit-fields as the compiler lays them out. */
struct sockopt {
	uint8_t recverr : 1, is_icsk : 1, freebind : 1, hdrincl : 1;
	uint8_t mc_loop : 1, transparent : 1, mc_all : 1, nodefrag : 1;
};

static void set_options(struct row *r, const void *data)
{
	struct sockopt o;

	memcpy(&o, data, sizeof(o));
	r->has |= o.freebind ? HAS_FREEBIND : 0;
	r->has |= o.transparent ? HAS_TRANSPARENT : 0;
	r->knows |= HAS_FREEBIND | HAS_TRANSPARENT;
	if (r->l4 != L4_UDP)
		return;
	r->has |= o.mc_all ? 0 : HAS_NO_MCALL;
	r->knows |= HAS_NO_MCALL;
}

static void set_attr(struct row *r, const struct nlattr *a)
{
	const void *data = mnl_attr_get_payload(a);
	size_t len = mnl_attr_get_payload_len(a);

	switch (mnl_attr_get_type(a)) {
	case DIAG_ATTR_SKV6ONLY:
		if (len >= 1 && r->v6only >= 0)
			r->v6only = *(const uint8_t *)data ? 1 : 0;
		break;
	case ATTR_SOCKOPT:
		if (len >= 2)
			set_options(r, data);
		break;
	case ATTR_CGROUP_ID:
		if (len < sizeof(r->cgroup))
			break;
		memcpy(&r->cgroup, data, sizeof(r->cgroup));
		r->has |= HAS_CGROUP;
		break;
	case INET_DIAG_SKMEMINFO:
		if (len < (SK_MEMINFO_DROPS + 1) * sizeof(uint32_t))
			break;
		r->drops = ((const uint32_t *)data)[SK_MEMINFO_DROPS];
		r->has |= r->drops ? HAS_DROPS : 0;
		break;
	}
}

static int got_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	const struct dump *d = data;
	const struct nlattr *a;
	struct row *r;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*m) || !m->id.idiag_sport ||
	    (m->idiag_family != AF_INET6 && m->idiag_family != AF_INET))
		return MNL_CB_OK;
	r = table_add(d->t);
	r->l4 = d->proto == IPPROTO_TCP ? L4_TCP : L4_UDP;
	r->port = ntohs(m->id.idiag_sport);
	r->uid = m->idiag_uid;
	r->inode = m->idiag_inode;
	r->ifindex = m->id.idiag_if;
	r->dev = dev_name(d->t, m->id.idiag_if);
	r->v6only = m->idiag_family == AF_INET6 ? 0 : -1;
	if (r->l4 == L4_TCP) {
		r->queue = m->idiag_rqueue;
		r->backlog = m->idiag_wqueue;
		r->has |= HAS_QUEUE;
	} else {
		r->rx = m->idiag_rqueue;
		r->has |= HAS_RX;
	}
	mnl_attr_for_each(a, nlh, sizeof(*m))
		set_attr(r, a);
	set_stale_peer(d->t, r, m);
	if (!set_address(d->t, r, m) || !set_families(r, m))
		d->t->n--;
	return MNL_CB_OK;
}

static bool is_all(const struct extent *only)
{
	return !only->l4[L4_TCP] && !only->l4[L4_UDP];
}

static void restart(void *data)
{
	struct dump *d = data;

	d->t->n = d->first;
}

static bool dump(struct mnl_socket *nl, struct table *t, int family, int proto, struct fail *f)
{
	static const struct extent all = { .hi = UINT16_MAX };
	char buf[DIAG_REQUEST] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct dump d = { t, proto, t->n };
	/*
	 * UDP sockets that are not connected are in CLOSE. For TCP, a dump of LISTEN alone does
	 * not walk the big hash table.
	 */
	uint32_t states = 1 << (proto == IPPROTO_TCP ? TCP_LISTEN : TCP_CLOSE);
	int err = netlink_dump(nl, diag_request(buf, family, proto, states,
						is_all(&t->only) ? &all : &t->only),
			       got_socket, restart, &d);

	/* ENOENT: the kernel does not have this protocol or family, so there are no sockets */
	return !err || err == ENOENT || fail_errno(f, err, "sock_diag");
}

static int cmp(const void *a, const void *b)
{
	return row_cmp(a, b);
}

bool diag_load(struct table *t, struct fail *f)
{
	static const int protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	static const int families[] = { AF_INET, AF_INET6 };
	struct mnl_socket *nl = netlink_open(NETLINK_SOCK_DIAG);
	size_t i, first = t->n;
	bool ok = true;

	if (!nl)
		return fail_errno(f, errno, "sock_diag");
	t->source = SOURCE_SETTINGS;
	for (i = 0; ok && i < 4; i++)
		if (is_all(&t->only) || t->only.l4[i / 2])
			ok = dump(nl, t, families[i % 2], protos[i / 2], f);
	mnl_socket_close(nl);
	if (t->n > first)
		qsort(t->rows + first, t->n - first, sizeof(*t->rows), cmp);
	return ok;
}
