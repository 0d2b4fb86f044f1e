// SPDX-License-Identifier: GPL-2.0-only
/* `dualstack explain`: the answer about one port in sentences. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "explain.h"
#include "out.h"
#include "owners.h"
#include "serve.h"
#include "servers.h"
#include "source.h"

#define INDENT "    "
#define WIDTH 88

/* A port in question, and what speaks of it. */
struct question {
	const struct table *t;
	const struct prefix *addr;	/* NULL: any */
	enum l4 l4;
	uint16_t port;
	struct service found;
	int bindv6only;			/* the sysctl; -1: unknown (a saved table) */
};

static const char *l4_name(enum l4 l4)
{
	return l4 == L4_TCP ? "TCP" : "UDP";
}

/* A paragraph, its lines broken at blanks, every line indented. */
static void say(const struct str *text)
{
	const char *at = text->s, *end;
	size_t len;

	while (*at) {
		len = strlen(at);
		if (len > WIDTH) {
			for (end = at + WIDTH; end > at && *end != ' '; end--)
				;
			len = end > at ? (size_t)(end - at) : strcspn(at, " ");
		}
		printf(INDENT "%.*s\n", (int)len, at);
		at += len;
		at += strspn(at, " ");
	}
}

static void __printf(1, 2) sayf(const char *fmt, ...)
{
	struct str text = { 0 };
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	str_reset(&text);
	str_adds(&text, buf);
	say(&text);
	str_free(&text);
}

static void put_holder(struct str *out, const struct row *r)
{
	struct str who = { 0 };

	if (process_text(r, 3, &who))
		escape(out, who.s, ESC_TABLE);
	else
		str_addf(out, "the socket of user %s", user_name(r->uid));
	str_free(&who);
}

/* "nginx(812) on [::]:80 (inode 11080)" */
static void put_row(struct str *out, const struct row *r)
{
	put_holder(out, r);
	str_adds(out, " on ");
	local_text(r, out);
	if (r->dev)
		str_addf(out, " at %s", r->dev);
	str_addf(out, " (inode %llu)", (unsigned long long)r->inode);
}

static const struct row *row_by_inode(const struct table *t, uint64_t inode)
{
	size_t i;

	for (i = 0; inode && i < t->n; i++)
		if (t->rows[i].inode == inode)
			return &t->rows[i];
	return NULL;
}

/* The first line: who gets the clients of one family. */
static void say_family(const struct question *q, bool v6)
{
	struct str text = { 0 };
	size_t i, n = 0;

	str_addf(&text, "IPv%c clients: ", v6 ? '6' : '4');
	for (i = 0; i < q->found.n; i++) {
		const struct row *r = q->found.rows[i];

		if (!verdict_reached(v6 ? r->v6 : r->v4))
			continue;
		if (n && row_same_group(r, q->found.rows[i - 1]))
			continue;
		str_adds(&text, n++ ? "; " : (v6 ? r->v6 : r->v4) == V_UNKNOWN ? "perhaps " :
			 "served by ");
		put_row(&text, r);
		if ((v6 ? r->v6 : r->v4) == V_PARTIAL)
			str_adds(&text, ", a part of them");
	}
	if (!n)
		str_adds(&text, q->l4 == L4_TCP ? "not served, a connection is refused" :
			 "not served, a datagram is answered by 'port unreachable'");
	str_addc(&text, '.');
	printf("  %s\n", text.s);
	str_free(&text);
}

static const char *wildcard_reason(const struct question *q, const struct row *r)
{
	if (r->v6only == 0)
		return q->bindv6only == 1 ?
			"IPV6_V6ONLY is off although net.ipv6.bindv6only=1 makes on the default: "
			"the program switched it off (or the sysctl was changed after the socket "
			"was made)." :
			q->bindv6only < 0 ? "IPV6_V6ONLY is off." :
			"IPV6_V6ONLY is off, as net.ipv6.bindv6only=0 has it by default: most "
			"likely the program left it alone (the kernel keeps no record of a program "
			"that sets it to what it is).";
	return q->bindv6only == 0 ?
		"IPV6_V6ONLY is on although net.ipv6.bindv6only=0 makes off the default: the "
		"program switched it on (or the sysctl was changed after the socket was made)." :
		q->bindv6only < 0 ? "IPV6_V6ONLY is on." :
		"IPV6_V6ONLY is on, as net.ipv6.bindv6only=1 has it by default: most likely the "
		"program left it alone (the kernel keeps no record of a program that sets it to "
		"what it is).";
}

