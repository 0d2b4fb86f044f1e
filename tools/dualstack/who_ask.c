// SPDX-License-Identifier: GPL-2.0-only
/* Asks who gets a packet: the module by /proc/net/dualstack_ask, or else sock_diag(7). */
#include <arpa/inet.h>
#include <stdlib.h>

#include "ask.h"
#include "fail.h"
#include "who_answer.h"
#include "who_ask.h"
#include "who_diag.h"

static void put_addr(struct str *out, const struct prefix *addr)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(addr->af, addr->bytes, text, sizeof(text));
	str_adds(out, text);
}

static void put_question(struct str *out, const struct packet *p)
{
	const char *dev = packet_device(p);

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
	line = whos_add(w);
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

/* Modifies @text. */
static bool parse(struct whos *w, char *text, struct fail *f)
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

bool whos_ask(struct whos *w, struct who_asker *a, const struct table *t,
	      const struct packet *p, struct fail *f)
{
	struct str question = { 0 }, answer = { 0 };
	bool ok;

	memset(w, 0, sizeof(*w));
	if (t->source != SOURCE_MODULE)
		return whos_ask_diag(w, a, t, p, f);
	put_question(&question, p);
	ok = ask_module(question.s, &answer, f) && parse(w, answer.s, f);
	str_free(&question);
	str_free(&answer);
	return ok;
}
