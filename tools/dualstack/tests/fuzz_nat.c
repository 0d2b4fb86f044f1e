// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: parses any text as output of nft (if it begins with "{") or of iptables-save, and as
 * the path of a cgroup.
 */
#include <stdlib.h>
#include <string.h>

#include "../container.h"
#include "../rules.h"

int fuzz_one(const uint8_t *data, size_t size);

static void ask(struct ruleset *rs, uint16_t port)
{
	static const struct prefix addr = { .af = AF_INET, .bits = 32, .bytes = { 192, 0, 2, 1 } };
	struct rule_question q = { .port = port };
	struct rule_hits hits;
	size_t i;

	for (q.l4 = L4_TCP; q.l4 <= L4_UDP; q.l4++) {
		for (q.family = FAM4; q.family <= FAM6; q.family++) {
			q.hook = q.l4 == L4_TCP ? HOOK_PREROUTING : HOOK_OUTPUT;
			q.addr = q.family == FAM4 ? &addr : NULL;
			rules_ask(rs, &q, &hits);
			for (i = 0; i < hits.n; i++)
				if (hits.list[i].rule->action != ACTION_DNAT &&
				    hits.list[i].rule->action != ACTION_REDIRECT)
					abort();
			rule_hits_free(&hits);
		}
	}
}

int fuzz_one(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct container_path path;
	struct ruleset rs = { 0 };
	unsigned int iptables;

	memcpy(text, data, size);
	text[size] = '\0';
	container_path_parse(text, &path);
	if (strlen(path.id) % 64 || strlen(path.pod_uid) > 36)
		abort();
	if (*text == '{')
		rules_parse_nft(&rs, text, size, &iptables);
	else
		rules_parse_iptables(&rs, text, FAM4);
	ask(&rs, 80);
	ask(&rs, 8080);
	rules_free(&rs);
	free(text);
	return 0;
}
