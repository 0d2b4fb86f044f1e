// SPDX-License-Identifier: GPL-2.0-only
/* Parses the rules in the output of `nft -j list ruleset`, libnftables-json(5). */
#include <stdlib.h>

#include "fail.h"
#include "json.h"
#include "rules.h"

static unsigned int families(const char *name)
{
	if (!name)
		return 0;
	return !strcmp(name, "ip") ? FAM4 : !strcmp(name, "ip6") ? FAM6 :
	       !strcmp(name, "inet") ? FAM4 | FAM6 : 0;
}

static char *table_of(const json_t *o, const char *member)
{
	struct str name = { 0 };
	const char *family = json_text(o, "family"), *table = json_text(o, member);

	str_addf(&name, "%s %s", family ? family : "?", table ? table : "?");
	return name.s;
}

static enum rule_hook hook_of(const json_t *chain)
{
	const char *type = json_text(chain, "type"), *hook = json_text(chain, "hook");

	if (!type || !hook || strcmp(type, "nat"))
		return HOOK_NONE;
	return !strcmp(hook, "prerouting") ? HOOK_PREROUTING :
	       !strcmp(hook, "output") ? HOOK_OUTPUT : HOOK_NONE;
}

static void add_chain(struct ruleset *rs, const json_t *o)
{
	const char *name = json_text(o, "name");
	char *table = table_of(o, "table");
	struct rule_chain *chain;

	if (name && families(json_text(o, "family"))) {
		chain = rules_chain(rs, table, name);
		chain->families = families(json_text(o, "family"));
		chain->hook = hook_of(o);
		chain->prio = json_integer_value(json_object_get(o, "prio"));
	}
	free(table);
}

/* Adds a value as nft would write it, but cut if it is long. */
static void put_value(struct str *out, const json_t *v)
{
	const json_t *range = json_object_get(v, "range"), *prefix = json_object_get(v, "prefix");
	const char *text = json_string_value(v);
	char *dump;

	if (text) {
		str_adds(out, text);
	} else if (json_is_integer(v)) {
		str_addf(out, "%lld", (long long)json_integer_value(v));
	} else if (json_array_size(range) == 2) {
		put_value(out, json_array_get(range, 0));
		str_addc(out, '-');
		put_value(out, json_array_get(range, 1));
	} else if (prefix) {
		put_value(out, json_object_get(prefix, "addr"));
		str_addc(out, '/');
		put_value(out, json_object_get(prefix, "len"));
	} else {
		dump = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		str_addf(out, "%.60s", dump ? dump : "?");
		free(dump);
	}
}

static void put_left(struct str *out, const json_t *left)
{
	const json_t *payload = json_object_get(left, "payload");
	const json_t *meta = json_object_get(left, "meta");
	const char *protocol = json_text(payload, "protocol"), *field = json_text(payload, "field");

	if (protocol && field)
		str_addf(out, "%s %s", protocol, field);
	else if (json_text(meta, "key"))
		str_adds(out, json_text(meta, "key"));
	else if (json_object_get(left, "numgen"))
		str_adds(out, "numgen");
	else
		put_value(out, left);
}

static char *match_text(const json_t *left, const char *op, const json_t *right)
{
	struct str text = { 0 };

	put_left(&text, left);
	str_addc(&text, ' ');
	if (op && strcmp(op, "==") && strcmp(op, "in"))
		str_addf(&text, "%s ", op);
	put_value(&text, right);
	return text.s;
}

/* A rule that is being parsed, and the list with the sets and maps that it may name. */
struct reading {
	const json_t *list, *o;
	struct rule *rule;
};

/* A set with more elements is not copied to the rules that name it. */
#define MOST_ELEMENTS 4096

static bool has_same(const json_t *a, const json_t *b, const char *member)
{
	const char *x = json_text(a, member), *y = json_text(b, member);

	return x && y && !strcmp(x, y);
}

