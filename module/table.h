/* SPDX-License-Identifier: GPL-2.0-only */
/* The table as a file's content: a header and the rows of a snapshot. */
#ifndef DUALSTACK_TABLE_H
#define DUALSTACK_TABLE_H

#include "file.h"

extern const struct ds_file_ops ds_table_ops;

#endif