static void say_settings(const struct question *q, const struct row *r)
{
	if (r->addr->af == AF_INET)
		sayf("By its settings: an IPv4 socket (AF_INET). It never takes IPv6.");
	else if (r->addr->mapped)
		sayf("By its settings: an IPv6 socket bound to %s, an IPv4-mapped address. It "
		     "takes IPv4 alone, whatever IPV6_V6ONLY says.", r->addr->text);
	else if (!r->addr->any)
		sayf("By its settings: an IPv6 socket bound to one IPv6 address. It takes IPv6 "
		     "alone; bind() itself sets IPV6_V6ONLY on such a socket, so that the flag "
		     "says nothing about the program.");
	else
		sayf("By its settings: an IPv6 socket on the wildcard address, taking %s. %s",
		     r->v6only == 0 ? "IPv6, and IPv4 as ::ffff:a.b.c.d" : "IPv6 alone",
		     wildcard_reason(q, r));
}

static void put_rival(struct str *text, const struct question *q, const struct row *r, bool v6)
{
	uint64_t by = v6 ? r->v6by : r->v4by;
	const struct row *rival = row_by_inode(q->t, by);

	if (rival)
		put_row(text, rival);
	else if (by)
		str_addf(text, "the socket with inode %llu", (unsigned long long)by);
	else
		str_adds(text, r->has & HAS_BPF ? "where a BPF program sends them" :
			 "another socket");
}

static void say_noaddr(const struct row *r, bool v6)
{
	if (r->addr->any)
		sayf("IPv%c: noaddr. No IPv%c packet can arrive%s%s: no address of that family is "
		     "assigned%s.", v6 ? '6' : '4', v6 ? '6' : '4', r->dev ? " at " : "",
		     r->dev ? r->dev : "", v6 ? " (IPv6 may be switched off)" : "");
	else
		sayf("IPv%c: noaddr. Nothing can arrive: %s is not assigned%s%s%s.", v6 ? '6' : '4',
		     r->addr->text, r->dev ? " to " : " in this network namespace",
		     r->dev ? r->dev : "", r->has & HAS_FREEBIND ? "; the socket was bound ahead "
		     "with IP_FREEBIND" : "; it was removed after the bind");
}

static void say_verdict(const struct question *q, const struct row *r, bool v6)
{
	enum verdict v = v6 ? r->v6 : r->v4;
	struct str text = { 0 };

	str_addf(&text, "IPv%c: %s. ", v6 ? '6' : '4', verdict_name(v));
	switch (v) {
	case V_NONE:
		goto out;
	case V_NOADDR:
		say_noaddr(r, v6);
		goto out;
	case V_YES:
		str_adds(&text, "Every packet for this address and port reaches this socket.");
		break;
	case V_SHARED:
		str_addf(&text, "Every packet reaches its SO_REUSEPORT group of %u sockets; a hash "
			 "of the client's address picks the member.", r->group);
		break;
	case V_PARTIAL:
		str_adds(&text, "A part reaches it; for more specific addresses or devices the "
			 "packets go to ");
		put_rival(&text, q, r, v6);
		str_addc(&text, '.');
		break;
	case V_SHADOWED:
		str_adds(&text, "It would take them, but gets none: they go to ");
		put_rival(&text, q, r, v6);
		str_addc(&text, '.');
		break;
	default:
		str_adds(&text, "It takes them by its settings; whether they reach it, only the "
			 "kernel module can say.");
	}
	say(&text);
out:
	str_free(&text);
}

static void say_words(const struct row *r)
{
	if (r->dev)
		sayf("It is bound to %s: only what arrives there (or is sent here to an address of "
		     "%s) can reach it.", r->dev, r->dev);
	if (r->has & HAS_BPF)
		sayf("A BPF program chooses sockets here: it may send a packet elsewhere, by rules "
		     "that no table can show.");
	if (r->has & HAS_CPU)
		sayf("SO_INCOMING_CPU is %u: a packet handled by another CPU may prefer another "
		     "socket.", r->cpu);
	if (r->has & HAS_TRANSPARENT)
		sayf("IP_TRANSPARENT is set: TPROXY rules may bring it packets for "
		     "foreign addresses.");
	if (r->has & HAS_MPTCP)
		sayf("It is an MPTCP listener; plain TCP clients are served too.");
	if (r->has & HAS_QUEUE && r->queue > r->backlog)
		sayf("Its accept queue is full (%u of %u): new connections are dropped until the "
		     "program accepts some.", r->queue, r->backlog);
}

