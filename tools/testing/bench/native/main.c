// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times readers of the kernel's listeners on the same sockets, inside the kernel. Other costs are
 * kept out: memory that the host has not given yet is touched first, no socket is in a reuseport
 * group, and readers take turns.
 *
 * Warm: the same reader has read just before. Emptied: every line of memory was flushed from all
 * caches of the CPU just before.
 *
 * Times are CPU times of this kernel on the host, so other work of the host does not count. The
 * module's statistics, which have the parts of our reader, only count real time: each part is
 * scaled by CPU time / real time.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <asm/unistd.h>
#include "native.h"

#define STATS	"/sys/kernel/debug/dualstack/stats"
#define PASSES	64

static unsigned int sockets = 20000;
module_param(sockets, uint, 0);
MODULE_PARM_DESC(sockets, "how many, half of them TCP");
static unsigned int passes = 7;
module_param(passes, uint, 0);
MODULE_PARM_DESC(passes, "how often each reader reads");
static bool dual;
module_param(dual, bool, 0);
MODULE_PARM_DESC(dual, "all sockets on [::]");

enum caches { WARM, EMPTIED, NSTATES };

static const char * const state_name[NSTATES] = { "warm", "caches emptied" };

/* The parts of our reader in the module's statistics; the text is the remainder. */
static const char * const part_name[] = { "walk_ns", "sort_ns", "judge_ns" };

#define NPARTS	ARRAY_SIZE(part_name)

struct times {
	u64 read[3][NSTATES][PASSES];
	u64 part[NPARTS + 1][NSTATES][PASSES];
};

static void *buf;

/* ------------------------------------------------------------------ memory and caches */

/*
 * The host gives a page at its first use, which costs a page fault: take all free memory, write it,
 * and free it.
 */
static void touch_memory(void)
{
	struct page *page, *next;
	LIST_HEAD(taken);

	/* sixteen pages at a time, as long as they are easy to get */
	while ((page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN | __GFP_NORETRY, 4))) {
		memset(page_address(page), 1, 16 * PAGE_SIZE);
		list_add(&page->lru, &taken);
	}
	list_for_each_entry_safe(page, next, &taken, lru) {
		list_del(&page->lru);
		__free_pages(page, 4);
	}
}

/* Flushing empties all levels of the cache, and need not know their sizes. */
static void empty_caches(void)
{
	unsigned long at, line;

	for (at = PAGE_OFFSET; at < (unsigned long)high_memory; at += PAGE_SIZE) {
		/* pages of the kernel's image are not normal memory */
		if (PageReserved(virt_to_page((void *)at)))
			continue;
		for (line = at; line < at + PAGE_SIZE; line += 64)
			asm volatile("clflush %0" : "+m"(*(char *)line));
		if (!(at & (SZ_1M - 1)))
			cond_resched();
	}
	mb(); /* finish all flushes before the next read */
}

/* ------------------------------------------------------------------ a read */

/* CPU time of the host, by the C library that user-mode Linux is linked with. */
static u64 cpu_ns(void)
{
	struct timespec64 spent = { };

	syscall(__NR_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &spent);
	return timespec64_to_ns(&spent);
}

static int parts(u64 *part)
{
	struct native_reading reading = { };
	int err = native_read_file(STATS, &reading, buf, false);
	char *found, *text = buf;
	int i;

	if (err)
		return err;
	text[min_t(u64, reading.bytes, READ_BYTES - 1)] = '\0';
	for (i = 0; i < NPARTS; i++) {
		found = strstr(text, part_name[i]);
		if (!found || sscanf(found + strlen(part_name[i]), " %llu", &part[i]) != 1)
			return -EINVAL;
	}
	return 0;
}

/* Each read has to return as many bytes as the first one, which is counted. */
static int check(const struct native_reader *reader, struct native_reading *seen)
{
	struct native_reading again = { };
	int err;

	seen->count = true;
	err = reader->read(seen, buf);
	if (!err)
		err = reader->read(&again, buf);
	if (!err && (seen->rows != sockets || again.bytes != seen->bytes)) {
		pr_err("native: %s: %llu rows, %llu bytes, then %llu\n", reader->name, seen->rows,
		       seen->bytes, again.bytes);
		err = -EINVAL;
	}
	return err;
}

