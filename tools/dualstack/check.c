// SPDX-License-Identifier: GPL-2.0-only
/* `dualstack check`: parses the SPECs, finds who serves their ports, reports what differs. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "fail.h"
#include "out.h"
#include "owners.h"
#include "place.h"
#include "serve.h"
#include "source.h"
#include "who_diag.h"

#define POLL_SECONDS 0.1

/* The result for one port of one SPEC. */
struct outcome {
	const struct spec *spec;
	struct service service;
	struct freed freed;		/* for =free, if the holders of the port are known */
	uint16_t port;
	enum answer holds;
};

static const struct {
	const char *name;
	enum want v4, v6;
} wants[] = {
	{ "46", WANT_YES, WANT_YES },	{ "4", WANT_YES, WANT_NO },
	{ "6", WANT_NO, WANT_YES },	{ "4+", WANT_YES, WANT_ANY },
	{ "6+", WANT_ANY, WANT_YES },	{ "4-", WANT_NO, WANT_ANY },
	{ "6-", WANT_ANY, WANT_NO },	{ "none", WANT_NO, WANT_NO },
};

/* WANT[@SCOPE] */
static bool parse_want(struct spec *s, const char *want, struct fail *f)
{
	size_t len = strcspn(want, "@"), i;

	s->scope = want[len] ? scope_by_name(want + len + 1) : SCOPE_HOST;
	if (s->scope == SCOPE_COUNT)
		return fail_set(f, ST_USAGE, "bad check '%.60s': after @ say host, link or global",
				s->word);
	s->want_free = free_how_parse(want, len, &s->how);
	for (i = 0; i < ARRAY_SIZE(wants) && !s->want_free; i++) {
		if (strlen(wants[i].name) != len || memcmp(wants[i].name, want, len))
			continue;
		s->want4 = wants[i].v4;
		s->want6 = wants[i].v6;
		return true;
	}
	return s->want_free ||
	       fail_set(f, ST_USAGE, "bad check '%.60s': after = say 46, 4, 6, 4+, 6+, 4-, 6-, "
			"none, free, free:v6only, free:reuseaddr or free:reuseport", s->word);
}

static bool sensible(struct spec *s, struct fail *f)
{
	const struct target *t = &s->target;
	bool v4 = t->has_addr && t->addr.af == AF_INET;
	bool v6 = t->has_addr && t->addr.af == AF_INET6 && !prefix_is_any(&t->addr);

	if (t->protos != PROTO_TCP && t->protos != PROTO_UDP)
		return fail_set(f, ST_USAGE, "bad check '%.60s': begin it with tcp/ or udp/",
				s->word);
	if (!t->n_ports)
		return fail_set(f, ST_USAGE, t->has_addr && t->addr.af == AF_INET6 ?
				"bad check '%.60s': it names no port: write [::1]:25" :
				"bad check '%.60s': it names no port", s->word);
	if (!t->has_addr && *t->addr.zone)
		return fail_set(f, ST_USAGE, "bad check '%.60s': a device stands behind an "
				"address, as in [fe80::1]%%eth0:80", s->word);
	if (t->has_addr && !t->addr.single)
		return fail_set(f, ST_USAGE, "bad check '%.60s': one address, not a prefix",
				s->word);
	if ((v4 && s->want6 == WANT_YES) || (v6 && s->want4 == WANT_YES))
		return fail_set(f, ST_USAGE, "bad check '%.60s': that address has no IPv%c",
				s->word, v4 ? '6' : '4');
	if (s->scope != SCOPE_HOST && (t->has_addr || s->want_free))
		return fail_set(f, ST_USAGE, "bad check '%.60s': @ goes with what is served at any "
				"address", s->word);
	return true;
}

bool spec_parse(struct spec *s, const char *word, struct fail *f)
{
	const char *eq = strrchr(word, '=');

	memset(s, 0, sizeof(*s));
	s->word = word;
	if (!eq)
		return fail_set(f, ST_USAGE, "bad check '%.60s': say what to find, as in %.60s=46",
				word, word);
	if (!parse_target(word, eq - word, &s->target, f) || !parse_want(s, eq + 1, f))
		return false;
	prefix_unmap(&s->target.addr);
	return sensible(s, f);
}

void spec_free(struct spec *s)
{
	target_free(&s->target);
}

