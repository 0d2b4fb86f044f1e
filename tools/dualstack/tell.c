// SPDX-License-Identifier: GPL-2.0-only
/* The sentences of explain: who serves a port's clients, what each socket is, how to change it. */
#include <stdlib.h>
#include <string.h>

#include "bpf.h"
#include "columns.h"
#include "owners.h"
#include "reason.h"
#include "servers.h"
#include "tell.h"

/* Limit of the sockets that one sentence names. */
#define NAMED 8

bool is_kernels(const struct table *t, const struct row *r)
{
	return !r->n_owners && t->owners_all;
}

void put_holder(struct str *out, const struct table *t, const struct row *r)
{
	if (process_text(r, 3, ESC_TABLE, out))
		return;
	if (is_kernels(t, r))
		str_adds(out, "the kernel (no process holds it)");
	else if (t->source == SOURCE_FILE)
		str_addf(out, "the socket of user %s", user_text(t, r->uid));
	else
		str_addf(out, "a process of user %s (not visible without root)",
			 user_text(t, r->uid));
}

/* "nginx(812) on [::]:80 (inode 11080)" */
void put_socket(struct str *out, const struct table *t, const struct row *r)
{
	put_holder(out, t, r);
	str_adds(out, " on ");
	local_text(r, out);
	str_addf(out, " (inode %llu)", (unsigned long long)r->inode);
}

static bool queue_full(const struct row *r)
{
	return r->has & HAS_QUEUE && r->queue > r->backlog;
}

/* Does the socket get clients of the family, at the address of the question? */
static bool gets(const struct question *q, const struct row *r, bool v6)
{
	const struct prefix *addr = q->wanted.addr;
	size_t i;

	if (q->found.asked)
		return r->subflows != SUBFLOWS_ONLY;
	if (row_answer(r, v6) == ANSWER_NO)
		return false;
	if (!addr || prefix_is_any(addr) || !r->addr->any)
		return true;
	/* a socket that is bound to the address gets its packets, not the wildcard */
	for (i = 0; i < q->found.n; i++)
		if (!q->found.rows[i]->addr->any && !q->found.rows[i]->dev &&
		    verdict_reached(verdict_in(q->found.rows[i], v6)))
			return false;
	return true;
}

static bool same_holder(const struct row *a, const struct row *b)
{
	uint32_t i;

	if (a->n_owners != b->n_owners || !row_same_group(a, b))
		return false;
	for (i = 0; i < a->n_owners; i++)
		if (a->owners[i].pid != b->owners[i].pid)
			return false;
	return true;
}

/* The sockets that get the family's clients. Members of a group with the same processes are one. */
struct takers {
	const struct row *list[NAMED];
	size_t n, more;			/* more: number of those not in @list */
	size_t sockets;
	bool partial, unknown, alike, group, full;
};

static void add_taker(struct takers *t, const struct row *r, bool v6)
{
	enum verdict v = verdict_in(r, v6);
	size_t i;

	t->sockets++;
	t->partial |= v == V_PARTIAL;
	t->unknown |= row_answer(r, v6) == ANSWER_UNKNOWN;
	t->alike |= v == V_UNKNOWN && row_answer(r, v6) == ANSWER_YES;
	t->group |= v == V_SHARED;
	t->full |= queue_full(r);
	for (i = 0; i < t->n; i++)
		if (same_holder(t->list[i], r))
			return;
	if (t->n < NAMED)
		t->list[t->n++] = r;
	else
		t->more++;
}

static void find_takers(const struct question *q, bool v6, struct takers *t)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < q->found.n; i++)
		if (gets(q, q->found.rows[i], v6))
			add_taker(t, q->found.rows[i], v6);
}

static void put_takers(const struct question *q, const struct takers *t, bool v6, struct str *out)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		str_adds(out, i ? "; " : "");
		put_socket(out, q->t, t->list[i]);
		if (verdict_in(t->list[i], v6) == V_PARTIAL && t->sockets > 1 && !q->found.asked)
			str_adds(out, ", a part of them");
		if (queue_full(t->list[i]))
			str_adds(out, ", whose accept queue is full");
	}
	if (t->more)
		str_addf(out, "; and %zu more", t->more);
}

/* The widest scope of the sockets that serve: the sentence has to say if it is only loopback. */
static enum scope widest(const struct takers *t)
{
	enum scope scope = SCOPE_HOST;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (row_scope(t->list[i]) > scope)
			scope = row_scope(t->list[i]);
	return t->more ? SCOPE_GLOBAL : scope;
}

