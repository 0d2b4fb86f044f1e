/* SPDX-License-Identifier: GPL-2.0-only */
/* From a socket's cgroup to what people call it: a systemd unit, or a container. */
#ifndef DUALSTACK_CGROUP_H
#define DUALSTACK_CGROUP_H

#include "row.h"

/* The path below the cgroup mount, or NULL. Lives as long as the program. */
const char *cgroup_path(uint64_t id);
/* "nginx.service", "docker:0123456789ab", "lxc:NAME"; NULL: unknown. */
const char *cgroup_unit(const struct row *r);
/* The same from a path, into @out (pure, for tests). */
bool unit_of_path(const char *path, struct str *out);

#endif
