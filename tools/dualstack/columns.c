// SPDX-License-Identifier: GPL-2.0-only
/* The columns of the output: how to get the value of each from a row. */
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"
#include "cgroup.h"
#include "columns.h"
#include "fail.h"
#include "netns.h"
#include "owners.h"
#include "scope.h"
#include "takers.h"

#define PROCESSES_SHOWN 3

static bool number(struct cell *c, uint64_t n, bool there)
{
	c->number = n;
	return there;
}

static bool text(struct cell *c, const char *s)
{
	c->text = s;
	return s;
}

static bool get_netns(const struct row *r, struct cell *c)
{
	return number(c, r->netns, r->has & HAS_NETNS);
}

static bool get_nsname(const struct row *r, struct cell *c)
{
	return r->has & HAS_NETNS && text(c, netns_name(r->netns));
}

static bool get_proto(const struct row *r, struct cell *c)
{
	return text(c, proto_name(r));
}

static bool get_port(const struct row *r, struct cell *c)
{
	return number(c, r->port, true);
}

static bool get_v4(const struct row *r, struct cell *c)
{
	c->number = r->v4;
	return text(c, verdict_name(r->v4));
}

static bool get_v6(const struct row *r, struct cell *c)
{
	c->number = r->v6;
	return text(c, verdict_name(r->v6));
}

static bool get_v6only(const struct row *r, struct cell *c)
{
	return number(c, r->v6only, r->v6only >= 0);
}

static bool get_uid(const struct row *r, struct cell *c)
{
	return number(c, r->uid, true);
}

static bool get_user(const struct row *r, struct cell *c)
{
	return text(c, user_text(c->table, r->uid));
}

static bool get_inode(const struct row *r, struct cell *c)
{
	return number(c, r->inode, r->inode);
}

static bool get_dev(const struct row *r, struct cell *c)
{
	return text(c, r->dev);
}

static bool get_address(const struct row *r, struct cell *c)
{
	return text(c, r->addr->text);
}

void local_text(const struct row *r, struct str *out)
{
	bool v6 = r->addr->af == AF_INET6;

	if (v6)
		str_addc(out, '[');
	str_adds(out, r->addr->text);
	if (v6)
		str_addc(out, ']');
	if (r->dev) {
		str_addc(out, '%');
		escape(out, r->dev, ESC_TABLE);
	}
	str_addc(out, ':');
	str_addu(out, r->port);
}

static bool get_local(const struct row *r, struct cell *c)
{
	struct row plain = *r;

	/* the device has a column of its own */
	plain.dev = NULL;
	str_reset(&c->buf);
	local_text(&plain, &c->buf);
	return text(c, c->buf.s);
}

static bool get_pid(const struct row *r, struct cell *c)
{
	return r->n_owners && number(c, r->owners[0].pid, true);
}

static bool get_pids(const struct row *r, struct cell *c)
{
	uint32_t i;

	str_reset(&c->buf);
	for (i = 0; i < r->n_owners; i++) {
		if (i)
			str_addc(&c->buf, ',');
		str_addu(&c->buf, r->owners[i].pid);
	}
	return r->n_owners && text(c, c->buf.s);
}

static bool get_comm(const struct row *r, struct cell *c)
{
	return r->n_owners && text(c, r->owners[0].comm);
}

static bool get_process(const struct row *r, struct cell *c)
{
	str_reset(&c->buf);
	return process_text(r, PROCESSES_SHOWN, c->how, &c->buf) && text(c, c->buf.s);
}

static bool get_processes(const struct row *r, struct cell *c)
{
	str_reset(&c->buf);
	return process_text(r, SIZE_MAX, c->how, &c->buf) && text(c, c->buf.s);
}

static bool get_fd(const struct row *r, struct cell *c)
{
	return r->n_owners && number(c, r->owners[0].fd, true);
}

