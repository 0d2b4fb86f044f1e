// SPDX-License-Identifier: GPL-2.0-only
/* `dualstack explain`: prints the answer about a port as paragraphs or as JSON. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "explain.h"
#include "fail.h"
#include "out.h"
#include "owners.h"
#include "place.h"
#include "servers.h"
#include "source.h"
#include "tell.h"
#include "who_diag.h"

#define INDENT 4
#define WIDTH 88

static const char *l4_name(enum l4 l4)
{
	return l4 == L4_TCP ? "TCP" : "UDP";
}

/* Prints a paragraph, broken at blanks. Lines after the first one are indented by @hang more. */
static void print_paragraph(const char *at, size_t indent, size_t hang)
{
	const char *end;
	size_t len;

	while (*at) {
		len = strlen(at);
		if (len > WIDTH) {
			for (end = at + WIDTH; end > at && *end != ' '; end--)
				;
			len = end > at ? (size_t)(end - at) : strcspn(at, " ");
		}
		outf("%*s%.*s\n", (int)indent, "", (int)len, at);
		at += len;
		at += strspn(at, " ");
		indent += hang;
		hang = 0;
	}
}

static void print_lines(const struct lines *l, size_t indent, size_t hang)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		print_paragraph(l->list[i], indent, hang);
}

static void put_heading(struct str *out, const struct table *t, const struct row *r,
			unsigned int members)
{
	const char *unit = cgroup_unit(t, r), *container = cgroup_container(t, r);

	str_addf(out, "%s ", proto_name(r));
	local_text(r, out);
	str_addf(out, ", inode %llu, user %s", (unsigned long long)r->inode, user_text(t, r->uid));
	if (r->n_owners || is_kernels(t, r)) {
		str_adds(out, ", held by ");
		put_holder(out, t, r);
	}
	if (unit) {
		str_adds(out, ", unit ");
		escape(out, unit, ESC_TABLE);
	}
	if (container) {
		str_adds(out, ", container ");
		escape(out, container, ESC_TABLE);
	}
	if (members == 2)
		str_adds(out, " (and the other of its group)");
	else if (members > 1)
		str_addf(out, " (and the %u others of its group)", members - 1);
}

/*
 * Number of sockets that the row stands for; 0 if a member of its group came before. The text is
 * the same for all members with the same verdicts.
 */
static unsigned int members(const struct question *q, size_t row)
{
	const struct row *r = q->found.rows[row], *other;
	size_t i;

	if (!(r->has & HAS_GROUP))
		return 1;
	for (i = 0; i < row; i++) {
		other = q->found.rows[i];
		if (row_same_group(r, other) && r->v4 == other->v4 && r->v6 == other->v6)
			return 0;
	}
	return r->group;
}

static void print_sockets(const struct question *q)
{
	struct lines text = { 0 }, advice = { 0 };
	struct str head = { 0 };
	unsigned int n;
	size_t i;

	for (i = 0; i < q->found.n; i++) {
		n = members(q, i);
		if (!n)
			continue;
		str_reset(&head);
		put_heading(&head, q->t, q->found.rows[i], n);
		outf("\n  %s\n", head.s);
		tell_socket(q, q->found.rows[i], &text);
		tell_change(q, q->found.rows[i], &advice);
		print_lines(&text, INDENT, 0);
		print_lines(&advice, INDENT, 2);
		lines_free(&text);
		lines_free(&advice);
	}
	str_free(&head);
}

static void put_title(struct str *out, const struct question *q)
{
	const struct prefix *addr = q->wanted.addr;
	char text[INET6_ADDRSTRLEN];

	if (!addr) {
		str_addf(out, "%s port %u", l4_name(q->wanted.l4), q->wanted.port);
		return;
	}
	inet_ntop(addr->af, addr->bytes, text, sizeof(text));
	str_addf(out, addr->af == AF_INET6 ? "%s [%s]" : "%s %s", l4_name(q->wanted.l4), text);
	if (*addr->zone)
		str_addf(out, "%%%s", addr->zone);
	str_addf(out, ":%u", q->wanted.port);
}

static void print_answer(struct question *q)
{
	struct lines nobody = { 0 }, nat = { 0 };
	struct str text = { 0 };
	int v6;

	put_title(&text, q);
	if (!q->found.n)
		str_adds(&text, q->nat.n ? ": no socket here serves it" : ": nobody serves it");
	out_line(text.s);
	for (v6 = 0; q->found.n && v6 < 2; v6++) {
		if (!q->family[v6])
			continue;
		str_reset(&text);
		tell_family(q, v6, &text);
		outf("  %s\n", text.s);
	}
	tell_nat(q, &nat);
	if (q->nat.n)
		out_line("  By the rules of nft or iptables, not asked of the kernel, before any "
			 "socket here:");
	print_lines(&nat, q->nat.n ? INDENT : 2, 2);
	lines_free(&nat);
	if (q->found.n)
		print_sockets(q);
	else
		tell_nobody(q, &nobody);
	print_lines(&nobody, INDENT, 0);
	lines_free(&nobody);
	str_free(&text);
}

