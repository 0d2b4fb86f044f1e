// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds who gets a packet, without the module: by the kernel's lookup through sock_diag(7), for
 * each device at which the packet can come in according to rtnetlink.
 *
 * A lookup finds one socket. In a reuseport group a hash of the peer selects the member, so the
 * lookup is repeated from other source ports until it finds no new member.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <time.h>

#include "arrivals.h"
#include "bpf_lookup.h"
#include "diag_request.h"
#include "fail.h"
#include "lookup_diag.h"
#include "netlink.h"
#include "place.h"
#include "who_answer.h"
#include "who_diag.h"
#include "../../module/judge/state.h"

/* Limit of the sockets in the answer for one device, as in the module. */
#define MAX_SOCKETS	256
/* Limits of the lookups for one device: number, and time in all. */
#define MAX_LOOKUPS	16384
#define MAX_MS		1000
/*
 * The search ends when SURE * (n + 1) lookups in a row find no new member, where n members are
 * known. The probability that it misses a member is then about e^-SURE.
 */
#define SURE		16

/* Sockets that won a lookup. */
struct winners {
	struct lookup_socket *list;
	size_t n, room;
};

struct work {
	struct whos *w;
	const struct table *t;
	const struct packet *p;
	const struct who_asker *asker;
	struct destination d;
	struct in6_addr peer;
	char name[IF_NAMESIZE];		/* the device of the current lookups */
	uint32_t dev, vrf;
};

/* ------------------------------------------------------------------ lines */

static struct who_line *add_line(struct work *k, const char *answer)
{
	struct who_line *line = whos_add(k->w);

	line->dev = *k->name ? xstrdup(k->name) : NULL;
	line->answer = xstrdup(answer);
	line->v6only = -1;
	line->cpu = -1;
	line->bpf = k->asker->attached > 0 && strcmp(answer, "copy") && strcmp(answer, "noaddr");
	return line;
}

static void add_reason(struct work *k, const char *answer, const char *why)
{
	add_line(k, answer)->why = xstrdup(why);
}

static char *addr_text(const struct in6_addr *addr, bool v4)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? (const void *)&addr->s6_addr32[3] : addr, text,
		  sizeof(text));
	return xstrdup(text);
}

static void add_socket(struct work *k, const char *answer, const struct lookup_socket *s)
{
	unsigned int families = ds_families(s->family, s->v6only == 1, &s->addr);
	struct who_line *line = add_line(k, answer);

	line->proto = xstrdup(ds_proto_name((enum ds_proto)k->d.l4, families));
	line->sockdev = diag_device(s->dev);
	line->address = addr_text(&s->addr, s->family == AF_INET);
	line->v6only = s->v6only;
	line->has_uid = s->state != TCP_TIME_WAIT;
	line->uid = s->uid;
	line->inode = s->inode;
}

static void add_row(struct work *k, const char *answer, const struct row *r)
{
	struct who_line *line = add_line(k, answer);

	line->proto = xstrdup(proto_name(r));
	line->sockdev = r->dev ? xstrdup(r->dev) : NULL;
	line->address = xstrdup(r->addr->text);
	line->v6only = r->v6only;
	line->has_uid = true;
	line->uid = r->uid;
	line->inode = r->inode;
}

static void add_more(struct work *k, uint64_t n)
{
	add_line(k, "more")->number = n;
}

/* ------------------------------------------------------------------ rows of the port */

static size_t first_row(const struct work *k)
{
	return table_first(k->t, k->p->l4, k->p->port);
}

static const struct row *next_row(const struct work *k, size_t *i)
{
	while (*i < k->t->n) {
		const struct row *r = &k->t->rows[(*i)++];

		if (r->l4 != k->p->l4 || r->port != k->p->port)
			return NULL;
		if (r->families & DS_TAKES(k->d.family))
			return r;
	}
	return NULL;
}

static bool is_addr(const struct addr *a, const struct in6_addr *addr)
{
	if (a->af == AF_INET)
		return ds_addr_is_mapped(addr) && !memcmp(a->bytes, &addr->s6_addr32[3], 4);
	return !memcmp(a->bytes, addr, sizeof(*addr));
}

