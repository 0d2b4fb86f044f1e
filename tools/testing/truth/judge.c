// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares the table, and the reader's output without the module, with the packets: everything that
 * the ABI defines for a row.
 */

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "truth.h"

struct judging {
	struct world *w;
	struct round *r;
	struct table table;
	const char *who;	/* source of the rows, for messages */
	bool reader;		/* the reader, without the module */
	FILE *f;
	int wrong;
	int unknown;		/* verdicts that were `?` */
};

static void __attribute__((format(printf, 2, 3))) complain(struct judging *j, const char *fmt, ...)
{
	va_list ap;

	fprintf(j->f, "# MISMATCH ");
	va_start(ap, fmt);
	vfprintf(j->f, fmt, ap);
	va_end(ap);
	fprintf(j->f, "\n");
	j->wrong++;
}

static void check_text(struct judging *j, int i, const char *what, const char *got,
		       const char *want)
{
	if (strcmp(got, want))
		complain(j, "[%d] %s: %s says %s, should be %s", i, what, j->who, got, want);
}

static void check_number(struct judging *j, int i, const char *what, unsigned long got,
			 unsigned long want)
{
	if (got != want)
		complain(j, "[%d] %s: %s says %lu, should be %lu", i, what, j->who, got, want);
}

static void check_word(struct judging *j, int i, const struct row *row, const char *key,
		       const char *want)
{
	char buf[64];
	const char *got = row_word(row, key, buf, sizeof(buf));

	if (!got && !want)
		return;
	if (!got || !want || strcmp(got, want))
		complain(j, "[%d] word %s: %s says %s, should be %s", i, key, j->who,
			 got ? got : "nothing", want ? want : "nothing");
}

static void check_settings(struct judging *j, int i, const struct row *row)
{
	const struct sock *s = &j->r->socks[i];
	char buf[IP_TEXT_LEN];

	snprintf(buf, sizeof(buf), "%s%s%s", s->proto == P_TCP ? "tcp" : "udp",
		 sock_takes(s, 0) ? "4" : "", sock_takes(s, 1) ? "6" : "");
	check_text(j, i, "proto", row->proto, buf);
	check_number(j, i, "port", row->port, s->port);
	check_text(j, i, "v6only", row->v6only,
		   s->eff_af == AF_INET ? "-" : s->eff_v6only ? "1" : "0");
	check_number(j, i, "uid", row->uid, s->uid);
	check_text(j, i, "dev", row->dev, dev_name[s->eff_dev]);
	check_text(j, i, "address", row->address, ip_text(&s->ip, buf));
}

static void check_words(struct judging *j, int i, const struct row *row)
{
	const struct sock *s = &j->r->socks[i];
	int group = group_size(j->r, s), cpu = sock_cpu(s);
	char buf[32];

	snprintf(buf, sizeof(buf), "%d", group);
	check_word(j, i, row, "group", group > 1 ? buf : NULL);
	snprintf(buf, sizeof(buf), "%d", cpu);
	check_word(j, i, row, "cpu", cpu >= 0 ? buf : NULL);
	check_word(j, i, row, "bpf", s->bpf || j->r->bpf ? "1" : NULL);
	check_word(j, i, row, "freebind", s->freebind ? "1" : NULL);
	check_word(j, i, row, "transparent", s->transparent ? "1" : NULL);
	check_word(j, i, row, "mptcp", s->mptcp ? "1" : NULL);
	snprintf(buf, sizeof(buf), "%d", s->memberships);
	check_word(j, i, row, "mcast", s->memberships ? buf : NULL);
	check_word(j, i, row, "mcall", s->mcall_off ? "0" : NULL);
}

static bool differ_by_device(const struct sock *a, const struct sock *b)
{
	return a->row && b->row && a->proto == b->proto && a->port == b->port &&
	       ip_equal(&a->ip, &b->ip) && a->eff_dev != b->eff_dev;
}

