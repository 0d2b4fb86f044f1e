// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds who serves a port, from the port's rows. For one address the rows do not always tell. The
 * verdict of a socket that is bound to the address is enough. Whether a wildcard socket gets the
 * packets depends on where the address is assigned, and if a socket is bound to a device, also on
 * where a packet comes in. If the rows do not tell, the answer is ANSWER_UNKNOWN, with the reason.
 * service_ask() asks the kernel instead, where it can.
 */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "place.h"
#include "serve.h"
#include "who_answer.h"
#include "who_ask.h"

enum answer row_answer(const struct row *r, bool v6)
{
	enum verdict v = v6 ? r->v6 : r->v4;

	if (!verdict_reached(v) || r->subflows == SUBFLOWS_ONLY)
		return ANSWER_NO;
	if (r->subflows == SUBFLOWS_PERHAPS)
		return ANSWER_UNKNOWN;
	/* one of several sockets that look alike gets the packets: this is enough for a port */
	return v != V_UNKNOWN || r->alike & (v6 ? FAM6 : FAM4) ? ANSWER_YES : ANSWER_UNKNOWN;
}

/* Why a listener of MPTCP's path manager does not serve, or may not serve; NULL: there is none. */
static const char *subflows_why(const struct service *s)
{
	const char *why = NULL;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->rows[i]->subflows == SUBFLOWS_ONLY)
			return "a listener of MPTCP's path manager refuses new connections";
		if (s->rows[i]->subflows == SUBFLOWS_PERHAPS)
			why = "its process is not visible: it may be a listener of MPTCP's path "
			      "manager, which refuses new connections";
	}
	return why;
}

static bool is_loopback(const struct prefix *addr)
{
	static const unsigned char loopback[16] = { [15] = 1 };

	return addr->af == AF_INET ? addr->bytes[0] == 127 :
				     !memcmp(addr->bytes, loopback, sizeof(loopback));
}

/* Packets to loopback addresses come in only at lo. */
static bool device_fits(const struct row *r, const struct prefix *addr)
{
	bool lo = r->dev && !strcmp(r->dev, "lo");

	if (!r->dev)
		return true;
	if (*addr->zone)
		return !strcmp(r->dev, addr->zone);
	return !is_loopback(addr) || lo;
}

/* Whether the address alone tells if the row covers it, wherever the packet comes in. */
static bool device_settled(const struct row *r, const struct prefix *addr)
{
	return !r->dev || *addr->zone || is_loopback(addr);
}

/* Does the row's bind cover the address? 0.0.0.0 and :: stand for the wildcard. */
static bool covers(const struct row *r, const struct prefix *addr)
{
	bool v4 = addr->af == AF_INET;

	if (!device_fits(r, addr))
		return false;
	if (prefix_is_any(addr))
		return r->addr->any && (v4 ? r->families & FAM4 :
					     r->addr->af == AF_INET6 && !r->addr->mapped);
	if (r->addr->any)
		return r->families & (v4 ? FAM4 : FAM6);
	return prefix_holds(addr, r->addr);
}

static void add(const struct row ***rows, size_t *n, const struct row *r)
{
	/* there is room for a power of two, which doubles when it is used up */
	if (!(*n & (*n - 1)))
		*rows = xrealloc(*rows, *n ? *n * 2 : 1, sizeof(**rows));
	(*rows)[(*n)++] = r;
}

static void improve(enum answer *best, enum answer a)
{
	if (a == ANSWER_YES || (a == ANSWER_UNKNOWN && *best == ANSWER_NO))
		*best = a;
}

/* For any address: one socket that packets reach is enough. */
static void answer_any(struct service *s, enum scope scope)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (row_scope(s->rows[i]) < scope)
			continue;
		improve(&s->v4, row_answer(s->rows[i], false));
		improve(&s->v6, row_answer(s->rows[i], true));
	}
	if (s->v4 != ANSWER_YES && s->v6 != ANSWER_YES)
		s->why = subflows_why(s);
	if (s->why)
		return;
	if (s->v4 == ANSWER_UNKNOWN || s->v6 == ANSWER_UNKNOWN)
		s->why = "the verdict of a socket is '?'";
}

