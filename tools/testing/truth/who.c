// SPDX-License-Identifier: GPL-2.0-only
/* Compares what /proc/net/dualstack_ask and the reader say about packets with who got them. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "truth.h"

/* Number of packets of a round to ask about: the others only differ in their source. */
#define MAX_ASKED	24

static FILE *file;

/* Seven columns, then words. */
static bool split_line(struct who_line *line, char *text)
{
	char *column[8], *words, *save;

	memset(line, 0, sizeof(*line));
	for (int n = 0; n < 8; n++) {
		column[n] = strtok_r(n ? NULL : text, " ", &save);
		if (!column[n])
			return false;
	}
	snprintf(line->dev, sizeof(line->dev), "%s", column[0]);
	snprintf(line->answer, sizeof(line->answer), "%s", column[1]);
	snprintf(line->proto, sizeof(line->proto), "%s", column[2]);
	line->inode = strtoul(column[5], NULL, 10);
	snprintf(line->address, sizeof(line->address), "%s", column[7]);
	snprintf(line->words, sizeof(line->words), " %s ", save);
	words = strstr(line->words, " cpu=");
	line->cpu = words ? atoi(words + 5) : -1;
	return true;
}

bool who_has(const struct who_line *line, const char *word)
{
	char buf[64];

	snprintf(buf, sizeof(buf), " %s ", word);
	return strstr(line->words, buf);
}

static int read_answer(struct who *who)
{
	char line[512];

	rewind(file);
	if (!fgets(line, sizeof(line), file) || strncmp(line, "dev ", 4))
		return -EPROTO;
	for (who->n = 0; fgets(line, sizeof(line), file); who->n++) {
		line[strcspn(line, "\n")] = '\0';
		if (who->n == MAX_WHO_LINES || !split_line(&who->line[who->n], line))
			return -EPROTO;
	}
	return 0;
}

/* 0, or the negative error of the write. */
int who_ask(struct who *who, const char *question)
{
	if (!file)
		file = fopen("/proc/net/dualstack_ask", "r+e");
	if (!file)
		return -errno;
	setvbuf(file, NULL, _IONBF, 0);
	snprintf(who->question, sizeof(who->question), "%s", question);
	if (write(fileno(file), question, strlen(question)) < 0)
		return -errno;
	return read_answer(who);
}

/* As a user without privileges, who opens the file: 0, or the negative error of the write. */
int who_ask_as_user(const char *question)
{
	int fd, err = 0;

	if (seteuid(1000))
		return -errno;
	fd = open("/proc/net/dualstack_ask", O_RDWR | O_CLOEXEC);
	if (seteuid(0) || fd < 0)
		return -errno;
	if (write(fd, question, strlen(question)) < 0)
		err = -errno;
	close(fd);
	return err;
}

void who_print(FILE *f, const struct who *who)
{
	fprintf(f, "#   %s\n", who->question);
	for (int i = 0; i < who->n; i++)
		fprintf(f, "#     %s %s %s inode %lu%s\n", who->line[i].dev, who->line[i].answer,
			who->line[i].proto, who->line[i].inode, who->line[i].words);
}

/* ---------------------------------------------------------------- a packet */

static bool has_peer(const struct shot *shot)
{
	return shot->saddr.af != AF_UNSPEC && shot->sport;
}

/* Whether sockets look at the peer: then a question without a peer is about other packets. */
static bool peer_matters(const struct round *r, const struct shot *shot)
{
	for (int i = 0; i < r->nr_socks; i++) {
		const struct sock *s = &r->socks[i];

		if (s->fd >= 0 && s->proto == shot->proto && s->port == shot->port &&
		    (s->late == LATE_CONNECT || s->late == LATE_DISCONNECT))
			return true;
	}
	return false;
}

static struct packet packet_of(const struct world *w, const struct shot *shot, bool peer)
{
	const struct place *p = &w->places[shot->place];

	return (struct packet) {
		.proto = shot->proto,
		.to = p->ip,
		.port = shot->port,
		.dev = dev_name[p->dev],
		.from = peer ? shot->saddr : (struct ipaddr) { .af = AF_UNSPEC },
		.sport = shot->sport,
	};
}

static int ask_module(struct who *who, const struct packet *p)
{
	char question[256], to[IP_TEXT_LEN], from[IP_TEXT_LEN];
	int n = snprintf(question, sizeof(question), "who %s %s %u dev=%s",
			 p->proto == P_TCP ? "tcp" : "udp", ip_text(&p->to, to), p->port, p->dev);

	if (p->from.af != AF_UNSPEC)
		snprintf(question + n, sizeof(question) - n, " from=%s fromport=%u",
			 ip_text(&p->from, from), p->sport);
	return who_ask(who, question);
}

