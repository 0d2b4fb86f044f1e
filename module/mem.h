/* SPDX-License-Identifier: GPL-2.0-only */
/* How the module takes memory: accounted to the reader, with an error rather than a dead task. */
#ifndef DUALSTACK_MEM_H
#define DUALSTACK_MEM_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>

/*
 * Where the reader's memory cgroup is too small, its limit would call the OOM killer: with
 * __GFP_RETRY_MAYFAIL the read fails with ENOMEM instead.
 */
#define DS_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

#endif
