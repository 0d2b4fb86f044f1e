// SPDX-License-Identifier: GPL-2.0-only
/* KTAP on standard output: one flat document. */

#include <stdarg.h>

#include "truth.h"

static int planned, done, failed;

void ktap_plan(int nr)
{
	planned = nr;
	printf("KTAP version 1\n1..%d\n", nr);
	fflush(stdout);
}

static void line(bool ok, const char *fmt, va_list ap, const char *skip)
{
	printf("%s %d ", ok ? "ok" : "not ok", ++done);
	vprintf(fmt, ap);
	if (skip)
		printf(" # SKIP %s", skip);
	printf("\n");
	fflush(stdout);
	failed += !ok;
}

void ktap_result(bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(ok, fmt, ap, NULL);
	va_end(ap);
}

void ktap_skip(const char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(true, fmt, ap, why);
	va_end(ap);
}

/* A document that stops short of its plan, or runs over it, is a failure as well. */
int ktap_failed(void)
{
	if (done != planned)
		printf("# planned %d tests, ran %d\n", planned, done);
	return failed + (done != planned);
}
