// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: brute [SEED [PORTS]]   Compares the judge with a model of the kernel that sends every
 * packet: a random port on a random host each time. Prints KTAP and the first difference's seed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

/* splitmix64 */
static u32 next(void *arg)
{
	uint64_t *state = arg, z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) >> 32;
}

struct tally {
	uint64_t verdict[DS_NVERDICTS];
	uint64_t nasked;
};

static bool try_port(uint64_t seed, struct tally *tally, bool print)
{
	struct host h;
	const char *wrong;

	host_make(&h, next, &seed);
	wrong = host_judge(&h) ? "the judge failed" : host_check(&h);
	for (u32 i = 0; i < h.nrows; i++)
		tally->verdict[h.row[i].verdict]++;
	tally->nasked += h.nasked;
	if (print || wrong)
		host_print(&h);
	if (wrong)
		printf("# %s\n", wrong);
	return !wrong;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t ports = argc > 2 ? strtoull(argv[2], NULL, 0) : 1000000, i;
	struct tally tally = { };
	bool ok = true;

	printf("KTAP version 1\n1..1\n");
	for (i = 0; i < ports && ok; i++) {
		ok = try_port(seed + (i << 20), &tally, ports == 1);
		if (!ok)
			printf("# again: brute %" PRIu64 " 1\n", seed + (i << 20));
	}
	printf("# %" PRIu64 " ports, %" PRIu64 " questions; yes %" PRIu64 ", shared %" PRIu64
	       ", partial %" PRIu64 ", shadowed %" PRIu64 ", noaddr %" PRIu64 ", unknown %" PRIu64
	       "\n", i, tally.nasked, tally.verdict[DS_YES], tally.verdict[DS_SHARED],
	       tally.verdict[DS_PARTIAL], tally.verdict[DS_SHADOWED], tally.verdict[DS_NOADDR],
	       tally.verdict[DS_UNKNOWN]);
	printf("%sok 1 ports\n", ok ? "" : "not ");
	return !ok;
}