static enum verdict verdict_of(const struct row *r, const struct prefix *addr)
{
	return addr->af == AF_INET ? r->v4 : r->v6;
}

/* Decides by the sockets bound to the address itself. Returns false if they do not decide it. */
static bool by_exact(struct service *s, const struct prefix *addr, enum answer *out)
{
	bool noaddr = false, other = false;	/* other: another socket may get its packets */
	enum answer best = ANSWER_NO;
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct row *r = s->rows[i];

		if (r->addr->any || !device_settled(r, addr)) {
			other |= !device_settled(r, addr);
			continue;
		}
		improve(&best, row_answer(r, addr->af == AF_INET6));
		noaddr |= verdict_of(r, addr) == V_NOADDR;
		other |= verdict_of(r, addr) == V_SHADOWED;
	}
	if (best == ANSWER_NO && noaddr && !other)
		s->why = "the address is not assigned here, or can't be reached";
	if (best == ANSWER_UNKNOWN)
		s->why = "the verdict of its socket is '?'";
	if (best != ANSWER_YES && subflows_why(s))
		s->why = subflows_why(s);
	*out = best;
	return best != ANSWER_NO || (noaddr && !other);
}

/* Decides by wildcard sockets: they get packets to local addresses without a more specific bind. */
static enum answer by_wildcard(struct service *s, const struct wanted *w)
{
	bool wildcard = false, reached = false, unknown = false, device = false;
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct row *r = s->rows[i];
		enum answer answer = row_answer(r, w->addr->af == AF_INET6);
		enum verdict v = verdict_of(r, w->addr);

		if (!device_settled(r, w->addr)) {
			device |= v != V_NOADDR;
		} else if (r->addr->any) {
			wildcard = true;
			reached |= answer == ANSWER_YES;
			/* a UDP socket with a stale peer: its row does not show what it gets */
			unknown |= answer == ANSWER_UNKNOWN ||
				   (v == V_PARTIAL && w->l4 == L4_UDP && s->n == 1);
		}
	}
	if ((wildcard || device) && w->place->local == ANSWER_NO) {
		s->why = w->place->why;
		return ANSWER_NO;
	}
	if (wildcard && w->place->local == ANSWER_UNKNOWN)
		s->why = w->place->why;
	else if (unknown)
		s->why = "the verdict of its socket is '?'";
	else if (wildcard && reached)
		return ANSWER_YES;
	else if (wildcard)
		s->why = "its packets go where no row tells";
	else if (device)
		s->why = "only a socket that is bound to a device covers the address: it depends "
			 "on where a packet comes in";
	return wildcard || device ? ANSWER_UNKNOWN : ANSWER_NO;
}

static void answer_address(struct service *s, const struct wanted *w)
{
	enum answer *out = w->addr->af == AF_INET ? &s->v4 : &s->v6;

	if (!by_exact(s, w->addr, out))
		*out = by_wildcard(s, w);
}

static int cmp_port(enum l4 l4, uint16_t port, const struct row *r)
{
	if (l4 != (enum l4)r->l4)
		return l4 < (enum l4)r->l4 ? -1 : 1;
	return (int)port - r->port;
}

static int cmp_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = cmp_port(x->l4, x->port, y);

	return c ? c : row_cmp(x, y);
}

void service_sort(struct table *t)
{
	size_t i;

	for (i = 1; i < t->n; i++)
		if (cmp_rows(&t->rows[i - 1], &t->rows[i]) > 0)
			break;
	if (i < t->n)
		qsort(t->rows, t->n, sizeof(*t->rows), cmp_rows);
}

void service_find(struct service *s, const struct table *t, const struct wanted *w)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = table_first(t, w->l4, w->port);
	     i < t->n && !cmp_port(w->l4, w->port, &t->rows[i]); i++) {
		if (!w->addr || covers(&t->rows[i], w->addr))
			add(&s->rows, &s->n, &t->rows[i]);
		else
			add(&s->others, &s->n_others, &t->rows[i]);
	}
	if (w->addr && !prefix_is_any(w->addr))
		answer_address(s, w);
	else
		answer_any(s, w->scope);
}

/*
 * Moves rows that get the packet to @rows, the port's other rows to @others. All sockets without a
 * file have inode 0: of these, only rows that cover the address are moved to @rows.
 */
