// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verdicts without the module: the reader runs the module's judge (module/judge), and a BPF program
 * does the lookups.
 *
 * Rows come from sock_diag, local addresses from rtnetlink. The result of a lookup shows what a
 * socket is bound to, not which socket it is: if several rows are bound like that, the judge gets
 * DS_ANSWER_CLASS. If a program can't do a lookup, or its result is ambiguous, the verdict is
 * unknown, and the row has the reason.
 */
#include <errno.h>
#include <linux/if.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "bpf.h"
#include "bpf_lookup.h"
#include "diag.h"
#include "fail.h"
#include "judge_laddrs.h"
#include "../../module/judge/bind.h"
#include "../../module/judge/judge.h"

#define LOOPBACK 1

/* Number of source ports to look up from, if a group may hand packets to any of its members. */
#define TRIES 32

/* A port whose rows are judged, one family at a time. */
struct port {
	struct table *t;
	const struct local *local;
	struct ds_laddrs laddrs[DS_NFAMILIES];
	struct ds_judge judge;
	size_t *at;			/* index in the table of each judged row */
	size_t room;
	enum ds_proto proto;
	enum ds_family family;
	uint16_t number;
	bool attached;			/* a BPF sk_lookup program may choose the socket */
	uint32_t *devices;		/* devices that rows are bound to, sorted */
	size_t n_devices;
	bool has_unbound;		/* a row is bound to no device */
	bool spread;			/* a reuseport group may have members on several devices */
	bool spread_port;		/* @spread was true in some family */
	bool mixed;			/* a reuseport group may have sockets of both families */
	enum reason reason;		/* why the last question had no answer */
};

static const struct row *row_of(const struct port *p, u32 i)
{
	return &p->t->rows[p->at[i]];
}

/* ---------------------------------------------------------------- questions */