static bool any_verdict(const struct question *q, bool v6, enum verdict v)
{
	size_t i;

	for (i = 0; i < q->found.n; i++)
		if (verdict_in(q->found.rows[i], v6) == v)
			return true;
	return false;
}

static void put_unserved(const struct question *q, bool v6, struct str *out)
{
	if (q->found.why)
		str_addf(out, "not served: %s", q->found.why);
	else if (nat_has_family(&q->nat, v6 ? FAM6 : FAM4))
		str_adds(out, "not served by a socket here (rules of NAT: see below)");
	else if (any_verdict(q, v6, V_NOADDR))
		str_adds(out, "not served: no packet can arrive (noaddr, see below)");
	else if (any_verdict(q, v6, V_SHADOWED))
		str_adds(out, "not served: a BPF program drops them or sends them elsewhere");
	else if (!family_has_address(q->t, v6))
		str_addf(out, "not served: no IPv%c address is assigned here", v6 ? '6' : '4');
	else
		str_adds(out, q->wanted.l4 == L4_TCP ? "not served, a connection is refused" :
			 "not served, a datagram is answered by 'port unreachable'");
}

enum answer tell_served(const struct question *q, bool v6)
{
	enum answer a = v6 ? q->found.v6 : q->found.v4;
	struct takers t;

	find_takers(q, v6, &t);
	return a == ANSWER_YES && !t.n ? ANSWER_NO : a;
}

void tell_family(const struct question *q, bool v6, struct str *out)
{
	static const char *const from[] = {
		[SCOPE_HOST] = " on this host only", [SCOPE_LINK] = " on the link only",
		[SCOPE_GLOBAL] = "",
	};
	enum answer a = tell_served(q, v6);
	struct takers t;

	find_takers(q, v6, &t);
	str_addf(out, "IPv%c clients%s: ", v6 ? '6' : '4', t.n ? from[widest(&t)] : "");
	if (!t.n && a != ANSWER_UNKNOWN)
		put_unserved(q, v6, out);
	else if (a == ANSWER_UNKNOWN && q->wanted.addr && q->found.why)
		str_addf(out, "not known: %s%s", q->found.why, t.n ? "; by their settings, " : "");
	else if (a == ANSWER_NO)
		str_addf(out, "not served: %s", q->found.why ? q->found.why : "no packet arrives");
	else if (t.unknown)
		str_adds(out, "perhaps served by ");
	else if (t.alike)
		str_adds(out, "served by one or more of ");
	else if (t.full && t.sockets == 1)
		str_adds(out, "connections time out; held by ");
	else if (t.n + t.more > 1 && t.group && !t.partial)
		str_addf(out, "shared by %zu sockets: ", t.sockets);
	else
		str_adds(out, "served by ");
	if (a != ANSWER_NO)
		put_takers(q, &t, v6, out);
	str_addc(out, '.');
}

static const char *wildcard_reason(int bindv6only, const struct row *r)
{
	if (r->v6only == 0)
		return bindv6only == 1 ?
			"IPV6_V6ONLY is off although net.ipv6.bindv6only=1 makes on the default: "
			"the program switched it off (or the sysctl was changed after the socket "
			"was made)." :
			bindv6only < 0 ? "IPV6_V6ONLY is off." :
			"IPV6_V6ONLY is off, as net.ipv6.bindv6only=0 has it by default: most "
			"likely the program left it alone (the kernel keeps no record of a program "
			"that sets it to what it is).";
	return bindv6only == 0 ?
		"IPV6_V6ONLY is on although net.ipv6.bindv6only=0 makes off the default: the "
		"program switched it on (or the sysctl was changed after the socket was made)." :
		bindv6only < 0 ? "IPV6_V6ONLY is on." :
		"IPV6_V6ONLY is on, as net.ipv6.bindv6only=1 has it by default: most likely the "
		"program left it alone (the kernel keeps no record of a program that sets it to "
		"what it is).";
}

static void tell_settings(const struct question *q, const struct row *r, struct lines *out)
{
	if (r->addr->af == AF_INET)
		lines_addf(out, "By its settings: an IPv4 socket (AF_INET). It never takes IPv6.");
	else if (r->addr->mapped)
		lines_addf(out, "By its settings: an IPv6 socket bound to %s, an IPv4-mapped "
			   "address. It takes IPv4 alone, whatever IPV6_V6ONLY says.",
			   r->addr->text);
	else if (!r->addr->any)
		lines_addf(out, "By its settings: an IPv6 socket bound to one IPv6 address. It "
			   "takes IPv6 alone; bind() itself sets IPV6_V6ONLY on such a socket, so "
			   "that the flag says nothing about the program.");
	else
		lines_addf(out, "By its settings: an IPv6 socket on the wildcard address, taking "
			   "%s. %s", r->v6only == 0 ? "IPv6, and IPv4 as ::ffff:a.b.c.d" :
			   "IPv6 alone", wildcard_reason(q->bindv6only, r));
}

