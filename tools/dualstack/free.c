// SPDX-License-Identifier: GPL-2.0-only
/*
 * `=free`: whether a server could bind a port now, and who is in its way.
 *
 * The answer comes from the sockets that hold the port. This file never calls bind(): a server that
 * starts while the check holds the port would fail.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <unistd.h>

#include "columns.h"
#include "fail.h"
#include "free.h"
#include "laddr.h"
#include "owners.h"

bool free_how_parse(const char *text, size_t len, enum free_how *how)
{
	static const char * const names[] = {
		[FREE_PLAIN] = "free", [FREE_V6ONLY] = "free:v6only",
		[FREE_REUSEADDR] = "free:reuseaddr", [FREE_REUSEPORT] = "free:reuseport",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i]) != len || memcmp(names[i], text, len))
			continue;
		*how = i;
		return true;
	}
	return false;
}

/* With ipv6.disable=1 there is no "::" to bind to. */
static bool has_ipv6(void)
{
	return !access("/proc/net/if_inet6", F_OK);
}

/* The zone is the device to bind to. TCP has a separate bind bucket for the device's VRF. */
static bool set_device(struct ds_binder *b, const char *zone)
{
	const struct ldev *dev;
	struct local local;
	struct fail f;
	bool ok;

	b->ifindex = if_nametoindex(zone);
	if (!b->ifindex || !local_load(&local, &f))
		return false;
	dev = local_dev(&local, b->ifindex);
	ok = dev;
	if (dev && b->proto == DS_TCP && !local.accept[DS_TCP])
		b->l3mdev = dev->vrf;
	local_free(&local);
	return ok;
}

static bool set_binder(struct ds_binder *b, enum ds_proto proto, const struct prefix *addr,
		       enum free_how how)
{
	memset(b, 0, sizeof(*b));
	b->proto = proto;
	b->uid = geteuid();
	b->inet6 = addr ? addr->af == AF_INET6 : has_ipv6();
	if (!b->inet6) {
		b->addr.s6_addr[10] = 0xff;
		b->addr.s6_addr[11] = 0xff;
	}
	if (addr)
		memcpy(&b->addr.s6_addr[b->inet6 ? 0 : 12], addr->bytes, b->inet6 ? 16 : 4);
	b->v6only = how == FREE_V6ONLY;
	b->reuseaddr = how == FREE_REUSEADDR;
	b->reuseport = how == FREE_REUSEPORT;
	return !addr || !*addr->zone || set_device(b, addr->zone);
}

static void put_local(struct str *out, const struct ds_holder *rule, uint16_t port,
		      const char *dev)
{
	char text[INET6_ADDRSTRLEN];

	if (rule->inet6)
		inet_ntop(AF_INET6, &rule->addr, text, sizeof(text));
	else
		inet_ntop(AF_INET, &rule->addr.s6_addr[12], text, sizeof(text));
	str_addf(out, rule->inet6 ? "[%s]" : "%s", text);
	if (dev)
		str_addf(out, "%%%s", dev);
	str_addf(out, ":%u", port);
}

static const char *state_text(const char *state)
{
	static const char * const texts[][2] = {
		{ "listen", "a listener" },
		{ "bound", "a socket that is bound, but does not listen," },
		{ "connected", "a connection" },
		{ "closing", "a connection that is being closed" },
		{ "timewait", "TIME_WAIT" },
		{ "udp", "a socket" },
		{ "udp-connected", "a connected socket" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i][0], state))
			return texts[i][1];
	return state;
}

static void put_owner(struct str *out, const struct freed *r)
{
	const struct holding *held = r->in_the_way;

	if (held->rule.state == DS_HOLDER_TIMEWAIT)
		str_addf(out, ", for %" PRIu32 " s more", held->expires);
	else if (!held->inode)
		str_adds(out, ", which no process has: of the kernel, or a connection that is not "
			 "accepted yet, or closed already");
	else if (r->process)
		str_addf(out, " of %s", r->process);
	else if (geteuid())
		str_adds(out, ", whose process is not visible without root");
}

/* Why the binder can't share the port, although it sets SO_REUSEADDR or SO_REUSEPORT. */
static void put_refusal(struct str *out, const struct freed *r)
{
	const struct ds_holder *held = &r->in_the_way->rule;
	const struct ds_binder *binder = &r->binder;
	/* sock_diag does not show the holder's options */
	bool known = !r->holders.from_diag;

	if (held->state == DS_HOLDER_TIMEWAIT)
		return;
	if (binder->reuseport && known && !held->reuseport)
		str_adds(out, ", which has no SO_REUSEPORT");
	else if (binder->reuseport && held->uid != binder->uid)
		str_addf(out, known ? ", whose SO_REUSEPORT is for sockets of user %" PRIu32 :
			 ", which is of user %" PRIu32, held->uid);
	else if (binder->reuseaddr && known && !held->reuseaddr)
		str_adds(out, ", which has no SO_REUSEADDR");
	else if (binder->reuseaddr && held->state == DS_HOLDER_LISTENS)
		str_adds(out, ", beside which SO_REUSEADDR lets nobody listen");
}