/* Whether the port has an address on several devices: a group may have members on each. */
static bool may_be_spread(const struct round *r, const struct sock *s)
{
	for (int i = 0; i < r->nr_socks; i++)
		for (int k = 0; k < i; k++)
			if (r->socks[i].port == s->port && r->socks[i].proto == s->proto &&
			    differ_by_device(&r->socks[i], &r->socks[k]))
				return true;
	return false;
}

/*
 * To the reader a group of UDP sockets looks like sockets with SO_REUSEADDR: no group=. A group on
 * several devices looks like several groups: group= may be missing.
 */
static void check_reader_words(struct judging *j, int i, const struct row *row)
{
	const struct sock *s = &j->r->socks[i];
	int group = group_size(j->r, s);
	char buf[32];

	if (s->proto == P_UDP) {
		check_word(j, i, row, "group", NULL);
		return;
	}
	if (may_be_spread(j->r, s) && !row_word(row, "group", buf, sizeof(buf)))
		return;
	snprintf(buf, sizeof(buf), "%d", group);
	check_word(j, i, row, "group", group > 1 ? buf : NULL);
}

/* Whether @ino is a socket that got packets, or one of its reuseport group. */
static bool is_taker(const struct round *r, uint64_t takers, unsigned long ino)
{
	for (int i = 0; i < r->nr_socks; i++) {
		const struct sock *s = &r->socks[i];

		if (s->fd < 0 || s->ino != ino)
			continue;
		for (int k = 0; k < r->nr_socks; k++)
			if (takers & 1ull << k && (k == i || (s->gid >= 0 && s->proto ==
							      r->socks[k].proto &&
							      s->gid == r->socks[k].gid)))
				return true;
	}
	return false;
}

static void check_by(struct judging *j, int i, const struct row *row, int v6, char verdict)
{
	const struct sock *s = &j->r->socks[i];
	const char *key = v6 ? "v6by" : "v4by", *got;
	char buf[32];

	got = row_word(row, key, buf, sizeof(buf));
	if (verdict != 'x' && verdict != 'p') {
		if (got)
			complain(j, "[%d] %s: %s=%s beside %s", i, j->who, key, got,
				 verdict_word(verdict));
		return;
	}
	/* if sockets look the same, the reader names none */
	if (!got && s->takers[v6] && !j->reader)
		complain(j, "[%d] no %s, though others took its packets", i, key);
	else if (got && !is_taker(j->r, s->takers[v6], strtoul(got, NULL, 10)))
		complain(j, "[%d] %s: %s=%s, which took none of its packets", i, j->who, key, got);
}

/* The reader may always say `?` with a reason; its share is checked at the end. */
static void check_reader_unknown(struct judging *j, int i, const struct row *row, int v6,
				 struct tally *t)
{
	char buf[32];

	if (!row_word(row, "why", buf, sizeof(buf)))
		complain(j, "[%d] v%d: the reader says ? without a reason", i, v6 ? 6 : 4);
	t->reader_unknown++;
}

/* `?` needs a reason, and the round must allow it. */
static void check_unknown(struct judging *j, int i, const struct row *row, int v6)
{
	char buf[32];

	if (!row_word(row, "peers", buf, sizeof(buf)) && !row_word(row, "chain", buf, sizeof(buf)))
		complain(j, "[%d] v%d: ? without a reason", i, v6 ? 6 : 4);
	if (++j->unknown > j->r->unknown)
		complain(j, "[%d] v%d: the table says ?, should be %s", i, v6 ? 6 : 4,
			 verdict_word(j->r->socks[i].expect[v6]));
}

/* If several letters are right: the one of the row, or the first. */
static char right_verdict(const struct judging *j, int i, int v6, const char *says)
{
	const struct sock *s = &j->r->socks[i];

	if (s->also[v6] && !strcmp(says, verdict_word(s->also[v6])))
		return s->also[v6];
	/* the reader does not see SO_INCOMING_CPU, and asks on its own CPU */
	if (j->reader && s->here[v6] && !strcmp(says, verdict_word(s->here[v6])))
		return s->here[v6];
	return s->expect[v6];
}