static const struct row *row_by_inode(const struct table *t, uint64_t inode)
{
	size_t i;

	for (i = 0; inode && i < t->n; i++)
		if (t->rows[i].inode == inode)
			return &t->rows[i];
	return NULL;
}

/* Whether @other gets packets for addresses that the row's bind covers, too. */
static bool is_rival(const struct row *r, const struct row *other, bool v6)
{
	if (other == r || other->port != r->port || other->l4 != r->l4 ||
	    other->netns != r->netns || !verdict_reached(verdict_in(other, v6)))
		return false;
	if (row_same_group(r, other) && verdict_in(other, v6) == verdict_in(r, v6))
		return false;
	return r->addr->any || other->addr->any || r->addr == other->addr;
}

/* Adds the socket in v4by or v6by, and others that may get a part of the packets. */
static void put_rivals(struct str *out, const struct question *q, const struct row *r, bool v6)
{
	uint64_t by = v6 ? r->v6by : r->v4by;
	const struct row *first = row_by_inode(q->t, by);
	size_t i, n = 0;

	if (first) {
		put_socket(out, q->t, first);
		n++;
	} else if (by) {
		str_addf(out, "the socket with inode %llu", (unsigned long long)by);
		n++;
	} else if (r->has & HAS_BPF) {
		str_adds(out, "where a BPF program sends them");
		return;
	}
	for (i = 0; i < q->found.n && n < 4; i++) {
		const struct row *other = q->found.rows[i];

		if (other == first || other->inode == by || !is_rival(r, other, v6))
			continue;
		str_adds(out, n++ ? ", or to " : "");
		put_socket(out, q->t, other);
	}
	if (!n)
		str_adds(out, "another socket");
}

static const char *unknown_text(const struct table *t, const struct row *r)
{
	if (r->has & HAS_CHAIN)
		return "so many sockets are in its hash chain that the kernel was not asked";
	if (r->has & HAS_MANY)
		return "the kernel was not asked about so many addresses or VRFs";
	if (r->has & HAS_PEERS)
		return "so many sockets with old peers are on the port that the kernel was not "
		       "asked";
	if (t->source == SOURCE_BPF)
		return reason_text(r->reason);
	return "only the kernel module can say";
}

static void tell_verdict(const struct question *q, const struct row *r, bool v6, struct lines *out)
{
	enum verdict v = verdict_in(r, v6);
	/* a socket on a unicast address gets no copies */
	bool copies = r->l4 == L4_UDP && r->addr->any;
	struct str text = { 0 };

	if (v == V_NONE)
		return;
	str_addf(&text, "IPv%c: %s. ", v6 ? '6' : '4', verdict_name(v));
	switch (v) {
	case V_NOADDR:
		str_addf(&text, "No %spacket can arrive: ", copies ? "unicast " : "");
		noaddr_reason(&text, q->t, r, v6);
		break;
	case V_YES:
		str_addf(&text, "Every %spacket for this address and port reaches this socket",
			 copies ? "unicast " : "");
		break;
	case V_SHARED:
		str_adds(&text, "Every packet reaches its SO_REUSEPORT group");
		if (r->has & HAS_GROUP)
			str_addf(&text, " of %u sockets", r->group);
		str_adds(&text, "; a hash of the client's address picks the member");
		break;
	case V_PARTIAL:
		str_adds(&text, "A part reaches it; for more specific addresses or devices the "
			 "packets go to ");
		put_rivals(&text, q, r, v6);
		break;
	case V_SHADOWED:
		str_adds(&text, copies ? "It gets no unicast packets: they go to " :
			 "It would take them, but gets none: they go to ");
		put_rivals(&text, q, r, v6);
		if (copies)
			str_adds(&text, r->has & HAS_NO_MCALL ?
				 ". Datagrams to groups that it joined still reach it" :
				 ". Multicast and broadcast datagrams still reach it");
		break;
	default:
		str_addf(&text, "It takes them by its settings; whether they reach it is not "
			 "known: %s", unknown_text(q->t, r));
	}
	lines_addf(out, "%s.", text.s);
	str_free(&text);
}