/* The elements of the set or map "@name" in the rule's table; NULL if it is not known. */
static const json_t *named(const struct reading *rd, const char *kind, const json_t *name)
{
	const char *text = json_string_value(name), *other;
	const json_t *o, *set;
	size_t i;

	if (!text || *text != '@')
		return NULL;
	json_array_foreach(rd->list, i, o) {
		set = json_object_get(o, kind);
		other = json_text(set, "name");
		if (other && !strcmp(other, text + 1) && has_same(set, rd->o, "family") &&
		    has_same(set, rd->o, "table"))
			return json_object_get(set, "elem");
	}
	return NULL;
}

/* Number of elements of a set; 1 for a single value. */
static size_t elements(const json_t *right)
{
	const json_t *set = json_is_array(right) ? right : json_object_get(right, "set");

	return set ? json_array_size(set) : 1;
}

static const json_t *element(const json_t *right, size_t i)
{
	const json_t *set = json_is_array(right) ? right : json_object_get(right, "set");
	const json_t *e = set ? json_array_get(set, i) : right;
	const json_t *inner = json_object_get(e, "elem");

	/* an element with a comment or a timeout is {"elem": {"val": ...}} */
	return inner ? json_object_get(inner, "val") : e;
}

static bool get_port(const json_t *v, uint16_t *port)
{
	json_int_t n = json_integer_value(v);

	*port = n;
	return json_is_integer(v) && n >= 0 && n <= 65535;
}

static bool get_ports(struct rule_cond *c, const json_t *right)
{
	size_t i;

	c->n = elements(right);
	c->ports = xcalloc(c->n + 1, sizeof(*c->ports));
	for (i = 0; i < c->n; i++) {
		const json_t *e = element(right, i), *range = json_object_get(e, "range");
		const json_t *lo = range ? json_array_get(range, 0) : e;
		const json_t *hi = range ? json_array_get(range, 1) : e;

		if (!get_port(lo, &c->ports[i].lo) || !get_port(hi, &c->ports[i].hi))
			return false;
	}
	return true;
}

static bool get_prefix(const json_t *e, struct prefix *p)
{
	const json_t *prefix = json_object_get(e, "prefix");
	const char *addr = prefix ? json_text(prefix, "addr") : json_string_value(e);
	json_int_t bits = json_integer_value(json_object_get(prefix, "len"));
	struct fail f;

	if (!addr || !parse_prefix(addr, strlen(addr), p, &f) || !p->single || *p->zone)
		return false;
	if (prefix && (bits < 0 || bits > p->bits))
		return false;
	p->bits = prefix ? bits : p->bits;
	return true;
}

static bool get_addrs(struct rule_cond *c, const json_t *right)
{
	size_t i;

	c->n = elements(right);
	c->addrs = xcalloc(c->n + 1, sizeof(*c->addrs));
	for (i = 0; i < c->n; i++)
		if (!get_prefix(element(right, i), &c->addrs[i]))
			return false;
	return true;
}

static bool get_l4(struct rule_cond *c, const json_t *right)
{
	size_t i, n = elements(right);

	for (i = 0; i < n; i++) {
		const json_t *e = element(right, i);
		const char *name = json_string_value(e);
		json_int_t number = json_integer_value(e);

		if ((!name && !json_is_integer(e)) || (name && *name == '@'))
			return false;
		if (number == 6 || (name && !strcmp(name, "tcp")))
			c->set |= 1u << L4_TCP;
		if (number == 17 || (name && !strcmp(name, "udp")))
			c->set |= 1u << L4_UDP;
	}
	return n;
}

static bool get_family(struct rule_cond *c, const json_t *right)
{
	const char *name = json_string_value(right);

	c->set = !name ? 0 : !strcmp(name, "ipv4") || !strcmp(name, "ip") ? FAM4 :
		 !strcmp(name, "ipv6") || !strcmp(name, "ip6") ? FAM6 : 0;
	return c->set;
}

static void imply(struct rule *r, enum rule_what what, unsigned int set)
{
	struct rule_cond c = { .what = what, .set = set };

	rules_keep(r, &c, true);
}