static void check_verdict(struct judging *j, int i, const struct row *row, int v6, struct tally *t)
{
	const char *says = v6 ? row->v6 : row->v4;
	char verdict = right_verdict(j, i, v6, says);

	if (!strcmp(says, "?") && j->reader) {
		check_reader_unknown(j, i, row, v6, t);
		return;
	}
	if (!strcmp(says, "?")) {
		check_unknown(j, i, row, v6);
		t->unknown++;
		return;
	}
	check_text(j, i, v6 ? "v6" : "v4", says, verdict_word(verdict));
	check_by(j, i, row, v6, verdict);
	if (j->reader) {
		t->reader_verdicts++;
		return;
	}
	t->verdicts++;
	t->words[(int)verdict]++;
}

/*
 * Equal listeners are a group, unless one was bound to another device after listen(). The reader
 * cannot distinguish these cases, as its manual says.
 */
static bool has_twin(const struct round *r, int i)
{
	const struct sock *s = &r->socks[i];

	for (int k = 0; k < r->nr_socks; k++) {
		const struct sock *o = &r->socks[k];

		if (k != i && o->fd >= 0 && o->row && s->proto == P_TCP && o->proto == P_TCP &&
		    o->port == s->port && o->eff_af == s->eff_af && ip_equal(&o->ip, &s->ip) &&
		    o->eff_dev == s->eff_dev && !same_identity(r, i, k) &&
		    (o->late == LATE_DEVICE || s->late == LATE_DEVICE))
			return true;
	}
	return false;
}

static void check_socket(struct judging *j, int i, struct tally *t)
{
	const struct sock *s = &j->r->socks[i];
	struct row *row = table_find(&j->table, s->ino);

	if (!s->row) {
		if (row)
			complain(j, "[%d] has a row, but is no listener", i);
		return;
	}
	if (!row) {
		complain(j, "[%d] has no row", i);
		return;
	}
	row->seen = true;
	check_settings(j, i, row);
	if (j->reader && has_twin(j->r, i)) {
		t->reader_twins++;
		return;
	}
	if (j->reader)
		check_reader_words(j, i, row);
	else
		check_words(j, i, row);
	for (int v6 = 0; v6 < 2; v6++)
		check_verdict(j, i, row, v6, t);
}

static bool is_aux(const struct world *w, unsigned long ino)
{
	for (int i = 0; i < w->nr_aux; i++)
		if (w->aux[i] == ino)
			return true;
	return false;
}

static void check_rows(struct judging *j)
{
	for (int i = 0; i < j->table.nr; i++) {
		struct row *row = &j->table.rows[i];

		for (int k = 0; k < i; k++)
			if (j->table.rows[k].inode == row->inode && row->inode)
				complain(j, "two rows for inode %lu", row->inode);
		if (!row->seen && !is_aux(j->w, row->inode))
			complain(j, "a row for nobody's socket: %s %u inode %lu", row->proto,
				 row->port, row->inode);
	}
	for (int i = 0; i < j->w->nr_aux; i++)
		if (!table_find(&j->table, j->w->aux[i]))
			complain(j, "no row for the sender with inode %lu",
				 (unsigned long)j->w->aux[i]);
}

static int address_order(const char *a, const char *b)
{
	uint8_t x[16], y[16];
	int xf = strchr(a, ':') ? AF_INET6 : AF_INET, yf = strchr(b, ':') ? AF_INET6 : AF_INET;

	if (xf != yf)
		return xf == AF_INET ? -1 : 1;
	inet_pton(xf, a, x);
	inet_pton(yf, b, y);
	return memcmp(x, y, xf == AF_INET ? 4 : 16);
}

static void check_order(struct judging *j)
{
	for (int i = 1; i < j->table.nr; i++) {
		struct row *a = &j->table.rows[i - 1], *b = a + 1;
		int d = (a->proto[0] == 'u') - (b->proto[0] == 'u');

		if (!d)
			d = (a->port > b->port) - (a->port < b->port);
		if (!d)
			d = address_order(a->address, b->address);
		if (d > 0)
			complain(j, "rows out of order: %s %u %s before %s %u %s", a->proto,
				 a->port, a->address, b->proto, b->port, b->address);
	}
}

