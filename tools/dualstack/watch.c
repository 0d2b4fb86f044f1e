// SPDX-License-Identifier: GPL-2.0-only
/* --watch: two snapshots side by side, and what differs between them. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "netns.h"
#include "out.h"
#include "source.h"
#include "watch.h"

/*
 * The interval is a promise (what lives longer than it is seen), a timer is none: waking up a bit
 * early keeps two snapshots within it when the machine is busy.
 */
#define MARGIN 0.9

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

struct watcher {
	const struct options *o;
	struct str line;
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

/* What is the same socket in two snapshots; inode 0 (no file) falls back on its place. */
static int cmp_identity(const struct row *a, const struct row *b)
{
	struct row x = *a, y = *b;

	if (x.netns == y.netns && x.inode != y.inode)
		return x.inode < y.inode ? -1 : 1;
	return row_cmp(&x, &y);
}

static int cmp_rows(const void *a, const void *b)
{
	return cmp_identity(a, b);
}

/* Names are others' to choose: without blanks, what differs can be told apart. */
static void put_change(struct str *out, const char *what, const char *from, const char *to)
{
	if (!strcmp(from, to))
		return;
	str_addf(out, " %s:", what);
	escape(out, from, ESC_RAW);
	str_adds(out, "->");
	escape(out, to, ESC_RAW);
}

static void put_number(struct str *out, const char *what, uint64_t from, uint64_t to)
{
	char a[24], b[24];

	u64_text(a, from);
	u64_text(b, to);
	put_change(out, what, a, b);
}

static void put_flag(struct str *out, const char *what, const struct row *a, const struct row *b,
		     uint32_t bit)
{
	put_number(out, what, !!(a->has & bit), !!(b->has & bit));
}

static void put_owners(struct str *out, const struct row *a, const struct row *b)
{
	struct str from = { 0 }, to = { 0 };

	str_reset(&from);
	str_reset(&to);
	if (!process_text(a, SIZE_MAX, &from))
		str_addc(&from, '-');
	if (!process_text(b, SIZE_MAX, &to))
		str_addc(&to, '-');
	put_change(out, "processes", from.s, to.s);
	str_free(&from);
	str_free(&to);
}

/*
 * What differs and matters; queues fill and empty all the time. Servers fork all the time as well:
 * who holds a socket is a change for one who asked to see it.
 */
static void changes(const struct watcher *w, struct str *out, const struct row *a,
		    const struct row *b)
{
	bool asked = w->o->processes || w->o->columns;

	str_reset(out);
	put_change(out, "proto", proto_name(a), proto_name(b));
	put_change(out, "v4", verdict_name(a->v4), verdict_name(b->v4));
	put_change(out, "v6", verdict_name(a->v6), verdict_name(b->v6));
	put_number(out, "uid", a->uid, b->uid);
	put_change(out, "dev", a->dev ? a->dev : "-", b->dev ? b->dev : "-");
	put_number(out, "group", a->has & HAS_GROUP ? a->group : 1,
		   b->has & HAS_GROUP ? b->group : 1);
	put_number(out, "v4by", a->v4by, b->v4by);
	put_number(out, "v6by", a->v6by, b->v6by);
	put_flag(out, "bpf", a, b, HAS_BPF);
	put_flag(out, "transparent", a, b, HAS_TRANSPARENT);
	put_flag(out, "freebind", a, b, HAS_FREEBIND);
	if (asked && columns_need(&w->o->print.columns) & NEED_OWNERS)
		put_owners(out, a, b);
}

static void put_json(struct watcher *w, const char *event, const struct row *r, const char *diff)
{
	str_addf(&w->line, "{\"time\": \"%s\", \"event\": \"%s\", ", w->stamp, event);
	str_adds(&w->line, "\"changed\": ");
	if (diff) {
		str_addc(&w->line, '"');
		escape(&w->line, diff + 1, ESC_JSON);
		str_adds(&w->line, "\", \"listener\": ");
	} else {
		str_adds(&w->line, "null, \"listener\": ");
	}
	json_row(&w->line, &w->o->print.columns, r);
	str_addc(&w->line, '}');
}

static void put_text(struct watcher *w, char sign, const struct row *r, const char *diff)
{
	const struct columns *cols = &w->o->print.columns;
	struct cell c = { 0 };
	size_t k;

	str_addf(&w->line, "%s %c", w->stamp, sign);
	for (k = 0; k < cols->n; k++) {
		str_addc(&w->line, ' ');
		escape(&w->line, cell_text(cols->list[k], r, &c), ESC_RAW);
	}
	if (diff)
		str_addf(&w->line, " (%s)", diff + 1);
	str_free(&c.buf);
}

static void event(struct watcher *w, char sign, const struct row *r, const char *diff)
{
	const char *name = sign == '+' ? "come" : sign == '-' ? "gone" : sign == '~' ? "changed" :
			   "there";

	str_reset(&w->line);
	if (w->o->print.form == FORM_JSON)
		put_json(w, name, r, diff);
	else
		put_text(w, sign, r, diff);
	puts(w->line.s);
}

/* Both are sorted by identity: one pass side by side. */
static void compare(struct watcher *w, const struct table *old, const struct table *now)
{
	struct str diff = { 0 };
	size_t i = 0, k = 0;
	int c;

	while (i < old->n || k < now->n) {
		if (i == old->n)
			c = 1;
		else if (k == now->n)
			c = -1;
		else
			c = cmp_identity(&old->rows[i], &now->rows[k]);
		if (c < 0) {
			event(w, '-', &old->rows[i++], NULL);
		} else if (c > 0) {
			event(w, '+', &now->rows[k++], NULL);
		} else {
			changes(w, &diff, &old->rows[i++], &now->rows[k]);
			if (diff.len)
				event(w, '~', &now->rows[k], diff.s);
			k++;
		}
	}
	str_free(&diff);
}

/* A row that is selected no longer has gone, as far as this watcher is concerned. */
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
 * False: nobody reads any more. That is noticed at once and not at the next line, which may never
 * come: in `dualstack --watch | grep -m 1 ...` the shell waits for both.
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
		/* no event was asked for: what is told is an error */
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

static bool first(struct watcher *w, struct table *t, struct fail *f)
{
	size_t i;

	if (!snapshot(w, t, f))
		return false;
	source_hint(t);
	for (i = 0; i < t->n; i++)
		event(w, '=', &t->rows[i], NULL);
	sort(t);
	return !fflush(stdout);
}

enum status watch(const struct options *o, struct fail *f)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct watcher w = { .o = o };
	struct table old = { 0 }, now = { 0 };
	struct timespec at;
	bool ok;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	clock_gettime(CLOCK_MONOTONIC, &at);
	ok = first(&w, &old, f);
	while (ok && !stop) {
		advance(&at, o->interval * MARGIN);
		if (!sleep_until(&at)) {
			raise(SIGPIPE);
			fail_set(f, ST_OTHER, "write error: %s", strerror(EPIPE));
			break;
		}
		if (stop)
			break;
		ok = snapshot(&w, &now, f);
		if (!ok)
			break;
		sort(&now);
		compare(&w, &old, &now);
		table_free(&old);
		old = now;
		memset(&now, 0, sizeof(now));
		ok = !fflush(stdout);
	}
	table_free(&old);
	table_free(&now);
	str_free(&w.line);
	return f->text[0] ? f->status : ST_OK;
}
