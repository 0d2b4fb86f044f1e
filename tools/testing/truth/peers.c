// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scores the printed output of other tools against the packets: for each socket and family, does it
 * get packets?
 */

#include <stdlib.h>
#include <string.h>

#include "truth.h"

struct claims {
	bool listed[MAX_SOCKS];
	bool takes[MAX_SOCKS][2];
};

struct peer {
	const char *name, *command;
	void (*read_line)(const struct round *r, char *line, struct claims *c);
	unsigned long right, wrong;
	bool missing;
};

static int find(const struct round *r, const char *inode)
{
	unsigned long ino = strtoul(inode, NULL, 10);

	for (int i = 0; i < r->nr_socks && ino; i++)
		if (r->socks[i].fd >= 0 && r->socks[i].ino == ino)
			return i;
	return -1;
}

static int split(char *line, char **word, int max)
{
	char *save = NULL;
	int n = 0;

	for (char *w = strtok_r(line, " \t\n", &save); w && n < max;
	     w = strtok_r(NULL, " \t\n", &save))
		word[n++] = w;
	return n;
}

static int ss_row(const struct round *r, char **word, int n)
{
	for (int i = 0; i < n; i++)
		if (!strncmp(word[i], "ino:", 4))
			return find(r, word[i] + 4);
	return -1;
}

/*
 * Netid State Recv-Q Send-Q Local Peer ...: `*` means both families, `[::]` IPv6 alone. A mapped
 * address counts as IPv4.
 */
static void read_ss(const struct round *r, char *line, struct claims *c)
{
	char *word[32];
	int n = split(line, word, 32), i = n < 6 ? -1 : ss_row(r, word, n);
	const char *local;

	if (i < 0)
		return;
	local = word[4];
	c->listed[i] = true;
	c->takes[i][0] = *local != '[' || !strncmp(local, "[::ffff:", 8);
	c->takes[i][1] = *local == '*' || (*local == '[' && strncmp(local, "[::ffff:", 8));
}

/* ss -4 and ss -6: a socket takes the families under which it is listed. */
static void read_ss_v4(const struct round *r, char *line, struct claims *c)
{
	char *word[32];
	int n = split(line, word, 32), i = n < 6 ? -1 : ss_row(r, word, n);

	if (i < 0)
		return;
	c->listed[i] = true;
	c->takes[i][0] = true;
}

static void read_ss_v6(const struct round *r, char *line, struct claims *c)
{
	char *word[32];
	int n = split(line, word, 32), i = n < 6 ? -1 : ss_row(r, word, n);

	if (i < 0)
		return;
	c->listed[i] = true;
	c->takes[i][1] = true;
}

/* Proto Recv-Q Send-Q Local Foreign [State] User Inode */
static void read_netstat(const struct round *r, char *line, struct claims *c)
{
	char *word[16];
	int n = split(line, word, 16), i = n < 7 ? -1 : find(r, word[n - 1]);

	if (i < 0)
		return;
	c->listed[i] = true;
	c->takes[i][word[0][3] == '6'] = true;
}

/* COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME: DEVICE is the inode of a socket. */
static void read_lsof(const struct round *r, char *line, struct claims *c)
{
	char *word[16];
	int n = split(line, word, 16), i = n < 9 ? -1 : find(r, word[5]);

	if (i < 0)
		return;
	c->listed[i] = true;
	c->takes[i][!strcmp(word[4], "IPv6")] = true;
}

static bool takes_some(const char *verdict)
{
	return !strcmp(verdict, "yes") || !strcmp(verdict, "shared") ||
	       !strcmp(verdict, "partial");
}

static void read_table(const struct round *r, char *line, struct claims *c)
{
	char *word[16];
	int n = split(line, word, 16), i = n < 9 ? -1 : find(r, word[6]);

	if (i < 0)
		return;
	c->listed[i] = true;
	c->takes[i][0] = takes_some(word[2]);
	c->takes[i][1] = takes_some(word[3]);
}

static struct peer peers[] = {
	{ "ss", "ss -tulneH 2>/dev/null", read_ss },
	{ "ss -4, ss -6", "ss -4 -tulneH 2>/dev/null", read_ss_v4 },
	{ "netstat", "netstat -tulne --numeric 2>/dev/null", read_netstat },
	{ "lsof", "lsof -nP -i 2>/dev/null", read_lsof },
	{ "dualstack", "cat /proc/net/dualstack 2>/dev/null", read_table },
};

static void ask(const char *command, void (*read_line)(const struct round *, char *,
						       struct claims *),
		const struct round *r, struct claims *c)
{
	FILE *f = popen(command, "r");
	char *line = NULL;
	size_t room = 0;

	while (f && getline(&line, &room, f) > 0)
		read_line(r, line, c);
	free(line);
	if (f)
		pclose(f);
}

static void score_one(struct peer *p, const struct round *r, const struct claims *c)
{
	bool any = false, rows = false;

	for (int i = 0; i < r->nr_socks; i++) {
		rows |= r->socks[i].fd >= 0 && r->socks[i].row;
		any |= c->listed[i];
	}
	if (rows && !any) {
		p->missing = true;
		return;
	}
	for (int i = 0; i < r->nr_socks; i++) {
		const struct sock *s = &r->socks[i];

		for (int v6 = 0; v6 < 2 && s->fd >= 0 && s->row; v6++) {
			bool gets = strchr("ysp", s->expect[v6]);

			if (c->takes[i][v6] == gets)
				p->right++;
			else
				p->wrong++;
		}
	}
}

/* Return: -1 if a tool that showed sockets before does not show any more, else 0. */
int peers_score(const struct round *r)
{
	int bad = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++) {
		struct peer *p = &peers[i];
		struct claims c = { 0 };

		if (p->missing)
			continue;
		ask(p->command, p->read_line, r, &c);
		if (p->read_line == read_ss_v4)
			ask("ss -6 -tulneH 2>/dev/null", read_ss_v6, r, &c);
		score_one(p, r, &c);
		if (p->missing && p->right + p->wrong)
			bad = -1;
	}
	return bad;
}

void peers_print(FILE *f)
{
	fprintf(f, "# who gets packets of which family, as a reader takes it from each tool:\n");
	fprintf(f, "# %-14s %8s %8s %8s\n", "tool", "right", "wrong", "right %");
	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++) {
		const struct peer *p = &peers[i];
		unsigned long all = p->right + p->wrong;

		if (p->missing || !all)
			fprintf(f, "# %-14s %s\n", p->name, "not here");
		else
			fprintf(f, "# %-14s %8lu %8lu %8.1f\n", p->name, p->right, p->wrong,
				100.0 * p->right / all);
	}
}
