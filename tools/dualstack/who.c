// SPDX-License-Identifier: GPL-2.0-only
/* `dualstack who`: who gets a packet to an address and port. */
#include <stdlib.h>

#include "fail.h"
#include "out.h"
#include "source.h"
#include "who.h"
#include "who_answer.h"
#include "who_ask.h"
#include "who_diag.h"

/* The parsed words of the command. */
struct request {
	struct target target, from;
	struct packet packet;
};

static bool usage_error(struct fail *f, const char *what, const char *word)
{
	return fail_set(f, ST_USAGE, "%s '%.60s': dualstack who tcp/127.0.0.1:80 [from "
			"198.51.100.7:4711] [dev eth0]", what, word);
}

static bool parse_packet(struct request *r, const char *word, struct fail *f)
{
	struct target *t = &r->target;

	if (!parse_target(word, strlen(word), t, f))
		return false;
	if ((t->protos != PROTO_TCP && t->protos != PROTO_UDP) || !t->has_addr || !t->addr.single ||
	    t->n_ports != 1 || t->ports[0].lo != t->ports[0].hi)
		return usage_error(f, "one protocol, one address and one port, not", word);
	prefix_unmap(&t->addr);
	r->packet.l4 = t->protos == PROTO_TCP ? L4_TCP : L4_UDP;
	r->packet.port = t->ports[0].lo;
	r->packet.addr = &t->addr;
	return true;
}

static bool parse_from(struct request *r, const char *word, struct fail *f)
{
	struct target *t = &r->from;

	if (r->packet.from)
		return usage_error(f, "one peer, not another one,", word);
	if (!parse_target(word, strlen(word), t, f))
		return false;
	prefix_unmap(&t->addr);
	if (t->protos || !t->has_addr || !t->addr.single || t->n_ports > 1 ||
	    t->addr.af != r->target.addr.af || (t->n_ports && t->ports[0].lo != t->ports[0].hi))
		return usage_error(f, "a peer is an address of the same family, and a port, not",
				   word);
	r->packet.from = &t->addr;
	r->packet.fromport = t->n_ports ? t->ports[0].lo : 0;
	return true;
}

static bool parse(struct request *r, const struct options *o, struct fail *f)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	if (!parse_packet(r, o->words[0], f))
		return false;
	for (i = 1; i < o->n_words; i += 2) {
		if (i + 1 == o->n_words)
			return usage_error(f, "what is", o->words[i]);
		if (!strcmp(o->words[i], "from")) {
			if (!parse_from(r, o->words[i + 1], f))
				return false;
		} else if (!strcmp(o->words[i], "dev") && !r->packet.dev) {
			r->packet.dev = o->words[i + 1];
		} else {
			return usage_error(f, "what is", o->words[i]);
		}
	}
	return true;
}

static void put_text(struct str *out, const char *name, const char *text)
{
	str_addf(out, "\"%s\": ", name);
	if (text)
		json_string(out, text);
	else
		str_adds(out, "null");
	str_adds(out, ", ");
}

static void put_line(struct str *out, const struct who_line *line)
{
	str_addc(out, '{');
	put_text(out, "dev", line->dev);
	put_text(out, "answer", line->answer);
	put_text(out, "proto", line->proto);
	put_text(out, "sockdev", line->sockdev);
	put_text(out, "address", line->address);
	put_text(out, "process", line->process);
	put_text(out, "why", line->why);
	put_text(out, "state", line->state);
	str_addf(out, "\"v6only\": %s, ", line->v6only < 0 ? "null" : line->v6only ? "true" :
		 "false");
	str_adds(out, "\"uid\": ");
	if (line->has_uid && who_is_taken(line))
		json_number(out, line->uid);
	else
		str_adds(out, "null");
	str_adds(out, ", \"inode\": ");
	if (line->has_uid && who_is_taken(line))
		json_number(out, line->inode);
	else
		str_adds(out, "null");
	str_adds(out, ", \"cpu\": ");
	if (line->cpu >= 0)
		json_number(out, line->cpu);
	else
		str_adds(out, "null");
	str_adds(out, ", \"number\": ");
	json_number(out, line->number);
	str_addf(out, ", \"bpf\": %s, \"filter\": %s}", line->bpf ? "true" : "false",
		 line->filter ? "true" : "false");
}

static void print_json(const struct table *t, const struct whos *w, const char *text)
{
	enum answer a = whos_answer(w);
	struct str out = { 0 };
	size_t i;

	json_head(&out, t);
	str_addf(&out, "\"served\": %s, ", a == ANSWER_UNKNOWN ? "null" : a == ANSWER_YES ?
		 "true" : "false");
	put_text(&out, "text", text);
	str_adds(&out, "\"answers\": [");
	for (i = 0; i < w->n; i++) {
		str_adds(&out, i ? ",\n  " : "\n  ");
		put_line(&out, &w->list[i]);
	}
	str_adds(&out, "\n]}");
	out_line(out.s);
	str_free(&out);
}

static enum status say(const struct options *o, const struct request *r, const struct table *t,
		       struct whos *w)
{
	static const enum status statuses[] = {
		[ANSWER_NO] = ST_NO, [ANSWER_YES] = ST_OK, [ANSWER_UNKNOWN] = ST_NOMODULE,
	};
	struct str text = { 0 }, line = { 0 };

	whos_processes(w);
	whos_put(&text, w, &r->packet);
	if (o->print.form == FORM_JSON) {
		print_json(t, w, text.s);
	} else {
		escape(&line, o->words[0], ESC_TABLE);
		str_addf(&line, ": %s", text.s);
		out_line(line.s);
	}
	str_free(&text);
	str_free(&line);
	return statuses[whos_answer(w)];
}

/* Only the port's rows are needed. */
static struct extent extent_of(const struct packet *p)
{
	struct extent e = { .lo = p->port, .hi = p->port };

	e.l4[p->l4] = true;
	return e;
}

static bool ask(struct whos *w, struct table *t, const struct packet *p, struct fail *f)
{
	struct who_asker asker = { 0 };
	bool ok;

	if (!t->here)
		return fail_set(f, ST_NOMODULE, "who gets a packet can be asked inside the network "
				"namespace alone, which takes root");
	ok = whos_ask(w, &asker, t, p, f);
	who_asker_close(&asker);
	if (!ok)
		return false;
	source_hint_lookup(t);
	if (t->source != SOURCE_MODULE)
		t->source = SOURCE_DIAG;
	f->text[0] = '\0';
	return true;
}

enum status who(const struct options *o, struct fail *f)
{
	struct table t = { 0 };
	struct request r;
	struct whos w = { 0 };
	enum status status;
	bool ok = parse(&r, o, f);

	if (ok) {
		t.only = extent_of(&r.packet);
		ok = source_load(o, &t, f) && ask(&w, &t, &r.packet, f);
	}
	status = ok ? say(o, &r, &t, &w) : f->status;
	whos_free(&w);
	target_free(&r.target);
	target_free(&r.from);
	table_free(&t);
	return status;
}
