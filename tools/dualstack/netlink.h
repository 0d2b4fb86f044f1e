/* SPDX-License-Identifier: GPL-2.0-only */
/* One netlink dump, whole: asked again where the kernel says that it changed underneath. */
#ifndef DUALSTACK_NETLINK_H
#define DUALSTACK_NETLINK_H

#include <libmnl/libmnl.h>

#include "util.h"

/* A socket of the present network namespace for NETLINK_ROUTE, ...; NULL: errno says why. */
struct mnl_socket *netlink_open(int bus);

/*
 * Sends @request, a dump, and calls @got for each answer; what that returns is not looked at.
 * @restart drops what was got, before the question is asked once more. 0, or an errno.
 */
int netlink_dump(struct mnl_socket *nl, struct nlmsghdr *request, mnl_cb_t got,
		 void (*restart)(void *), void *data);

#endif