/* Whether a line is about @cpu: one without cpu= is about all CPUs that no other line names. */
static bool is_of_cpu(const struct who *who, const struct who_line *line, int cpu)
{
	if (line->cpu >= 0)
		return line->cpu == cpu;
	for (int i = 0; i < who->n; i++)
		if (who->line[i].cpu == cpu)
			return false;
	return true;
}

static bool names_cpu(const struct round *r, const struct sock *s)
{
	for (int i = 0; i < r->nr_socks; i++)
		if (r->socks[i].fd >= 0 && r->socks[i].gid == s->gid && sock_cpu(&r->socks[i]) >= 0)
			return true;
	return false;
}

/* @picked: the answer names the member of a group that the peer is hashed to. */
static const char *wrong_taker(const struct round *r, const struct who *who,
			       const struct shot *shot, bool picked)
{
	const struct sock *s = &r->socks[shot->taker];
	int members = 0, found = 0, lines = 0;

	for (int i = 0; i < who->n; i++) {
		const struct who_line *line = &who->line[i];

		if (!is_of_cpu(who, line, shot->cpu))
			continue;
		lines++;
		members += !strcmp(line->answer, "group");
		if (strcmp(line->answer, "group") && strcmp(line->answer, "socket") &&
		    strcmp(line->answer, "connection"))
			return "no socket";
		found += line->inode == s->ino;
	}
	if (found != 1)
		return "another socket";
	if (members && members != lines)
		return "a group and others";
	if (!members)
		return lines == 1 ? NULL : "several sockets";
	if (members != group_size(r, s))
		return "not the whole group";
	if (picked && s->gid >= 0 && !s->bpf && !names_cpu(r, s))
		return "a group, where one member is picked";
	return NULL;
}

/* Whether some socket would get the packet without the BPF program. */
static bool is_dropped(const struct world *w, const struct round *r, const struct shot *shot)
{
	bool some = false;

	for (int i = 0; i < r->nr_socks; i++) {
		const struct sock *s = &r->socks[i];

		some |= s->fd >= 0 && s->proto == shot->proto && s->port == shot->port &&
			sock_may_take(w, s, &w->places[shot->place]);
	}
	return r->bpf && some;
}

static const char *wrong(const struct world *w, const struct round *r, const struct who *who,
			 const struct shot *shot, bool picked)
{
	const char *want = is_dropped(w, r, shot) ? "dropped" : "nobody";

	if (shot->taker >= 0)
		return wrong_taker(r, who, shot, picked);
	if (who->n == 1 && r->bpf && strcmp(want, "dropped") &&
	    !strcmp(who->line[0].answer, "dropped"))
		return NULL;
	if (who->n != 1 || strcmp(who->line[0].answer, want))
		return "not nobody";
	if (r->bpf && !who_has(&who->line[0], "bpf=1"))
		return "no word of the program";
	return NULL;
}

static int mismatch(const struct world *w, const struct shot *shot, const struct who *who,
		    const char *whose, const char *why, FILE *f)
{
	fprintf(f, "# MISMATCH who%s: %s; source %s on CPU %u, taker [%d]\n", whose, why,
		w->sources[shot->source].name, shot->cpu, shot->taker);
	who_print(f, who);
	return 1;
}

static bool is_open(const struct who *who)
{
	return who->n == 1 && !strcmp(who->line[0].answer, "?");
}

static int ask_shot(const struct world *w, const struct round *r, const struct shot *shot,
		    bool peer, struct tally *t, FILE *f)
{
	const struct packet packet = packet_of(w, shot, peer);
	static struct who who;
	const char *why;
	int err = ask_module(&who, &packet);

	why = err ? strerror(-err) : wrong(w, r, &who, shot, peer);
	t->answers++;
	if (!why)
		return 0;
	if (!err && is_open(&who)) {
		t->open_answers++;
		return 0;
	}
	return mismatch(w, shot, &who, "", why, f);
}

/* The reader sees no SO_INCOMING_CPU, and asks on the CPU that it runs on. */
static bool any_names_cpu(const struct round *r, const struct shot *shot)
{
	for (int i = 0; i < r->nr_socks; i++)
		if (r->socks[i].fd >= 0 && r->socks[i].port == shot->port &&
		    sock_cpu(&r->socks[i]) >= 0)
			return true;
	return false;
}

