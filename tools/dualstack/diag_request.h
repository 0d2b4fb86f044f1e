/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds dump requests to sock_diag(7). */
#ifndef DUALSTACK_DIAG_REQUEST_H
#define DUALSTACK_DIAG_REQUEST_H

#include <libmnl/libmnl.h>

#include "row.h"

/* Size of the buffer for a request. */
#define DIAG_REQUEST 256
/* Newer than some distributions' headers. */
#define DIAG_ATTR_SKV6ONLY 11

/*
 * Writes a request into @buf, which must be aligned and zeroed: a dump of the sockets of @family
 * and @proto (IPPROTO_TCP, IPPROTO_UDP) in @states (a set of 1 << TCP_LISTEN etc.) on @ports.
 */
struct nlmsghdr *diag_request(void *buf, int family, int proto, uint32_t states,
			      const struct extent *ports);

/* The name of a device, or "if7" if it is gone; NULL for 0. The caller frees it. */
char *diag_device(uint32_t index);

#endif
