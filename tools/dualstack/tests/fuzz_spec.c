// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: parses any text as a SPEC of check, a word that selects, and a list of columns. */
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "../columns.h"
#include "../place.h"
#include "../serve.h"
#include "../table.h"
#include "../fail.h"

int fuzz_one(const uint8_t *data, size_t size);

static const char rows[] =
	"proto port v4 v6 v6only uid inode dev address\n"
	"tcp46 80 yes partial 0 0 1 - :: v6by=3\n"
	"tcp4 25 yes - - 0 2 lo 127.0.0.1\n"
	"tcp6 80 - yes 1 0 3 - 2001:db8::1\n"
	"udp6 53 noaddr - 0 0 4 - ::ffff:10.0.0.1\n";

/* Replace the databases of this machine, which are slow and not under test. */
struct servent *getservbyname(const char *name, const char *proto)
{
	static struct servent http = { .s_port = 80 << 8 };

	(void)proto;
	return strcmp(name, "http") ? NULL : &http;
}

struct passwd *getpwnam(const char *name)
{
	static struct passwd root;

	return strcmp(name, "root") ? NULL : &root;
}

static struct table *table(void)
{
	static struct table t;
	struct fail f = { 0 };
	struct parser p;

	if (t.n)
		return &t;
	parser_init(&p, &t, "rows");
	if (!parser_feed(&p, rows, sizeof(rows) - 1, &f) || !parser_end(&p, &f))
		abort();
	parser_free(&p);
	service_sort(&t);
	return &t;
}

static void try_spec(const char *text)
{
	struct fail f = { 0 };
	struct place place = { .local = ANSWER_YES };
	struct service s;
	struct wanted w;
	struct spec spec;

	if (spec_parse(&spec, text, &f)) {
		w = (struct wanted){
			.l4 = L4_TCP, .port = spec.target.ports[0].lo, .place = &place,
			.addr = spec.target.has_addr ? &spec.target.addr : NULL,
			.scope = spec.scope,
		};
		service_find(&s, table(), &w);
		service_free(&s);
		service_find_holders(&s, table(), &w);
		service_free(&s);
	} else if (!f.text[0]) {
		abort();
	}
	spec_free(&spec);
}

static void try_word(const char *text)
{
	struct selection s = { 0 };
	struct fail f = { 0 };
	size_t i;

	if (select_word(&s, text, &f)) {
		for (i = 0; i < table()->n; i++) {
			select_row(&s, &table()->rows[i]);
			select_owner(&s, table(), &table()->rows[i]);
			select_undecided(&s, &table()->rows[i]);
		}
	} else if (!f.text[0]) {
		abort();
	}
	select_free(&s);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	struct columns columns = { 0 };
	struct fail f = { 0 };
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	try_spec(text);
	try_word(text);
	columns_parse(&columns, text, &f);
	free(columns.list);
	free(text);
	return 0;
}