/* Whether the row's address, device and stale peer cover the packet. */
static bool covers(const struct work *k, const struct row *r)
{
	if (!r->addr->any && !is_addr(r->addr, &k->d.addr))
		return false;
	if (k->d.family == DS_V6 && r->peer && !(k->p->from && is_addr(r->peer, &k->peer)))
		return false;
	return ds_covers(r->ifindex, k->dev, k->vrf, k->asker->local.accept[k->p->l4]);
}

static bool any_covers(const struct work *k)
{
	size_t i = first_row(k);
	const struct row *r;

	while ((r = next_row(k, &i)))
		if (covers(k, r))
			return true;
	return false;
}

/*
 * May @s be in a reuseport group with another socket? Devices are not compared: a member may have
 * been bound to another device later.
 */
static bool may_have_group(const struct work *k, const struct lookup_socket *s)
{
	size_t i = first_row(k), n = 0;
	const struct row *r;

	while ((r = next_row(k, &i)))
		if (r->addr->af == s->family && is_addr(r->addr, &s->addr) && r->uid == s->uid)
			n++;
	return n > 1;
}

/*
 * In a VRF a packet has two devices, and a lookup can name only one. Naming the VRF is enough if no
 * row is bound to the other device, and if rows without a device either get packets from VRFs or do
 * not exist.
 */
