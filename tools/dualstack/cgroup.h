/* SPDX-License-Identifier: GPL-2.0-only */
/* From a socket's cgroup to what people call it: a systemd unit, or a container. */
#ifndef DUALSTACK_CGROUP_H
#define DUALSTACK_CGROUP_H

#include "row.h"

/*
 * "nginx.service", "docker:0123456789ab", "lxc:NAME"; NULL: unknown. Asked once, kept until
 * cgroup_forget().
 */
const char *cgroup_unit(const struct row *r);
/* --watch: pids and ids may mean something else by now. */
void cgroup_forget(void);
/* The same from a path, into @out (pure, for tests). */
bool unit_of_path(const char *path, struct str *out);

#endif
