// SPDX-License-Identifier: GPL-2.0-only
/* Gets the rules of nft and iptables, and finds those that redirect a port. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fail.h"
#include "nat.h"
#include "netns.h"
#include "out.h"
#include "serve.h"

#define MOST (64u << 20)

/* Does not use PATH, since this program may have more rights than the user who set it. */
static char *find_program(const char *name)
{
	static const char *const folders[] = {
		"/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin",
		"/run/current-system/sw/bin",
	};
	const char *path;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		path = sys_path("%s/%s", folders[i], name);
		if (!access(path, X_OK))
			return xstrdup(path);
	}
	return NULL;
}

static bool read_pipe(int fd, struct str *out)
{
	ssize_t n;

	str_reset(out);
	do {
		str_room(out, 65536);
		n = read(fd, out->s + out->len, 65536);
		if (n > 0)
			out->len += n;
		out->s[out->len] = '\0';
	} while ((n > 0 && out->len < MOST) || (n < 0 && errno == EINTR));
	return !n;
}

static bool ended_well(pid_t pid)
{
	int status = 1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* Runs a program without our environment, and reads its output. Returns false if it failed. */
static bool run(char *const argv[], struct str *out)
{
	static char *const env[] = { "PATH=/usr/sbin:/sbin:/usr/bin:/bin", "LC_ALL=C", NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], rc;
	bool ok;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	rc = posix_spawn(&pid, argv[0], &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	ok = !rc && read_pipe(fds[0], out);
	close(fds[0]);
	return !rc && ended_well(pid) && ok;
}

/* The first of these programs that exists, or NULL. */
static char *first_of(const char *const names[2])
{
	char *path = find_program(names[0]);

	return path || !names[1] ? path : find_program(names[1]);
}

static bool load_iptables(struct nat *nat, unsigned int family, bool legacy)
{
	static const char *const names[2][2][2] = {
		{ { "iptables-nft-save", "iptables-save" },
		  { "ip6tables-nft-save", "ip6tables-save" } },
		{ { "iptables-legacy-save", "iptables-save" },
		  { "ip6tables-legacy-save", "ip6tables-save" } },
	};
	char *path = first_of(names[legacy][family == FAM6]);
	char *const argv[] = { path, "-t", "nat", NULL };
	struct str text = { 0 };
	bool ok = path && run(argv, &text) && rules_parse_iptables(&nat->rules, text.s, family);

	str_free(&text);
	free(path);
	return ok;
}

static bool exists(const char *path)
{
	return !access(sys_path("%s", path), F_OK);
}

/*
 * Without nf_nat there are no such rules, and nft would load modules of the kernel. If nf_nat is
 * built in, it may have no directory in /sys/module. It needs nf_conntrack, which is then built in,
 * too: that has a directory, but no initstate in it.
 */
static bool has_nat(void)
{
	if (exists("/sys/module/nf_nat"))
		return true;
	return exists("/sys/module/nf_conntrack") &&
	       !exists("/sys/module/nf_conntrack/initstate");
}

/* Whether the legacy iptables has a nat table in this namespace. Only root may read the file. */
static bool has_legacy(const char *path)
{
	FILE *file = fopen(sys_path("%s", path), "re");
	bool found = false;
	char line[64];

	while (file && !found && fgets(line, sizeof(line), file))
		found = !strcmp(line, "nat\n");
	if (file)
		fclose(file);
	return found;
}

static void load_legacy(struct nat *nat)
{
	static const struct {
		const char *path;
		unsigned int family;
	} tables[] = {
		{ "/proc/net/ip_tables_names", FAM4 }, { "/proc/net/ip6_tables_names", FAM6 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		if (has_legacy(tables[i].path) && !load_iptables(nat, tables[i].family, true))
			nat->unseen = "iptables could not be asked";
}

void nat_load(struct nat *nat)
{
	char *nft = find_program("nft");
	char *const argv[] = { nft, "-j", "list", "ruleset", NULL };
	unsigned int iptables = 0, family;
	struct str text = { 0 };

	memset(nat, 0, sizeof(*nat));
	if (!has_nat()) {
		free(nft);
		return;
	}
	if (!nft)
		nat->unseen = "nft is not installed";
	else if (!run(argv, &text) || !rules_parse_nft(&nat->rules, text.s, text.len, &iptables))
		nat->unseen = geteuid() ? "not visible without root" : "nft could not be asked";
	for (family = FAM4; family <= FAM6; family++)
		if (iptables & family && !load_iptables(nat, family, false))
			nat->unseen = "rules of iptables can't be read without iptables-save";
	if (!geteuid())
		load_legacy(nat);
	str_free(&text);
	free(nft);
}

void nat_free(struct nat *nat)
{
	rules_free(&nat->rules);
}

static char *destination(const struct rule_hit *hit, unsigned int family)
{
	const struct rule *r = hit->rule;
	struct str to = { 0 };

	str_reset(&to);
	if (r->action == ACTION_REDIRECT) {
		str_addf(&to, "port %s of this host", r->port ? r->port : "?");
	} else if (!r->to) {
		str_addf(&to, "one of several addresses%s%s", r->port ? ", port " : "",
			 r->port ? r->port : "");
	} else {
		str_addf(&to, family == FAM6 && r->port ? "[%s]" : "%s", r->to);
		if (r->port)
			str_addf(&to, ":%s", r->port);
	}
	return to.s;
}

static char *holder(const struct rule *r)
{
	const char *name = NULL;
	struct prefix addr;
	struct fail f;

	if (r->to && parse_prefix(r->to, strlen(r->to), &addr, &f) && addr.single)
		name = netns_of_address(&addr);
	return name ? xstrdup(name) : NULL;
}

static void put_escaped(struct str *out, const char *before, const char *text, const char *after)
{
	if (!text)
		return;
	str_adds(out, before);
	escape(out, text, ESC_TABLE);
	str_adds(out, after);
}

static void put_text(struct str *out, const struct nat_answer *a, enum l4 l4)
{
	str_addf(out, "IPv%c %s ", a->family == FAM6 ? '6' : '4',
		 l4 == L4_TCP ? "connections" : "datagrams");
	str_adds(out, a->hook == HOOK_OUTPUT ? "from this host itself" : "that come in");
	put_escaped(out, " are sent to ", a->to, "");
	put_escaped(out, " (", a->holder, ")");
	put_escaped(out, ", where ", a->where, "");
	put_escaped(out, " [", a->chain, "].");
}

static void add(struct nat_answers *out, const struct rule_question *q, const struct rule_hit *hit)
{
	struct str text = { 0 }, chain = { 0 };
	struct nat_answer *a;

	out->list = xrealloc(out->list, out->n + 1, sizeof(*out->list));
	a = &out->list[out->n++];
	str_addf(&chain, "%s %s", hit->chain->table, hit->chain->name);
	*a = (struct nat_answer){
		.family = q->family, .hook = q->hook, .to = destination(hit, q->family),
		.where = hit->where ? xstrdup(hit->where) : NULL, .chain = chain.s,
		.holder = holder(hit->rule),
	};
	put_text(&text, a, q->l4);
	a->text = text.s;
}

void nat_find(struct nat_answers *out, struct nat *nat, enum l4 l4, uint16_t port,
	      const struct prefix *addr)
{
	struct rule_question q = { .l4 = l4, .port = port, .addr = addr };
	struct rule_hits hits;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->unseen = nat->unseen;
	for (q.family = FAM4; q.family <= FAM6; q.family++) {
		if (addr && !prefix_is_any(addr) &&
		    q.family != (unsigned int)(addr->af == AF_INET6 ? FAM6 : FAM4))
			continue;
		for (q.hook = HOOK_PREROUTING; q.hook <= HOOK_OUTPUT; q.hook++) {
			rules_ask(&nat->rules, &q, &hits);
			for (i = 0; i < hits.n; i++)
				add(out, &q, &hits.list[i]);
			if (hits.lost)
				out->unseen = "there are too many rules";
			else if (hits.more)
				out->unseen = "only the first four of each way are told";
			rule_hits_free(&hits);
		}
	}
}

bool nat_has_family(const struct nat_answers *answers, unsigned int family)
{
	size_t i;

	for (i = 0; i < answers->n; i++)
		if (answers->list[i].family == family)
			return true;
	return false;
}

void nat_answers_free(struct nat_answers *out)
{
	while (out->n) {
		struct nat_answer *a = &out->list[--out->n];

		free(a->to);
		free(a->where);
		free(a->chain);
		free(a->holder);
		free(a->text);
	}
	free(out->list);
	memset(out, 0, sizeof(*out));
}
