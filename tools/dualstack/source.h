/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads rows from the module or a saved table; without the module by BPF, or from sock_diag. */
#ifndef DUALSTACK_SOURCE_H
#define DUALSTACK_SOURCE_H

#include "fail.h"
#include "options.h"

/* Loads a snapshot; may be called repeatedly. */
bool source_load(const struct options *o, struct table *t, struct fail *f);
/* Loads only the rows that are selected, with the data that @needs (NEED_*) names. */
bool load_selected(const struct options *o, unsigned int needs, struct table *t, struct fail *f);
/* Prints on stderr what the source can't show. */
void source_hint(const struct table *t);
/* The same for a question about one packet. */
void source_hint_lookup(const struct table *t);
/* Why only settings are known (SOURCE_SETTINGS), and what to do. */
const char *source_remedy(void);

#endif
