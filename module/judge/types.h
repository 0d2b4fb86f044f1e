/* SPDX-License-Identifier: GPL-2.0-only */
/* Types for the judge, in the kernel and in user space. */
#ifndef DUALSTACK_JUDGE_TYPES_H
#define DUALSTACK_JUDGE_TYPES_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* as in the kernel */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
#endif

#include "../family.h"

static inline int ds_addr_cmp(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a));
}

#endif
