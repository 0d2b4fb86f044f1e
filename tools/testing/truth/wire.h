/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the senders and the receivers of packets. */
#ifndef DUALSTACK_TRUTH_WIRE_H
#define DUALSTACK_TRUTH_WIRE_H

#include "truth.h"

/* A datagram has the index of its shot; the epoch distinguishes late ones. */
struct datagram {
	uint32_t epoch, index;
};

uint32_t next_epoch(void);
int source_socket(struct world *w, const struct source *s, int type);
int send_udp(struct world *w, const struct source *s, int k, const struct place *p, uint16_t port,
	     uint32_t epoch, uint32_t index);
int dest_scope(const struct world *w, const struct source *s, const struct place *p);

#endif
