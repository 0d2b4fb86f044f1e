/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocates memory: charged to the reader's memory cgroup, and without calling the OOM killer. */
#ifndef DUALSTACK_MEM_H
#define DUALSTACK_MEM_H

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "vmalloc.h"

/*
 * When the reader's memory cgroup is full, a plain allocation would call the OOM killer. With
 * __GFP_RETRY_MAYFAIL the read fails with ENOMEM instead.
 */
#define DS_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/* Limit of ds_alloc() for contiguous memory: the order is at most PAGE_ALLOC_COSTLY_ORDER. */
#define DS_CONTIGUOUS	SZ_32K

/**
 * ds_alloc() - memory for an array
 * @n: number of elements
 * @size: bytes of each
 *
 * For a large array kvmalloc() with these flags would first reclaim and compact to get contiguous
 * pages, which nobody here needs. So an array larger than DS_CONTIGUOUS comes from vmalloc.
 *
 * Context: process context; sleeps.
 * Return: memory for ds_free(), not cleared, or NULL.
 */
static inline void *ds_alloc(size_t n, size_t size)
{
	size_t bytes = array_size(n, size);

	if (bytes <= DS_CONTIGUOUS)
		return kmalloc(bytes, DS_GFP);
	return bytes <= INT_MAX ? ds_vmalloc(bytes, DS_GFP) : NULL;
}

/**
 * ds_brief_bytes() - number of bytes to charge for ds_alloc_brief()
 * @n: number of elements
 * @size: bytes of each
 *
 * kmalloc() rounds up to a power of two.
 *
 * Context: any.
 * Return: the largest number of bytes that ds_alloc_brief() allocates.
 */
static inline size_t ds_brief_bytes(size_t n, size_t size)
{
	size_t bytes = array_size(n, size);

	return bytes <= KMALLOC_MAX_SIZE ? roundup_pow_of_two(bytes) : bytes;
}

/**
 * ds_alloc_brief() - memory for an array that is freed soon, such as room for sorting
 * @n: number of elements, at least one
 * @size: bytes of each
 *
 * vmalloc() maps pages one by one, which takes longer than the sort itself. So this tries kmalloc()
 * first, without reclaim and compaction, and falls back to ds_alloc().
 *
 * Context: process context; sleeps.
 * Return: as ds_alloc().
 */
static inline void *ds_alloc_brief(size_t n, size_t size)
{
	size_t bytes = array_size(n, size);
	void *p = NULL;

	if (bytes > DS_CONTIGUOUS && bytes <= KMALLOC_MAX_SIZE)
		p = kmalloc(bytes, __GFP_ACCOUNT | __GFP_NOWARN | __GFP_NORETRY);
	return p ?: ds_alloc(n, size);
}

/**
 * ds_zalloc() - as ds_alloc(), cleared
 * @n: number of elements
 * @size: bytes of each
 *
 * Context: process context; sleeps.
 * Return: memory for ds_free(), or NULL.
 */
static inline void *ds_zalloc(size_t n, size_t size)
{
	size_t bytes = array_size(n, size);

	if (bytes <= DS_CONTIGUOUS)
		return kzalloc(bytes, DS_GFP);
	return bytes <= INT_MAX ? ds_vmalloc(bytes, DS_GFP | __GFP_ZERO) : NULL;
}

/**
 * ds_free() - free memory from ds_alloc(), ds_alloc_brief() or ds_zalloc()
 * @p: the memory, or NULL
 *
 * Context: process context; sleeps.
 */
static inline void ds_free(const void *p)
{
	kvfree(p);
}

#endif
