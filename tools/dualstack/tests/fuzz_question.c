// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: parses any text as a question to the module. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../module/question.h"

int fuzz_one(const uint8_t *data, size_t size);

/* A question that is accepted must be valid. */
static void check(const struct ds_asked *q)
{
	bool v4 = q->family == DS_V4;

	if (q->port < 1 || q->port > 65535 || q->peer_port > 65535)
		abort();
	if (q->kind == DS_ASK_WHO && !q->has_addr)
		abort();
	if (q->has_addr && v4 != ds_addr_is_mapped(&q->addr))
		abort();
	if (q->has_peer && v4 != ds_addr_is_mapped(&q->peer))
		abort();
	if (q->kind == DS_ASK_HOLDERS && (q->has_peer || q->peer_port || q->dev[0]))
		abort();
	if (strlen(q->dev) >= sizeof(q->dev) || strpbrk(q->dev, " \t\n/:"))
		abort();
}

/* The copy has the exact size, so that a read beyond it is found. Two parses must agree. */
int fuzz_one(const uint8_t *data, size_t size)
{
	struct ds_asked q, again;
	char *text = malloc(size ? size : 1);
	int err;

	if (!text)
		return 0;
	memcpy(text, data, size);
	memset(&q, 1, sizeof(q));
	memset(&again, 2, sizeof(again));
	err = ds_question_parse(&q, text, size);
	if (err && err != -EINVAL)
		abort();
	if (err != ds_question_parse(&again, text, size))
		abort();
	if (!err) {
		check(&q);
		if (memcmp(&q, &again, sizeof(q)))
			abort();
	}
	free(text);
	return 0;
}