static void put_holder(struct str *out, const struct freed *r)
{
	const struct holding *held = r->in_the_way;

	str_addf(out, "%s on ", state_text(held->state));
	put_local(out, &held->rule, r->port, held->dev);
	if (held->peer)
		str_addf(out, " to %s", held->peer);
	put_owner(out, r);
	if (held->count > 1)
		str_addf(out, ", and %" PRIu32 " more like it", held->count - 1);
	put_refusal(out, r);
}

/* For a bind to both families: names the taken one, if the other one is free. */
static void put_family(struct str *out, const struct freed *r)
{
	struct ds_binder v4 = r->binder, v6 = r->binder;
	const struct holding *held;
	bool free4, free6;

	v6.v6only = true;
	v4.inet6 = false;
	v4.v6only = false;
	v4.addr.s6_addr[10] = 0xff;
	v4.addr.s6_addr[11] = 0xff;
	free4 = holders_judge(&r->holders, &v4, &held) == FREE_YES;
	free6 = holders_judge(&r->holders, &v6, &held) == FREE_YES;
	if (free4 != free6)
		str_addf(out, "for IPv%c ", free4 ? '6' : '4');
}

void free_put(struct str *out, const struct freed *r)
{
	if (r->answer == ANSWER_UNKNOWN) {
		str_addf(out, "not known: %s", r->why);
		return;
	}
	str_adds(out, "taken ");
	if (r->any_family && r->binder.inet6)
		put_family(out, r);
	str_adds(out, "by ");
	put_holder(out, r);
}

static void unknown(struct freed *r, const char *why)
{
	r->answer = ANSWER_UNKNOWN;
	r->why = xstrdup(why);
}

static bool load(struct freed *r, enum source source, struct fail *f)
{
	const struct in6_addr *of = &r->binder.addr;

	if (source != SOURCE_MODULE)
		return holders_from_diag(&r->holders, r->binder.proto, r->port, f);
	return holders_ask(&r->holders, r->binder.proto, r->port, ds_bind_is_wild(of) ? NULL : of,
			   f);
}

static void unsure(struct freed *r)
{
	struct str why = { 0 };

	if (r->in_the_way) {
		str_addf(&why, "%s on ", state_text(r->in_the_way->state));
		put_local(&why, &r->in_the_way->rule, r->port, r->in_the_way->dev);
		str_adds(&why, " may be in the way: only the kernel module can tell what it was "
			 "bound with");
		r->in_the_way = NULL;
	} else if (r->holders.from_diag) {
		str_adds(&why, "sockets that are bound, but do not listen, are not visible before "
			 "Linux 6.8 without the module: modprobe dualstack");
	} else {
		str_adds(&why, "more sockets hold the port than could be looked at");
	}
	unknown(r, why.s);
	str_free(&why);
}

bool free_ask(struct freed *r, enum source source, enum ds_proto proto, uint16_t port,
	      const struct prefix *addr, enum free_how how)
{
	struct fail f = { 0 };

	memset(r, 0, sizeof(*r));
	r->port = port;
	r->any_family = !addr;
	if (!set_binder(&r->binder, proto, addr, how)) {
		unknown(r, "no such interface");
		return true;
	}
	if (!load(r, source, &f)) {
		unknown(r, f.text);
		return false;
	}
	switch (holders_judge(&r->holders, &r->binder, &r->in_the_way)) {
	case FREE_YES:
		r->answer = ANSWER_YES;
		break;
	case FREE_NO:
		r->answer = ANSWER_NO;
		break;
	default:
		unsure(r);
	}
	return true;
}

/* Makes a row with only an inode for each, since owners.c finds the processes of rows. */
void free_processes(struct freed **list, size_t n)
{
	struct table t = { 0 };
	struct str who = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		table_add(&t)->inode = list[i]->in_the_way->inode;
	if (n)
		owners_walk(&t);
	for (i = 0; i < n; i++) {
		str_reset(&who);
		if (process_text(&t.rows[i], 3, ESC_TABLE, &who))
			list[i]->process = xstrdup(who.s);
	}
	str_free(&who);
	table_free(&t);
}

void freed_end(struct freed *r)
{
	holders_free(&r->holders);
	free(r->process);
	free(r->why);
	memset(r, 0, sizeof(*r));
}
