/* SPDX-License-Identifier: GPL-2.0-only */
/* Who holds the listening sockets: what debugfs's owners file serves. */
#ifndef DUALSTACK_OWNERS_H
#define DUALSTACK_OWNERS_H

#include "file.h"

extern const struct ds_file_ops ds_owners_ops;

#endif
