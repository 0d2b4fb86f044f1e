// SPDX-License-Identifier: GPL-2.0-only
/* --watch: compares each snapshot with the one before, and prints the differences. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "fail.h"
#include "netns.h"
#include "out.h"
#include "owners.h"
#include "source.h"
#include "watch.h"

/*
 * A row that exists longer than the interval must be seen, but a timer may be late on a busy
 * machine. So wake up a bit early.
 */
#define MARGIN 0.9

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	stop = sig;
}

/* The differences between two rows of one socket, as text and as JSON. */
struct diff {
	struct str text, json;
};

struct watcher {
	const struct options *o;
	const struct table *table;	/* the table of the row that is printed */
	struct str line;
	struct diff diff;
	char stamp[48];
};

/* Local time with its offset from UTC: 2026-11-21T18:04:05.123+0100. */
static void set_stamp(struct watcher *w)
{
	struct timespec ts;
	struct tm tm;
	char day[24], zone[8];

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(w->stamp, sizeof(w->stamp), "%s.%03ld%s", day, ts.tv_nsec / 1000000, zone);
}

/*
 * Compares the identity of sockets in two snapshots: inode, then address, port and so on. A socket
 * with an inode stays the same if SO_BINDTODEVICE binds it to another device.
 */
static int cmp_identity(const struct row *a, const struct row *b)
{
	struct row x = *a, y = *b;

	if (x.netns == y.netns && x.inode != y.inode)
		return x.inode < y.inode ? -1 : 1;
	if (x.inode && y.inode) {
		x.dev = NULL;
		y.dev = NULL;
	}
	return row_cmp(&x, &y);
}

static int cmp_rows(const void *a, const void *b)
{
	return cmp_identity(a, b);
}

static void put_text_change(struct diff *d, const char *what, const char *from, const char *to)
{
	str_addf(&d->text, "%s%s:%s->%s", d->text.len ? " " : "", what, from, to);
}

static void put_json_change(struct diff *d, const char *what, const char *from, const char *to)
{
	str_addf(&d->json, "%s\"%s\": {\"from\": %s, \"to\": %s}", d->json.len ? ", " : "", what,
		 from, to);
}

/* Escapes blanks, or makes a JSON string; an absent value is "-", or null. */
static void escaped(struct str *out, const char *s, enum escape how)
{
	str_reset(out);
	if (how == ESC_JSON && s)
		json_string(out, s);
	else if (how == ESC_JSON)
		str_adds(out, "null");
	else
		escape(out, s ? s : "-", how);
}

/* Others choose the names, so blanks in them are escaped: blanks separate the differences. */
static void put_change(struct diff *d, const char *what, const char *from, const char *to)
{
	struct str a = { 0 }, b = { 0 };

	if (from == to || (from && to && !strcmp(from, to)))
		return;
	escaped(&a, from, ESC_RAW);
	escaped(&b, to, ESC_RAW);
	put_text_change(d, what, a.s, b.s);
	escaped(&a, from, ESC_JSON);
	escaped(&b, to, ESC_JSON);
	put_json_change(d, what, a.s, b.s);
	str_free(&a);
	str_free(&b);
}

/* The number as JSON, which is a string if it is too big for a double. */
static void number_text(char *buf, uint64_t n)
{
	struct str text = { 0 };

	json_number(&text, n);
	snprintf(buf, 24, "%s", text.s);
	str_free(&text);
}

static void put_number(struct diff *d, const char *what, uint64_t from, uint64_t to)
{
	char a[24], b[24];

	if (from == to)
		return;
	u64_text(a, from);
	u64_text(b, to);
	put_text_change(d, what, a, b);
	number_text(a, from);
	number_text(b, to);
	put_json_change(d, what, a, b);
}

/* v4by and v6by: the inode of a socket; 0: none. */
static void put_rival(struct diff *d, const char *what, uint64_t from, uint64_t to)
{
	char a[24], b[24];

	if (from == to)
		return;
	u64_text(a, from);
	u64_text(b, to);
	put_text_change(d, what, a, b);
	number_text(a, from);
	number_text(b, to);
	put_json_change(d, what, from ? a : "null", to ? b : "null");
}

static void put_flag(struct diff *d, const char *what, const struct row *a, const struct row *b,
		     uint32_t bit)
{
	if ((a->has ^ b->has) & bit) {
		put_text_change(d, what, a->has & bit ? "1" : "0", b->has & bit ? "1" : "0");
		put_json_change(d, what, a->has & bit ? "true" : "false",
				b->has & bit ? "true" : "false");
	}
}

