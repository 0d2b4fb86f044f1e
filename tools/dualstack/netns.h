/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces: found by name, pid or inode; named for people. */
#ifndef DUALSTACK_NETNS_H
#define DUALSTACK_NETNS_H

#include "fail.h"
#include "spec.h"

struct netns {
	uint64_t inode;
	uint32_t pid;		/* a process in it, or 0 */
	char *path;		/* of a file that setns() takes, or NULL */
};

/* NAME of ip-netns(8), PID, or INODE as lsns(8) shows it. */
bool netns_find(const char *word, struct netns *ns, struct fail *f);
/* Every one that is found, by number; false: there are no more. */
bool netns_at(size_t i, struct netns *ns);
bool netns_enter(const struct netns *ns, const char *word, struct fail *f);
void netns_free(struct netns *ns);

/* The inode of the namespace behind a path as /proc/PID/ns/net. */
bool netns_inode(const char *path, uint64_t *inode);

/* The name that a person knows it by; NULL: it has none left. */
const char *netns_name(uint64_t inode);
/* The name of the other namespace that has the address; NULL: none, or more than one. */
const char *netns_of_address(const struct prefix *addr);
/* --watch: look again at the next question. */
void netns_forget(void);

#endif