static void put_lines(struct str *out, const char *name, const struct lines *l)
{
	size_t i;

	str_addf(out, "\"%s\": [", name);
	for (i = 0; i < l->n; i++) {
		str_adds(out, i ? ", " : "");
		json_string(out, l->list[i]);
	}
	str_addc(out, ']');
}

static void put_family(struct str *out, const struct question *q, bool v6)
{
	enum answer a = tell_served(q, v6);
	struct str text = { 0 };

	tell_family(q, v6, &text);
	str_addf(out, "{\"family\": \"IPv%c\", \"served\": %s, \"text\": ", v6 ? '6' : '4',
		 a == ANSWER_UNKNOWN ? "null" : a == ANSWER_YES ? "true" : "false");
	json_string(out, text.s);
	str_addc(out, '}');
	str_free(&text);
}

static void put_sockets(struct str *out, const struct question *q, const struct columns *cols)
{
	struct lines text = { 0 }, advice = { 0 };
	bool first = true;
	unsigned int n;
	size_t i;

	for (i = 0; i < q->found.n; i++) {
		n = members(q, i);
		if (!n)
			continue;
		tell_socket(q, q->found.rows[i], &text);
		tell_change(q, q->found.rows[i], &advice);
		str_addf(out, "%s{\"members\": %u, \"listener\": ", first ? "" : ",\n    ", n);
		json_row(out, cols, q->t, q->found.rows[i]);
		str_adds(out, ", ");
		put_lines(out, "text", &text);
		str_adds(out, ", ");
		put_lines(out, "advice", &advice);
		str_addc(out, '}');
		lines_free(&text);
		lines_free(&advice);
		first = false;
	}
}

static void put_member(struct str *out, const char *name, const char *text)
{
	str_addf(out, "\"%s\": ", name);
	if (text)
		json_string(out, text);
	else
		str_adds(out, "null");
}

static void put_nat(struct str *out, const struct nat_answers *nat)
{
	size_t i;

	str_adds(out, "\"nat\": [");
	for (i = 0; i < nat->n; i++) {
		const struct nat_answer *a = &nat->list[i];

		str_addf(out, "%s{\"family\": \"IPv%c\", ", i ? ", " : "",
			 a->family == FAM6 ? '6' : '4');
		put_member(out, "hook", a->hook == HOOK_OUTPUT ? "output" : "prerouting");
		str_adds(out, ", ");
		put_member(out, "to", a->to);
		str_adds(out, ", ");
		put_member(out, "holder", a->holder);
		str_adds(out, ", ");
		put_member(out, "where", a->where);
		str_adds(out, ", ");
		put_member(out, "chain", a->chain);
		str_adds(out, ", ");
		put_member(out, "text", a->text);
		str_addc(out, '}');
	}
	str_adds(out, "], ");
	put_member(out, "nat_unseen", nat->unseen);
	str_adds(out, ", ");
}

static void put_bind(struct str *out, const struct freed *r)
{
	struct str text = { 0 };

	str_adds(out, "\"bind\": ");
	if (!r) {
		str_adds(out, "null, ");
		return;
	}
	str_addf(out, "{\"free\": %s, ", r->answer == ANSWER_UNKNOWN ? "null" :
		 r->answer == ANSWER_YES ? "true" : "false");
	if (r->answer != ANSWER_YES)
		free_put(&text, r);
	put_member(out, "text", text.s);
	str_adds(out, "}, ");
	str_free(&text);
}

static void put_answer(struct str *out, const struct question *q, const struct columns *cols)
{
	struct lines nobody = { 0 };
	struct str title = { 0 };
	bool first = true;
	int v6;

	put_title(&title, q);
	str_addf(out, "{\"proto\": \"%s\", \"port\": %u, \"title\": ", q->wanted.l4 == L4_TCP ?
		 "tcp" : "udp", q->wanted.port);
	json_string(out, title.s);
	str_adds(out, ", \"families\": [");
	for (v6 = 0; v6 < 2; v6++) {
		if (!q->family[v6])
			continue;
		str_adds(out, first ? "" : ", ");
		put_family(out, q, v6);
		first = false;
	}
	if (!q->found.n)
		tell_nobody(q, &nobody);
	str_adds(out, "], ");
	put_nat(out, &q->nat);
	put_bind(out, q->bind);
	put_lines(out, "text", &nobody);
	str_adds(out, ", \"sockets\": [");
	put_sockets(out, q, cols);
	str_adds(out, "]}");
	lines_free(&nobody);
	str_free(&title);
}

static int read_bindv6only(const struct table *t)
{
	FILE *file = t->here ? fopen(sys_path("/proc/sys/net/ipv6/bindv6only"), "re") : NULL;
	int c = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	return c == '0' || c == '1' ? c - '0' : -1;
}

