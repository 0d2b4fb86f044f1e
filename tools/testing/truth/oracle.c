// SPDX-License-Identifier: GPL-2.0-only
/*
 * A round: open the sockets, and derive the verdicts from who got what.
 *
 * Letters: '-' does not take the family, 'y' yes, 's' shared, 'p' partial, 'x' shadowed,
 * 'n' noaddr.
 */

#include <string.h>

#include "truth.h"

const char *verdict_word(char v)
{
	switch (v) {
	case '-':
		return "-";
	case 'y':
		return "yes";
	case 's':
		return "shared";
	case 'p':
		return "partial";
	case 'x':
		return "shadowed";
	case 'n':
		return "noaddr";
	}
	return "?";
}

/* What the kernel compares before it puts two sockets into one reuseport group. */
static bool same_group(const struct sock *a, const struct sock *b)
{
	return a->proto == b->proto && a->af == b->af && a->port == b->port && a->uid == b->uid &&
	       a->eff_v6only == b->eff_v6only && a->eff_dev == b->eff_dev &&
	       a->reuseport && b->reuseport && ip_equal(&a->ip, &b->ip);
}

/* UDP joins at bind(), TCP at listen(). */
static void join_group(struct round *r, int i)
{
	struct sock *s = &r->socks[i];

	if (!s->reuseport)
		return;
	s->gid = i;
	for (int k = 0; k < r->nr_socks; k++) {
		struct sock *o = &r->socks[k];

		if (k != i && o->fd >= 0 && o->gid >= 0 && same_group(o, s)) {
			s->gid = o->gid;
			return;
		}
	}
}

/* Members that take new packets: a connected one has no row, and only gets packets of its peer. */
int group_size(const struct round *r, const struct sock *s)
{
	int nr = 0;

	if (s->gid < 0)
		return 1;
	for (int i = 0; i < r->nr_socks; i++)
		nr += r->socks[i].fd >= 0 && r->socks[i].row &&
		      r->socks[i].proto == s->proto && r->socks[i].gid == s->gid;
	return nr;
}

static void open_one(struct world *w, struct round *r, int i)
{
	struct sock *s = &r->socks[i];

	if (sock_open(w, s)) {
		r->refused++;
		return;
	}
	if (s->proto == P_UDP) {
		join_group(r, i);
		return;
	}
	if (s->listen_late)
		return;
	if (sock_listen(s))
		r->refused++;
	else
		join_group(r, i);
}

static void late_steps(struct world *w, struct round *r)
{
	for (int i = 0; i < r->nr_socks; i++) {
		struct sock *s = &r->socks[i];

		if (s->fd < 0)
			continue;
		/*
		 * The group would hand connections to a member whose device cannot answer them: the
		 * client would wait for ever.
		 */
		if (s->late == LATE_DEVICE && s->proto == P_TCP && group_size(r, s) > 1)
			s->late = LATE_NONE;
		if (sock_late(w, s)) {
			sock_close(s);
			r->refused++;
		} else if (s->late == LATE_RELISTEN) {
			join_group(r, i);
		}
	}
}

int round_open(struct world *w, struct round *r)
{
	r->refused = 0;
	r->error = NULL;
	for (int i = 0; i < r->nr_socks; i++)
		open_one(w, r, i);
	/* From the last to the first: another order than that of the binds. */
	for (int i = r->nr_socks - 1; i >= 0; i--) {
		if (r->socks[i].fd < 0 || !r->socks[i].listen_late)
			continue;
		if (sock_listen(&r->socks[i]))
			r->refused++;
		else
			join_group(r, i);
	}
	late_steps(w, r);
	return 0;
}

void round_close(struct round *r)
{
	for (int i = 0; i < r->nr_socks; i++)
		sock_close(&r->socks[i]);
}

static bool is_shot_of(const struct world *w, const struct shot *shot, const struct sock *s, int v6)
{
	const struct place *p = &w->places[shot->place];

	return shot->proto == s->proto && shot->port == s->port && (p->ip.af == AF_INET6) == v6 &&
	       shot->taker != TAKER_UNSENT && sock_covers(w, s, p);
}

enum by {
	BY_PACKETS, BY_RULE, BY_FIRST_CPU
};

/* The sockets that get such packets: the one that did, or all that may get them on some CPU. */
static uint64_t takers(const struct shot *shot, enum by by)
{
	if (by == BY_RULE && shot->winners)
		return shot->winners;
	return shot->taker >= 0 ? 1ull << shot->taker : 0;
}

