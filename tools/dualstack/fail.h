/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a function failed; main() prints it and turns it into the exit status. */
#ifndef DUALSTACK_FAIL_H
#define DUALSTACK_FAIL_H

#include "util.h"

/*
 * A function that can fail fills this in and returns false. Only main() turns a failure into an
 * exit, so that tests and fuzzers can call everything else.
 */
struct fail {
	enum status status;
	char text[512];
};

bool __printf(3, 4) fail_set(struct fail *f, enum status status, const char *fmt, ...);
/* EACCES and EPERM are ST_PERM, anything else ST_OTHER; appends the reason. */
bool __printf(3, 4) fail_errno(struct fail *f, int err, const char *fmt, ...);

#endif
