// SPDX-License-Identifier: GPL-2.0-only
/* `dualstack check`: the SPECs, who serves their ports, and what differs. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "out.h"
#include "owners.h"
#include "serve.h"
#include "source.h"

#define POLL_SECONDS 0.1

/* How one port of one SPEC turned out. */
struct outcome {
	const struct spec *spec;
	struct service service;
	uint16_t port;
	bool holds;
	bool not_local;
};

static const struct {
	const char *name;
	bool v4, v6, at_least, want_free;
} wants[] = {
	{ "46", true, true, false, false },	{ "4", true, false, false, false },
	{ "6", false, true, false, false },	{ "4+", true, false, true, false },
	{ "6+", false, true, true, false },	{ "free", false, false, false, true },
};

static bool parse_want(struct spec *s, const char *want, struct fail *f)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wants); i++) {
		if (strcmp(wants[i].name, want))
			continue;
		s->want4 = wants[i].v4;
		s->want6 = wants[i].v6;
		s->at_least = wants[i].at_least;
		s->want_free = wants[i].want_free;
		return true;
	}
	return fail_set(f, ST_USAGE, "bad check '%.60s': after = say 46, 4, 6, 4+, 6+ or free",
			s->word);
}

/* ::ffff:a.b.c.d is what IPv4 clients send to: the same as a.b.c.d. */
static void unmap(struct prefix *p)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (p->af != AF_INET6 || memcmp(p->bytes, mapped, sizeof(mapped)))
		return;
	memmove(p->bytes, p->bytes + 12, 4);
	memset(p->bytes + 4, 0, 12);
	p->af = AF_INET;
	p->bits = 32;
}

static bool sensible(struct spec *s, struct fail *f)
{
	static const unsigned char zero[16];
	const struct target *t = &s->target;
	bool v4 = t->has_addr && t->addr.af == AF_INET;
	bool v6 = t->has_addr && t->addr.af == AF_INET6 && memcmp(t->addr.bytes, zero, 16);

	if (t->protos != PROTO_TCP && t->protos != PROTO_UDP)
		return fail_set(f, ST_USAGE, "bad check '%.60s': begin it with tcp/ or udp/",
				s->word);
	if (!t->n_ports)
		return fail_set(f, ST_USAGE, "bad check '%.60s': it names no port", s->word);
	if (t->has_addr && !t->addr.single)
		return fail_set(f, ST_USAGE, "bad check '%.60s': one address, not a prefix",
				s->word);
	if ((v4 && s->want6) || (v6 && s->want4))
		return fail_set(f, ST_USAGE, "bad check '%.60s': that address has no IPv%c",
				s->word, v4 ? '6' : '4');
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
	unmap(&s->target.addr);
	return sensible(s, f);
}

void spec_free(struct spec *s)
{
	target_free(&s->target);
}

static bool holds(const struct spec *s, const struct service *found)
{
	if (s->want_free)
		return !found->n;
	if (s->at_least)
		return (found->v4 || !s->want4) && (found->v6 || !s->want6);
	return found->v4 == s->want4 && found->v6 == s->want6;
}

static void judge(struct outcome *out, const struct spec *s, uint16_t port,
		  const struct table *t, bool live)
{
	const struct prefix *addr = s->target.has_addr ? &s->target.addr : NULL;
	enum l4 l4 = s->target.protos == PROTO_TCP ? L4_TCP : L4_UDP;

	memset(out, 0, sizeof(*out));
	out->spec = s;
	out->port = port;
	service_find(&out->service, t, l4, port, addr);
	out->not_local = live && addr && out->service.n && !s->want_free &&
			 !address_is_local(addr);
	if (out->not_local) {
		out->service.v4 = false;
		out->service.v6 = false;
	}
	out->holds = holds(s, &out->service);
}

struct outcomes {
	struct outcome *list;
	size_t n, room;
};

static void free_outcomes(struct outcomes *out)
{
	while (out->n)
		service_free(&out->list[--out->n].service);
	free(out->list);
	memset(out, 0, sizeof(*out));
}

static void judge_all(struct outcomes *out, const struct spec *specs, size_t n,
		      const struct table *t, bool live)
{
	unsigned int port;
	size_t i, k;

	for (i = 0; i < n; i++) {
		const struct target *target = &specs[i].target;

		for (k = 0; k < target->n_ports; k++) {
			for (port = target->ports[k].lo; port <= target->ports[k].hi; port++) {
				out->list = grow(out->list, out->n, &out->room, sizeof(*out->list));
				judge(&out->list[out->n++], &specs[i], port, t, live);
			}
		}
	}
}

static bool all_hold(const struct outcomes *out)
{
	size_t i;

	for (i = 0; i < out->n; i++)
		if (!out->list[i].holds)
			return false;
	return true;
}