static void tell_words(const struct row *r, struct lines *out)
{
	if (r->dev)
		lines_addf(out, "It is bound to %s: only what arrives there (or is sent here to an "
			   "address of %s) can reach it.", r->dev, r->dev);
	if (r->has & HAS_BPF)
		lines_addf(out, "A BPF program chooses sockets here: it may send a packet "
			   "elsewhere, by rules that no table can show.");
	if (r->has & HAS_CPU)
		lines_addf(out, "SO_INCOMING_CPU is %u: a packet handled by another CPU may prefer "
			   "another socket.", r->cpu);
	if (r->has & HAS_TRANSPARENT)
		lines_addf(out, "IP_TRANSPARENT is set: TPROXY rules may bring it packets for "
			   "foreign addresses.");
	if (r->subflows == SUBFLOWS_ONLY)
		lines_addf(out, "It is an MPTCP listener of the kernel's path manager: it takes "
			   "further subflows of connections that exist, and refuses others.");
	else if (r->subflows == SUBFLOWS_PERHAPS)
		lines_addf(out, "It is an MPTCP listener: of a process, and then plain TCP clients "
			   "are served, too, or of the kernel's path manager, which refuses them. "
			   "Which one is not visible without root.");
	else if (r->has & HAS_MPTCP)
		lines_addf(out, "It is an MPTCP listener; plain TCP clients are served too.");
	if (r->has & HAS_MCAST)
		lines_addf(out, "It has joined %u multicast group%s: it gets a copy of each "
			   "datagram to %s.", r->mcast, r->mcast == 1 ? "" : "s",
			   r->mcast == 1 ? "it" : "them");
	if (r->has & HAS_NO_MCALL)
		lines_addf(out, "IP_MULTICAST_ALL is off: of multicast it gets only what it "
			   "joined.");
	if (queue_full(r))
		lines_addf(out, "Its accept queue is full (%u of %u): new connections are dropped "
			   "until the program accepts some.", r->queue, r->backlog);
}

static void tell_facts(const struct question *q, const struct row *r, struct lines *out)
{
	struct str text[3] = { 0 };
	size_t i;

	put_down(&text[0], &q->facts, r);
	put_vrfs(&text[1], &q->facts, r);
	put_reuse(&text[2], &q->facts, q->t, r);
	for (i = 0; i < ARRAY_SIZE(text); i++) {
		if (text[i].len)
			lines_addf(out, "%s", text[i].s);
		str_free(&text[i]);
	}
}

/* The address as netstat, lsof and ss write it. */
static void put_claims(struct str *out, const struct row *r)
{
	bool v6 = r->addr->af == AF_INET6;
	const char *low = r->l4 == L4_TCP ? "tcp" : "udp";
	const char *plain = r->addr->mapped ? r->addr->text + strlen("::ffff:") : r->addr->text;

	str_addf(out, "netstat shows '%s%s %s:%u'; lsof '%s %s ", low, v6 ? "6" : "", plain,
		 r->port, v6 ? "IPv6" : "IPv4", r->l4 == L4_TCP ? "TCP" : "UDP");
	if (r->addr->any)
		str_addc(out, '*');
	else
		str_addf(out, v6 && !r->addr->mapped ? "[%s]" : "%s", plain);
	str_addf(out, ":%u'; ss '", r->port);
	if (r->families == (FAM4 | FAM6))
		str_addc(out, '*');
	else
		str_addf(out, v6 ? "[%s]" : "%s", r->addr->text);
	if (r->dev)
		str_addf(out, "%%%s", r->dev);
	str_addf(out, ":%u'.", r->port);
}

static void tell_claims(const struct row *r, struct lines *out)
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
	lines_addf(out, "%s", text.s);
	str_free(&text);
}

void tell_socket(const struct question *q, const struct row *r, struct lines *out)
{
	tell_settings(q, r, out);
	tell_verdict(q, r, false, out);
	tell_verdict(q, r, true, out);
	tell_words(r, out);
	tell_facts(q, r, out);
	server_unit(r, out);
	tell_claims(r, out);
}

