/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets that get the packets of other sockets (v4by, v6by), and their processes. */
#ifndef DUALSTACK_TAKERS_H
#define DUALSTACK_TAKERS_H

#include "fail.h"
#include "out.h"
#include "row.h"

/* Finds the owners of the sockets in v4by and v6by, even if these are not selected. */
bool takers_load(struct table *t, struct fail *f);
/* Adds "nginx(812)"; "inode:11080" if its processes are not known. */
void put_taker(struct str *out, const struct table *t, uint64_t inode, enum escape how);

#endif
