/* SPDX-License-Identifier: GPL-2.0-only */
/* From a socket's cgroup to what people call it: a systemd unit, or a container. */
#ifndef DUALSTACK_CGROUP_H
#define DUALSTACK_CGROUP_H

#include "row.h"

/*
 * "nginx.service", "docker:0123456789ab", "lxc:NAME"; NULL: unknown, as in a
 * saved table, whose ids mean nothing here. Asked once, kept until cgroup_forget().
 */
const char *cgroup_unit(const struct table *t, const struct row *r);
/* "web", "default/web-7d4b/nginx": as those who run the container call it; NULL: unknown. */
const char *cgroup_container(const struct table *t, const struct row *r);
/* Of a process. */
const char *cgroup_unit_of_pid(uint32_t pid);
const char *cgroup_container_of_pid(uint32_t pid);
/* --watch: pids and ids may mean something else by now. */
void cgroup_forget(void);
/* The same from a path, into @out (pure, for tests). */
bool unit_of_path(const char *path, struct str *out);

#endif