/* The address as netstat, lsof and ss write it. */
static void put_claims(struct str *out, const struct row *r)
{
	bool v6 = r->addr->af == AF_INET6;
	const char *low = r->l4 == L4_TCP ? "tcp" : "udp";
	const char *plain = r->addr->mapped ? r->addr->text + strlen("::ffff:") : r->addr->text;

	str_addf(out, "netstat shows '%s%s %s:%u'; lsof '%s %s ", low, v6 ? "6" : "", plain,
		 r->port, v6 ? "IPv6" : "IPv4", l4_name(r->l4));
	if (r->addr->any)
		str_addc(out, '*');
	else
		str_addf(out, v6 && !r->addr->mapped ? "[%s]" : "%s", plain);
	str_addf(out, ":%u'; ss '", r->port);
	if (r->families == (FAM4 | FAM6))
		str_addc(out, '*');
	else
		str_addf(out, v6 ? "[%s]" : "%s", r->addr->text);
	str_addf(out, ":%u'.", r->port);
}

static void say_claims(const struct row *r)
{
	struct str text = { 0 };

	str_adds(&text, "Elsewhere: ");
	put_claims(&text, r);
	if (r->addr->af == AF_INET6 && r->families == (FAM4 | FAM6))
		str_addf(&text, " netstat and lsof show the same for a socket that takes IPv6 "
			 "alone; ss -4, netstat -4 and lsof -i4 hide it%s.",
			 r->v4 == V_UNKNOWN ? " although IPv4 clients may reach it" :
			 verdict_reached(r->v4) ? " although IPv4 clients reach it" : "");
	else if (r->addr->mapped)
		str_adds(&text, " It looks like IPv6 and takes IPv4 alone; ss -4, netstat -4 and "
			 "lsof -i4 hide it.");
	else if (r->addr->af == AF_INET6 && r->addr->any)
		str_adds(&text, " netstat and lsof show the same for a socket that takes both.");
	if (r->v4 == V_SHADOWED || r->v6 == V_SHADOWED)
		str_adds(&text, " None of them says that another socket takes its clients.");
	say(&text);
	str_free(&text);
}

static void say_line(const char *what, const char *line, uint16_t port)
{
	struct str text = { 0 };

	if (!line)
		return;
	str_addf(&text, "  %s: ", what);
	server_line(&text, line, port);
	say(&text);
	str_free(&text);
}

static void say_change(const struct row *r)
{
	const struct server *s = server_of(r);

	if (r->addr->af == AF_INET6 && r->addr->any && !r->addr->mapped)
		sayf("To change it, the program calls setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, "
		     "&(int){ %d }, sizeof(int)) before bind().", r->v6only == 0);
	else
		sayf("To change it, the program binds an AF_INET6 socket to :: with IPV6_V6ONLY "
		     "off (for both families), or one socket for each family.");
	if (!s)
		return;
	sayf("In %s:", s->title);
	say_line("IPv4 and IPv6", s->both, r->port);
	say_line("IPv4 only", s->only4, r->port);
	say_line("IPv6 only", s->only6, r->port);
	say_line("note", s->note, r->port);
}

static void say_socket(const struct question *q, const struct row *r, unsigned int members)
{
	struct str text = { 0 };
	const char *unit = cgroup_unit(r);

	str_addf(&text, "%s ", proto_name(r));
	local_text(r, &text);
	str_addf(&text, ", inode %llu, user %s", (unsigned long long)r->inode, user_name(r->uid));
	if (r->n_owners) {
		str_adds(&text, ", held by ");
		put_holder(&text, r);
	}
	if (unit) {
		str_adds(&text, ", unit ");
		escape(&text, unit, ESC_TABLE);
	}
	printf("\n  %s%s\n", text.s, members > 1 ? " (and the others of its group)" : "");
	say_settings(q, r);
	say_verdict(q, r, false);
	say_verdict(q, r, true);
	say_words(r);
	say_claims(r);
	say_change(r);
	str_free(&text);
}

