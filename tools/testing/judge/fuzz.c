// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: any bytes make a host with sockets; the judge's verdicts must match the packets. */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *data;
	size_t size;
};

/* Zeros after the end. */
static u32 next(void *arg)
{
	struct bytes *bytes = arg;

	if (!bytes->size)
		return 0;
	bytes->size--;
	return *bytes->data++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { data, size };
	const char *wrong;
	struct host h;

	host_make(&h, next, &bytes);
	wrong = host_judge(&h) ? "the judge failed" : host_check(&h);
	if (!wrong)
		return 0;
	host_print(&h);
	fprintf(stderr, "%s\n", wrong);
	abort();
}