static void put_owners(struct diff *d, const struct row *a, const struct row *b)
{
	struct str from = { 0 }, to = { 0 };
	bool f, t;

	f = process_text(a, SIZE_MAX, ESC_RAW, &from);
	t = process_text(b, SIZE_MAX, ESC_RAW, &to);
	if (f != t || (f && strcmp(from.s, to.s)))
		put_text_change(d, "processes", f ? from.s : "-", t ? to.s : "-");
	str_reset(&from);
	str_reset(&to);
	str_adds(&from, f ? "\"" : "null");
	str_adds(&to, t ? "\"" : "null");
	process_text(a, SIZE_MAX, ESC_JSON, &from);
	process_text(b, SIZE_MAX, ESC_JSON, &to);
	str_adds(&from, f ? "\"" : "");
	str_adds(&to, t ? "\"" : "");
	if (strcmp(from.s, to.s))
		put_json_change(d, "processes", from.s, to.s);
	str_free(&from);
	str_free(&to);
}

/*
 * Collects differences that matter. Queues do not, since they change all the time. Servers fork all
 * the time, too, so owners matter only if the user asked to see them.
 */
static void changes(struct watcher *w, const struct row *a, const struct row *b)
{
	bool asked = w->o->processes || w->o->n_columns;
	struct diff *d = &w->diff;

	str_reset(&d->text);
	str_reset(&d->json);
	put_change(d, "proto", proto_name(a), proto_name(b));
	put_change(d, "v4", verdict_name(a->v4), verdict_name(b->v4));
	put_change(d, "v6", verdict_name(a->v6), verdict_name(b->v6));
	put_number(d, "uid", a->uid, b->uid);
	put_change(d, "dev", a->dev, b->dev);
	put_number(d, "group", a->has & HAS_GROUP ? a->group : 1,
		   b->has & HAS_GROUP ? b->group : 1);
	put_rival(d, "v4by", a->v4by, b->v4by);
	put_rival(d, "v6by", a->v6by, b->v6by);
	put_flag(d, "bpf", a, b, HAS_BPF);
	put_flag(d, "transparent", a, b, HAS_TRANSPARENT);
	put_flag(d, "freebind", a, b, HAS_FREEBIND);
	if (asked && columns_need(&w->o->print.columns) & NEED_OWNERS)
		put_owners(d, a, b);
}

static void put_json(struct watcher *w, const char *event, const struct row *r, bool changed)
{
	json_head(&w->line, w->table);
	str_addf(&w->line, "\"time\": \"%s\", \"event\": \"%s\", \"changed\": ", w->stamp, event);
	if (changed)
		str_addf(&w->line, "{%s}", w->diff.json.s);
	else
		str_adds(&w->line, "null");
	str_adds(&w->line, ", \"listener\": ");
	json_row(&w->line, &w->o->print.columns, w->table, r);
	str_addc(&w->line, '}');
}

/* The width of a column on a terminal, which fits most rows. */
static size_t column_width(const struct column *col)
{
	size_t heading = strlen(col->name), usual = 5;

	if (col->traits & COL_LAST)
		return 0;
	if (col->traits & COL_VERDICT)
		usual = 8;
	else if (!strcmp(col->name, "address"))
		usual = 20;
	return heading > usual ? heading : usual;
}

static void put_padded(struct str *out, const struct column *col, const struct str *cell,
		       const char *color)
{
	size_t width = column_width(col), has = text_width(cell->s, cell->len);
	size_t fill = width > has ? width - has : 0;

	if (col->type == T_NUMBER)
		str_addf(out, "%*s", (int)fill, "");
	if (color)
		str_addf(out, "\033[%sm%s\033[0m", color, cell->s);
	else
		str_adds(out, cell->s);
	if (col->type != T_NUMBER)
		str_addf(out, "%*s", (int)fill, "");
}

static void put_text(struct watcher *w, char sign, const struct row *r, bool changed)
{
	const struct print *p = &w->o->print;
	struct cell c = { .table = w->table, .how = ESC_RAW };
	struct str cell = { 0 };
	size_t k;

	str_addf(&w->line, "%s %c", w->stamp, sign);
	for (k = 0; k < p->columns.n; k++) {
		const struct column *col = p->columns.list[k];

		str_addc(&w->line, ' ');
		if (!p->terminal) {
			put_cell(&w->line, col, r, &c);
			continue;
		}
		str_reset(&cell);
		put_cell(&cell, col, r, &c);
		put_padded(&w->line, col, &cell, p->color && col->traits & COL_VERDICT ?
			   verdict_sgr(c.number) : NULL);
	}
	if (changed)
		str_addf(&w->line, " (%s)", w->diff.text.s);
	str_free(&cell);
	str_free(&c.buf);
}

static void put_headings(struct watcher *w)
{
	const struct print *p = &w->o->print;
	struct str cell = { 0 };
	size_t k, i;

	str_reset(&w->line);
	str_addf(&w->line, "%-28s  ", "TIME");
	for (k = 0; k < p->columns.n; k++) {
		const struct column *col = p->columns.list[k];

		str_reset(&cell);
		for (i = 0; col->name[i]; i++)
			str_addc(&cell, toupper((unsigned char)col->name[i]));
		str_addc(&w->line, ' ');
		put_padded(&w->line, col, &cell, NULL);
	}
	out_line(w->line.s);
	str_free(&cell);
}

