/* SPDX-License-Identifier: GPL-2.0-only */
/* Where rows come from: the module, a saved table, or without it BPF or sock_diag alone. */
#ifndef DUALSTACK_SOURCE_H
#define DUALSTACK_SOURCE_H

#include "fail.h"
#include "options.h"

/* May be called again and again: each time one new snapshot. */
bool source_load(const struct options *o, struct table *t, struct fail *f);
/* The same, of that the rows that are selected, with what @needs (NEED_*) asks for. */
bool load_selected(const struct options *o, unsigned int needs, struct table *t, struct fail *f);
/* One line on stderr where the module was not asked, unless that was chosen. */
void source_hint(const struct table *t);
/* The same, where it is one packet that is asked about. */
void source_hint_lookup(const struct table *t);
/* What is missing where a table of settings does not tell enough. */
const char *source_remedy(void);

#endif
