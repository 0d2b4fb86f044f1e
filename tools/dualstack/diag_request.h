/* SPDX-License-Identifier: GPL-2.0-only */
/* One question to sock_diag(7). */
#ifndef DUALSTACK_DIAG_REQUEST_H
#define DUALSTACK_DIAG_REQUEST_H

#include <libmnl/libmnl.h>

#include "row.h"

/* Room for a question. */
#define DIAG_REQUEST 256
/* Newer than some distributions' headers. */
#define DIAG_ATTR_SKV6ONLY 11

/*
 * Writes a dump of the sockets of @family and @proto (IPPROTO_TCP, IPPROTO_UDP) in @states (bits of
 * TCP's) into @buf, aligned and zeroed; of @ports alone, where they are not all.
 */
struct nlmsghdr *diag_request(void *buf, int family, int proto, uint32_t states,
			      const struct extent *ports);

/* The name of a device, or "if7" where it is gone; NULL for 0. To be freed. */
char *diag_device(uint32_t index);

#endif