bool table_is_same(const struct world *w, const struct table *t, FILE *f)
{
	struct table again;
	char why[256];
	bool same = true;

	for (int i = w->nr_cpus - 1; i >= 0 && same; i--) {
		world_pin(w->cpus[i]);
		same = false;
		if (table_read(w->table_path, &again, why, sizeof(why)))
			fprintf(f, "# CPU %d: %s\n", w->cpus[i], why);
		else if (again.len != t->len || memcmp(again.text, t->text, again.len))
			fprintf(f, "# on CPU %d it reads:\n%s", w->cpus[i], again.text);
		else
			same = true;
		table_free(&again);
	}
	world_pin(w->cpus[0]);
	return same;
}

static void print_rows(struct judging *j)
{
	for (int i = 0; i < j->table.nr; i++) {
		const struct row *row = &j->table.rows[i];

		if (is_aux(j->w, row->inode))
			continue;
		fprintf(j->f, "#   %-5s %5u %-8s %-8s %-6s %6u %8lu %-8s %s %s\n", row->proto,
			row->port, row->v4, row->v6, row->v6only, row->uid, row->inode, row->dev,
			row->address, row->words);
	}
}

static void count(struct round *r, struct tally *t)
{
	t->rounds++;
	t->packets += r->packets;
	t->refused += r->refused;
	for (int i = 0; i < r->nr_socks; i++)
		t->sockets += r->socks[i].fd >= 0;
}

static void check_table(struct judging *j, struct tally *t)
{
	for (int i = 0; i < j->r->nr_socks; i++)
		if (j->r->socks[i].fd >= 0)
			check_socket(j, i, t);
	check_rows(j);
	check_order(j);
}

static void end(struct judging *j, struct tally *t)
{
	if (j->wrong && j->table.text) {
		fprintf(j->f, "#   %s:\n", j->who);
		print_rows(j);
	}
	table_free(&j->table);
	t->mismatches += j->wrong;
}

static int judge_table(struct world *w, struct round *r, struct tally *t, FILE *f)
{
	struct judging j = { .w = w, .r = r, .f = f, .who = "the table" };
	char why[256];

	if (table_read(w->table_path, &j.table, why, sizeof(why))) {
		complain(&j, "%s", why);
	} else {
		check_table(&j, t);
		/* Reading costs as much as many packets, so every fourth time is enough. */
		if ((t->rounds % 4 == 1 || r->all_cpus) && !table_is_same(w, &j.table, f))
			complain(&j, "another read differs");
	}
	end(&j, t);
	return j.wrong;
}

static int judge_reader(struct world *w, struct round *r, struct tally *t, FILE *f)
{
	struct judging j = { .w = w, .r = r, .f = f, .who = "the reader", .reader = true };
	char why[256];

	if (reader_read(w->reader, &j.table, why, sizeof(why)))
		complain(&j, "%s", why);
	else
		check_table(&j, t);
	end(&j, t);
	return j.wrong;
}

int judge(struct world *w, struct round *r, struct tally *t, FILE *f)
{
	int wrong = 0, bad;

	round_judge(w, r);
	count(r, t);
	if (r->error) {
		fprintf(f, "# MISMATCH the test itself: %s\n", r->error);
		t->mismatches++;
		wrong++;
	}
	if (w->table_path)
		wrong += judge_table(w, r, t, f);
	if (w->reader)
		wrong += judge_reader(w, r, t, f);
	bad = who_judge(w, r, t, f);
	t->mismatches += bad;
	wrong += bad;
	for (int i = 0; i < r->nr_socks && !w->table_path && !w->reader; i++)
		if (r->socks[i].fd >= 0 && r->socks[i].row)
			t->verdicts += 2;
	return wrong;
}

int round_run(struct world *w, struct round *r, struct rng *rng, struct tally *t)
{
	int wrong;

	round_open(w, r);
	round_fire(w, r, rng);
	wrong = judge(w, r, t, stdout);
	if (wrong)
		round_print(stdout, w, r);
	round_close(r);
	return wrong;
}