static void say_nobody(const struct question *q)
{
	enum l4 other = q->l4 == L4_TCP ? L4_UDP : L4_TCP;
	struct service s;

	if (q->l4 == L4_TCP)
		sayf("Nobody listens there in this network namespace. (A socket that is bound but "
		     "does not listen, or a port that a NAT rule sends elsewhere, is not in the "
		     "table.)");
	else
		sayf("No unconnected socket is bound there in this network namespace. (A port that "
		     "a NAT rule sends elsewhere is not in the table.)");
	service_find(&s, q->t, other, q->port, NULL);
	if (s.n)
		sayf("%s port %u is in use: dualstack explain %s/%u", l4_name(other), q->port,
		     other == L4_TCP ? "tcp" : "udp", q->port);
	service_free(&s);
	sayf("To serve both families: an AF_INET6 socket bound to :: with IPV6_V6ONLY off, or one "
	     "socket for each family.");
}

/* One of each group is enough: its members differ in nothing that is told here. */
static void say_sockets(const struct question *q)
{
	size_t i, k;

	for (i = 0; i < q->found.n; i++) {
		const struct row *r = q->found.rows[i];
		unsigned int members = 1;

		for (k = 0; k < i && members; k++)
			if (r->has & HAS_GROUP && row_same_group(r, q->found.rows[k]) &&
			    r->v4 == q->found.rows[k]->v4 && r->v6 == q->found.rows[k]->v6)
				members = 0;
		if (members)
			say_socket(q, r, r->has & HAS_GROUP ? r->group : 1);
	}
}

static void answer(struct question *q)
{
	service_find(&q->found, q->t, q->l4, q->port, q->addr);
	printf("%s port %u", l4_name(q->l4), q->port);
	if (q->found.n) {
		puts("");
		say_family(q, false);
		say_family(q, true);
		say_sockets(q);
	} else {
		puts(": nobody serves it");
		say_nobody(q);
	}
	service_free(&q->found);
}

static int read_bindv6only(const struct options *o)
{
	FILE *file = o->file ? NULL : fopen(sys_path("/proc/sys/net/ipv6/bindv6only"), "re");
	int c = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	return c == '0' || c == '1' ? c - '0' : -1;
}

/* Without a protocol: TCP, and UDP where somebody is there. */
static void answer_target(const struct options *o, const struct table *t,
			  const struct target *target)
{
	uint8_t protos = target->protos ? target->protos : PROTO_TCP | PROTO_UDP;
	bool first = true;
	unsigned int l4;
	struct service s;

	for (l4 = L4_TCP; l4 <= L4_UDP; l4++) {
		struct question q = {
			.t = t, .l4 = l4, .port = target->ports[0].lo,
			.addr = target->has_addr ? &target->addr : NULL,
			.bindv6only = read_bindv6only(o),
		};

		if (!(protos & (l4 == L4_TCP ? PROTO_TCP : PROTO_UDP)))
			continue;
		service_find(&s, t, l4, q.port, q.addr);
		if (target->protos || s.n || l4 == L4_TCP) {
			if (!first)
				puts("");
			first = false;
			answer(&q);
		}
		service_free(&s);
	}
}

static bool parse(const char *word, struct target *target, struct fail *f)
{
	if (!parse_target(word, strlen(word), target, f))
		return false;
	if (target->n_ports != 1 || target->ports[0].lo != target->ports[0].hi ||
	    (target->has_addr && !target->addr.single))
		return fail_set(f, ST_USAGE, "explain takes one port at a time, as in tcp/80 or "
				"[::1]:25, not '%.60s'", word);
	return true;
}

enum status explain(const struct options *o, struct fail *f)
{
	struct target *targets = xcalloc(o->n_words, sizeof(*targets));
	struct table t = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < o->n_words; i++)
		ok = parse(o->words[i], &targets[i], f);
	ok = ok && source_load(o, &t, f) && (o->file || owners_load(&t, f));
	if (ok)
		source_hint(&t);
	for (i = 0; ok && i < o->n_words; i++) {
		if (i)
			puts("");
		answer_target(o, &t, &targets[i]);
	}
	for (i = 0; i < o->n_words; i++)
		target_free(&targets[i]);
	free(targets);
	table_free(&t);
	return ok ? ST_OK : f->status;
}