static bool get_exe(const struct row *r, struct cell *c)
{
	char path[4096];
	ssize_t n;

	if (!r->n_owners)
		return false;
	n = readlink(sys_path("/proc/%u/exe", r->owners[0].pid), path, sizeof(path));
	if (n <= 0)
		return false;
	str_reset(&c->buf);
	str_add(&c->buf, path, n);
	return text(c, c->buf.s);
}

/* A kernel thread has no command line, nor has a process that is exiting. */
static bool get_args(const struct row *r, struct cell *c)
{
	char buf[4096];
	size_t n, i;
	FILE *file;

	file = r->n_owners ? fopen(sys_path("/proc/%u/cmdline", r->owners[0].pid), "re") : NULL;
	if (!file)
		return false;
	n = fread(buf, 1, sizeof(buf), file);
	fclose(file);
	while (n && !buf[n - 1])
		n--;
	for (i = 0; i < n; i++)
		if (!buf[i])
			buf[i] = ' ';
	str_reset(&c->buf);
	str_add(&c->buf, buf, n);
	return n && text(c, c->buf.s);
}

static bool get_unit(const struct row *r, struct cell *c)
{
	return text(c, cgroup_unit(c->table, r));
}

static bool get_container(const struct row *r, struct cell *c)
{
	return text(c, cgroup_container(c->table, r));
}

static bool get_cgroup(const struct row *r, struct cell *c)
{
	return number(c, r->cgroup, r->has & HAS_CGROUP);
}

static bool get_count(const struct row *r, struct cell *c)
{
	return number(c, r->count, true);
}

static bool get_queue(const struct row *r, struct cell *c)
{
	return number(c, r->queue, r->has & HAS_QUEUE);
}

static bool get_backlog(const struct row *r, struct cell *c)
{
	return number(c, r->backlog, r->has & HAS_QUEUE);
}

static bool get_rx(const struct row *r, struct cell *c)
{
	return number(c, r->rx, r->has & HAS_RX);
}

/* A row without the word has 0 drops. */
static bool get_drops(const struct row *r, struct cell *c)
{
	return number(c, r->drops, true);
}

static bool get_group(const struct row *r, struct cell *c)
{
	return number(c, r->group, r->has & HAS_GROUP);
}

static bool get_v4by(const struct row *r, struct cell *c)
{
	return number(c, r->v4by, r->has & HAS_V4BY);
}

static bool get_v6by(const struct row *r, struct cell *c)
{
	return number(c, r->v6by, r->has & HAS_V6BY);
}

static bool taker(const struct row *r, struct cell *c, uint32_t bit, uint64_t inode)
{
	str_reset(&c->buf);
	if (r->has & bit)
		put_taker(&c->buf, c->table, inode, c->how);
	return r->has & bit && text(c, c->buf.s);
}

static bool get_v4taker(const struct row *r, struct cell *c)
{
	return taker(r, c, HAS_V4BY, r->v4by);
}

static bool get_v6taker(const struct row *r, struct cell *c)
{
	return taker(r, c, HAS_V6BY, r->v6by);
}

/* A flag that is not set is known to be off only if the row's source shows this flag. */
static bool flag(const struct row *r, struct cell *c, uint32_t bit)
{
	return number(c, !!(r->has & bit), (r->has | r->knows) & bit);
}

static bool get_bpf(const struct row *r, struct cell *c)
{
	return flag(r, c, HAS_BPF);
}

static bool get_cpu(const struct row *r, struct cell *c)
{
	return number(c, r->cpu, r->has & HAS_CPU);
}

static bool get_transparent(const struct row *r, struct cell *c)
{
	return flag(r, c, HAS_TRANSPARENT);
}

static bool get_freebind(const struct row *r, struct cell *c)
{
	return flag(r, c, HAS_FREEBIND);
}

static bool get_mptcp(const struct row *r, struct cell *c)
{
	return r->l4 == L4_TCP && flag(r, c, HAS_MPTCP);
}