static void event(struct watcher *w, char sign, const struct row *r)
{
	const char *name = sign == '+' ? "come" : sign == '-' ? "gone" : sign == '~' ? "changed" :
			   "there";

	str_reset(&w->line);
	if (w->o->print.form == FORM_JSON)
		put_json(w, name, r, sign == '~');
	else
		put_text(w, sign, r, sign == '~');
	out_line(w->line.s);
}

/* Both tables are sorted by identity, so one pass over both is enough. */
static void compare(struct watcher *w, const struct table *old, const struct table *now)
{
	size_t i = 0, k = 0;
	int c;

	while (i < old->n || k < now->n) {
		if (i == old->n)
			c = 1;
		else if (k == now->n)
			c = -1;
		else
			c = cmp_identity(&old->rows[i], &now->rows[k]);
		w->table = c < 0 ? old : now;
		if (c < 0) {
			event(w, '-', &old->rows[i++]);
		} else if (c > 0) {
			event(w, '+', &now->rows[k++]);
		} else {
			changes(w, &old->rows[i++], &now->rows[k]);
			if (w->diff.text.len)
				event(w, '~', &now->rows[k]);
			k++;
		}
	}
}

/* Loads a snapshot of the selected rows. A row that is not selected any more counts as gone. */
static bool snapshot(struct watcher *w, struct table *t, struct fail *f)
{
	cgroup_forget();
	netns_forget();
	if (!load_selected(w->o, columns_need(&w->o->print.columns), t, f))
		return false;
	set_stamp(w);
	return true;
}

static void sort(struct table *t)
{
	if (t->n)
		qsort(t->rows, t->n, sizeof(*t->rows), cmp_rows);
}

/*
 * Returns false as soon as nobody reads the output any more. Otherwise the shell would wait in
 * `dualstack --watch | grep -m 1 ...` until the next line is written, which may be never.
 */
static bool sleep_until(const struct timespec *at)
{
	struct pollfd out = { .fd = STDOUT_FILENO };
	struct timespec now;
	long long ms;

	while (!stop) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		ms = (at->tv_sec - now.tv_sec) * 1000LL + (at->tv_nsec - now.tv_nsec) / 1000000;
		if (ms <= 0)
			break;
		/* poll() is called without events, so it only reports errors */
		if (poll(&out, 1, ms < INT_MAX ? ms : INT_MAX) > 0)
			return false;
	}
	return true;
}

static void advance(struct timespec *at, double seconds)
{
	struct timespec now;

	at->tv_sec += seconds;
	at->tv_nsec += (seconds - (time_t)seconds) * 1e9;
	at->tv_sec += at->tv_nsec / 1000000000;
	at->tv_nsec %= 1000000000;
	/* after a suspend or a slow snapshot: do not catch up in a burst */
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > at->tv_sec || (now.tv_sec == at->tv_sec && now.tv_nsec > at->tv_nsec))
		*at = now;
}

/* Without verdicts, a watcher that selects by a verdict would wait for ever. */
static bool blind(const struct table *t, const struct options *o, struct fail *f)
{
	if (t->source != SOURCE_SETTINGS || !select_by_verdict(&o->select))
		return false;
	fail_set(f, ST_NOMODULE, "verdicts are not known: %s", source_remedy());
	return true;
}

static bool first(struct watcher *w, struct table *t, struct fail *f)
{
	const struct print *p = &w->o->print;
	size_t i;

	if (!snapshot(w, t, f) || blind(t, w->o, f))
		return false;
	source_hint(t);
	if (p->terminal && p->form == FORM_TABLE && !p->no_header)
		put_headings(w);
	w->table = t;
	for (i = 0; i < t->n; i++)
		event(w, '=', &t->rows[i]);
	if (!t->n && p->terminal)
		complain("watching; no socket matches yet (seconds: --watch=5)");
	sort(t);
	return out_flush();
}

static void watch_on(struct watcher *w, struct table *old, struct fail *f)
{
	struct table now = { 0 };
	struct timespec at;
	bool ok = true;

	clock_gettime(CLOCK_MONOTONIC, &at);
	while (ok && !stop) {
		advance(&at, w->o->interval * MARGIN);
		if (!sleep_until(&at)) {
			raise(SIGPIPE);
			fail_set(f, ST_OTHER, "write error: %s", strerror(EPIPE));
			break;
		}
		if (stop)
			break;
		ok = snapshot(w, &now, f);
		if (!ok)
			break;
		sort(&now);
		compare(w, old, &now);
		table_free(old);
		*old = now;
		memset(&now, 0, sizeof(now));
		ok = out_flush();
	}
	table_free(&now);
}

enum status watch(const struct options *o, struct fail *f)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct watcher w = { .o = o };
	struct table old = { 0 };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	if (first(&w, &old, f))
		watch_on(&w, &old, f);
	table_free(&old);
	str_free(&w.line);
	str_free(&w.diff.text);
	str_free(&w.diff.json);
	/* die of ^C, so that a shell's loop around this program ends, too */
	if (stop == SIGINT && out_flush()) {
		signal(SIGINT, SIG_DFL);
		raise(SIGINT);
	}
	return f->text[0] ? f->status : ST_OK;
}