static enum answer fits(enum want want, enum answer served)
{
	if (want == WANT_ANY)
		return ANSWER_YES;
	if (served == ANSWER_UNKNOWN)
		return ANSWER_UNKNOWN;
	return (want == WANT_YES) == (served == ANSWER_YES) ? ANSWER_YES : ANSWER_NO;
}

static enum answer both(enum answer a, enum answer b)
{
	if (a == ANSWER_NO || b == ANSWER_NO)
		return ANSWER_NO;
	return a == ANSWER_UNKNOWN || b == ANSWER_UNKNOWN ? ANSWER_UNKNOWN : ANSWER_YES;
}

/* Rows can show that a port is taken, but not that it is free: most holders have no row. */
static void judge_free(struct outcome *out, const struct table *t, const struct wanted *w)
{
	const struct spec *s = out->spec;

	if (t->here && free_ask(&out->freed, t->source, (enum ds_proto)w->l4, w->port, w->addr,
				s->how)) {
		out->holds = out->freed.answer;
		return;
	}
	service_find_holders(&out->service, t, w);
	if (out->service.n && s->how == FREE_PLAIN) {
		freed_end(&out->freed);
		out->holds = ANSWER_NO;
	} else {
		out->holds = ANSWER_UNKNOWN;
	}
}

static void judge(struct outcome *out, const struct spec *s, uint16_t port,
		  const struct table *t, const struct place *place, struct who_asker *asker)
{
	const struct wanted w = {
		.l4 = s->target.protos == PROTO_TCP ? L4_TCP : L4_UDP, .port = port,
		.addr = s->target.has_addr ? &s->target.addr : NULL, .place = place,
		.scope = s->scope, .asker = asker,
	};

	memset(out, 0, sizeof(*out));
	out->spec = s;
	out->port = port;
	if (!s->want_free) {
		service_ask(&out->service, t, &w);
		out->holds = both(fits(s->want4, out->service.v4), fits(s->want6, out->service.v6));
		return;
	}
	judge_free(out, t, &w);
}

struct outcomes {
	struct outcome *list;
	size_t n, room;
};

static void free_outcomes(struct outcomes *out)
{
	while (out->n) {
		service_free(&out->list[--out->n].service);
		freed_end(&out->list[out->n].freed);
	}
	free(out->list);
	memset(out, 0, sizeof(*out));
}

/* Whether the kernel does the lookups for an address; place_find() is then not needed. */
static bool is_asked(const struct table *t)
{
	return t->here && t->source != SOURCE_FILE;
}

static void judge_all(struct outcomes *out, const struct spec *specs, size_t n,
		      const struct table *t)
{
	struct who_asker asker = { 0 };
	struct place place = { 0 };
	unsigned int port;
	size_t i, k;

	for (i = 0; i < n; i++) {
		const struct target *target = &specs[i].target;

		if (target->has_addr && !specs[i].want_free && !is_asked(t))
			place_find(&place, t, &target->addr);

		for (k = 0; k < target->n_ports; k++) {
			for (port = target->ports[k].lo; port <= target->ports[k].hi; port++) {
				out->list = grow(out->list, out->n, &out->room, sizeof(*out->list));
				judge(&out->list[out->n++], &specs[i], port, t, &place, &asker);
			}
		}
	}
	who_asker_close(&asker);
}

/* If one port fails, the answer is no, even if others are not known. */
static enum answer all_hold(const struct outcomes *out)
{
	enum answer all = ANSWER_YES;
	size_t i;

	for (i = 0; i < out->n; i++)
		all = both(all, out->list[i].holds);
	return all;
}

/* From where the port is served, unless it is from everywhere. */
static const char *from_where(const struct outcome *o)
{
	enum scope scope = service_scope(&o->service);

	if (o->spec->target.has_addr || scope >= SCOPE_GLOBAL)
		return "";
	return scope == SCOPE_HOST ? ", from this host only" : ", from the link only";
}

