// SPDX-License-Identifier: GPL-2.0-only
/* `dualstack who`: who gets a packet to an address and port. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "fail.h"
#include "out.h"
#include "owners.h"
#include "source.h"
#include "who.h"

/* Sockets that are named in one sentence. */
#define NAMED	8

/* ------------------------------------------------------------------ the question */

static void put_addr(struct str *out, const struct prefix *addr)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(addr->af, addr->bytes, text, sizeof(text));
	str_adds(out, text);
}

static const char *device_of(const struct packet *p)
{
	if (p->dev)
		return p->dev;
	return *p->addr->zone ? p->addr->zone : NULL;
}

static void put_question(struct str *out, const struct packet *p)
{
	const char *dev = device_of(p);

	str_addf(out, "who %s ", p->l4 == L4_TCP ? "tcp" : "udp");
	put_addr(out, p->addr);
	str_addf(out, " %u", p->port);
	if (dev)
		str_addf(out, " dev=%s", dev);
	if (p->from) {
		str_adds(out, " from=");
		put_addr(out, p->from);
	}
	if (p->from && p->fromport)
		str_addf(out, " fromport=%u", p->fromport);
}

/* ------------------------------------------------------------------ the answer */

enum field { C_DEV, C_ANSWER, C_PROTO, C_V6ONLY, C_UID, C_INODE, C_SOCKDEV, C_ADDRESS, N_COLUMNS };

static const char *const columns[N_COLUMNS] = {
	"dev", "answer", "proto", "v6only", "uid", "inode", "sockdev", "address",
};

static bool is_header(const struct fields *fields)
{
	size_t i;

	for (i = 0; i < N_COLUMNS; i++)
		if (i >= fields->n || strcmp(fields->list[i], columns[i]))
			return false;
	return true;
}

static char *copy(const char *text)
{
	return text && strcmp(text, "-") ? xstrdup(text) : NULL;
}

static bool add_line(struct whos *w, const struct fields *fields)
{
	char * const *column = fields->list;
	struct who_line *line;
	const char *cpu;
	uint64_t uid;

	if (fields->n < N_COLUMNS)
		return false;
	w->list = grow(w->list, w->n, &w->room, sizeof(*w->list));
	line = &w->list[w->n++];
	memset(line, 0, sizeof(*line));
	line->dev = copy(column[C_DEV]);
	line->answer = xstrdup(column[C_ANSWER]);
	line->proto = copy(column[C_PROTO]);
	line->sockdev = copy(column[C_SOCKDEV]);
	line->address = copy(column[C_ADDRESS]);
	line->why = copy(fields_value(fields, "why"));
	line->state = copy(fields_value(fields, "state"));
	line->v6only = column[C_V6ONLY][0] == '-' ? -1 : column[C_V6ONLY][0] == '1';
	line->has_uid = parse_u64(column[C_UID], strlen(column[C_UID]), UINT32_MAX, &uid);
	line->uid = line->has_uid ? uid : 0;
	if (!parse_u64(column[C_INODE], strlen(column[C_INODE]), UINT64_MAX, &line->inode))
		line->inode = 0;
	cpu = fields_value(fields, "cpu");
	line->cpu = cpu ? (int)fields_number(fields, "cpu") : -1;
	line->bpf = fields_number(fields, "bpf");
	line->filter = fields_number(fields, "filter");
	line->number = fields_number(fields, "chain") + fields_number(fields, "sockets") +
		       fields_number(fields, "devices");
	return true;
}

/* Writes into @text. */
bool whos_parse(struct whos *w, char *text, struct fail *f)
{
	bool header = true, ok = false;
	struct fields fields;
	char *save, *line;

	memset(w, 0, sizeof(*w));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		fields_split(&fields, line);
		if (!fields.n)
			continue;
		ok = header ? is_header(&fields) : add_line(w, &fields);
		header = false;
		if (!ok)
			break;
	}
	return (ok && w->n) || fail_set(f, ST_OTHER, ASK_FILE " makes no sense");
}

bool whos_ask(struct whos *w, const struct packet *p, struct fail *f)
{
	struct str question = { 0 }, answer = { 0 };
	bool ok;

	memset(w, 0, sizeof(*w));
	put_question(&question, p);
	ok = ask_module(question.s, &answer, f) && whos_parse(w, answer.s, f);
	str_free(&question);
	str_free(&answer);
	return ok;
}

void whos_free(struct whos *w)
{
	while (w->n) {
		struct who_line *line = &w->list[--w->n];

		free(line->dev);
		free(line->answer);
		free(line->proto);
		free(line->sockdev);
		free(line->address);
		free(line->why);
		free(line->state);
		free(line->process);
	}
	free(w->list);
	memset(w, 0, sizeof(*w));
}

static bool is(const struct who_line *line, const char *answer)
{
	return !strcmp(line->answer, answer);
}

static bool is_taken(const struct who_line *line)
{
	return is(line, "socket") || is(line, "group") || is(line, "connection") ||
	       is(line, "copy");
}

/* A word of a later module is one that is not known. */
static bool is_open(const struct who_line *line)
{
	return !is_taken(line) && !is(line, "nobody") && !is(line, "dropped") &&
	       !is(line, "noaddr");
}

enum answer whos_answer(const struct whos *w)
{
	bool open = false;
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (is_taken(&w->list[i]))
			return ANSWER_YES;
		open |= is_open(&w->list[i]);
	}
	return open ? ANSWER_UNKNOWN : ANSWER_NO;
}

bool whos_name(const struct whos *w, uint64_t inode)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (is_taken(&w->list[i]) && w->list[i].inode == inode)
			return true;
	return false;
}