/* tcp dport, udp dport, th dport, ip daddr, ip protocol, and what they imply */
static bool get_payload(struct rule *r, const json_t *payload, const json_t *right, bool negated)
{
	const char *protocol = json_text(payload, "protocol"), *field = json_text(payload, "field");
	struct rule_cond c = { .negated = negated };
	bool tcp, udp, ip;

	if (!protocol || !field)
		return false;
	tcp = !strcmp(protocol, "tcp");
	udp = !strcmp(protocol, "udp");
	ip = !strcmp(protocol, "ip") || !strcmp(protocol, "ip6");
	if (tcp || udp)
		imply(r, COND_L4, 1u << (tcp ? L4_TCP : L4_UDP));
	if (ip)
		imply(r, COND_FAMILY, protocol[2] ? FAM6 : FAM4);
	if (!strcmp(field, "dport") && (tcp || udp || !strcmp(protocol, "th"))) {
		c.what = COND_DPORT;
		return rules_keep(r, &c, get_ports(&c, right));
	}
	if (ip && !strcmp(field, "daddr")) {
		c.what = COND_DADDR;
		return rules_keep(r, &c, get_addrs(&c, right));
	}
	if (ip && (!strcmp(field, "protocol") || !strcmp(field, "nexthdr"))) {
		c.what = COND_L4;
		return rules_keep(r, &c, get_l4(&c, right));
	}
	return false;
}

static bool get_meta(struct rule *r, const json_t *meta, const json_t *right, bool negated)
{
	const char *key = json_text(meta, "key");
	struct rule_cond c = { .negated = negated };

	if (key && !strcmp(key, "l4proto")) {
		c.what = COND_L4;
		return rules_keep(r, &c, get_l4(&c, right));
	}
	if (key && (!strcmp(key, "nfproto") || !strcmp(key, "protocol"))) {
		c.what = COND_FAMILY;
		return rules_keep(r, &c, get_family(&c, right));
	}
	if (key && (!strcmp(key, "iifname") || !strcmp(key, "iif") || !strcmp(key, "oifname") ||
		    !strcmp(key, "oif"))) {
		c.what = *key == 'i' ? COND_IN : COND_OUT;
		return rules_keep(r, &c, true);
	}
	return false;
}

/* "fib daddr type local" always holds, since explain is only about local addresses. */
static bool get_fib(struct rule *r, const json_t *fib, const json_t *right, bool negated)
{
	const char *result = json_text(fib, "result"), *value = json_string_value(right);
	const json_t *flags = json_object_get(fib, "flags");
	const char *flag;

	if (json_array_size(flags) > 1)
		return false;
	flag = json_string_value(json_is_array(flags) ? json_array_get(flags, 0) : flags);
	if (!result || !value || !flag || strcmp(result, "type") || strcmp(flag, "daddr"))
		return false;
	if (!strcmp(value, "local") == negated)
		imply(r, COND_NEVER, 0);
	return true;
}

static void add_match(struct reading *rd, const json_t *left, const char *op, const json_t *right)
{
	bool negated = op && !strcmp(op, "!="), known = false;
	const json_t *set = named(rd, "set", right);
	struct rule_cond open = { .what = COND_OPEN };
	struct rule *r = rd->rule;
	size_t first = r->n;

	if (!set || json_array_size(set) > MOST_ELEMENTS)
		set = right;
	if (!op || negated || !strcmp(op, "==") || !strcmp(op, "in")) {
		if (json_object_get(left, "payload"))
			known = get_payload(r, json_object_get(left, "payload"), set, negated);
		else if (json_object_get(left, "meta"))
			known = get_meta(r, json_object_get(left, "meta"), set, negated);
		else
			known = get_fib(r, json_object_get(left, "fib"), set, negated);
	}
	if (!known)
		rules_keep(r, &open, true);
	for (; first < r->n; first++)
		r->conds[first].text = match_text(left, op, right);
}

