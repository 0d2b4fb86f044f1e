/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's version. `make version-check` compares every other copy with this one. */
#ifndef DUALSTACK_VERSION_H
#define DUALSTACK_VERSION_H

#define DUALSTACK_VERSION "0.1.0"

#endif