static const char *served_text(const struct outcome *o)
{
	const struct service *s = &o->service;
	bool one = o->spec->target.has_addr && !prefix_is_any(&o->spec->target.addr);

	if (s->v4 == ANSWER_YES && s->v6 == ANSWER_YES)
		return "IPv4 and IPv6 are served";
	if (s->v4 == ANSWER_YES)
		return one ? "it is served" : s->v6 == ANSWER_UNKNOWN ?
		       "IPv4 is served, IPv6 perhaps" : "only IPv4 is served";
	if (s->v6 == ANSWER_YES)
		return one ? "it is served" : s->v4 == ANSWER_UNKNOWN ?
		       "IPv6 is served, IPv4 perhaps" : "only IPv6 is served";
	if (s->v4 == ANSWER_UNKNOWN || s->v6 == ANSWER_UNKNOWN)
		return "not known";
	return NULL;
}

static const char *nobody_text(const struct outcome *o)
{
	bool tcp = o->spec->target.protos == PROTO_TCP;
	enum scope scope = service_scope(&o->service);

	if (o->service.n && o->spec->scope != SCOPE_HOST && scope == SCOPE_HOST)
		return "served from this host only";
	if (o->service.n && o->spec->scope != SCOPE_HOST && scope == SCOPE_LINK)
		return "served from the link only";
	if (o->service.n)
		return "neither IPv4 nor IPv6 gets through";
	if (o->service.n_others)
		return tcp ? "nobody listens for that address" : "nobody is bound for that address";
	return tcp ? "nobody listens" : "nobody is bound";
}

static void put_free(struct str *out, const struct outcome *o)
{
	if (o->freed.answer == ANSWER_UNKNOWN || o->freed.in_the_way)
		free_put(out, &o->freed);
	else
		str_adds(out, o->holds == ANSWER_YES ? "free" : o->service.n ? "taken" :
			 "not known: only the module tells who holds a port without listening");
}

static void put_found(struct str *out, const struct outcome *o)
{
	const char *text = served_text(o), *why = o->service.why;

	if (o->spec->want_free) {
		put_free(out, o);
		return;
	}
	if (!text && !why)
		text = nobody_text(o);
	if (text)
		str_adds(out, text);
	if (served_text(o))
		str_adds(out, from_where(o));
	if (why)
		str_addf(out, "%s%s", text ? ": " : "", why);
}

static void put_row(struct str *out, const struct row *r)
{
	struct str who = { 0 };

	str_addf(out, "%s ", proto_name(r));
	local_text(r, out);
	str_addf(out, " v4=%s v6=%s", verdict_name(r->v4), verdict_name(r->v6));
	if (process_text(r, 3, ESC_TABLE, &who))
		str_addf(out, " %s", who.s);
	str_free(&who);
}

static void put_rows(struct str *out, const char *before, const struct row **rows, size_t n)
{
	size_t i;

	for (i = 0; i < n && i < 4; i++) {
		str_adds(out, i ? "; " : before);
		put_row(out, rows[i]);
	}
	if (i < n)
		str_addf(out, "; and %zu more", n - i);
}

static bool has_port_list(const struct target *t)
{
	return t->n_ports > 1 || t->ports[0].lo != t->ports[0].hi;
}

static void print_failure(const struct outcome *o)
{
	struct str out = { 0 };

	escape(&out, o->spec->word, ESC_TABLE);
	if (has_port_list(&o->spec->target))
		str_addf(&out, ": port %u", o->port);
	str_adds(&out, ": ");
	put_found(&out, o);
	put_rows(&out, ": ", o->service.rows, o->service.n);
	if (!o->service.n)
		put_rows(&out, "; on the port: ", o->service.others, o->service.n_others);
	out_line(out.s);
	str_free(&out);
}

static void put_answer(struct str *out, const char *name, enum answer a)
{
	str_addf(out, "\"%s\": %s, ", name, a == ANSWER_UNKNOWN ? "null" : a == ANSWER_YES ?
		 "true" : "false");
}

static void put_outcome(struct str *out, const struct outcome *o, const struct columns *cols,
			const struct table *t)
{
	enum scope scope = service_scope(&o->service);
	struct str found = { 0 };
	size_t i;

	str_adds(out, "{\"spec\": ");
	json_string(out, o->spec->word);
	str_addf(out, ", \"port\": %u, ", o->port);
	put_answer(out, "holds", o->holds);
	put_answer(out, "v4", o->spec->want_free ? ANSWER_UNKNOWN : o->service.v4);
	put_answer(out, "v6", o->spec->want_free ? ANSWER_UNKNOWN : o->service.v6);
	str_adds(out, "\"scope\": ");
	if (scope == SCOPE_COUNT || o->spec->want_free)
		str_adds(out, "null");
	else
		json_string(out, scope_name(scope));
	str_reset(&found);
	put_found(&found, o);
	str_adds(out, ", \"found\": ");
	json_string(out, found.s);
	str_adds(out, ", \"listeners\": [");
	for (i = 0; i < o->service.n; i++) {
		str_adds(out, i ? ", " : "");
		json_row(out, cols, t, o->service.rows[i]);
	}
	str_adds(out, "]}");
	str_free(&found);
}

