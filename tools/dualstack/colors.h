/* SPDX-License-Identifier: GPL-2.0-only */
/* terminal-colors.d(5): files in which a user or an administrator disables colours. */
#ifndef DUALSTACK_COLORS_H
#define DUALSTACK_COLORS_H

#include "util.h"

bool colors_disabled(const char *term);

#endif