static bool get_mcast(const struct row *r, struct cell *c)
{
	return number(c, r->mcast, r->has & HAS_MCAST);
}

static bool get_mcall(const struct row *r, struct cell *c)
{
	return r->l4 == L4_UDP && flag(r, c, HAS_NO_MCALL) && number(c, !c->number, true);
}

static bool get_scope(const struct row *r, struct cell *c)
{
	return text(c, scope_name(row_scope(r)));
}

static bool served(struct cell *c, enum verdict v)
{
	return number(c, verdict_reached(v), v != V_UNKNOWN);
}

static bool get_serves4(const struct row *r, struct cell *c)
{
	return served(c, r->v4);
}

static bool get_serves6(const struct row *r, struct cell *c)
{
	return served(c, r->v6);
}

/* Why a verdict is "?". */
static bool get_why(const struct row *r, struct cell *c)
{
	if (r->v4 != V_UNKNOWN && r->v6 != V_UNKNOWN)
		return false;
	if (c->table->source == SOURCE_BPF)
		return text(c, reason_name(r->reason));
	if (!(r->has & (HAS_CHAIN | HAS_MANY | HAS_PEERS)))
		return text(c, source_name(c->table->source));
	str_reset(&c->buf);
	str_adds(&c->buf, r->has & HAS_CHAIN ? "chain=" : r->has & HAS_MANY ? "many=" : "peers=");
	str_addu(&c->buf, r->why);
	return text(c, c->buf.s);
}

