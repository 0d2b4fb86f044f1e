// SPDX-License-Identifier: GPL-2.0-only
/*
 * SO_INCOMING_CPU: the CPU that handles a packet may decide which socket gets it. The table does
 * not ask about each CPU: if several sockets compete on a bind and one of them names a CPU, all
 * that could win on some CPU count as possible winners. This is that rule, from the settings of the
 * sockets and the scores of the kernel's lookup.
 */

#include "truth.h"

#define NO_CPU	(-1)		/* a CPU that no socket names */

/* Whether @s takes IPv6 only from an old peer, or from nobody if that peer had an IPv4 address. */
static bool has_old_peer(const struct sock *s, const struct place *p)
{
	return p->ip.af == AF_INET6 && s->late == LATE_DISCONNECT && s->eff_af == AF_INET6;
}

/* False only if the packet certainly comes from another address. */
static bool is_from_old_peer(const struct world *w, const struct shot *shot, const struct sock *s)
{
	const struct source *from = &w->sources[shot->source];

	if (ip_is_mapped(&s->late_peer))
		return false;
	return from->bind.af == AF_UNSPEC || ip_equal(&from->bind, &s->late_peer);
}

/* Whether the packet may be from the old peer or not, since the kernel chose its source address. */
static bool is_from_anybody(const struct world *w, const struct shot *shot, const struct sock *s)
{
	return has_old_peer(s, &w->places[shot->place]) && !ip_is_mapped(&s->late_peer) &&
	       w->sources[shot->source].bind.af == AF_UNSPEC;
}

static bool is_candidate(const struct world *w, const struct shot *shot, const struct sock *s)
{
	const struct place *p = &w->places[shot->place];

	if (s->fd < 0 || !s->row || s->proto != shot->proto || s->port != shot->port)
		return false;
	if (!sock_may_take(w, s, p))
		return false;
	return !has_old_peer(s, p) || is_from_old_peer(w, shot, s);
}

/* The sockets that compete for the packet: those on its address, otherwise the wildcard ones. */
static uint64_t find_candidates(const struct world *w, const struct round *r,
				const struct shot *shot)
{
	uint64_t exact = 0, wild = 0;

	for (int i = 0; i < r->nr_socks; i++) {
		const struct sock *s = &r->socks[i];

		if (!is_candidate(w, shot, s))
			continue;
		if (ip_is_wild(&s->ip))
			wild |= 1ull << i;
		else
			exact |= 1ull << i;
	}
	return exact ? exact : wild;
}

static int score(const struct sock *s, const struct place *p, int cpu)
{
	bool v4 = p->ip.af == AF_INET;
	int n = 0;

	if (s->eff_dev != DEV_NONE)
		n += s->proto == P_UDP && v4 ? 4 : 1;
	n += v4 && s->eff_af == AF_INET;
	n += cpu != NO_CPU && sock_cpu(s) == cpu;
	return n + has_old_peer(s, p);
}

/* The sockets with the best score on a CPU; their order in the hash chain decides among them. */
static uint64_t best_on(const struct round *r, uint64_t candidates, const struct place *p, int cpu)
{
	uint64_t best = 0;
	int top = -1;

	for (int i = 0; i < r->nr_socks; i++) {
		int n;

		if (!(candidates & 1ull << i))
			continue;
		n = score(&r->socks[i], p, cpu);
		if (n > top)
			best = 0;
		if (n >= top) {
			best |= 1ull << i;
			top = n;
		}
	}
	return best;
}

bool same_identity(const struct round *r, int a, int b)
{
	return a == b || (r->socks[a].gid >= 0 && r->socks[a].gid == r->socks[b].gid);
}

static bool is_rivalry(const struct round *r, uint64_t candidates)
{
	bool named = false, several = false;
	int first = -1;

	for (int i = 0; i < r->nr_socks; i++) {
		if (!(candidates & 1ull << i))
			continue;
		if (first < 0)
			first = i;
		several |= !same_identity(r, first, i);
		named |= sock_cpu(&r->socks[i]) >= 0;
	}
	return named && several;
}

static bool from_anybody(const struct world *w, const struct round *r, const struct shot *shot,
			 uint64_t candidates)
{
	for (int i = 0; i < r->nr_socks; i++)
		if (candidates & 1ull << i && is_from_anybody(w, shot, &r->socks[i]))
			return true;
	return false;
}

/* The possible winners of a shot, or 0 if the CPU makes no difference. */
uint64_t cpu_winners(const struct world *w, const struct round *r, const struct shot *shot)
{
	const struct place *p = &w->places[shot->place];
	uint64_t candidates = find_candidates(w, r, shot), winners;

	if (!is_rivalry(r, candidates))
		return 0;
	/* a socket that is no candidate got it, so it was not from the candidates' old peers */
	if (from_anybody(w, r, shot, candidates) && shot->taker >= 0 &&
	    !(candidates & 1ull << shot->taker))
		return 0;
	winners = best_on(r, candidates, p, NO_CPU);
	for (int i = 0; i < r->nr_socks; i++) {
		if (!(candidates & 1ull << i))
			continue;
		/* the first match of a reuseport chain may win at once */
		if (r->socks[i].reuseport || is_from_anybody(w, shot, &r->socks[i]))
			return candidates;
		if (sock_cpu(&r->socks[i]) >= 0)
			winners |= best_on(r, candidates, p, sock_cpu(&r->socks[i]));
	}
	return winners;
}
