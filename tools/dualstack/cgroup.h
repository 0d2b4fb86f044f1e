/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the systemd unit or container of a socket from its cgroup. */
#ifndef DUALSTACK_CGROUP_H
#define DUALSTACK_CGROUP_H

#include "row.h"

/*
 * "nginx.service", "docker:0123456789ab", "lxc:NAME"; NULL: unknown, also in a saved table, since
 * its ids may be of another machine. The result is cached until cgroup_forget().
 */
const char *cgroup_unit(const struct table *t, const struct row *r);
/* "web", "default/web-7d4b/nginx": the container's name; NULL: unknown. */
const char *cgroup_container(const struct table *t, const struct row *r);
/* The same for a process. */
const char *cgroup_unit_of_pid(uint32_t pid);
const char *cgroup_container_of_pid(uint32_t pid);
/* For --watch: pids and ids may have been reused. */
void cgroup_forget(void);
/* Writes the unit that a cgroup's path names to @out. Reads no files, so that tests can call it. */
bool unit_of_path(const char *path, struct str *out);

#endif