static char derive(const struct world *w, struct round *r, int me, int v6, enum by by)
{
	struct sock *s = &r->socks[me];
	bool own = false, lost = false;

	if (!sock_takes(s, v6))
		return '-';
	if (ip_is_cast(&s->ip))
		return s->copied ? 'y' : 'n';
	for (int i = 0; i < r->nr_shots; i++) {
		uint64_t who;

		if (!is_shot_of(w, &r->shots[i], s, v6))
			continue;
		if (by == BY_FIRST_CPU && r->shots[i].cpu != w->cpus[0])
			continue;
		who = takers(&r->shots[i], by);
		lost |= !who;
		s->got[v6] |= r->shots[i].taker == me;
		for (int k = 0; k < r->nr_socks; k++) {
			if (!(who & 1ull << k))
				continue;
			if (same_identity(r, me, k)) {
				own = true;
				continue;
			}
			lost = true;
			s->takers[v6] |= 1ull << k;
		}
	}
	if (!own && !lost)
		return 'n';
	if (!lost)
		return group_size(r, s) > 1 ? 's' : 'y';
	return own ? 'p' : 'x';
}

static bool names_cpu(const struct round *r)
{
	for (int i = 0; i < r->nr_socks; i++)
		if (r->socks[i].fd >= 0 && sock_cpu(&r->socks[i]) >= 0)
			return true;
	return false;
}

/*
 * By the rule of cpus.c. Where a socket has an old peer, the kernel notes CPUs by itself, and whose
 * packets are the old peer's is not always known here: what the packets say is right as well.
 */
static void judge_sock(const struct world *w, struct round *r, int i)
{
	struct sock *s = &r->socks[i];

	memset(s->takers, 0, sizeof(s->takers));
	memset(s->got, 0, sizeof(s->got));
	for (int v6 = 0; v6 < 2 && s->fd >= 0; v6++) {
		s->expect[v6] = derive(w, r, i, v6, BY_RULE);
		s->also[v6] = r->settle ? derive(w, r, i, v6, BY_PACKETS) : 0;
		s->here[v6] = names_cpu(r) ? derive(w, r, i, v6, BY_FIRST_CPU) : 0;
	}
}

static void find_winners(const struct world *w, struct round *r)
{
	/* where there is one CPU, each packet is handled by it */
	bool named = names_cpu(r) && w->nr_cpus > 1;

	for (int i = 0; i < r->nr_shots; i++) {
		struct shot *shot = &r->shots[i];

		shot->winners = named && !r->bpf ? cpu_winners(w, r, shot) : 0;
		if (shot->winners && shot->taker >= 0 && !(shot->winners & 1ull << shot->taker))
			r->error = "a socket won that should have lost on each CPU";
	}
}

/* The settings of a socket that got a packet must allow it, or the rules of this test are wrong. */
static void check_takers(const struct world *w, struct round *r)
{
	for (int i = 0; i < r->nr_shots; i++) {
		const struct shot *shot = &r->shots[i];
		const struct sock *s;

		if (shot->taker < 0 || r->bpf)
			continue;
		s = &r->socks[shot->taker];
		if (sock_may_take(w, s, &w->places[shot->place]))
			continue;
		/* A group hands packets to members without asking for their devices. */
		if (s->late == LATE_DEVICE && s->gid >= 0)
			continue;
		r->error = "a socket got a packet that its settings exclude";
	}
}

void round_judge(const struct world *w, struct round *r)
{
	find_winners(w, r);
	for (int i = 0; i < r->nr_socks; i++)
		judge_sock(w, r, i);
	check_takers(w, r);
}

static void print_shots(FILE *f, const struct world *w, const struct round *r)
{
	for (int i = 0; i < r->nr_shots; i++) {
		const struct shot *shot = &r->shots[i];
		const struct place *p = &w->places[shot->place];
		static const char *const none[] = { "nobody", "(not sent)", "(silence)" };

		if (!i || shot->port != shot[-1].port || shot->proto != shot[-1].proto ||
		    shot->place != shot[-1].place || shot->cpu != shot[-1].cpu)
			fprintf(f, "\n#   %s port %u cpu %u %s at %s:",
				shot->proto == P_TCP ? "tcp" : "udp", shot->port, shot->cpu,
				p->text, dev_name[p->dev]);
		fprintf(f, " %s=", w->sources[shot->source].name);
		if (shot->taker >= 0)
			fprintf(f, "[%d]", shot->taker);
		else
			fprintf(f, "%s", none[-1 - shot->taker]);
	}
	fprintf(f, "\n");
}

void round_print(FILE *f, const struct world *w, const struct round *r)
{
	char buf[320];

	for (int i = 0; i < r->nr_socks; i++) {
		const struct sock *s = &r->socks[i];

		sock_text(s, buf, sizeof(buf));
		fprintf(f, "#   [%d] %s", i, buf);
		if (s->fd < 0)
			fprintf(f, " refused by %s: %s\n", s->failed ? s->failed : "late step",
				strerror(s->err));
		else
			fprintf(f, " inode %lu group %d -> v4 %s v6 %s%s\n",
				(unsigned long)s->ino, group_size(r, s),
				verdict_word(s->expect[0]), verdict_word(s->expect[1]),
				s->row ? "" : " (no row)");
	}
	print_shots(f, w, r);
}
