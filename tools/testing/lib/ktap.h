/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KTAP from C tests: ktap_begin(), ktap_note() and ktap_result() for each case, and
 * `return ktap_end();` from main(). One suite a program run; ktap-check reads the result.
 */
#ifndef DUALSTACK_KTAP_H
#define DUALSTACK_KTAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static struct {
	const char *suite;
	int planned;
	int number;
	int failed;
} ktap;

static inline void ktap_begin(const char *suite, int planned)
{
	/* A case may run in a child: what is buffered must not be printed twice. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	ktap.suite = suite;
	ktap.planned = planned;
	printf("KTAP version 1\n1..1\n");
	printf("  KTAP version 1\n  # Subtest: %s\n  1..%d\n", suite, planned);
}

static inline void __attribute__((format(printf, 1, 2))) ktap_note(const char *fmt, ...)
{
	va_list ap;

	printf("  # ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static inline void ktap_result(bool ok, const char *name)
{
	ktap.failed += !ok;
	printf("  %s %d %s\n", ok ? "ok" : "not ok", ++ktap.number, name);
}

static inline void ktap_skip(const char *name, const char *reason)
{
	printf("  ok %d %s # SKIP %s\n", ++ktap.number, name, reason);
}

static inline int ktap_end(void)
{
	bool ok = !ktap.failed && ktap.number == ktap.planned;

	printf("%s 1 %s\n", ok ? "ok" : "not ok", ktap.suite);
	fflush(stdout);
	return !ok;
}

#endif
