// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: parses any bytes as a table, in two pieces, and as a list of owners. */
#include <stdlib.h>
#include <string.h>

#include "../fold.h"
#include "../owners.h"
#include "../table.h"
#include "../fail.h"

int fuzz_one(const uint8_t *data, size_t size);

/* The header is right, so that the fuzzer's text reaches the parser of the lines. */
static void try_owners(struct table *t, const char *text, size_t size)
{
	struct fail f = { 0 };
	struct str s = { 0 };

	str_adds(&s, "inode pid fd comm\n");
	str_add(&s, text, size);
	if (!owners_parse(t, s.s, s.len, "fuzz", &f) && !f.text[0])
		abort();
	str_free(&s);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t cut = size ? data[0] % (size + 1) : 0;
	struct table t = { 0 };
	struct fail f = { 0 };
	struct parser p;
	bool ok;

	parser_init(&p, &t, "fuzz");
	ok = parser_feed(&p, text, cut, &f) && parser_feed(&p, text + cut, size - cut, &f) &&
	     parser_end(&p, &f);
	parser_free(&p);
	if (!ok && !f.text[0])
		abort();
	if (!ok)
		try_owners(&t, text, size);
	if (ok) {
		try_owners(&t, text, size);
		fold(&t);
	}
	table_free(&t);
	return 0;
}
