/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a netlink dump, and repeats it if the kernel says that it is inconsistent. */
#ifndef DUALSTACK_NETLINK_H
#define DUALSTACK_NETLINK_H

#include <libmnl/libmnl.h>

#include "util.h"

/* Opens a socket in the current network namespace for NETLINK_ROUTE, ...; NULL: see errno. */
struct mnl_socket *netlink_open(int bus);

/*
 * Sends @request, a dump, and calls @got for each message, ignoring its return value. Before it
 * repeats the dump, it calls @restart, which must drop what @got has collected. Returns 0 or a
 * positive errno.
 */
int netlink_dump(struct mnl_socket *nl, struct nlmsghdr *request, mnl_cb_t got,
		 void (*restart)(void *), void *data);

#endif
