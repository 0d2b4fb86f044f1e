/* SPDX-License-Identifier: GPL-2.0-only */
/* `dualstack check`: does a port serve the families that it should? */
#ifndef DUALSTACK_CHECK_H
#define DUALSTACK_CHECK_H

#include "options.h"

/* One SPEC: "tcp/80=46", "udp/[::1]:53=6", "tcp/8080=free". */
struct spec {
	const char *word;
	struct target target;
	bool want4, want6;
	bool at_least;		/* "4+": the other family may be served too */
	bool want_free;
};

bool spec_parse(struct spec *s, const char *word, struct fail *f);
void spec_free(struct spec *s);
enum status check(const struct options *o, struct fail *f);

#endif
