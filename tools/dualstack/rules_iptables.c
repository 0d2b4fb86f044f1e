// SPDX-License-Identifier: GPL-2.0-only
/* Parses the rules in the output of `iptables-save -t nat`. */
#include <stdlib.h>

#include "fail.h"
#include "rules.h"

/* The next word of a line; removes quotes and backslashes in place. NULL: no more words. */
static char *next_word(char **at)
{
	char *from = *at + strspn(*at, " "), *to, *word;
	bool quoted = false;

	if (!*from)
		return NULL;
	word = from;
	to = from;
	for (; *from && (quoted || *from != ' '); from++) {
		if (*from == '"') {
			quoted = !quoted;
			continue;
		}
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*at = *from ? from + 1 : from;
	*to = '\0';
	return word;
}

/* A rule that is being parsed: the words left, and whether "!" comes before the option. */
struct reading {
	struct rule *rule;
	char *at;
	bool negated;
	unsigned int family;
};

static void keep(struct reading *rd, struct rule_cond *c, const char *nft, const char *value)
{
	struct str text = { 0 };

	c->negated = rd->negated;
	str_addf(&text, "%s %s%s", nft, rd->negated ? "!= " : "", value);
	c->text = text.s;
	rules_keep(rd->rule, c, true);
}

static void keep_open(struct reading *rd, const char *nft, const char *value)
{
	struct rule_cond c = { .what = COND_OPEN };

	keep(rd, &c, nft, value);
}

static void get_l4(struct reading *rd, const char *value)
{
	struct rule_cond c = { .what = COND_L4 };

	if (!strcmp(value, "all"))
		c.set = 1u << L4_TCP | 1u << L4_UDP;
	else if (!strcmp(value, "tcp") || !strcmp(value, "6"))
		c.set = 1u << L4_TCP;
	else if (!strcmp(value, "udp") || !strcmp(value, "17"))
		c.set = 1u << L4_UDP;
	keep(rd, &c, "meta l4proto", value);
}

static void get_daddr(struct reading *rd, const char *value)
{
	struct rule_cond c = { .what = COND_DADDR, .n = 1 };
	struct fail f;

	c.addrs = xcalloc(1, sizeof(*c.addrs));
	if (!parse_prefix(value, strlen(value), c.addrs, &f))
		c.what = COND_OPEN;
	keep(rd, &c, rd->family == FAM6 ? "ip6 daddr" : "ip daddr", value);
}

/* "80", "80:90", "80,90:92" */
static bool parse_list(struct rule_cond *c, const char *value)
{
	uint64_t lo, hi;
	size_t len, first;

	for (;; value += len + 1) {
		len = strcspn(value, ",");
		first = strcspn(value, ":,");
		if (!parse_u64(value, first, 65535, &lo))
			return false;
		hi = lo;
		if (first < len && !parse_u64(value + first + 1, len - first - 1, 65535, &hi))
			return false;
		c->ports = xrealloc(c->ports, c->n + 1, sizeof(*c->ports));
		c->ports[c->n++] = (struct ports){ .lo = lo, .hi = hi };
		if (!value[len])
			return true;
	}
}

static void get_dport(struct reading *rd, const char *value)
{
	struct rule_cond c = { .what = COND_DPORT };

	if (!parse_list(&c, value))
		c.what = COND_OPEN;
	keep(rd, &c, "dport", value);
}

static void get_type(struct reading *rd, const char *value)
{
	struct rule_cond c = { .what = COND_NEVER };

	/* explain is only about local addresses */
	if (!strcmp(value, "LOCAL") == rd->negated)
		keep(rd, &c, "fib daddr type", value);
}

static void get_saddr(struct reading *rd, const char *value)
{
	keep_open(rd, rd->family == FAM6 ? "ip6 saddr" : "ip saddr", value);
}

static void get_in(struct reading *rd, const char *value)
{
	struct rule_cond c = { .what = COND_IN };

	keep(rd, &c, "iifname", value);
}

static void get_out(struct reading *rd, const char *value)
{
	struct rule_cond c = { .what = COND_OUT };

	keep(rd, &c, "oifname", value);
}

static const struct {
	const char *option;
	void (*get)(struct reading *rd, const char *value);
} options[] = {
	{ "-p", get_l4 },		{ "-d", get_daddr },
	{ "-s", get_saddr },		{ "-i", get_in },
	{ "-o", get_out },		{ "--dst-type", get_type },
	{ "--dport", get_dport },	{ "--dports", get_dport },
};

static char *text_of(const char *s, size_t len)
{
	struct str out = { 0 };

	str_reset(&out);
	str_add(&out, s, len);
	return out.s;
}

/* "172.17.0.2:80", "172.17.0.2", "[fd00::2]:80", ":80" */
static void get_destination(struct rule *r, const char *value)
{
	const char *end = *value == '[' ? strchr(value, ']') : NULL, *colon;
	size_t len;

	if (end) {
		r->to = text_of(value + 1, end - value - 1);
		if (end[1] == ':')
			r->port = xstrdup(end + 2);
		return;
	}
	colon = strchr(value, ':');
	/* an IPv6 address without a port has no brackets */
	if (colon && strchr(colon + 1, ':'))
		colon = NULL;
	len = colon ? (size_t)(colon - value) : strlen(value);
	if (len)
		r->to = text_of(value, len);
	if (colon)
		r->port = xstrdup(colon + 1);
}

static void get_target(struct rule *r, const char *target, enum rule_action jump)
{
	r->action = !strcmp(target, "DNAT") ? ACTION_DNAT :
		    !strcmp(target, "REDIRECT") ? ACTION_REDIRECT :
		    !strcmp(target, "RETURN") ? ACTION_RETURN :
		    !strcmp(target, "ACCEPT") || !strcmp(target, "DROP") ? ACTION_STOP : jump;
	free(r->target);
	r->target = r->action == jump ? xstrdup(target) : NULL;
}

/* An option of a target or a match. If it is not known, its values are quoted. */
static void get_option(struct reading *rd, const char *option)
{
	struct str values = { 0 };
	char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(options[i].option, option))
			continue;
		value = next_word(&rd->at);
		if (!value)
			return;
		options[i].get(rd, value);
		return;
	}
	str_reset(&values);
	for (rd->at += strspn(rd->at, " "); *rd->at && *rd->at != '-' && *rd->at != '!';
	     rd->at += strspn(rd->at, " ")) {
		value = next_word(&rd->at);
		str_addf(&values, "%s%s", values.len ? " " : "", value);
	}
	keep_open(rd, option, values.s);
	str_free(&values);
}

