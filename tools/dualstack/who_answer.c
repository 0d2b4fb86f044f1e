// SPDX-License-Identifier: GPL-2.0-only
/* Who gets a packet: the lines of the answer, and the answer in plain words. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "owners.h"
#include "who_answer.h"

/* Limit of the sockets that one sentence names. */
#define NAMED	8

const char *packet_device(const struct packet *p)
{
	if (p->dev)
		return p->dev;
	return *p->addr->zone ? p->addr->zone : NULL;
}

/* ------------------------------------------------------------------ the answer */

struct who_line *whos_add(struct whos *w)
{
	w->list = grow(w->list, w->n, &w->room, sizeof(*w->list));
	memset(&w->list[w->n], 0, sizeof(*w->list));
	return &w->list[w->n++];
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

bool who_is_taken(const struct who_line *line)
{
	return is(line, "socket") || is(line, "group") || is(line, "connection") ||
	       is(line, "copy");
}

/* The line says that the answer is not known, or it has a word of a later module. */
static bool is_open(const struct who_line *line)
{
	return !who_is_taken(line) && !is(line, "nobody") && !is(line, "dropped") &&
	       !is(line, "noaddr");
}

enum answer whos_answer(const struct whos *w)
{
	bool open = false;
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (who_is_taken(&w->list[i]))
			return ANSWER_YES;
		open |= is_open(&w->list[i]);
	}
	return open ? ANSWER_UNKNOWN : ANSWER_NO;
}

bool whos_name(const struct whos *w, uint64_t inode)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (who_is_taken(&w->list[i]) && w->list[i].inode == inode)
			return true;
	return false;
}

/* Makes a row with only an inode for each line, since owners.c finds the processes of rows. */
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
		{ "vrf", "a packet of a VRF has two devices, and only the kernel module can ask "
			 "about both" },
		{ "copies", "only the kernel module can tell which groups a socket has joined, and "
			    "from which sources" },
		{ "rules", "a routing rule decides whether the address is local, and only the "
			   "kernel module can follow it" },
		{ "many", "its port has too many sockets" },
		{ "changed", "sockets came or went meanwhile" },
		{ "bpf", "a BPF program may drop it, or sockets came or went meanwhile" },
		{ "failed", "the kernel refused the question" },
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

/* Adds the sockets of lines @from to @to - 1, which have one answer at one device. */
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
	else if (!who_is_taken(line))
		str_addf(out, "not known: %s", why_text(line));
	if (!who_is_taken(line))
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
		if (line->dev && (several_devices(w) || packet_device(p)))
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