static int prepare(const struct native_reader *reader, enum caches state)
{
	struct native_reading reading = { };

	if (state == WARM)
		return reader->read(&reading, buf);
	empty_caches();
	return 0;
}

/* Time a read. @real: also set to the real time, unless it is NULL. */
static int timed(const struct native_reader *reader, u64 bytes, u64 *ns, u64 *real)
{
	struct native_reading reading = { };
	u64 began = ktime_get_ns(), from = cpu_ns();
	int err = reader->read(&reading, buf);

	*ns = cpu_ns() - from;
	if (real)
		*real = ktime_get_ns() - began;
	return err ?: reading.bytes == bytes ? 0 : -EINVAL;
}

static int timed_parts(struct times *t, enum caches state, u32 pass, u64 bytes)
{
	u64 before[NPARTS], after[NPARTS], ns, real, rest;
	int err, i;

	err = parts(before);
	if (!err)
		err = prepare(&native_readers[0], state);
	if (!err && state == WARM)
		err = parts(before);
	if (!err)
		err = timed(&native_readers[0], bytes, &ns, &real);
	if (!err)
		err = parts(after);
	if (err)
		return err;
	t->read[0][state][pass] = ns;
	rest = ns;
	for (i = 0; i < NPARTS; i++) {
		t->part[i][state][pass] = (after[i] - before[i]) * ns / real;
		rest -= min(rest, t->part[i][state][pass]);
	}
	t->part[NPARTS][state][pass] = rest;
	return 0;
}

static int all_passes(struct times *t)
{
	struct native_reading seen[3] = { };
	enum caches state;
	u32 pass, i;
	int err = 0;

	for (i = 0; i < native_nreaders && !err; i++)
		err = check(&native_readers[i], &seen[i]);
	for (pass = 0; pass < passes && !err; pass++)
		for (state = 0; state < NSTATES && !err; state++) {
			err = timed_parts(t, state, pass, seen[0].bytes);
			for (i = 1; i < native_nreaders && !err; i++) {
				err = prepare(&native_readers[i], state);
				if (!err)
					err = timed(&native_readers[i], seen[i].bytes,
						    &t->read[i][state][pass], NULL);
			}
		}
	return err;
}

/* ------------------------------------------------------------------ output */

static int cmp_u64(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The same format as the driver of the other scenes. */
static void say(const char *name, enum caches state, u64 *ns)
{
	sort(ns, passes, sizeof(*ns), cmp_u64, NULL);
	pr_info("native: figure\t%s, %s\t%llu\t%llu\t%llu\tns a row\n", name, state_name[state],
		ns[(passes - 1) / 2] / sockets, ns[0] / sockets, ns[passes - 1] / sockets);
}

static void say_all(struct times *t)
{
	static const char * const name[] = {
		"- its walk", "- its order", "- its verdicts", "- its text and the rest",
	};
	enum caches state;
	int i;

	for (state = 0; state < NSTATES; state++) {
		for (i = 0; i < native_nreaders; i++)
			say(native_readers[i].name, state, t->read[i][state]);
		for (i = 0; i <= NPARTS; i++)
			say(name[i], state, t->part[i][state]);
	}
}

static int __init native_init(void)
{
	struct times *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	int err = -ENOMEM;

	passes = clamp(passes, 1U, (unsigned int)PASSES);
	buf = kvzalloc(READ_BYTES, GFP_KERNEL);
	if (t && buf) {
		touch_memory();
		err = native_make_sockets(current->nsproxy->net_ns, sockets, dual);
		if (!err)
			err = all_passes(t);
		if (!err)
			say_all(t);
		native_free_sockets();
	}
	kvfree(buf);
	kvfree(t);
	return err;
}

static void __exit native_exit(void)
{
}

module_init(native_init);
module_exit(native_exit);

MODULE_DESCRIPTION("Readers of listening sockets side by side");
MODULE_AUTHOR("The dualstack authors");
MODULE_LICENSE("GPL");