static void ask(struct question *q, const struct table *t, const struct target *target, enum l4 l4,
		struct place *place, struct who_asker *asker)
{
	const struct prefix *addr = target->has_addr ? &target->addr : NULL;
	bool concrete = addr && !prefix_is_any(addr);

	memset(q, 0, sizeof(*q));
	q->t = t;
	q->wanted = (struct wanted){
		.l4 = l4, .port = target->ports[0].lo, .addr = addr, .place = place,
		.scope = SCOPE_HOST, .asker = asker,
	};
	q->family[0] = !concrete || addr->af == AF_INET;
	q->family[1] = !concrete || addr->af == AF_INET6;
	q->bindv6only = read_bindv6only(t);
	service_ask(&q->found, t, &q->wanted);
	if (q->found.n)
		facts_load(&q->facts, t, l4, q->wanted.port);
}

/* If nobody serves a port, and no NAT rule redirects it: find out whether it is free to bind. */
static void ask_bind(struct question *q, struct freed *bind)
{
	struct freed *list[] = { bind };

	if (q->found.n || q->nat.n || !q->t->here)
		return;
	q->bind = bind;
	free_ask(bind, q->t->source, (enum ds_proto)q->wanted.l4, q->wanted.port, q->wanted.addr,
		 FREE_PLAIN);
	if (bind->in_the_way)
		free_processes(list, 1);
}

/* The output: each answer is a paragraph, or an object of JSON. */
struct report {
	const struct options *o;
	struct str json;
	struct nat nat;
	bool first;
};

static void report(struct report *r, struct question *q)
{
	bool json = r->o->print.form == FORM_JSON;

	if (json)
		str_adds(&r->json, r->first ? "\n  " : ",\n  ");
	else if (!r->first)
		out_line("");
	if (json)
		put_answer(&r->json, q, &r->o->print.columns);
	else
		print_answer(q);
	r->first = false;
}

/*
 * If the target names no protocol: answers for TCP, and for UDP only if a socket or a NAT rule gets
 * packets, or bind() would fail.
 */
static void answer_target(struct report *r, const struct table *t, const struct target *target)
{
	uint8_t protos = target->protos ? target->protos : PROTO_TCP | PROTO_UDP;
	struct who_asker asker = { 0 };
	struct place place = { 0 };
	struct freed bind = { 0 };
	struct question q;
	unsigned int l4;

	if (target->has_addr)
		place_find(&place, t, &target->addr);
	for (l4 = L4_TCP; l4 <= L4_UDP; l4++) {
		if (!(protos & (l4 == L4_TCP ? PROTO_TCP : PROTO_UDP)))
			continue;
		ask(&q, t, target, l4, &place, &asker);
		nat_find(&q.nat, &r->nat, l4, q.wanted.port, q.wanted.addr);
		ask_bind(&q, &bind);
		if (target->protos || q.found.n || q.nat.n || bind.in_the_way || l4 == L4_TCP)
			report(r, &q);
		freed_end(&bind);
		nat_answers_free(&q.nat);
		facts_free(&q.facts);
		service_free(&q.found);
	}
	who_asker_close(&asker);
}

static bool parse(const char *word, struct target *target, struct fail *f)
{
	if (!parse_target(word, strlen(word), target, f))
		return false;
	if (target->n_ports != 1 || target->ports[0].lo != target->ports[0].hi ||
	    (target->has_addr && !target->addr.single))
		return fail_set(f, ST_USAGE, "explain takes one port at a time, as in tcp/80 or "
				"[::1]:25, not '%.60s'", word);
	prefix_unmap(&target->addr);
	return true;
}

static void explain_all(const struct options *o, const struct table *t,
			const struct target *targets)
{
	struct report r = { .o = o, .first = true };
	size_t i;

	if (t->here)
		nat_load(&r.nat);
	if (o->print.form == FORM_JSON) {
		json_head(&r.json, t);
		str_adds(&r.json, "\"answers\": [");
	}
	for (i = 0; i < o->n_words; i++)
		answer_target(&r, t, &targets[i]);
	if (o->print.form == FORM_JSON) {
		str_adds(&r.json, "\n]}\n");
		out_bytes(r.json.s, r.json.len);
	}
	str_free(&r.json);
	nat_free(&r.nat);
}

enum status explain(const struct options *o, struct fail *f)
{
	struct target *targets = xcalloc(o->n_words, sizeof(*targets));
	struct table t = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < o->n_words; i++)
		ok = parse(o->words[i], &targets[i], f);
	ok = ok && source_load(o, &t, f) && (o->file || owners_load(&t, f));
	if (ok) {
		if (o->file)
			owners_mark_subflows(&t);
		source_hint(&t);
		service_sort(&t);
		explain_all(o, &t, targets);
	}
	for (i = 0; i < o->n_words; i++)
		target_free(&targets[i]);
	free(targets);
	table_free(&t);
	return ok ? ST_OK : f->status;
}
