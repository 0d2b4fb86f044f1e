/* SPDX-License-Identifier: GPL-2.0-only */
/* The content of /proc/net/dualstack and of debugfs's sockets: a header and a snapshot's rows. */
#ifndef DUALSTACK_TABLE_H
#define DUALSTACK_TABLE_H

#include "file.h"

extern const struct ds_file_ops ds_table_ops;

#endif