/* Options that are not conditions; their values are skipped. */
static bool is_remark(const char *option)
{
	static const char *const remarks[] = {
		"-m", "--comment", "--random", "--random-fully", "--persistent", "--log-prefix",
		"--log-level",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(remarks); i++)
		if (!strcmp(remarks[i], option))
			return true;
	return false;
}

static void read_rule(struct reading *rd)
{
	char *word, *value;

	while ((word = next_word(&rd->at))) {
		if (!strcmp(word, "!")) {
			rd->negated = true;
			continue;
		}
		if (is_remark(word)) {
			if (strncmp(word, "--random", 8) && strcmp(word, "--persistent"))
				next_word(&rd->at);
		} else if (!strcmp(word, "-j") || !strcmp(word, "-g")) {
			value = next_word(&rd->at);
			if (value)
				get_target(rd->rule, value, word[1] == 'j' ? ACTION_JUMP :
					   ACTION_GOTO);
		} else if (!strcmp(word, "--to-destination")) {
			value = next_word(&rd->at);
			if (value && !rd->rule->to && !rd->rule->port)
				get_destination(rd->rule, value);
		} else if (!strcmp(word, "--to-ports")) {
			value = next_word(&rd->at);
			if (value && !rd->rule->port)
				rd->rule->port = xstrdup(value);
		} else {
			get_option(rd, word);
		}
		rd->negated = false;
	}
}

static void add_chain(struct ruleset *rs, char *at, const char *table, unsigned int family)
{
	struct rule_chain *chain;
	char *name = next_word(&at);

	if (!name)
		return;
	chain = rules_chain(rs, table, name);
	chain->families = family;
	chain->hook = !strcmp(name, "PREROUTING") ? HOOK_PREROUTING :
		      !strcmp(name, "OUTPUT") ? HOOK_OUTPUT : HOOK_NONE;
	chain->prio = -100;
}

static void add_rule(struct ruleset *rs, char *at, const char *table, unsigned int family)
{
	char *name = next_word(&at);
	struct rule_chain *chain = name ? rules_find(rs, table, name) : NULL;
	struct reading rd = { .at = at, .family = family };

	if (!chain)
		return;
	rd.rule = rules_add(chain);
	read_rule(&rd);
}

/* The output has a table's chains before its rules. */
bool rules_parse_iptables(struct ruleset *rs, char *text, unsigned int family)
{
	const char *table = family == FAM6 ? "ip6tables nat" : "iptables nat";
	bool nat = false, seen = false;
	char *line, *next;

	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line == '*') {
			nat = !strcmp(line, "*nat");
			seen |= nat;
		} else if (nat && *line == ':') {
			add_chain(rs, line + 1, table, family);
		} else if (nat && !strncmp(line, "-A ", 3)) {
			add_rule(rs, line + 3, table, family);
		}
	}
	return seen;
}
