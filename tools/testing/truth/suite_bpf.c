// SPDX-License-Identifier: GPL-2.0-only
#include "truth.h"
static int count(struct world *w) { (void)w; return 0; }
static void run(struct world *w, struct rng *rng, struct tally *t) { (void)w; (void)rng; (void)t; }
const struct suite suite_bpf = { "bpf", count, run };
