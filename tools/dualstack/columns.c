// SPDX-License-Identifier: GPL-2.0-only
/* The columns of the output: how each is filled from a row. */
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "columns.h"
#include "netns.h"

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
	return text(c, verdict_name(r->v4));
}

static bool get_v6(const struct row *r, struct cell *c)
{
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
	return text(c, user_name(r->uid));
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
	str_addc(out, ':');
	str_addu(out, r->port);
}

static bool get_local(const struct row *r, struct cell *c)
{
	str_reset(&c->buf);
	local_text(r, &c->buf);
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

bool process_text(const struct row *r, size_t max, struct str *out)
{
	const char *comm = NULL;
	uint32_t i;

	for (i = 0; i < r->n_owners && i < max; i++) {
		const struct owner *o = &r->owners[i];

		if (comm && !strcmp(comm, o->comm)) {
			str_addc(out, ',');
		} else {
			str_adds(out, comm ? ")," : "");
			str_adds(out, o->comm);
			str_addc(out, '(');
		}
		str_addu(out, o->pid);
		comm = o->comm;
	}
	if (i)
		str_addc(out, ')');
	if (i < r->n_owners) {
		str_adds(out, ",+");
		str_addu(out, r->n_owners - i);
	}
	return r->n_owners;
}

static bool get_process(const struct row *r, struct cell *c)
{
	str_reset(&c->buf);
	return process_text(r, PROCESSES_SHOWN, &c->buf) && text(c, c->buf.s);
}

static bool get_processes(const struct row *r, struct cell *c)
{
	str_reset(&c->buf);
	return process_text(r, SIZE_MAX, &c->buf) && text(c, c->buf.s);
}

static bool get_unit(const struct row *r, struct cell *c)
{
	return text(c, cgroup_unit(r));
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

/* The word is there only where it is not 0; without the module nothing is known. */
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

static bool get_bpf(const struct row *r, struct cell *c)
{
	return number(c, !!(r->has & HAS_BPF), true);
}

static bool get_cpu(const struct row *r, struct cell *c)
{
	return number(c, r->cpu, r->has & HAS_CPU);
}

static bool get_transparent(const struct row *r, struct cell *c)
{
	return number(c, !!(r->has & HAS_TRANSPARENT), true);
}

static bool get_freebind(const struct row *r, struct cell *c)
{
	return number(c, !!(r->has & HAS_FREEBIND), true);
}

static bool get_mptcp(const struct row *r, struct cell *c)
{
	return number(c, !!(r->has & HAS_MPTCP), true);
}

/* Names and types are the interface (dualstack(8), COLUMNS): add, never change. */
const struct column all_columns[] = {
	{ "proto", T_STRING, 0, get_proto, "families that the socket takes: tcp4 ... udp46",
	  false },
	{ "port", T_NUMBER, 0, get_port, "local port", false },
	{ "v4", T_STRING, 0, get_v4, "what becomes of IPv4 packets", false },
	{ "v6", T_STRING, 0, get_v6, "what becomes of IPv6 packets", false },
	{ "v6only", T_BOOLEAN, 0, get_v6only, "IPV6_V6ONLY as it stands", false },
	{ "uid", T_NUMBER, 0, get_uid, "owner of the socket", false },
	{ "user", T_STRING, 0, get_user, "owner of the socket by name", true },
	{ "inode", T_NUMBER, 0, get_inode, "inode of the socket", false },
	{ "dev", T_STRING, 0, get_dev, "interface that it is bound to", true },
	{ "address", T_STRING, 0, get_address, "address that it is bound to", false },
	{ "local", T_STRING, 0, get_local, "address and port in one", false },
	{ "pid", T_NUMBER, NEED_OWNERS, get_pid, "lowest process id of those that hold it", false },
	{ "pids", T_NUMBERS, NEED_OWNERS, get_pids, "all of them", false },
	{ "comm", T_STRING, NEED_OWNERS, get_comm, "name of the process with the lowest id", true },
	{ "process", T_STRING, NEED_OWNERS, get_process, "names and ids, the first three", true },
	{ "processes", T_STRING, NEED_OWNERS, get_processes, "names and ids, all", true },
	{ "unit", T_STRING, NEED_OWNERS, get_unit, "systemd unit or container", true },
	{ "cgroup", T_NUMBER, 0, get_cgroup, "cgroup v2 id of the socket", false },
	{ "netns", T_NUMBER, NEED_NETNS, get_netns, "inode of its network namespace", false },
	{ "nsname", T_STRING, NEED_NETNS, get_nsname, "name of its network namespace", true },
	{ "count", T_NUMBER, 0, get_count, "sockets that this row stands for (--fold)", false },
	{ "queue", T_NUMBER, 0, get_queue, "TCP: connections that wait for accept()", false },
	{ "backlog", T_NUMBER, 0, get_backlog, "TCP: how many may wait", false },
	{ "rx", T_NUMBER, 0, get_rx, "UDP: bytes that wait to be received", false },
	{ "drops", T_NUMBER, 0, get_drops, "packets dropped at this socket", false },
	{ "group", T_NUMBER, 0, get_group, "members of its SO_REUSEPORT group", false },
	{ "v4by", T_NUMBER, 0, get_v4by, "inode of the socket that takes its IPv4", false },
	{ "v6by", T_NUMBER, 0, get_v6by, "inode of the socket that takes its IPv6", false },
	{ "bpf", T_BOOLEAN, 0, get_bpf, "a BPF program chooses sockets here", false },
	{ "cpu", T_NUMBER, 0, get_cpu, "SO_INCOMING_CPU", false },
	{ "transparent", T_BOOLEAN, 0, get_transparent, "IP_TRANSPARENT", false },
	{ "freebind", T_BOOLEAN, 0, get_freebind, "IP_FREEBIND", false },
	{ "mptcp", T_BOOLEAN, 0, get_mptcp, "MPTCP listener", false },
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

bool columns_have(const struct columns *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (!strcmp(c->list[i]->name, name))
			return true;
	return false;
}

static void append(struct columns *c, const struct column *col)
{
	c->list = xrealloc(c->list, c->n + 1, sizeof(*c->list));
	c->list[c->n++] = col;
}

void columns_add(struct columns *c, const char *name)
{
	if (!columns_have(c, name))
		append(c, column_by_name(name, strlen(name)));
}

void columns_add_narrow(struct columns *c, const char *name)
{
	const struct column *last;
	size_t i;

	if (columns_have(c, name))
		return;
	columns_add(c, name);
	last = c->list[c->n - 1];
	for (i = c->n - 1; i > 0 && c->list[i - 1]->type == T_STRING &&
	     (c->list[i - 1]->needs & NEED_OWNERS || !strcmp(c->list[i - 1]->name, "user")); i--)
		c->list[i] = c->list[i - 1];
	c->list[i] = last;
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
		/* twice the same key would be no valid JSON object */
		if (!columns_have(c, col->name))
			append(c, col);
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

const char *cell_text(const struct column *col, const struct row *r, struct cell *c)
{
	if (!col->get(r, c))
		return "-";
	if (col->type == T_STRING || col->type == T_NUMBERS)
		return c->text;
	str_reset(&c->buf);
	str_addu(&c->buf, c->number);
	return c->buf.s;
}

struct user {
	struct user *next;
	uint32_t uid;
	char *name;
};

static bool numeric;

void users_numeric(void)
{
	numeric = true;
}

/* Asked once a user, not once a row: the answer may come over the network. */
const char *user_name(uint32_t uid)
{
	static struct user *users;
	const struct passwd *pw;
	struct user *u;

	for (u = users; u; u = u->next)
		if (u->uid == uid)
			return u->name;
	pw = numeric ? NULL : getpwuid(uid);
	u = xcalloc(1, sizeof(*u));
	u->uid = uid;
	u->next = users;
	if (pw) {
		u->name = xstrdup(pw->pw_name);
	} else {
		u->name = xmalloc(24);
		u64_text(u->name, uid);
	}
	users = u;
	return u->name;
}