/* Names and types are the interface (dualstack(8), COLUMNS): add, never change. */
const struct column all_columns[] = {
	{ "proto", T_STRING, 0, 0, get_proto, "families that the socket takes: tcp4 ... udp46" },
	{ "port", T_NUMBER, 0, 0, get_port, "local port" },
	{ "v4", T_STRING, 0, COL_VERDICT, get_v4, "what becomes of IPv4 packets" },
	{ "v6", T_STRING, 0, COL_VERDICT, get_v6, "what becomes of IPv6 packets" },
	{ "serves4", T_BOOLEAN, 0, 0, get_serves4,
	  "IPv4 packets reach it: yes, shared or partial" },
	{ "serves6", T_BOOLEAN, 0, 0, get_serves6, "IPv6 packets reach it" },
	{ "scope", T_STRING, 0, 0, get_scope, "from where: host (loopback), link or global" },
	{ "v6only", T_BOOLEAN, 0, COL_OPTIONAL, get_v6only, "IPV6_V6ONLY as it stands" },
	{ "uid", T_NUMBER, 0, 0, get_uid, "owner of the socket" },
	{ "user", T_STRING, 0, COL_FOREIGN | COL_LAST, get_user, "owner of the socket by name" },
	{ "inode", T_NUMBER, 0, 0, get_inode, "inode of the socket" },
	{ "dev", T_STRING, 0, COL_FOREIGN | COL_CUT | COL_OPTIONAL, get_dev,
	  "interface that it is bound to" },
	{ "address", T_STRING, 0, COL_CUT, get_address, "address that it is bound to" },
	{ "local", T_STRING, 0, COL_CUT, get_local, "address and port in one" },
	{ "pid", T_NUMBER, NEED_OWNERS, 0, get_pid, "lowest process id of those that hold it" },
	{ "pids", T_NUMBERS, NEED_OWNERS, COL_SHRINKS, get_pids, "all of them" },
	{ "comm", T_STRING, NEED_OWNERS, COL_FOREIGN | COL_LAST, get_comm,
	  "name of the process with the lowest id" },
	{ "process", T_STRING, NEED_OWNERS, COL_ESCAPED | COL_SHRINKS | COL_LAST, get_process,
	  "names and ids, the first three" },
	{ "processes", T_STRING, NEED_OWNERS, COL_ESCAPED | COL_SHRINKS | COL_LAST, get_processes,
	  "names and ids, all" },
	{ "fd", T_NUMBER, NEED_OWNERS, COL_OPTIONAL, get_fd,
	  "descriptor of it in the process pid" },
	{ "exe", T_STRING, NEED_OWNERS, COL_FOREIGN | COL_SHRINKS | COL_LAST | COL_OPTIONAL,
	  get_exe, "program of the process pid" },
	{ "args", T_STRING, NEED_OWNERS, COL_FOREIGN | COL_SHRINKS | COL_LAST | COL_OPTIONAL,
	  get_args, "command line of the process pid" },
	{ "unit", T_STRING, NEED_OWNERS, COL_FOREIGN | COL_SHRINKS | COL_LAST, get_unit,
	  "systemd unit or container" },
	{ "container", T_STRING, NEED_OWNERS,
	  COL_FOREIGN | COL_SHRINKS | COL_LAST | COL_OPTIONAL, get_container,
	  "container, or namespace/pod/container, by name" },
	{ "cgroup", T_NUMBER, 0, COL_OPTIONAL, get_cgroup, "cgroup v2 id of the socket" },
	{ "netns", T_NUMBER, NEED_NETNS, 0, get_netns, "inode of its network namespace" },
	{ "nsname", T_STRING, NEED_NETNS, COL_FOREIGN, get_nsname,
	  "name of its network namespace" },
	{ "count", T_NUMBER, 0, 0, get_count, "sockets that this row stands for (--fold)" },
	{ "queue", T_NUMBER, 0, COL_OPTIONAL, get_queue,
	  "TCP: connections that wait for accept()" },
	{ "backlog", T_NUMBER, 0, COL_OPTIONAL, get_backlog, "TCP: how many may wait" },
	{ "rx", T_NUMBER, 0, COL_OPTIONAL, get_rx, "UDP: bytes that wait to be received" },
	{ "drops", T_NUMBER, 0, 0, get_drops, "packets dropped at this socket" },
	{ "group", T_NUMBER, 0, COL_OPTIONAL, get_group, "members of its SO_REUSEPORT group" },
	{ "v4by", T_NUMBER, 0, COL_OPTIONAL, get_v4by, "inode of the socket that takes its IPv4" },
	{ "v6by", T_NUMBER, 0, COL_OPTIONAL, get_v6by, "inode of the socket that takes its IPv6" },
	{ "v4taker", T_STRING, NEED_TAKERS, COL_ESCAPED | COL_SHRINKS | COL_LAST | COL_OPTIONAL,
	  get_v4taker, "names and ids of those who take its IPv4" },
	{ "v6taker", T_STRING, NEED_TAKERS, COL_ESCAPED | COL_SHRINKS | COL_LAST | COL_OPTIONAL,
	  get_v6taker, "names and ids of those who take its IPv6" },
	{ "bpf", T_BOOLEAN, 0, COL_OPTIONAL, get_bpf, "a BPF program chooses sockets here" },
	{ "cpu", T_NUMBER, 0, COL_OPTIONAL, get_cpu, "SO_INCOMING_CPU" },
	{ "transparent", T_BOOLEAN, 0, COL_OPTIONAL, get_transparent, "IP_TRANSPARENT" },
	{ "freebind", T_BOOLEAN, 0, COL_OPTIONAL, get_freebind, "IP_FREEBIND" },
	{ "mptcp", T_BOOLEAN, 0, COL_OPTIONAL, get_mptcp, "MPTCP listener" },
	{ "mcast", T_NUMBER, 0, COL_OPTIONAL, get_mcast, "UDP: multicast groups that it joined" },
	{ "mcall", T_BOOLEAN, 0, COL_OPTIONAL, get_mcall,
	  "UDP: IP_MULTICAST_ALL, copies of all groups" },
	{ "why", T_STRING, 0, COL_OPTIONAL, get_why, "why a verdict is ?" },
};

const size_t n_all_columns = ARRAY_SIZE(all_columns);

