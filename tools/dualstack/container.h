/* SPDX-License-Identifier: GPL-2.0-only */
/* What those who run a container call it: Docker, Podman, Kubernetes, LXC, systemd-nspawn. */
#ifndef DUALSTACK_CONTAINER_H
#define DUALSTACK_CONTAINER_H

#include "util.h"

/* A cgroup's path, as far as it speaks of a container; pure, for tests. */
struct container_path {
	char id[65];		/* 64 hex digits; empty: none */
	char pod_uid[37];	/* of Kubernetes; empty: none */
	uint32_t user;		/* whose containers they are, without root */
	bool rootless;
};

void container_path_parse(const char *path, struct container_path *p);

/*
 * Adds "web" (Docker, Podman), "default/web-7d4b/nginx" (namespace, pod and container of
 * Kubernetes; without the last for what holds the pod together). False: its files do not tell, or
 * may not be read.
 */
bool container_name(const char *path, struct str *out);
/* --watch: another one may be called so by now. */
void container_forget(void);

#endif
