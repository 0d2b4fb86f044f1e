/* SPDX-License-Identifier: GPL-2.0-only */
/* Who holds the sockets: from the module's debugfs file, or by a walk over /proc/PID/fd. */
#ifndef DUALSTACK_OWNERS_H
#define DUALSTACK_OWNERS_H

#include "fail.h"
#include "out.h"
#include "row.h"

/* Fills in the owners of every row, in the order of their pids. */
bool owners_load(struct table *t, struct fail *f);
/* The same by a walk alone: the module's file knows those sockets only that have a row. */
void owners_walk(struct table *t);
/* Which rows are listeners of MPTCP's path manager, as far as owners are known; false: none is. */
bool owners_mark_subflows(struct table *t);
/* The text of the module's file, for the parser's own tests. */
bool owners_parse(struct table *t, const char *text, size_t len, const char *name,
		  struct fail *f);

/* "nginx(812)", "systemd(1),sshd(640)", and "+3" for what exceeds @max processes; escaped. */
bool process_text(const struct row *r, size_t max, enum escape how, struct str *out);

#endif
