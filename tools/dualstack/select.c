// SPDX-License-Identifier: GPL-2.0-only
/* Parses options and words that select rows, and matches rows. */
#include <ctype.h>
#include <fnmatch.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "fail.h"
#include "select.h"

static bool add_proto(struct selection *s, const char *v, size_t len, struct fail *f)
{
	uint8_t bits = proto_bits(v, len);

	if (!bits)
		return fail_set(f, ST_USAGE, "bad protocol '%.*s': tcp, udp, tcp4, tcp6, tcp46, "
				"udp4, udp6 or udp46", (int)(len < 60 ? len : 60), v);
	s->protos |= bits;
	return true;
}

static bool add_verdict(uint8_t *mask, const char *v, size_t len, struct fail *f)
{
	enum verdict verdict = verdict_by_name(v, len);

	if (verdict == V_COUNT)
		return fail_set(f, ST_USAGE, "bad verdict '%.*s': yes, shared, partial, shadowed, "
				"noaddr, no or ?", (int)(len < 60 ? len : 60), v);
	*mask |= 1 << verdict;
	return true;
}

static bool add_uid(struct selection *s, const char *v, size_t len, struct fail *f)
{
	const struct passwd *pw;
	char name[256];
	uint64_t uid;

	if (!parse_u64(v, len, UINT32_MAX, &uid)) {
		if (len >= sizeof(name))
			return fail_set(f, ST_USAGE, "bad user: name too long");
		memcpy(name, v, len);
		name[len] = '\0';
		pw = getpwnam(name);
		if (!pw)
			return fail_set(f, ST_USAGE, "no user '%s'", name);
		uid = pw->pw_uid;
	}
	s->uids = xrealloc(s->uids, s->n_uids + 1, sizeof(*s->uids));
	s->uids[s->n_uids++] = uid;
	return true;
}

static bool add_addr(struct selection *s, const char *v, size_t len, struct fail *f)
{
	struct prefix p;

	if (!parse_prefix(v, len, &p, f))
		return false;
	s->addrs = xrealloc(s->addrs, s->n_addrs + 1, sizeof(*s->addrs));
	s->addrs[s->n_addrs++] = p;
	return true;
}

static bool add_target(struct selection *s, struct target *t)
{
	s->targets = xrealloc(s->targets, s->n_targets + 1, sizeof(*s->targets));
	s->targets[s->n_targets++] = *t;
	return true;
}

static bool add_port(struct selection *s, const char *v, size_t len, struct fail *f)
{
	struct target t = { 0 };

	if (len && *v == ':') {
		v++;
		len--;
	}
	if (parse_ports(v, len, &t, f))
		return add_target(s, &t);
	target_free(&t);
	return false;
}

static bool add_text(const char ***list, size_t *n, const char *v, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, v, len);
	copy[len] = '\0';
	*list = xrealloc(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = copy;
	return true;
}

static bool add_dev(struct selection *s, const char *v, size_t len, struct fail *f)
{
	(void)f;
	return add_text(&s->devs, &s->n_devs, v, len);
}

static bool add_proc(struct selection *s, const char *v, size_t len, struct fail *f)
{
	(void)f;
	return add_text(&s->procs, &s->n_procs, v, len);
}

static bool add_unit(struct selection *s, const char *v, size_t len, struct fail *f)
{
	(void)f;
	return add_text(&s->units, &s->n_units, v, len);
}

static bool add_v4(struct selection *s, const char *v, size_t len, struct fail *f)
{
	return add_verdict(&s->v4, v, len, f);
}

static bool add_v6(struct selection *s, const char *v, size_t len, struct fail *f)
{
	return add_verdict(&s->v6, v, len, f);
}

static bool add_either(struct selection *s, const char *v, size_t len, struct fail *f)
{
	return add_verdict(&s->either, v, len, f);
}