static bool can_be_asked(const struct work *k)
{
	size_t i = first_row(k);
	const struct row *r;

	while (k->vrf && (r = next_row(k, &i))) {
		if (!r->ifindex && !k->asker->local.accept[k->p->l4])
			return false;
		if (r->ifindex == k->dev && k->dev != k->vrf)
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------ lookups */

static enum lookup_answer lookup(const struct work *k, uint32_t dev, uint16_t sport,
				 struct lookup_socket *s)
{
	const struct lookup_packet packet = {
		.proto = (enum ds_proto)k->d.l4,
		.family = k->d.family,
		.daddr = k->d.addr,
		.saddr = k->peer,
		.dport = k->p->port,
		.sport = sport,
		.ifindex = dev,
	};

	return lookup_diag(k->asker->nl, &packet, s);
}

static bool is_connection(const struct work *k, const struct lookup_socket *s)
{
	return s->state != (k->p->l4 == L4_TCP ? TCP_LISTEN : TCP_CLOSE);
}

static const char *state_name(uint8_t state)
{
	static const char *const names[] = {
		[TCP_ESTABLISHED] = "established", [TCP_SYN_SENT] = "syn-sent",
		[TCP_SYN_RECV] = "syn-recv", [TCP_FIN_WAIT1] = "fin-wait-1",
		[TCP_FIN_WAIT2] = "fin-wait-2", [TCP_TIME_WAIT] = "time-wait",
		[TCP_CLOSE] = "closed", [TCP_CLOSE_WAIT] = "close-wait",
		[TCP_LAST_ACK] = "last-ack", [TCP_LISTEN] = "listening", [TCP_CLOSING] = "closing",
	};

	return state < ARRAY_SIZE(names) && names[state] ? names[state] : "syn-recv";
}

static bool add_winner(struct winners *found, const struct lookup_socket *s)
{
	size_t i;

	for (i = 0; i < found->n; i++)
		if (found->list[i].cookie == s->cookie)
			return false;
	found->list = grow(found->list, found->n, &found->room, sizeof(*found->list));
	found->list[found->n++] = *s;
	return true;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* Looks up from source ports until all members of a group are found. NULL, or why it failed. */
static const char *find_members(const struct work *k, uint32_t dev, struct winners *found)
{
	uint64_t end = now_ms() + MAX_MS;
	size_t in_a_row = 0;
	uint32_t port;

	for (port = 1; in_a_row < SURE * (found->n + 1); port++) {
		struct lookup_socket s;

		if (port > MAX_LOOKUPS || now_ms() > end)
			return "many";
		if (lookup(k, dev, port, &s) != LOOKUP_SOCKET)
			return "changed";
		if (is_connection(k, &s))
			continue;
		in_a_row = add_winner(found, &s) ? 0 : in_a_row + 1;
	}
	return NULL;
}

static void add_winners(struct work *k, const struct winners *found)
{
	size_t i;

	for (i = 0; i < found->n && i < MAX_SOCKETS; i++)
		add_socket(k, found->n > 1 ? "group" : "socket", &found->list[i]);
	if (i < found->n)
		add_more(k, found->n - i);
}

/* The lookup found a socket, which may be a member of a group. */
static void add_found(struct work *k, uint32_t dev, const struct lookup_socket *s)
{
	struct winners found = { 0 };
	const char *why = NULL;

	add_winner(&found, s);
	if (k->asker->attached || may_have_group(k, s))
		why = find_members(k, dev, &found);
	if (why)
		add_reason(k, "?", why);
	else
		add_winners(k, &found);
	free(found.list);
}

/* The lookup found no socket; a BPF program may have decided this. */
static void add_nobody(struct work *k)
{
	if (!any_covers(k))
		add_line(k, "nobody");
	else if (k->asker->attached > 0)
		add_line(k, "dropped");
	else
		add_reason(k, "?", k->asker->attached ? "bpf" : "changed");
}

/* A connection has the VRF as its device, or the device that its listener is bound to. */
static bool add_connection(struct work *k)
{
	const uint32_t devs[] = { k->vrf ? k->vrf : k->dev, k->dev };
	struct lookup_socket s;
	size_t i;

	for (i = 0; k->p->from && k->p->fromport && i < ARRAY_SIZE(devs); i++) {
		if (lookup(k, devs[i], k->p->fromport, &s) != LOOKUP_SOCKET ||
		    !is_connection(k, &s))
			continue;
		add_socket(k, "connection", &s);
		k->w->list[k->w->n - 1].state = xstrdup(state_name(s.state));
		return true;
	}
	return false;
}

static void ask_lookup(struct work *k)
{
	uint32_t dev = k->vrf ? k->vrf : k->dev;
	struct lookup_socket s;

	if (add_connection(k))
		return;
	if (!can_be_asked(k)) {
		add_reason(k, "?", "vrf");
		return;
	}
	switch (lookup(k, dev, k->p->from ? k->p->fromport : 0, &s)) {
	case LOOKUP_SOCKET:
		add_found(k, dev, &s);
		break;
	case LOOKUP_NOBODY:
		add_nobody(k);
		break;
	default:
		add_reason(k, "?", "failed");
	}
}

/* ------------------------------------------------------------------ copies */

/* May a socket filter sources of this IPv4 group on the device, or on its VRF? */
static bool is_filtered(const struct work *k)
{
	FILE *file = fopen(sys_path("/proc/net/mcfilter"), "re");
	uint32_t index, group;
	bool found = !file;
	char line[256];

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%u %*s 0x%x", &index, &group) == 2 &&
			(index == k->dev || index == k->vrf) &&
			htonl(group) == k->d.addr.s6_addr32[3];
	if (file)
		fclose(file);
	return found;
}

/* Every socket gets broadcasts; one with IP_MULTICAST_ALL gets groups that it did not join. */
static bool takes_copies(const struct work *k, const struct row *r, bool filtered)
{
	if (!local_is_group(&k->d.addr))
		return true;
	return k->d.family == DS_V4 && !filtered && r->knows & HAS_NO_MCALL &&
	       !(r->has & HAS_NO_MCALL);
}

/* Connected sockets have no row, so it is not known which of them get copies from a peer. */
static void ask_copies(struct work *k)
{
	bool filtered = local_is_group(&k->d.addr) && is_filtered(k), open = k->p->from;
	size_t i = first_row(k), n = 0, begin = k->w->n;
	const struct row *r;

	while ((r = next_row(k, &i))) {
		if (!covers(k, r))
			continue;
		if (!takes_copies(k, r, filtered))
			open = true;
		else if (n++ < MAX_SOCKETS)
			add_row(k, "copy", r);
	}
	if (n > MAX_SOCKETS)
		add_more(k, n - MAX_SOCKETS);
	if (open)
		add_reason(k, "?", "copies");
	else if (k->w->n == begin)
		add_line(k, "nobody");
}

/* ------------------------------------------------------------------ the question */

static void set_addr(struct in6_addr *to, const struct prefix *addr)
{
	uint32_t v4;

	memcpy(&v4, addr->bytes, sizeof(v4));
	if (addr->af == AF_INET)
		set_mapped(to, v4);
	else
		memcpy(to, addr->bytes, sizeof(*to));
}

static void set_question(struct work *k)
{
	const struct prefix none = { .af = k->p->addr->af };

	k->d.l4 = k->p->l4;
	k->d.family = k->p->addr->af == AF_INET ? DS_V4 : DS_V6;
	set_addr(&k->d.addr, k->p->addr);
	set_addr(&k->peer, k->p->from ? k->p->from : &none);
}

static void ask_at(struct work *k, const struct arrival *at)
{
	const struct ldev *dev = local_dev(&k->asker->local, at->dev);

	k->dev = at->dev;
	k->vrf = dev ? dev->vrf : 0;
	if (!if_indextoname(k->dev, k->name))
		snprintf(k->name, sizeof(k->name), "if%u", k->dev);
	if (at->copies)
		ask_copies(k);
	else
		ask_lookup(k);
}

/* The address may still be local by a rule that selects a table for some packets only. */
static void add_noaddr(struct work *k, const struct arrivals *at, uint32_t ifindex)
{
	struct place place = { .local = ANSWER_NO };

	if (!if_indextoname(ifindex, k->name))
		k->name[0] = '\0';
	if (!ifindex && !strcmp(at->why, "none") && !prefix_is_any(k->p->addr) &&
	    !local_gets_copies(&k->asker->local, &k->d.addr) && !IN6_IS_ADDR_LINKLOCAL(&k->d.addr))
		place_find(&place, k->t, k->p->addr);
	if (place.local == ANSWER_YES)
		add_reason(k, "?", "rules");
	else
		add_reason(k, "noaddr", at->why);
}

static void ask_all(struct work *k, uint32_t ifindex)
{
	static struct arrivals at;
	size_t i;

	arrivals_find(&at, &k->asker->local, &k->d, ifindex);
	for (i = 0; i < at.n; i++)
		ask_at(k, &at.list[i]);
	k->name[0] = '\0';
	if (!at.n)
		add_noaddr(k, &at, ifindex);
	if (at.more)
		add_more(k, at.more);
}

static bool find_device(const struct packet *p, uint32_t *ifindex, struct fail *f)
{
	const char *name = packet_device(p);

	*ifindex = name ? if_nametoindex(name) : 0;
	return !name || *ifindex || fail_set(f, ST_OTHER, "no such interface");
}

static bool open_asker(struct who_asker *a, struct fail *f)
{
	struct mnl_socket *nl;

	if (a->nl)
		return true;
	nl = netlink_open(NETLINK_SOCK_DIAG);
	if (!nl)
		return fail_errno(f, errno, "sock_diag");
	if (!local_load(&a->local, f)) {
		mnl_socket_close(nl);
		return false;
	}
	a->nl = nl;
	a->attached = bpf_lookup_attached();
	return true;
}

void who_asker_close(struct who_asker *a)
{
	if (!a->nl)
		return;
	mnl_socket_close(a->nl);
	local_free(&a->local);
	a->nl = NULL;
}

bool whos_ask_diag(struct whos *w, struct who_asker *a, const struct table *t,
		   const struct packet *p, struct fail *f)
{
	struct work k = { .w = w, .t = t, .p = p, .asker = a };
	uint32_t ifindex;

	if (!find_device(p, &ifindex, f) || !open_asker(a, f))
		return false;
	set_question(&k);
	ask_all(&k, ifindex);
	return true;
}