static void sort_out(struct service *s, const struct whos *who)
{
	const struct row **all = NULL;
	size_t n = 0, covering = s->n, i;

	for (i = 0; i < s->n; i++)
		add(&all, &n, s->rows[i]);
	for (i = 0; i < s->n_others; i++)
		add(&all, &n, s->others[i]);
	s->n = 0;
	s->n_others = 0;
	free(s->rows);
	free(s->others);
	s->rows = NULL;
	s->others = NULL;
	for (i = 0; i < n; i++) {
		if ((all[i]->inode || i < covering) && whos_name(who, all[i]->inode))
			add(&s->rows, &s->n, all[i]);
		else
			add(&s->others, &s->n_others, all[i]);
	}
	free(all);
}

static void take_text(struct service *s, struct str *text)
{
	free(s->text);
	s->text = text->len ? text->s : NULL;
	s->why = s->text;
	if (!s->text)
		str_free(text);
}

/* A listener of MPTCP's path manager gets the packet of a new client, but refuses it. */
static enum answer beyond_subflows(struct service *s)
{
	enum answer best = ANSWER_NO;
	size_t i;

	for (i = 0; i < s->n; i++)
		improve(&best, s->rows[i]->subflows == SUBFLOWS_ONLY ? ANSWER_NO :
			s->rows[i]->subflows == SUBFLOWS_PERHAPS ? ANSWER_UNKNOWN : ANSWER_YES);
	if (best != ANSWER_YES)
		s->why = subflows_why(s);
	return best;
}

void service_ask(struct service *s, const struct table *t, const struct wanted *w)
{
	const struct packet packet = { .l4 = w->l4, .port = w->port, .addr = w->addr };
	enum answer *out;
	struct whos who;
	struct str text = { 0 };
	struct fail f = { 0 };

	service_find(s, t, w);
	if (!w->addr || prefix_is_any(w->addr) || !t->here || t->source == SOURCE_FILE)
		return;
	out = w->addr->af == AF_INET ? &s->v4 : &s->v6;
	if (whos_ask(&who, w->asker, t, &packet, &f)) {
		*out = whos_answer(&who);
		s->asked = true;
		sort_out(s, &who);
		whos_put_why(&text, &who);
	} else {
		/* do not fall back to the rows: for one address they do not always tell */
		*out = ANSWER_UNKNOWN;
		str_adds(&text, f.text);
	}
	whos_free(&who);
	take_text(s, &text);
	if (*out == ANSWER_YES)
		s->why = NULL;
	if (*out == ANSWER_YES && s->n)
		*out = beyond_subflows(s);
}

/* Does a bind() without options to @binder (NULL: dual-stack) fail beside this holder? */
static bool meets(const struct row *r, const struct prefix *binder)
{
	bool holder6 = r->addr->af == AF_INET6 && !r->addr->mapped;

	if (!binder || (binder->af == AF_INET6 && prefix_is_any(binder)))
		return true;
	if (binder->af == AF_INET6)
		return holder6 && (r->addr->any || prefix_holds(binder, r->addr));
	if (holder6)
		return r->families & FAM4;
	return r->addr->any || prefix_is_any(binder) || prefix_holds(binder, r->addr);
}

void service_find_holders(struct service *s, const struct table *t, const struct wanted *w)
{
	const char *zone = w->addr ? w->addr->zone : "";
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = table_first(t, w->l4, w->port);
	     i < t->n && !cmp_port(w->l4, w->port, &t->rows[i]); i++)
		if (meets(&t->rows[i], w->addr) &&
		    (!*zone || !t->rows[i].dev || !strcmp(zone, t->rows[i].dev)))
			add(&s->rows, &s->n, &t->rows[i]);
}

enum scope service_scope(const struct service *s)
{
	enum scope widest = SCOPE_COUNT, scope;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (row_answer(s->rows[i], false) == ANSWER_NO &&
		    row_answer(s->rows[i], true) == ANSWER_NO)
			continue;
		scope = row_scope(s->rows[i]);
		if (widest == SCOPE_COUNT || scope > widest)
			widest = scope;
	}
	return widest;
}

void service_free(struct service *s)
{
	free(s->rows);
	free(s->others);
	free(s->text);
	memset(s, 0, sizeof(*s));
}