/* For each part of a map's key, adds the condition that it equals the same part of @value. */
static void add_key(struct reading *rd, const json_t *key, const json_t *value)
{
	const json_t *parts = json_object_get(key, "concat"), *values, *part;
	size_t i;

	if (!parts) {
		add_match(rd, key, NULL, value);
		return;
	}
	values = json_object_get(value, "concat");
	json_array_foreach(parts, i, part)
		add_match(rd, part, NULL, json_array_get(values, i));
}

static char *copy(const json_t *v)
{
	struct str text = { 0 };

	if (json_is_string(v))
		return xstrdup(json_string_value(v));
	if (!json_is_integer(v))
		return NULL;
	put_value(&text, v);
	return text.s;
}

static const json_t *part_of(const json_t *value, size_t i)
{
	const json_t *parts = json_object_get(value, "concat");

	return parts ? json_array_get(parts, i) : i ? NULL : value;
}

/* @value: the map element's value, if the address or the port is a map; NULL if it is not known. */
static void add_dnat(struct rule *r, const json_t *o, enum rule_action action, const json_t *value)
{
	const json_t *addr = json_object_get(o, "addr"), *port = json_object_get(o, "port");
	unsigned int family = families(json_text(o, "family"));

	if (value && json_object_get(addr, "map")) {
		addr = part_of(value, 0);
		port = port ? port : part_of(value, 1);
	} else if (value) {
		port = value;
	}
	if (json_is_string(addr))
		family = strchr(json_string_value(addr), ':') ? FAM6 : FAM4;
	if (family)
		imply(r, COND_FAMILY, family);
	r->action = action;
	r->to = json_is_string(addr) ? copy(addr) : NULL;
	if (!port)
		return;
	r->port = copy(port);
	if (!r->port)
		r->port = xstrdup("?");
}

static void add_jump(struct rule *r, const json_t *o, enum rule_action action)
{
	const char *target = json_text(o, "target");

	if (!target)
		return;
	r->action = action;
	r->target = xstrdup(target);
}

static void add_open(struct rule *r, const char *key, const json_t *o)
{
	struct rule_cond open = { .what = COND_OPEN };
	struct str text = { 0 };

	str_addf(&text, "%s ", key);
	put_value(&text, o);
	open.text = text.s;
	rules_keep(r, &open, true);
}