static const struct {
	const char *key;
	bool (*add)(struct selection *s, const char *v, size_t len, struct fail *f);
} keys[] = {
	{ "proto", add_proto }, { "port", add_port }, { "address", add_addr }, { "dev", add_dev },
	{ "user", add_uid }, { "process", add_proc }, { "unit", add_unit }, { "v4", add_v4 },
	{ "v6", add_v6 }, { "verdict", add_either },
};

/* A list with commas; each part is an alternative. */
static bool add_list(struct selection *s, size_t key, const char *value, struct fail *f)
{
	for (;;) {
		size_t len = strcspn(value, ",");

		if (!len)
			return fail_set(f, ST_USAGE, "empty value for %s", keys[key].key);
		if (!keys[key].add(s, value, len, f))
			return false;
		if (!value[len])
			return true;
		value += len + 1;
	}
}

bool select_option(struct selection *s, const char *key, const char *value, struct fail *f)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].key, key))
			return add_list(s, i, value, f);
	if (strchr(key, '/') || isdigit((unsigned char)*key))
		return fail_set(f, ST_USAGE, "did you mean: dualstack check %.60s=%.60s?", key,
				value);
	return fail_set(f, ST_USAGE, "nothing to select by is called '%.60s'", key);
}

static bool select_key(struct selection *s, const char *word, const char *eq, struct fail *f)
{
	char key[64];

	if ((size_t)(eq - word) >= sizeof(key))
		return fail_set(f, ST_USAGE, "nothing to select by is called '%.*s'",
				(int)(eq - word < 60 ? eq - word : 60), word);
	memcpy(key, word, eq - word);
	key[eq - word] = '\0';
	return select_option(s, key, eq + 1, f);
}

bool select_word(struct selection *s, const char *word, struct fail *f)
{
	const char *eq = strchr(word, '=');
	struct target t;

	if (eq)
		return select_key(s, word, eq, f);
	if (!parse_target(word, strlen(word), &t, f)) {
		target_free(&t);
		return false;
	}
	if (t.n_ports || *t.addr.zone || (t.protos && t.has_addr))
		return add_target(s, &t);
	if (t.has_addr)
		return add_addr(s, word, strlen(word), f);
	if (!t.protos)
		return fail_set(f, ST_USAGE, "'%.60s' selects nothing: say a port, an address or a "
				"protocol", word);
	s->protos |= t.protos;
	return true;
}

/* "tcp udp/53" selects no row. */
bool select_contradicts(const struct selection *s)
{
	size_t i;

	for (i = 0; i < s->n_targets; i++)
		if (!s->targets[i].protos || s->targets[i].protos & s->protos)
			return false;
	return s->protos && s->n_targets;
}

struct extent select_extent(const struct selection *s)
{
	struct extent e = { 0 };
	size_t i;

	for (i = 0; i < s->n_targets; i++)
		extent_add(&e, &s->targets[i]);
	return e;
}

bool select_any(const struct selection *s)
{
	return s->protos || s->v4 || s->v6 || s->either || s->reach4 || s->reach6 || s->n_addrs ||
	       s->n_targets || s->n_devs || s->n_procs || s->n_units || s->n_uids;
}

bool select_needs_owners(const struct selection *s)
{
	return s->n_procs || s->n_units;
}

static bool match_addr(const struct selection *s, const struct row *r)
{
	size_t i;

	for (i = 0; i < s->n_addrs; i++)
		if (prefix_holds(&s->addrs[i], r->addr))
			return true;
	return !s->n_addrs;
}

static bool match_target(const struct selection *s, const struct row *r)
{
	size_t i;

	for (i = 0; i < s->n_targets; i++)
		if (target_matches(&s->targets[i], r))
			return true;
	return !s->n_targets;
}

static bool match_dev(const struct selection *s, const struct row *r)
{
	size_t i;

	for (i = 0; i < s->n_devs; i++)
		if (!strcmp(s->devs[i], r->dev ? r->dev : "-"))
			return true;
	return !s->n_devs;
}

