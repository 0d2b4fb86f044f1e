/* SPDX-License-Identifier: GPL-2.0-only */
/* `dualstack check`: does a port serve the families that it should? */
#ifndef DUALSTACK_CHECK_H
#define DUALSTACK_CHECK_H

#include "fail.h"
#include "free.h"
#include "options.h"
#include "serve.h"

/* One SPEC: "tcp/80=46@global", "udp/[::1]:53=6", "tcp/8080=free". */
struct spec {
	const char *word;
	struct target target;
	enum want { WANT_ANY, WANT_NO, WANT_YES } want4, want6;
	bool want_free;
	enum free_how how;	/* "free:reuseaddr", ...: the option that the server sets */
	enum scope scope;	/* "@global": only sockets that clients reach from there count */
};

bool spec_parse(struct spec *s, const char *word, struct fail *f);
void spec_free(struct spec *s);
enum status check(const struct options *o, struct fail *f);

#endif
