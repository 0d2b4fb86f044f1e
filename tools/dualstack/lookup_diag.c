// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the kernel's own socket lookup through sock_diag(7).
 *
 * A request for one socket (not a dump) names it by addresses, ports and device, and the kernel
 * finds it with the functions that it uses for packets: inet_lookup(), inet6_lookup(),
 * __udp4_lib_lookup(), __udp6_lib_lookup(). So a request for a connection that does not exist
 * returns the socket that would get its first packet.
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>

#include "diag_request.h"
#include "laddr.h"
#include "lookup_diag.h"

/* An answer is a few hundred bytes long. */
#define ANSWER_BYTES 8192

/* One end of the connection, as sock_diag writes it. */
static void put_addr(__be32 *to, const struct in6_addr *addr, enum ds_family family)
{
	memset(to, 0, sizeof(*addr));
	if (family == DS_V4)
		to[0] = addr->s6_addr32[3];
	else
		memcpy(to, addr, sizeof(*addr));
}

/* For UDP the kernel takes idiag_src as the packet's source, for TCP as the socket's address. */
static void put_ends(struct inet_diag_sockid *id, const struct lookup_packet *p)
{
	bool udp = p->proto == DS_UDP;

	put_addr(udp ? id->idiag_dst : id->idiag_src, &p->daddr, p->family);
	put_addr(udp ? id->idiag_src : id->idiag_dst, &p->saddr, p->family);
	id->idiag_sport = htons(udp ? p->sport : p->dport);
	id->idiag_dport = htons(udp ? p->dport : p->sport);
}

static struct nlmsghdr *put_question(void *buf, const struct lookup_packet *p)
{
	static unsigned int seq;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++seq;
	req->sdiag_family = p->family == DS_V4 ? AF_INET : AF_INET6;
	req->sdiag_protocol = p->proto == DS_TCP ? IPPROTO_TCP : IPPROTO_UDP;
	req->idiag_states = ~0u;
	req->id.idiag_if = p->ifindex;
	req->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	req->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	put_ends(&req->id, p);
	return nlh;
}

static void read_addr(struct in6_addr *to, const struct inet_diag_msg *m)
{
	if (m->idiag_family == AF_INET)
		set_mapped(to, m->id.idiag_src[0]);
	else
		memcpy(to, m->id.idiag_src, sizeof(*to));
}

static void read_socket(struct lookup_socket *s, const struct nlmsghdr *nlh)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;

	*s = (struct lookup_socket) {
		.cookie = m->id.idiag_cookie[0] | (uint64_t)m->id.idiag_cookie[1] << 32,
		.inode = m->idiag_inode,
		.uid = m->idiag_uid,
		.dev = m->id.idiag_if,
		.family = m->idiag_family,
		.state = m->idiag_state,
		.v6only = -1,
	};
	read_addr(&s->addr, m);
	mnl_attr_for_each(a, nlh, sizeof(*m))
		if (mnl_attr_get_type(a) == DIAG_ATTR_SKV6ONLY && mnl_attr_get_payload_len(a))
			s->v6only = *(const uint8_t *)mnl_attr_get_payload(a) ? 1 : 0;
}

/* -ENOENT: there is no such socket. */
static int error_of(const struct nlmsghdr *nlh)
{
	const int *err = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) >= sizeof(*err) && *err < 0 ? *err : -EPROTO;
}

/* -EAGAIN: no message answers the question. */
static int read_answer(const struct nlmsghdr *nlh, int len, unsigned int seq,
		       struct lookup_socket *s)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != seq)
			continue;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			return error_of(nlh);
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct inet_diag_msg))
			return -EPROTO;
		read_socket(s, nlh);
		return 0;
	}
	return -EAGAIN;
}

enum lookup_answer lookup_diag(struct mnl_socket *nl, const struct lookup_packet *p,
			       struct lookup_socket *s)
{
	char buf[ANSWER_BYTES] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *question = put_question(buf, p);
	unsigned int seq = question->nlmsg_seq;
	int err = -EAGAIN;

	if (mnl_socket_sendto(nl, question, question->nlmsg_len) < 0)
		return LOOKUP_FAILED;
	while (err == -EAGAIN) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, sizeof(buf));

		if (n >= 0)
			err = read_answer((const void *)buf, n, seq, s);
		else if (errno != EINTR)
			return LOOKUP_FAILED;
	}
	errno = -err;
	if (err)
		return err == -ENOENT ? LOOKUP_NOBODY : LOOKUP_FAILED;
	return LOOKUP_SOCKET;
}
