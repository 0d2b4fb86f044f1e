/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of containers: Docker, Podman, Kubernetes. */
#ifndef DUALSTACK_CONTAINER_H
#define DUALSTACK_CONTAINER_H

#include "util.h"

/* What a cgroup's path says about a container. */
struct container_path {
	char id[65];		/* 64 hex digits; empty: none */
	char pod_uid[37];	/* of Kubernetes; empty: none */
	uint32_t user;		/* @rootless: the user who runs it */
	bool rootless;
};

/* Reads no files, so that tests can call it. */
void container_path_parse(const char *path, struct container_path *p);

/*
 * Adds "web" (Docker, Podman) or "default/web-7d4b/nginx" (Kubernetes: namespace, pod, container;
 * without the container for the pod's sandbox) to @out. Returns false if no file has the name, or
 * the files can't be read.
 */
bool container_name(const char *path, struct str *out);
/* For --watch: names may have changed. */
void container_forget(void);

#endif
