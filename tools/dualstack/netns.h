/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds network namespaces by name, pid or inode, and finds names for them. */
#ifndef DUALSTACK_NETNS_H
#define DUALSTACK_NETNS_H

#include "fail.h"
#include "spec.h"

struct netns {
	uint64_t inode;
	uint32_t pid;		/* a process in it, or 0 */
	char *path;		/* of a file that setns() takes, or NULL */
};

/* @word: a name of ip-netns(8) or of dualstack -A, a path, a pid, or an inode of lsns(8). */
bool netns_find(const char *word, struct netns *ns, struct fail *f);
/* The @i-th namespace that was found; false if there are no more. */
bool netns_at(size_t i, struct netns *ns);
bool netns_enter(const struct netns *ns, const char *word, struct fail *f);
void netns_free(struct netns *ns);

/* The inode of the namespace behind a path such as /proc/PID/ns/net. */
bool netns_inode(const char *path, uint64_t *inode);

/* The name of a namespace to show; NULL if it has none. */
const char *netns_name(uint64_t inode);
/* The name of the one other namespace that has the address; NULL if none has, or several have. */
const char *netns_of_address(const struct prefix *addr);
/* For --watch: search all namespaces again at the next call. */
void netns_forget(void);

#endif