static const char *what_is_there(const struct outcome *o)
{
	if (!o->service.n)
		return o->spec->target.protos == PROTO_TCP ? "nobody listens" : "nobody is bound";
	if (o->spec->want_free)
		return "taken";
	if (o->not_local)
		return "the address is not assigned here";
	if (o->service.v4)
		return o->service.v6 ? "IPv4 and IPv6 are served" : "only IPv4 is served";
	return o->service.v6 ? "only IPv6 is served" : "neither IPv4 nor IPv6 gets through";
}

static void put_row(struct str *out, const struct row *r)
{
	struct str who = { 0 };

	str_adds(out, proto_name(r));
	str_addc(out, ' ');
	local_text(r, out);
	if (r->dev)
		str_addf(out, "%%%s", r->dev);
	str_addf(out, " v4=%s v6=%s", verdict_name(r->v4), verdict_name(r->v6));
	if (process_text(r, 3, &who)) {
		str_addc(out, ' ');
		escape(out, who.s, ESC_TABLE);
	}
	str_free(&who);
}

static void print_failure(const struct outcome *o)
{
	struct str out = { 0 };
	size_t i;

	escape(&out, o->spec->word, ESC_TABLE);
	if (o->spec->target.n_ports > 1 || o->spec->target.ports[0].lo !=
	    o->spec->target.ports[0].hi)
		str_addf(&out, ": port %u", o->port);
	str_addf(&out, ": %s", what_is_there(o));
	for (i = 0; i < o->service.n && i < 4; i++) {
		str_adds(&out, i ? "; " : ": ");
		put_row(&out, o->service.rows[i]);
	}
	if (i < o->service.n)
		str_addf(&out, "; and %zu more", o->service.n - i);
	puts(out.s);
	str_free(&out);
}

static void put_outcome(struct str *out, const struct outcome *o, const struct columns *cols)
{
	size_t i;

	str_adds(out, "{\"spec\": \"");
	escape(out, o->spec->word, ESC_JSON);
	str_addf(out, "\", \"port\": %u, \"holds\": %s, \"v4\": %s, \"v6\": %s, \"found\": \"%s\", "
		 "\"listeners\": [", o->port, o->holds ? "true" : "false",
		 o->service.v4 ? "true" : "false", o->service.v6 ? "true" : "false",
		 what_is_there(o));
	for (i = 0; i < o->service.n; i++) {
		str_adds(out, i ? ", " : "");
		json_row(out, cols, o->service.rows[i]);
	}
	str_adds(out, "]}");
}

static void report(const struct options *o, const struct outcomes *out)
{
	struct str text = { 0 };
	size_t i;

	if (o->quiet)
		return;
	if (o->print.form != FORM_JSON) {
		for (i = 0; i < out->n; i++)
			if (!out->list[i].holds)
				print_failure(&out->list[i]);
		return;
	}
	printf("{\"checks\": [");
	for (i = 0; i < out->n; i++) {
		str_reset(&text);
		str_adds(&text, i ? ",\n  " : "\n  ");
		put_outcome(&text, &out->list[i], &o->print.columns);
		fputs(text.s, stdout);
	}
	puts("\n]}");
	str_free(&text);
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

/* Never guess: without the module's verdicts there is no answer (ST_NOMODULE). */
static bool load(const struct options *o, struct table *t, struct fail *f)
{
	size_t i;
	bool unknown;

	if (!source_load(o, t, f))
		return false;
	unknown = t->source == SOURCE_SETTINGS;
	for (i = 0; i < t->n && !unknown; i++)
		unknown = t->rows[i].v4 == V_UNKNOWN || t->rows[i].v6 == V_UNKNOWN;
	return !unknown || fail_set(f, ST_NOMODULE, "check needs the kernel module, which is not "
				    "loaded: modprobe dualstack");
}

static enum status check_specs(const struct options *o, const struct spec *specs, struct fail *f)
{
	double end = now() + (o->wait > 0 ? o->wait : 0);
	struct outcomes out = { 0 };
	struct table t = { 0 };
	bool ok = false, loaded;

	for (;;) {
		loaded = load(o, &t, f);
		if (!loaded)
			break;
		judge_all(&out, specs, o->n_words, &t, !o->file);
		ok = all_hold(&out);
		if (ok || now() >= end)
			break;
		free_outcomes(&out);
		table_free(&t);
		sleep_for(end - now() < POLL_SECONDS ? end - now() : POLL_SECONDS);
	}
	if (loaded && !o->file && !o->quiet && (!ok || o->print.form == FORM_JSON))
		loaded = owners_load(&t, f);
	if (loaded)
		report(o, &out);
	free_outcomes(&out);
	table_free(&t);
	return !loaded ? f->status : ok ? ST_OK : ST_NO;
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