/* Statements that do not decide where a packet goes. */
static bool is_neutral(const char *key)
{
	static const char *const keys[] = { "counter", "log", "mangle", "comment", "notrack" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void add_statement(struct reading *rd, const char *key, const json_t *o, const json_t *value)
{
	struct rule *r = rd->rule;

	if (!strcmp(key, "match"))
		add_match(rd, json_object_get(o, "left"), json_text(o, "op"),
			  json_object_get(o, "right"));
	else if (r->action != ACTION_NONE || is_neutral(key))
		return;
	else if (!strcmp(key, "dnat"))
		add_dnat(r, o, ACTION_DNAT, value);
	else if (!strcmp(key, "redirect"))
		add_dnat(r, o, ACTION_REDIRECT, value);
	else if (!strcmp(key, "jump"))
		add_jump(r, o, ACTION_JUMP);
	else if (!strcmp(key, "goto"))
		add_jump(r, o, ACTION_GOTO);
	else if (!strcmp(key, "return"))
		r->action = ACTION_RETURN;
	else if (!strcmp(key, "accept") || !strcmp(key, "drop") || !strcmp(key, "reject"))
		r->action = ACTION_STOP;
	else
		add_open(r, key, o);
}

/*
 * The map that decides where a statement sends packets: for vmap its map, for dnat and redirect
 * only a map whose key is a field of the packet. A choice of addresses at random or by a hash of
 * the sender stays one rule.
 */
static const json_t *map_of(const char *name, const json_t *o)
{
	const json_t *map, *key;

	if (!strcmp(name, "vmap"))
		return o;
	if (strcmp(name, "dnat") && strcmp(name, "redirect"))
		return NULL;
	map = json_object_get(json_object_get(o, "addr"), "map");
	if (!map)
		map = json_object_get(json_object_get(o, "port"), "map");
	key = json_object_get(map, "key");
	return json_object_get(key, "payload") || json_object_get(key, "concat") ? map : NULL;
}

/* Adds a rule; for a rule with a map, one for each element (its key and value). */
static void add_way(struct reading *rd, struct rule_chain *chain, const json_t *map,
		    const json_t *element)
{
	const json_t *key = element ? json_array_get(element, 0) : NULL;
	const json_t *value = element ? json_array_get(element, 1) : NULL;
	const json_t *inner = json_object_get(key, "elem");
	json_t *statement, *o, *verdict;
	const char *name, *what;
	size_t i;

	rd->rule = rules_add(chain);
	json_array_foreach(json_object_get(rd->o, "expr"), i, statement) {
		json_object_foreach(statement, name, o) {
			if (map && map_of(name, o) == map)
				add_key(rd, json_object_get(map, "key"),
					inner ? json_object_get(inner, "val") : key);
			if (!map || strcmp(name, "vmap")) {
				add_statement(rd, name, o, value);
				continue;
			}
			json_object_foreach((json_t *)value, what, verdict)
				add_statement(rd, what, verdict, NULL);
		}
	}
}

/* Finds the first map in a rule whose elements are known. */
static const json_t *find_map(const struct reading *rd, const json_t **elements)
{
	json_t *statement, *o;
	const json_t *map, *data;
	const char *name;
	size_t i;

	json_array_foreach(json_object_get(rd->o, "expr"), i, statement) {
		json_object_foreach(statement, name, o) {
			map = map_of(name, o);
			data = json_object_get(map, "data");
			*elements = json_is_string(data) ? named(rd, "map", data) :
				    json_object_get(data, "set");
			if (map && json_is_array(*elements))
				return map;
		}
	}
	return NULL;
}

static void add_rule(struct ruleset *rs, const json_t *o, const json_t *list)
{
	const char *name = json_text(o, "chain");
	char *table = table_of(o, "table");
	struct rule_chain *chain = name ? rules_find(rs, table, name) : NULL;
	struct reading rd = { .list = list, .o = o };
	const json_t *elements, *map;
	size_t i;

	free(table);
	if (!chain)
		return;
	map = find_map(&rd, &elements);
	if (!map)
		add_way(&rd, chain, NULL, NULL);
	for (i = 0; map && i < json_array_size(elements); i++)
		add_way(&rd, chain, map, json_array_get(elements, i));
}

static bool has_xt(const json_t *o)
{
	json_t *statement;
	size_t i;

	json_array_foreach(json_object_get(o, "expr"), i, statement)
		if (json_object_get(statement, "xt"))
			return true;
	return false;
}

/* Families that have a table "nat" of iptables, whose rules nft can't write as JSON. */
static unsigned int of_iptables(const json_t *list)
{
	const char *table;
	unsigned int found = 0;
	json_t *o, *rule;
	size_t i;

	json_array_foreach(list, i, o) {
		rule = json_object_get(o, "rule");
		table = json_text(rule, "table");
		if (table && !strcmp(table, "nat") && has_xt(rule))
			found |= families(json_text(rule, "family"));
	}
	return found;
}

static bool is_left_out(const json_t *o, const char *member, unsigned int iptables)
{
	const json_t *inner = json_object_get(o, member);
	const char *table = json_text(inner, "table");
	unsigned int family = families(json_text(inner, "family"));

	return !inner || (table && !strcmp(table, "nat") && family && !(family & ~iptables));
}

bool rules_parse_nft(struct ruleset *rs, const char *text, size_t len, unsigned int *iptables)
{
	json_t *root = json_loadb(text, len, 0, NULL), *list, *o;
	bool ok;
	size_t i;

	list = json_object_get(root, "nftables");
	ok = json_is_array(list);
	*iptables = of_iptables(list);
	json_array_foreach(list, i, o)
		if (!is_left_out(o, "chain", *iptables))
			add_chain(rs, json_object_get(o, "chain"));
	json_array_foreach(list, i, o)
		if (!is_left_out(o, "rule", *iptables))
			add_rule(rs, json_object_get(o, "rule"), list);
	json_decref(root);
	return ok;
}