const char *column_type_name(const struct column *c)
{
	static const char *const names[] = {
		[T_STRING] = "string", [T_NUMBER] = "number", [T_BOOLEAN] = "boolean",
		[T_NUMBERS] = "numbers",
	};

	return names[c->type];
}

const struct column *column_by_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < n_all_columns; i++)
		if (strlen(all_columns[i].name) == len &&
		    !strncasecmp(all_columns[i].name, name, len))
			return &all_columns[i];
	return NULL;
}

static bool columns_have(const struct columns *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (!strcmp(c->list[i]->name, name))
			return true;
	return false;
}

void columns_append(struct columns *c, const struct column *col)
{
	c->list = xrealloc(c->list, c->n + 1, sizeof(*c->list));
	c->list[c->n++] = col;
}

void columns_add(struct columns *c, const char *name)
{
	if (!columns_have(c, name))
		columns_append(c, column_by_name(name, strlen(name)));
}

void columns_add_narrow(struct columns *c, const char *name)
{
	const struct column *last;
	size_t i;

	if (columns_have(c, name))
		return;
	columns_add(c, name);
	last = c->list[c->n - 1];
	for (i = c->n - 1; i > 0 && c->list[i - 1]->traits & COL_LAST; i--)
		c->list[i] = c->list[i - 1];
	c->list[i] = last;
}

static bool any_has(const struct column *col, const struct table *t)
{
	struct cell c = { .table = t };
	bool there = false;
	size_t i;

	for (i = 0; i < t->n && !there; i++)
		there = col->get(&t->rows[i], &c) && (col->type != T_BOOLEAN || c.number);
	str_free(&c.buf);
	return there;
}

void columns_drop_empty(struct columns *c, const struct table *t)
{
	size_t i, n = 0;

	for (i = 0; i < c->n; i++)
		if (!(c->list[i]->traits & COL_OPTIONAL) || any_has(c->list[i], t))
			c->list[n++] = c->list[i];
	c->n = n;
}

bool columns_parse(struct columns *c, const char *list, struct fail *f)
{
	const struct column *col;
	size_t len;

	if (*list == '+')
		list++;
	else
		c->n = 0;
	for (;;) {
		len = strcspn(list, ",");
		col = column_by_name(list, len);
		if (!col)
			return fail_set(f, ST_USAGE, "unknown column '%.*s': "
					"dualstack --list-columns names them",
					(int)(len < 60 ? len : 60), list);
		/* a JSON object must not have the same key twice */
		if (!columns_have(c, col->name))
			columns_append(c, col);
		if (!list[len])
			return true;
		list += len + 1;
	}
}

unsigned int columns_need(const struct columns *c)
{
	unsigned int needs = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		needs |= c->list[i]->needs;
	return needs;
}

void put_cell(struct str *out, const struct column *col, const struct row *r, struct cell *c)
{
	if (!col->get(r, c))
		str_addc(out, '-');
	else if (col->traits & COL_FOREIGN)
		escape(out, c->text, c->how);
	else if (col->type == T_STRING || col->type == T_NUMBERS)
		str_adds(out, c->text);
	else
		str_addu(out, c->number);
}

struct user {
	struct user *next;
	uint32_t uid;
	char *name, number[11];
};

/* Calls getpwuid() once for each user: the answer may come over the network. */
static const struct user *user_by_uid(uint32_t uid, bool ask)
{
	static struct user *users;
	const struct passwd *pw;
	struct user *u;

	for (u = users; u; u = u->next)
		if (u->uid == uid)
			return u;
	pw = ask ? getpwuid(uid) : NULL;
	u = xcalloc(1, sizeof(*u));
	u->uid = uid;
	u->next = users;
	u->name = pw ? xstrdup(pw->pw_name) : NULL;
	u64_text(u->number, uid);
	users = u;
	return u;
}

const char *user_text(const struct table *t, uint32_t uid)
{
	const struct user *u = user_by_uid(uid, !t->numeric);

	return u->name ? u->name : u->number;
}