static void report(const struct options *o, const struct outcomes *out, const struct table *t)
{
	struct str text = { 0 };
	size_t i;

	if (o->quiet)
		return;
	if (o->print.form != FORM_JSON) {
		for (i = 0; i < out->n; i++)
			if (out->list[i].holds != ANSWER_YES)
				print_failure(&out->list[i]);
		return;
	}
	json_head(&text, t);
	str_adds(&text, "\"checks\": [");
	for (i = 0; i < out->n; i++) {
		str_adds(&text, i ? ",\n  " : "\n  ");
		put_outcome(&text, &out->list[i], &o->print.columns, t);
		out_bytes(text.s, text.len);
		text.len = 0;
	}
	out_line("\n]}");
	str_free(&text);
}

static void find_processes(struct outcomes *out)
{
	struct freed **list = xcalloc(out->n + 1, sizeof(*list));
	size_t i, n = 0;

	for (i = 0; i < out->n; i++)
		if (out->list[i].freed.in_the_way)
			list[n++] = &out->list[i].freed;
	free_processes(list, n);
	free(list);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void sleep_for(double seconds)
{
	struct timespec ts = { .tv_sec = seconds };

	ts.tv_nsec = (seconds - ts.tv_sec) * 1e9;
	nanosleep(&ts, NULL);
}

static enum status status_of(enum answer all, const struct table *t, struct fail *f)
{
	if (all != ANSWER_UNKNOWN)
		return all == ANSWER_YES ? ST_OK : ST_NO;
	if (t->source == SOURCE_SETTINGS && !f->text[0])
		fail_set(f, ST_NOMODULE, "not known: %s", source_remedy());
	return ST_NOMODULE;
}

static struct extent extent_of(const struct spec *specs, size_t n)
{
	struct extent e = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		extent_add(&e, &specs[i].target);
	return e;
}

static enum status check_specs(const struct options *o, const struct spec *specs, struct fail *f)
{
	double end = now() + (o->wait > 0 ? o->wait : 0);
	enum answer all = ANSWER_UNKNOWN;
	enum status status = ST_OTHER;
	struct outcomes out = { 0 };
	struct table t = { 0 };
	bool loaded;

	for (;;) {
		t.only = extent_of(specs, o->n_words);
		loaded = source_load(o, &t, f);
		if (!loaded)
			break;
		service_sort(&t);
		if (owners_mark_subflows(&t) && !o->file && !owners_load(&t, f)) {
			loaded = false;
			break;
		}
		judge_all(&out, specs, o->n_words, &t);
		all = all_hold(&out);
		/* waiting does not help if the answer is not known */
		if (all != ANSWER_NO || now() >= end)
			break;
		free_outcomes(&out);
		table_free(&t);
		sleep_for(end - now() < POLL_SECONDS ? end - now() : POLL_SECONDS);
	}
	if (loaded && !o->file && !o->quiet && (all != ANSWER_YES || o->print.form == FORM_JSON))
		loaded = owners_load(&t, f);
	if (loaded && !o->quiet)
		find_processes(&out);
	if (loaded) {
		report(o, &out, &t);
		status = status_of(all, &t, f);
	}
	free_outcomes(&out);
	table_free(&t);
	return loaded ? status : f->status;
}

enum status check(const struct options *o, struct fail *f)
{
	struct spec *specs = xcalloc(o->n_words, sizeof(*specs));
	enum status status = ST_OK;
	size_t i;

	for (i = 0; i < o->n_words && status == ST_OK; i++)
		if (!spec_parse(&specs[i], o->words[i], f))
			status = f->status;
	if (status == ST_OK)
		status = check_specs(o, specs, f);
	for (i = 0; i < o->n_words; i++)
		spec_free(&specs[i]);
	free(specs);
	return status;
}
