/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the processes that hold sockets, in the module's debugfs file or in /proc/PID/fd. */
#ifndef DUALSTACK_OWNERS_H
#define DUALSTACK_OWNERS_H

#include "fail.h"
#include "out.h"
#include "row.h"

/* Sets the owners of every row, sorted by pid, and calls owners_mark_subflows(). */
bool owners_load(struct table *t, struct fail *f);
/* Only sets the owners, from /proc/PID/fd: the module's file lists only sockets that have a row. */
void owners_walk(struct table *t);
/* Marks rows that are, or may be, listeners of MPTCP's path manager; false if there are none. */
bool owners_mark_subflows(struct table *t);
/* Parses the text of the module's file; exported for the tests. */
bool owners_parse(struct table *t, const char *text, size_t len, const char *name,
		  struct fail *f);

/* Adds "systemd(1),sshd(640)", escaped, and ",+3" for three processes beyond @max. */
bool process_text(const struct row *r, size_t max, enum escape how, struct str *out);

#endif
