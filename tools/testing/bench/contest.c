// SPDX-License-Identifier: GPL-2.0-only
/* Runs programs in turns (A B C A B C ...), and prints the medians of their times. */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include "bench.h"

#define MAX_RUNS	41

static const char *scene;

/**
 * scene_begin() - begin a scene, to which the following output belongs
 * @name: one word
 * @title: one line
 */
void scene_begin(const char *name, const char *title)
{
	scene = name;
	printf("scene\t%s\t%s\n", name, title);
	fflush(stdout);
}

static int cmp(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * median() - the median of some values, which it sorts
 * @value: the values
 * @n: number of values, at least one
 * @min: set to the smallest
 * @max: set to the largest
 *
 * Return: the median.
 */
double median(double *value, size_t n, double *min, double *max)
{
	qsort(value, n, sizeof(*value), cmp);
	*min = value[0];
	*max = value[n - 1];
	return n & 1 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

/* A contender and its runs. */
struct entry {
	const struct contender *c;
	struct output out;
	struct cost cost[MAX_RUNS];
	int runs;
	bool once;		/* the counted run is the only one */
};

/* The first run warms the caches, and its output is checked. */
static double try_once(struct entry *e, const struct contender *c)
{
	const char *name = contender_name(c);
	int rc = run_counted(c, &e->cost[0], &e->out);

	e->c = c;
	if (e->out.too_slow) {
		e->once = true;
		return 0;
	}
	if (rc)
		errx(1, "%s: '%s' failed, status %#x", scene, name, e->out.status);
	if (e->out.lines < c->rows)
		errx(1, "%s: '%s' printed %ld lines, %ld wanted", scene, name, e->out.lines,
		     c->rows);
	e->once = !c->must && e->cost[0].wall > options.slow;
	e->runs = e->once;
	return e->once ? 0 : e->cost[0].wall;
}

static void print_entry(const struct entry *e)
{
	double wall[MAX_RUNS], cpu[MAX_RUNS], min, max, lowest, highest, m;
	long rss = 0;

	for (int i = 0; i < e->runs; i++) {
		wall[i] = e->cost[i].wall;
		cpu[i] = e->cost[i].user + e->cost[i].sys;
		if (e->cost[i].maxrss > rss)
			rss = e->cost[i].maxrss;
	}
	if (!e->runs) {
		printf("slow\t%s\t%s\t%.0f\n", scene, contender_name(e->c), options.limit);
		return;
	}
	m = median(wall, e->runs, &min, &max);
	printf("run\t%s\t%s\t%d\t%.6f\t%.6f\t%.6f\t%.6f\t%ld\t%ld\t%ld\n", scene,
	       contender_name(e->c), e->runs, m, min, max,
	       median(cpu, e->runs, &lowest, &highest), e->out.lines, e->out.bytes, rss);
}

static int runs_for(double round)
{
	int runs = round > 0 ? options.seconds / round : MAX_RUNS;

	if (runs < options.runs)
		runs = options.runs;
	return runs > MAX_RUNS ? MAX_RUNS : runs;
}

/* The profiler's plugin counts instructions between these two functions, by their addresses. */
__attribute__((noinline)) void profile_begin(void)
{
	__asm__ volatile("nop");
}

__attribute__((noinline)) void profile_end(void)
{
	__asm__ volatile("nop");
}

static void profile(const struct contender *c)
{
	struct entry e = { .c = c, .runs = 1 };

	run_timed(c, &e.cost[0]);
	profile_begin();
	run_timed(c, &e.cost[0]);
	profile_end();
	print_entry(&e);
}

/**
 * contest() - time programs in turns and print their times
 * @c: the programs; the others are compared with the first
 * @n: number of programs
 */
void contest(const struct contender *c, size_t n)
{
	struct entry *entry = calloc(n, sizeof(*entry));
	double round = 0;
	int runs;

	if (!entry)
		err(1, "calloc");
	if (options.profile) {
		profile(c);
		free(entry);
		return;
	}
	if (options.ours)
		n = 1;
	for (size_t i = 0; i < n; i++)
		round += try_once(&entry[i], &c[i]);
	runs = runs_for(round);
	for (int r = 0; r < runs; r++) {
		for (size_t i = 0; i < n; i++) {
			if (entry[i].once)
				continue;
			if (run_timed(&c[i], &entry[i].cost[entry[i].runs++]))
				errx(1, "%s: '%s' failed", scene, contender_name(&c[i]));
		}
	}
	for (size_t i = 0; i < n; i++)
		print_entry(&entry[i]);
	fflush(stdout);
	free(entry);
}

/**
 * figure() - print a value of this scene that is not the time of a program
 * @key: name
 * @unit: its unit
 * @value: the value; the median if there are several
 * @min: smallest
 * @max: largest
 */
void figure(const char *key, const char *unit, double value, double min, double max)
{
	printf("figure\t%s\t%s\t%.10g\t%.10g\t%.10g\t%s\n", scene, key, value, min, max, unit);
	fflush(stdout);
}
