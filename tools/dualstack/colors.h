/* SPDX-License-Identifier: GPL-2.0-only */
/* terminal-colors.d(5): where a person or a machine switches colours off for all such programs. */
#ifndef DUALSTACK_COLORS_H
#define DUALSTACK_COLORS_H

#include "util.h"

bool colors_disabled(const char *term);

#endif
