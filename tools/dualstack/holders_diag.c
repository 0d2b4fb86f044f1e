// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the holders of a port by sock_diag(7). It does not show SO_REUSEADDR and SO_REUSEPORT, nor
 * IPV6_V6ONLY of connections, and before Linux 6.8 it does not show TCP sockets that are bound, but
 * do not listen. The result says what is not known.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "diag_request.h"
#include "fail.h"
#include "holders.h"
#include "laddr.h"
#include "netlink.h"

/* Newer than some distributions' headers. */
#define STATE_BOUND_INACTIVE 13
#define STATES_ALL ((1U << (STATE_BOUND_INACTIVE + 1)) - 1)
#define STATE_LISTEN (1U << TCP_LISTEN)
/* idiag_timer of a socket in TIME_WAIT, and of one in FIN-WAIT-2 without a process */
#define TIMER_TIMEWAIT 3
/* With more UDP sockets than this in a port's slot of the hash table, bind() looks by address. */
#define UDP_CROWD 10

/*
 * A dump
 * @h: the result
 * @first: number of holders before this dump
 * @local: devices of the namespace, and their VRFs
 * @vrfs: the namespace has VRFs, so a device may have been in another one at the time of bind()
 */
struct dump {
	struct holders *h;
	enum ds_proto proto;
	size_t first;
	struct local local;
	bool vrfs;
};

static const char *state_of(enum ds_proto proto, const struct inet_diag_msg *m)
{
	if (proto == DS_UDP)
		return m->idiag_state == TCP_ESTABLISHED ? "udp-connected" : "udp";
	if (m->idiag_timer == TIMER_TIMEWAIT)
		return "timewait";
	switch (m->idiag_state) {
	case TCP_LISTEN:
		return "listen";
	case TCP_CLOSE:
	case STATE_BOUND_INACTIVE:
		return "bound";
	case TCP_ESTABLISHED:
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return "connected";
	default:
		return "closing";
	}
}

static void set_address(struct in6_addr *addr, const struct inet_diag_msg *m)
{
	if (m->idiag_family == AF_INET6) {
		memcpy(addr, m->id.idiag_src, sizeof(*addr));
		return;
	}
	addr->s6_addr[10] = 0xff;
	addr->s6_addr[11] = 0xff;
	memcpy(&addr->s6_addr[12], m->id.idiag_src, 4);
}

static void set_v6only(struct holding *held, const struct nlmsghdr *nlh)
{
	const struct nlattr *a;

	held->unsure |= UNSURE_V6ONLY;
	mnl_attr_for_each(a, nlh, sizeof(struct inet_diag_msg)) {
		if (mnl_attr_get_type(a) != DIAG_ATTR_SKV6ONLY || !mnl_attr_get_payload_len(a))
			continue;
		held->rule.v6only = mnl_attr_get_u8(a);
		held->unsure &= ~UNSURE_V6ONLY;
	}
}

static void set_bucket(const struct dump *d, struct holding *held)
{
	const struct ldev *dev = local_dev(&d->local, held->rule.ifindex);

	if (dev && !d->local.accept[DS_TCP])
		held->rule.l3mdev = dev->vrf;
	held->unsure |= d->vrfs ? UNSURE_L3MDEV : 0;
}

static void set_rule(const struct dump *d, struct holding *held, const struct nlmsghdr *nlh)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	bool timewait = d->proto == DS_TCP && m->idiag_timer == TIMER_TIMEWAIT;

	held->unsure = UNSURE_REUSEADDR | UNSURE_REUSEPORT;
	set_address(&held->rule.addr, m);
	held->rule.inet6 = m->idiag_family == AF_INET6;
	held->rule.ifindex = m->id.idiag_if;
	/* a socket in TIME_WAIT has no uid */
	held->rule.uid = timewait ? UINT32_MAX : m->idiag_uid;
	held->rule.state = timewait ? DS_HOLDER_TIMEWAIT :
		d->proto == DS_TCP && m->idiag_state == TCP_LISTEN ? DS_HOLDER_LISTENS :
								     DS_HOLDER_OTHER;
	if (held->rule.inet6)
		set_v6only(held, nlh);
	if (d->proto == DS_TCP)
		set_bucket(d, held);
}