/* By the inode alone: a row is what owners.c finds the processes of. */
void whos_processes(struct whos *w)
{
	struct table t = { 0 };
	struct str text = { 0 };
	size_t i;

	for (i = 0; i < w->n; i++)
		table_add(&t)->inode = w->list[i].inode;
	owners_walk(&t);
	for (i = 0; i < w->n; i++) {
		str_reset(&text);
		if (w->list[i].inode && process_text(&t.rows[i], 3, ESC_TABLE, &text))
			w->list[i].process = xstrdup(text.s);
	}
	str_free(&text);
	table_free(&t);
}

/* ------------------------------------------------------------------ in plain words */

static const char *why_text(const struct who_line *line)
{
	static const char * const texts[][2] = {
		{ "none", "no interface has the address" },
		{ "tentative", "the address is tentative still, or a duplicate" },
		{ "down", "the interface is down" },
		{ "other-vrf", "the address is in another VRF than the interface" },
		{ "loopback", "loopback is for this host alone" },
		{ "anycast", "TCP has no anycast" },
		{ "not-joined", "no interface has joined the group" },
		{ "cpu", "it depends on the CPU" },
	};
	size_t i;

	for (i = 0; line->why && i < ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i][0], line->why))
			return texts[i][1];
	return line->why ? line->why : "its port has too many sockets";
}

static void put_socket(struct str *out, const struct who_line *line, uint16_t port)
{
	bool v6 = line->address && strchr(line->address, ':');

	if (line->process)
		str_adds(out, line->process);
	else if (!line->has_uid)
		str_adds(out, "what is left of a connection");
	else if (line->inode && geteuid())
		str_addf(out, "a socket of uid %" PRIu32, line->uid);
	else
		str_adds(out, "a socket that no process has");
	str_addf(out, v6 ? " on [%s]" : " on %s", line->address ? line->address : "?");
	if (line->sockdev)
		str_addf(out, "%%%s", line->sockdev);
	str_addf(out, ":%u", port);
	if (line->cpu >= 0)
		str_addf(out, " (on CPU %d)", line->cpu);
	if (line->filter)
		str_adds(out, " (from some sources)");
}

/* Lines @from to @to - 1, of one answer at one device. */
static void put_sockets(struct str *out, const struct whos *w, size_t from, size_t to,
			uint16_t port)
{
	size_t i;

	for (i = from; i < to && i < from + NAMED; i++) {
		str_adds(out, i == from ? "" : ", ");
		put_socket(out, &w->list[i], port);
	}
	if (i < to)
		str_addf(out, " and %zu more", to - i);
}

static void put_run(struct str *out, const struct whos *w, size_t from, size_t to, uint16_t port)
{
	const struct who_line *line = &w->list[from];

	if (is(line, "nobody"))
		str_adds(out, "nobody gets it: no socket takes it");
	else if (is(line, "dropped"))
		str_adds(out, "nobody gets it: a BPF program drops it");
	else if (is(line, "noaddr"))
		str_addf(out, "nobody gets it: %s", why_text(line));
	else if (is(line, "more"))
		str_addf(out, "and %" PRIu64 " more", line->number);
	else if (!is_taken(line))
		str_addf(out, "not known: %s", why_text(line));
	if (!is_taken(line))
		return;
	if (is(line, "group"))
		str_addf(out, "one of %zu gets it%s: ", to - from, line->bpf ? ", as a BPF program "
			 "selects" : "");
	else if (is(line, "copy"))
		str_adds(out, to - from > 1 ? "a copy each get " : "a copy gets ");
	else if (is(line, "connection"))
		str_addf(out, "it belongs to a connection (%s) of ",
			 line->state ? line->state : "?");
	put_sockets(out, w, from, to, port);
	if (is(line, "socket"))
		str_adds(out, to - from > 1 ? " get it" : " gets it");
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool several_devices(const struct whos *w)
{
	return w->n && !same_text(w->list[0].dev, w->list[w->n - 1].dev);
}

void whos_put(struct str *out, const struct whos *w, const struct packet *p)
{
	size_t from, to;

	for (from = 0; from < w->n; from = to) {
		const struct who_line *line = &w->list[from];

		for (to = from + 1; to < w->n; to++)
			if (!same_text(line->dev, w->list[to].dev) ||
			    strcmp(line->answer, w->list[to].answer))
				break;
		str_adds(out, from ? "; " : "");
		if (line->dev && (several_devices(w) || device_of(p)))
			str_addf(out, "at %s ", line->dev);
		put_run(out, w, from, to, p->port);
	}
}

void whos_put_why(struct str *out, const struct whos *w)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (is(&w->list[i], "dropped"))
			str_adds(out, "a BPF program drops it");
		else if (is(&w->list[i], "noaddr") || is_open(&w->list[i]))
			str_adds(out, why_text(&w->list[i]));
		else
			continue;
		return;
	}
}

/* ------------------------------------------------------------------ the command */

/* What the words of the command say. */
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
	if (line->has_uid && is_taken(line))
		json_number(out, line->uid);
	else
		str_adds(out, "null");
	str_adds(out, ", \"inode\": ");
	if (line->has_uid && is_taken(line))
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

enum status who(const struct options *o, struct fail *f)
{
	struct table t = { 0 };
	struct request r;
	struct whos w = { 0 };
	enum status status;

	if (parse(&r, o, f) && source_load(o, &t, f)) {
		if (!t.here)
			fail_set(f, ST_NOMODULE, "who gets a packet can be asked inside the "
				 "network namespace alone, which takes root");
		else if (whos_ask(&w, &r.packet, f))
			f->text[0] = '\0';
	}
	status = f->text[0] ? f->status : say(o, &r, &t, &w);
	whos_free(&w);
	target_free(&r.target);
	target_free(&r.from);
	table_free(&t);
	return status;
}