/* The family that the port does not serve, but that this socket could serve: '4', '6' or 0. */
static char missing(const struct question *q, const struct row *r)
{
	bool no4 = q->found.v4 == ANSWER_NO, no6 = q->found.v6 == ANSWER_NO;

	if (!q->family[0] || !q->family[1] || no4 == no6 || is_kernels(q->t, r))
		return 0;
	/* DHCP for IPv6 is another protocol, on other ports */
	if (r->l4 == L4_UDP && (r->port == 67 || r->port == 68))
		return 0;
	if (r->v4 == V_NOADDR || r->v6 == V_NOADDR || r->v4 == V_SHADOWED || r->v6 == V_SHADOWED)
		return 0;
	return no4 ? '4' : '6';
}

static void tell_server(const struct row *r, struct lines *out)
{
	const struct server *s = server_of(r);
	struct str text = { 0 };

	if (!s || !s->both)
		return;
	str_addf(&text, "In %s: ", s->title);
	server_line(&text, s->both, r->port);
	if (s->note) {
		str_adds(&text, ". ");
		server_line(&text, s->note, r->port);
	}
	lines_addf(out, "%s", text.s);
	str_free(&text);
}

/* Adds nothing unless a family is missing. A loopback server stays on loopback. */
void tell_change(const struct question *q, const struct row *r, struct lines *out)
{
	char family = missing(q, r);

	if (!family)
		return;
	if (row_scope(r) == SCOPE_HOST) {
		lines_addf(out, "To serve IPv%c on this host too, the program binds a second "
			   "socket to %s.", family, family == '6' ? "::1" : "127.0.0.1");
		return;
	}
	if (!r->addr->any) {
		lines_addf(out, "To serve IPv%c too, the program binds a second socket to an IPv%c "
			   "address.", family, family);
		return;
	}
	if (r->v6only == 1)
		lines_addf(out, "To serve IPv4 too, the program calls setsockopt(fd, IPPROTO_IPV6, "
			   "IPV6_V6ONLY, &(int){ 0 }, sizeof(int)) before bind(), or binds a "
			   "second socket to 0.0.0.0.");
	else
		lines_addf(out, "To serve IPv6 too, the program binds an AF_INET6 socket to :: "
			   "with IPV6_V6ONLY off instead, or a second one to :: with it on.");
	tell_server(r, out);
}

void tell_nat(const struct question *q, struct lines *out)
{
	size_t i;

	for (i = 0; i < q->nat.n; i++)
		lines_addf(out, "%s", q->nat.list[i].text);
	if (q->nat.unseen)
		lines_addf(out, "Whether %srules of nft or iptables send it elsewhere is not "
			   "known: %s.", q->nat.n ? "more " : "", q->nat.unseen);
}

void tell_nobody(const struct question *q, struct lines *out)
{
	bool tcp = q->wanted.l4 == L4_TCP;
	struct wanted other = {
		.l4 = tcp ? L4_UDP : L4_TCP, .port = q->wanted.port, .scope = SCOPE_HOST,
	};
	struct str text = { 0 };
	struct service s;
	size_t i;

	if (q->found.asked && q->found.why)
		lines_addf(out, "No packet for it gets to a socket: %s.", q->found.why);
	if (q->found.n_others) {
		str_adds(&text, "Nobody is bound for that address; the port is held by ");
		for (i = 0; i < q->found.n_others && i < NAMED; i++) {
			str_adds(&text, i ? "; " : "");
			put_socket(&text, q->t, q->found.others[i]);
		}
		lines_addf(out, "%s.", text.s);
		str_free(&text);
	} else if (q->bind && q->bind->answer != ANSWER_UNKNOWN) {
		lines_addf(out, tcp ? "Nobody listens there in this network namespace." :
			   "No unconnected socket is bound there in this network namespace.");
	} else if (tcp) {
		lines_addf(out, "Nobody listens there in this network namespace. (A socket that is "
			   "bound but does not listen, a connection or TIME_WAIT that has the "
			   "port, and a port that a NAT rule sends elsewhere are not in the "
			   "table.)");
	} else {
		lines_addf(out, "No unconnected socket is bound there in this network namespace. "
			   "(A connected one, or a port that a NAT rule sends elsewhere, is not in "
			   "the table.)");
	}
	if (q->bind)
		tell_bind(q->bind, out);
	service_find(&s, q->t, &other);
	if (s.n)
		lines_addf(out, "%s port %u is in use: dualstack explain %s/%u",
			   tcp ? "UDP" : "TCP", other.port, tcp ? "udp" : "tcp", other.port);
	service_free(&s);
	if (!q->found.n_others && !q->nat.n)
		lines_addf(out, "To serve both families: an AF_INET6 socket bound to :: with "
			   "IPV6_V6ONLY off, or one socket for each family.");
}