static int cmp_devices(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool is_bound_to(const struct port *p, uint32_t dev)
{
	return p->n_devices && bsearch(&dev, p->devices, p->n_devices, sizeof(dev), cmp_devices);
}

/*
 * In a VRF a packet has two devices, and a program can name only one. Naming the VRF is enough if
 * no row is bound to the other device, and if rows without a device either get packets from VRFs
 * or do not exist.
 */
static bool vrf_can_be_asked(const struct port *p, const struct ds_question *q)
{
	if (p->has_unbound && !p->judge.accept)
		return false;
	return q->dev == q->master || !is_bound_to(p, q->dev);
}

static bool choose_device(struct port *p, const struct ds_question *q, uint32_t *dev)
{
	*dev = q->master ? q->master : q->dev;
	if (q->master && (!bpf_lookup_knows_devices() || !vrf_can_be_asked(p, q))) {
		p->reason = BUT_VRF;
		return false;
	}
	if (bpf_lookup_knows_devices())
		return true;
	*dev = 0;
	if (p->n_devices && q->dev != LOOPBACK) {
		p->reason = BUT_DEVICE;
		return false;
	}
	return true;
}

static const void *packet_address(const struct in6_addr *addr, enum ds_family family)
{
	return family == DS_V4 ? &addr->s6_addr32[3] : &addr->s6_addr32[0];
}

static enum bpf_answer lookup(const struct port *p, const struct ds_question *q, uint32_t dev,
			      uint16_t sport, struct bpf_socket *s)
{
	const struct bpf_packet packet = {
		.proto = p->proto,
		.family = p->family,
		.daddr = packet_address(&q->addr, p->family),
		.saddr = q->peer ? packet_address(q->peer, p->family) : NULL,
		.dport = p->number,
		.sport = sport,
		.ifindex = dev,
	};

	return bpf_lookup(&packet, s);
}

/* ---------------------------------------------------------------- answers */

/* Compares device, port and state, for a socket that has the row's address. */
static bool looks_like(const struct row *r, const struct bpf_socket *s)
{
	if (s->dev != r->ifindex || s->port != r->port)
		return false;
	return r->l4 != L4_TCP || s->state == TCP_LISTEN;
}

/* Compares a row's address with a socket's, in the order of the rows. */
static int cmp_address(const struct row *r, const struct bpf_socket *s)
{
	if (r->addr->af != (int)s->family)
		return r->addr->af < (int)s->family ? -1 : 1;
	if (s->family == AF_INET)
		return memcmp(r->addr->bytes, &s->addr4, sizeof(s->addr4));
	return memcmp(r->addr->bytes, s->addr6, sizeof(s->addr6));
}

static u32 first_of_address(const struct port *p, const struct bpf_socket *s)
{
	u32 low = 0, high = p->judge.nrows;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (cmp_address(row_of(p, middle), s) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Counts the rows that look like the socket; sets @first to the first of them. */
static u32 count_alike(const struct port *p, const struct bpf_socket *s, u32 *first)
{
	u32 i, n = 0;

	for (i = first_of_address(p, s); i < p->judge.nrows; i++) {
		if (cmp_address(row_of(p, i), s))
			break;
		if (looks_like(row_of(p, i), s) && !n++)
			*first = i;
	}
	return n;
}

static void set_unknown(struct port *p, struct ds_answer *answer, enum reason reason)
{
	answer->kind = DS_ANSWER_UNKNOWN;
	p->reason = reason;
}

/*
 * Without a BPF sk_lookup program, a socket that does not cover the packet gets it only as a member
 * of a reuseport group.
 */
static bool is_misplaced(const struct port *p, const struct ds_question *q, u32 row)
{
	return !p->attached && !ds_covers(p->judge.row[row].ifindex, q->dev, q->master,
					  p->judge.accept);
}

static void understand(struct port *p, const struct ds_question *q, enum bpf_answer found,
		       const struct bpf_socket *s, struct ds_answer *answer)
{
	u32 alike = found == BPF_SOCKET ? count_alike(p, s, &answer->row) : 0;

	if (found == BPF_UNKNOWN)
		set_unknown(p, answer, BUT_FAILED);
	else if (found == BPF_NOBODY && p->attached)
		answer->kind = DS_ANSWER_NOBODY;
	else if (!alike && p->attached)
		answer->kind = DS_ANSWER_OTHER;
	else if (!alike)
		set_unknown(p, answer, BUT_CHANGED);
	else if (is_misplaced(p, q, answer->row))
		set_unknown(p, answer, BUT_SPREAD);
	else
		answer->kind = alike == 1 ? DS_ANSWER_ROW : DS_ANSWER_CLASS;
}

static void ask(void *arg, const struct ds_question *q, struct ds_answer *answer)
{
	struct port *p = arg;
	struct ds_answer again = { .kind = DS_ANSWER_UNKNOWN };
	struct bpf_socket s;
	uint32_t dev;
	int i;

	answer->kind = DS_ANSWER_UNKNOWN;
	if (!choose_device(p, q, &dev))
		return;
	understand(p, q, lookup(p, q, dev, 0, &s), &s, answer);
	for (i = 1; (p->spread || p->mixed) && i < TRIES && answer->kind != DS_ANSWER_UNKNOWN;
	     i++) {
		understand(p, q, lookup(p, q, dev, i, &s), &s, &again);
		if (again.kind != answer->kind || again.row != answer->row)
			set_unknown(p, answer, p->spread ? BUT_SPREAD : BUT_ALIKE);
	}
}

static int load(void *arg, enum ds_laddrs_part part)
{
	(void)arg;
	(void)part;
	return 0;
}

static bool route(void *arg, const struct in6_addr *addr, int dev, struct ds_laddr *laddr)
{
	const struct port *p = arg;

	return judge_laddrs_route(p->local, p->family, addr, dev, laddr);
}

static int step(void *arg, u32 steps)
{
	(void)arg;
	(void)steps;
	return 0;
}

static const struct ds_judge_ops ops = { .ask = ask, .load = load, .route = route, .step = step };

/* ---------------------------------------------------------------- rows */

static void set_address(struct in6_addr *to, const struct addr *addr)
{
	memset(to, 0, sizeof(*to));
	if (addr->any)
		return;
	if (addr->af == AF_INET6) {
		memcpy(to, addr->bytes, sizeof(*to));
		return;
	}
	to->s6_addr32[2] = htonl(0xffff);
	memcpy(&to->s6_addr32[3], addr->bytes, 4);
}

/*
 * Two rows of one bind have different classes if the result of a lookup distinguishes them. The
 * result does not show whether UDP sockets are in one reuseport group. It has the stale peer, which
 * is not compared.
 */
static u8 class_of(const struct row *r)
{
	if (r->addr->af == AF_INET)
		return 0;
	return r->addr->mapped ? 2 : 1;
}

/*
 * TCP listeners that are equal in everything that a group's members share are one group: without
 * SO_REUSEPORT only one of them could listen. UDP sockets may also be equal because of
 * SO_REUSEADDR, so their groups are not known. The table is sorted, so equal rows are next to each
 * other.
 */
static u32 group_of(const struct port *p, u32 i)
{
	const struct row *r = row_of(p, i);
	u32 k;

	for (k = i; k && r->l4 == L4_TCP; k--) {
		const struct row *other = row_of(p, k - 1);

		if (other->addr != r->addr || other->ifindex != r->ifindex)
			break;
		if (row_same_group(other, r))
			return p->judge.row[k - 1].group;
	}
	return i;
}

static void add_row(struct port *p, size_t at)
{
	const struct row *r = &p->t->rows[at];
	u32 i = p->judge.nrows++;
	struct ds_judge_row *row = &p->judge.row[i];

	p->at[i] = at;
	*row = (struct ds_judge_row) {
		.ifindex = r->ifindex,
		.cpu = -1,
		.class = class_of(r),
		.inet = r->addr->af == AF_INET,
		.stale = p->family == DS_V6 && r->peer,
	};
	set_address(&row->addr, r->addr);
	if (row->stale)
		set_address(&row->peer, r->peer);
	row->group = group_of(p, i);
	if (row->group != i) {
		row->shared = true;
		row->reuseport = true;
		p->judge.row[row->group].shared = true;
		p->judge.row[row->group].reuseport = true;
	}
	if (r->ifindex)
		p->devices[p->n_devices++] = r->ifindex;
	p->has_unbound |= !r->ifindex;
	p->spread |= i && row_of(p, i - 1)->addr == r->addr &&
		     row_of(p, i - 1)->ifindex != r->ifindex;
}

static void set_verdict(struct row *r, enum ds_family family, enum verdict verdict)
{
	*(family == DS_V4 ? &r->v4 : &r->v6) = verdict;
}

/* sock_diag does not show IPV6_MULTICAST_ALL. */
static bool takes_all_groups(const struct row *r)
{
	return r->families & FAM4 && r->knows & HAS_NO_MCALL && !(r->has & HAS_NO_MCALL);
}

/* Every UDP socket on a multicast or broadcast address gets its own copy, so no judge is needed. */
static bool judge_copies(const struct port *p, struct row *r)
{
	struct in6_addr addr;
	enum verdict verdict;

	set_address(&addr, r->addr);
	if (r->addr->any || !local_gets_copies(p->local, &addr))
		return false;
	verdict = r->l4 == L4_UDP && local_is_joined(p->local, &addr, r->ifindex) ? V_YES :
										    V_NOADDR;
	if (verdict == V_YES && local_is_group(&addr) && !takes_all_groups(r)) {
		verdict = V_UNKNOWN;
		r->reason = BUT_COPIES;
	}
	set_verdict(r, p->family, verdict);
	return true;
}

/* ---------------------------------------------------------------- verdicts */

static const enum verdict verdicts[DS_NVERDICTS] = {
	[DS_NOT_TAKEN] = V_NONE, [DS_YES] = V_YES, [DS_SHARED] = V_SHARED,
	[DS_PARTIAL] = V_PARTIAL, [DS_SHADOWED] = V_SHADOWED, [DS_NOADDR] = V_NOADDR,
	[DS_UNKNOWN] = V_UNKNOWN,
};

static void set_by(const struct port *p, struct row *r, u32 by)
{
	uint64_t inode = by < p->judge.nrows ? row_of(p, by)->inode : 0;

	if (!inode)
		return;
	*(p->family == DS_V4 ? &r->v4by : &r->v6by) = inode;
	r->has |= p->family == DS_V4 ? HAS_V4BY : HAS_V6BY;
}

static void settle_row(const struct port *p, u32 i)
{
	const struct ds_judge_row *judged = &p->judge.row[i];
	struct row *r = &p->t->rows[p->at[i]];
	enum verdict verdict = judged->gone ? V_UNKNOWN : verdicts[judged->verdict];

	set_verdict(r, p->family, verdict);
	set_by(p, r, judged->by);
	if (verdict == V_UNKNOWN)
		r->reason = p->judge.many ? BUT_MANY : p->reason;
	if (judged->alike && !judged->gone)
		r->alike |= DS_TAKES(p->family);
}

static void settle_groups(const struct port *p)
{
	u32 i;

	for (i = 0; i < p->judge.nrows; i++)
		p->t->rows[p->at[i]].group = 0;
	for (i = 0; i < p->judge.nrows; i++)
		p->t->rows[p->at[p->judge.row[i].group]].group++;
	for (i = 0; i < p->judge.nrows; i++) {
		struct row *r = &p->t->rows[p->at[i]];

		r->group = row_of(p, p->judge.row[i].group)->group;
		r->has |= r->group > 1 ? HAS_GROUP : 0;
	}
}

static void judge_single(struct port *p)
{
	struct ds_judge_row *row = &p->judge.row[0];
	enum ds_verdict verdict = DS_UNKNOWN;

	ds_judge_single(&p->judge, &row->addr, row->ifindex, &verdict);
	row->verdict = verdict;
	row->by = DS_BY_NOBODY;
}

static void begin_family(struct port *p, enum ds_family family)
{
	p->family = family;
	p->judge.v4 = family == DS_V4;
	p->judge.laddrs = &p->laddrs[family];
	p->judge.nrows = 0;
	p->judge.many = 0;
	p->n_devices = 0;
	p->has_unbound = false;
	p->spread = false;
	/* if every question is answered, a verdict is unknown only because rows look alike */
	p->reason = BUT_ALIKE;
}

static bool is_of_group(const struct row *a, const struct row *b)
{
	return a->addr == b->addr && a->ifindex == b->ifindex && row_same_group(a, b);
}

/* TCP listeners on a broadcast address get no packets. Equal ones are a group all the same. */
static void group_copies(const struct port *p, enum ds_family family, size_t first, size_t end)
{
	struct row *rows = p->t->rows;
	struct in6_addr addr;
	size_t i, k, member;

	for (i = first; i < end; i = k) {
		for (k = i + 1; k < end && is_of_group(&rows[i], &rows[k]); k++)
			;
		set_address(&addr, rows[i].addr);
		if (k - i == 1 || rows[i].addr->any || !(rows[i].families & DS_TAKES(family)) ||
		    !local_gets_copies(p->local, &addr))
			continue;
		for (member = i; member < k; member++) {
			rows[member].group = k - i;
			rows[member].has |= HAS_GROUP;
		}
	}
}

/*
 * IPV6_ADDRFORM turns an AF_INET6 socket into an AF_INET one, which stays in its group. Otherwise a
 * group has sockets of one family.
 */
static bool may_be_mixed(const struct row *rows, size_t n)
{
	bool inet = false, inet6 = false;
	size_t i;

	for (i = 0; i < n && rows[0].l4 == L4_UDP; i++) {
		inet |= rows[i].addr->af == AF_INET;
		inet6 |= rows[i].addr->af == AF_INET6;
	}
	return inet && inet6;
}

/* The rows from @first to @end, without @end, are those of one protocol and port. */
static void judge_family(struct port *p, enum ds_family family, size_t first, size_t end)
{
	size_t i;
	u32 k;

	begin_family(p, family);
	for (i = first; i < end; i++)
		if (p->t->rows[i].families & DS_TAKES(family) &&
		    !judge_copies(p, &p->t->rows[i]))
			add_row(p, i);
	if (p->proto == DS_TCP)
		group_copies(p, family, first, end);
	if (!p->judge.nrows)
		return;
	qsort(p->devices, p->n_devices, sizeof(*p->devices), cmp_devices);
	if (end - first == 1 && !p->attached && !p->judge.row[0].stale)
		judge_single(p);
	else
		ds_judge_port(&p->judge);
	for (k = 0; k < p->judge.nrows; k++)
		settle_row(p, k);
	settle_groups(p);
	p->spread_port |= p->spread;
}

/*
 * Clears the sizes of groups, which may be wrong: a member that was bound to another device after
 * listen() looks like a socket that is not in the group.
 */
static void forget_groups(struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		rows[i].group = 0;
		rows[i].has &= ~HAS_GROUP;
	}
}

static void make_room(struct port *p, size_t n)
{
	struct ds_judge *j = &p->judge;

	if (n <= p->room)
		return;
	p->room = 2 * n;
	p->at = xrealloc(p->at, p->room, sizeof(*p->at));
	p->devices = xrealloc(p->devices, p->room, sizeof(*p->devices));
	j->row = xrealloc(j->row, p->room, sizeof(*j->row));
	j->order = xrealloc(j->order, 2 * p->room, sizeof(*j->order));
	j->bind = xrealloc(j->bind, p->room, sizeof(*j->bind));
	j->group = xrealloc(j->group, p->room, sizeof(*j->group));
}

static void judge_port(struct port *p, size_t first, size_t end)
{
	const struct row *r = &p->t->rows[first];

	make_room(p, end - first);
	p->number = r->port;
	p->proto = r->l4 == L4_TCP ? DS_TCP : DS_UDP;
	p->mixed = may_be_mixed(r, end - first);
	p->judge.udp = p->proto == DS_UDP;
	p->judge.accept = p->local->accept[p->proto];
	p->spread_port = false;
	judge_family(p, DS_V4, first, end);
	judge_family(p, DS_V6, first, end);
	if (p->spread_port)
		forget_groups(&p->t->rows[first], end - first);
}

static void judge_ports(struct port *p, size_t first)
{
	const struct row *rows = p->t->rows;
	size_t end;

	for (; first < p->t->n; first = end) {
		for (end = first + 1; end < p->t->n; end++)
			if (rows[end].l4 != rows[first].l4 || rows[end].port != rows[first].port)
				break;
		judge_port(p, first, end);
	}
}

static void free_port(struct port *p)
{
	judge_laddrs_free(&p->laddrs[DS_V4]);
	judge_laddrs_free(&p->laddrs[DS_V6]);
	free(p->at);
	free(p->devices);
	free(p->judge.row);
	free(p->judge.order);
	free(p->judge.bind);
	free(p->judge.group);
}

/* The rows from @first on are those of the current network namespace. */
static bool judge_all(struct table *t, size_t first, struct fail *f)
{
	struct local local;
	struct port p = { .t = t, .local = &local };
	size_t i;

	if (!local_load(&local, f))
		return false;
	p.judge.ops = &ops;
	p.judge.arg = &p;
	/* -1, not known: look up every packet, as if there were a program */
	p.attached = bpf_lookup_attached() != 0;
	p.judge.bpf = p.attached;
	judge_laddrs_make(&p.laddrs[DS_V4], &local, DS_V4);
	judge_laddrs_make(&p.laddrs[DS_V6], &local, DS_V6);
	judge_ports(&p, first);
	for (i = first; p.attached && i < t->n; i++)
		t->rows[i].has |= HAS_BPF;
	free_port(&p);
	local_free(&local);
	return true;
}

bool bpf_allowed(struct fail *f)
{
	return bpf_lookup_open(f);
}

bool bpf_load(struct table *t, struct fail *f)
{
	size_t first = t->n;

	if (!diag_load(t, f) || !judge_all(t, first, f))
		return false;
	t->source = SOURCE_BPF;
	return true;
}

static const struct {
	const char *name, *text;
} reasons[BUT_COUNT] = {
	[BUT_NO_LOOKUP] = { "settings", "only the kernel's own lookup can say" },
	[BUT_ALIKE] = { "alike",
		"a BPF program can't tell it from another socket; the kernel module can" },
	[BUT_SPREAD] = { "spread", "a SO_REUSEPORT group has members on several devices" },
	[BUT_VRF] = { "vrf",
		"a BPF program can't name both devices of a packet in a VRF; the kernel module "
		"can" },
	[BUT_DEVICE] = { "device",
		"before Linux 5.9 a BPF program can't name a device; the kernel module can" },
	[BUT_COPIES] = { "copies",
		"with IP_MULTICAST_ALL off it gets what it joined itself, and only the kernel "
		"module can say whether that is so" },
	[BUT_MANY] = { "many", "there are too many addresses or VRFs to ask about each" },
	[BUT_CHANGED] = { "changed", "sockets came or went meanwhile" },
	[BUT_FAILED] = { "failed", "the kernel refused the question" },
};

const char *reason_name(enum reason reason)
{
	return reasons[reason].name;
}

const char *reason_text(enum reason reason)
{
	return reasons[reason].text;
}
