/* SPDX-License-Identifier: GPL-2.0-only */
/* The content of debugfs's owners file: which tasks hold the listening sockets. */
#ifndef DUALSTACK_OWNERS_H
#define DUALSTACK_OWNERS_H

#include "file.h"

extern const struct ds_file_ops ds_owners_ops;

#endif