static char *peer_text(const struct inet_diag_msg *m)
{
	char text[INET6_ADDRSTRLEN];
	struct str peer = { 0 };
	char *copy;

	if (!m->id.idiag_dport || !inet_ntop(m->idiag_family, m->id.idiag_dst, text, sizeof(text)))
		return NULL;
	str_addf(&peer, m->idiag_family == AF_INET6 ? "[%s]:%u" : "%s:%u", text,
		 ntohs(m->id.idiag_dport));
	copy = xstrdup(peer.s);
	str_free(&peer);
	return copy;
}

/* bind() treats a server's connections alike: successive ones are merged. */
static bool is_alike(const struct holding *a, const struct holding *b)
{
	return a->unsure == b->unsure && !strcmp(a->state, b->state) &&
	       !memcmp(&a->rule, &b->rule, sizeof(a->rule));
}

static int got_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	struct dump *d = data;
	struct holders *h = d->h;
	struct holding held;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*m))
		return MNL_CB_OK;
	memset(&held, 0, sizeof(held));
	set_rule(d, &held, nlh);
	held.state = (char *)state_of(d->proto, m);
	if (h->n > d->first && is_alike(&h->list[h->n - 1], &held)) {
		h->list[h->n - 1].count++;
		return MNL_CB_OK;
	}
	held.state = xstrdup(held.state);
	held.dev = diag_device(m->id.idiag_if);
	held.peer = peer_text(m);
	held.count = 1;
	if (held.rule.state == DS_HOLDER_TIMEWAIT)
		held.expires = (m->idiag_expires + 999) / 1000;
	else
		held.inode = m->idiag_inode;
	*holders_add(h) = held;
	return MNL_CB_OK;
}

static void restart(void *data)
{
	struct dump *d = data;

	holders_drop(d->h, d->first);
}

static bool dump(struct dump *d, struct mnl_socket *nl, uint16_t port, uint32_t states,
		 struct fail *f)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct extent ports = { .lo = port, .hi = port };
	size_t i;
	int err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(families); i++) {
		char buf[DIAG_REQUEST] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };

		d->first = d->h->n;
		err = netlink_dump(nl, diag_request(buf, families[i], d->proto == DS_TCP ?
						    IPPROTO_TCP : IPPROTO_UDP, states, &ports),
				   got_socket, restart, d);
	}
	if (err == ENOENT)
		return fail_set(f, ST_NOMODULE, "this kernel cannot tell who holds a port: it has "
				"neither the module nor sock_diag of %s", d->proto == DS_TCP ?
				"TCP" : "UDP");
	return !err || fail_errno(f, err, "sock_diag");
}

static bool kernel_is(int major, int minor)
{
	struct utsname name;
	int x, y;

	return !uname(&name) && sscanf(name.release, "%d.%d", &x, &y) == 2 &&
	       (x > major || (x == major && y >= minor));
}

/*
 * A socket may start or stop listening between two dumps. It is not missed, since listeners are
 * dumped before and after the other sockets.
 */
static bool dump_all(struct dump *d, struct mnl_socket *nl, uint16_t port, struct fail *f)
{
	if (d->proto == DS_UDP)
		return dump(d, nl, port, STATES_ALL, f);
	/* before 6.8, sockets that are bound but do not listen are not shown */
	d->h->unseen = !kernel_is(6, 8);
	return dump(d, nl, port, STATE_LISTEN, f) &&
	       dump(d, nl, port, STATES_ALL & ~STATE_LISTEN, f) &&
	       dump(d, nl, port, STATE_LISTEN, f);
}

bool holders_from_diag(struct holders *h, enum ds_proto proto, uint16_t port, struct fail *f)
{
	struct mnl_socket *nl = netlink_open(NETLINK_SOCK_DIAG);
	struct dump d = { .h = h, .proto = proto };
	size_t i;
	bool ok;

	memset(h, 0, sizeof(*h));
	h->from_diag = true;
	if (!nl)
		return fail_errno(f, errno, "sock_diag");
	ok = local_load(&d.local, f);
	for (i = 0; ok && i < d.local.n_devs; i++)
		d.vrfs |= !!d.local.devs[i].vrf;
	ok = ok && dump_all(&d, nl, port, f);
	h->maybe_wild_hole = proto == DS_UDP && h->n > UDP_CROWD && !kernel_is(6, 1);
	local_free(&d.local);
	mnl_socket_close(nl);
	return ok;
}
