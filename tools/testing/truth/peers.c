// SPDX-License-Identifier: GPL-2.0-only
#include "truth.h"
int peers_score(const struct round *r) { (void)r; return 0; }
void peers_print(FILE *f) { (void)f; }