/* Each answer of the reader takes a process, so it is asked about few packets. */
static int ask_reader(const struct world *w, const struct round *r, const struct shot *shot,
		      bool peer, struct tally *t, FILE *f)
{
	const struct packet packet = packet_of(w, shot, peer);
	static struct who who;
	const char *why;
	int err;

	if (any_names_cpu(r, shot))
		return 0;
	err = reader_who(w->reader, &packet, &who);
	why = err ? strerror(-err) : wrong(w, r, &who, shot, false);
	t->reader_answers += !is_open(&who);
	t->reader_open += !err && is_open(&who);
	if (!why || (!err && is_open(&who)))
		return 0;
	return mismatch(w, shot, &who, ", without the module", why, f);
}

/* The source address of a datagram that nobody got is known if its sender is bound to it. */
static void find_source(const struct world *w, struct shot *shot)
{
	const struct source *s = &w->sources[shot->source];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (shot->proto == P_TCP || has_peer(shot) || s->bind.af == AF_UNSPEC)
		return;
	if (!getsockname(s->udp[shot->nth], (void *)&ss, &len))
		shot->saddr = ip_from_sockaddr(&ss, &shot->sport);
}

/* False if a later packet may have changed a socket, and so the answer. */
static bool is_stable(const struct world *w, const struct round *r, const struct shot *shot)
{
	return !r->settle || w->nr_cpus == 1 || w->places[shot->place].ip.af == AF_INET;
}

typedef int ask_fn(const struct world *w, const struct round *r, const struct shot *shot,
		   bool peer, struct tally *t, FILE *f);

static int ask_about(const struct world *w, const struct round *r, struct shot *shot,
		     ask_fn *ask, struct tally *t, FILE *f)
{
	int bad = 0;

	if (shot->taker < TAKER_NOBODY || !is_stable(w, r, shot))
		return 0;
	find_source(w, shot);
	if (has_peer(shot))
		bad += ask(w, r, shot, true, t, f);
	if (!peer_matters(r, shot))
		bad += ask(w, r, shot, false, t, f);
	return bad;
}

/* ---------------------------------------------------------------- a place without packets */

static int ask_nowhere(const struct world *w, const struct place *p, enum proto proto,
		       struct tally *t, FILE *f)
{
	const struct packet packet = {
		.proto = proto, .to = p->ip, .port = 7777, .dev = dev_name[p->dev],
		.from.af = AF_UNSPEC,
	};
	static struct who who;
	int err, bad = 0;

	for (int by_reader = !w->ask; by_reader <= !!w->reader; by_reader++) {
		err = by_reader ? reader_who(w->reader, &packet, &who) : ask_module(&who, &packet);
		*(by_reader ? &t->reader_answers : &t->answers) += 1;
		if (!err && who.n == 1 && !strcmp(who.line[0].answer, "noaddr"))
			continue;
		fprintf(f, "# MISMATCH who%s: %s\n", by_reader ? ", without the module" : "",
			err ? strerror(-err) : "no packet arrives there");
		who_print(f, &who);
		bad++;
	}
	return bad;
}

static int ask_nowheres(const struct world *w, int every, struct tally *t, FILE *f)
{
	int bad = 0;

	for (int i = 0; i < w->nr_places; i++) {
		const struct place *p = &w->places[i];

		if (!w->ifindex[p->dev] || !w->ifindex[p->owner] || (i + t->rounds) % every)
			continue;
		if (!p->from)
			bad += ask_nowhere(w, p, P_UDP, t, f);
		else if (p->group & PG_ANYCAST)
			bad += ask_nowhere(w, p, P_TCP, t, f);
	}
	return bad;
}

/* Compare the round's packets with what is answered; returns the number of mismatches. */
int who_judge(const struct world *w, struct round *r, struct tally *t, FILE *f)
{
	int step = 1 + r->nr_shots / MAX_ASKED, many = 1 + r->nr_shots / w->reader_asks;
	int bad = 0;

	if (!w->ask && !w->reader)
		return 0;
	for (int i = t->rounds % step; w->ask && i < r->nr_shots; i += step)
		bad += ask_about(w, r, &r->shots[i], ask_shot, t, f);
	for (int i = t->rounds % many; w->reader && i < r->nr_shots; i += many)
		bad += ask_about(w, r, &r->shots[i], ask_reader, t, f);
	return bad + ask_nowheres(w, w->reader ? 64 / w->reader_asks : 4, t, f);
}
