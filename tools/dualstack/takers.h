/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets that take the packets of others (v4by, v6by), and who holds them. */
#ifndef DUALSTACK_TAKERS_H
#define DUALSTACK_TAKERS_H

#include "fail.h"
#include "out.h"
#include "row.h"

/* Finds the owners of those that the rows name, though a selection may have left them out. */
bool takers_load(struct table *t, struct fail *f);
/* "nginx(812)"; where its processes are not known, "inode:11080". */
void put_taker(struct str *out, const struct table *t, uint64_t inode, enum escape how);

#endif
