/* SPDX-License-Identifier: GPL-2.0-only */
/* vmalloc() with the caller's allocation flags. */
#ifndef DUALSTACK_COMPAT_VMALLOC_H
#define DUALSTACK_COMPAT_VMALLOC_H

#include <linux/mm.h>
#include <linux/vmalloc.h>

/* __vmalloc() takes a pgprot_t before 5.8, 88dca4ca5a93 ("mm: remove the pgprot argument ..."). */
static inline void *ds_vmalloc(unsigned long bytes, gfp_t gfp)
{
#ifdef DS_VMALLOC_TAKES_PROT
	return __vmalloc(bytes, gfp, PAGE_KERNEL);
#else
	return __vmalloc(bytes, gfp);
#endif
}

#endif