static bool match_uid(const struct selection *s, const struct row *r)
{
	size_t i;

	for (i = 0; i < s->n_uids; i++)
		if (s->uids[i] == r->uid)
			return true;
	return !s->n_uids;
}

/* Matches everything but --v4, --v6 and --verdict. */
static bool match_rest(const struct selection *s, const struct row *r)
{
	if (s->protos && !(s->protos & PROTO_BIT(r->l4, r->families)))
		return false;
	if ((s->reach4 || s->reach6) && !(s->reach4 && verdict_reached(r->v4)) &&
	    !(s->reach6 && verdict_reached(r->v6)))
		return false;
	return match_target(s, r) && match_addr(s, r) && match_dev(s, r) && match_uid(s, r);
}

bool select_row(const struct selection *s, const struct row *r)
{
	if ((s->v4 && !(s->v4 & 1 << r->v4)) || (s->v6 && !(s->v6 & 1 << r->v6)))
		return false;
	if (s->either && !(s->either & (1 << r->v4 | 1 << r->v6)))
		return false;
	return match_rest(s, r);
}

/* Verdicts that "?" may stand for: not "-", which is known from a socket's settings. */
#define HIDDEN (1 << V_YES | 1 << V_SHARED | 1 << V_PARTIAL | 1 << V_SHADOWED | 1 << V_NOADDR)

static unsigned int possible(enum verdict v)
{
	return v == V_UNKNOWN ? HIDDEN | 1 << v : 1 << v;
}

bool select_by_verdict(const struct selection *s)
{
	return (s->v4 | s->v6 | s->either) & HIDDEN;
}

bool select_undecided(const struct selection *s, const struct row *r)
{
	unsigned int v4 = possible(r->v4), v6 = possible(r->v6);

	if (r->v4 != V_UNKNOWN && r->v6 != V_UNKNOWN)
		return false;
	return (!s->v4 || s->v4 & v4) && (!s->v6 || s->v6 & v6) &&
	       (!s->either || s->either & (v4 | v6)) && match_rest(s, r);
}

/* A number is a pid, anything else a pattern for the name. */
static bool owner_is(const struct owner *o, const char *want)
{
	uint64_t pid;

	if (parse_u64(want, strlen(want), UINT32_MAX, &pid))
		return o->pid == pid;
	return !fnmatch(want, o->comm, 0);
}

static bool match_proc(const struct selection *s, const struct row *r)
{
	size_t i, k;

	for (i = 0; i < s->n_procs; i++)
		for (k = 0; k < r->n_owners; k++)
			if (owner_is(&r->owners[k], s->procs[i]))
				return true;
	return !s->n_procs;
}

static bool matches(const char *pattern, const char *name)
{
	return name && !fnmatch(pattern, name, 0);
}

/* A container matches by its id, which is in the unit, or by its name. */
static bool match_unit(const struct selection *s, const struct table *t, const struct row *r)
{
	size_t i;

	for (i = 0; i < s->n_units; i++)
		if (matches(s->units[i], cgroup_unit(t, r)) ||
		    matches(s->units[i], cgroup_container(t, r)))
			return true;
	return !s->n_units;
}

bool select_owner(const struct selection *s, const struct table *t, const struct row *r)
{
	return match_proc(s, r) && match_unit(s, t, r);
}

static void free_texts(const char **list, size_t n)
{
	while (n)
		free((char *)list[--n]);
	free(list);
}

void select_free(struct selection *s)
{
	while (s->n_targets)
		target_free(&s->targets[--s->n_targets]);
	free(s->targets);
	free(s->addrs);
	free(s->uids);
	free_texts(s->devs, s->n_devs);
	free_texts(s->procs, s->n_procs);
	free_texts(s->units, s->n_units);
	memset(s, 0, sizeof(*s));
}
