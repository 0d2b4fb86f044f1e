// SPDX-License-Identifier: GPL-2.0-only
/* Builds dump requests to sock_diag(7). */
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <net/if.h>

#include "diag_request.h"

/* Bytecode for the kernel: accept a port from @lo to @hi, else jump past the end. */
static void put_ports(struct nlmsghdr *nlh, const struct extent *only)
{
	const struct inet_diag_bc_op ops[] = {
		{ .code = INET_DIAG_BC_S_GE, .yes = 2 * sizeof(ops[0]), .no = 5 * sizeof(ops[0]) },
		{ .no = only->lo },
		{ .code = INET_DIAG_BC_S_LE, .yes = 2 * sizeof(ops[0]), .no = 3 * sizeof(ops[0]) },
		{ .no = only->hi },
	};

	if (only->lo || only->hi < UINT16_MAX)
		mnl_attr_put(nlh, INET_DIAG_REQ_BYTECODE, sizeof(ops), ops);
}

struct nlmsghdr *diag_request(void *buf, int family, int proto, uint32_t states,
			      const struct extent *ports)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	req->sdiag_family = family;
	req->sdiag_protocol = proto;
	req->idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
	req->idiag_states = states;
	put_ports(nlh, ports);
	return nlh;
}

char *diag_device(uint32_t index)
{
	char name[IF_NAMESIZE];

	if (!index)
		return NULL;
	if (!if_indextoname(index, name))
		snprintf(name, sizeof(name), "if%u", index);
	return xstrdup(name);
}
