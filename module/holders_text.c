// SPDX-License-Identifier: GPL-2.0-only
/* Writes the holders of a port as text. */
#include <linux/if.h>
#include <linux/user_namespace.h>
#include <net/tcp_states.h>
#include "compat.h"
#include "bind.h"
#include "holders.h"
#include "printer.h"
#include "rows.h"

/* Room for the longest line. */
#define LINE_MAX	384

static const char header[] = "state            uid    inode v6only dev      address\n";

static const char *state_name(enum ds_proto proto, u8 tcp_state)
{
	if (proto == DS_UDP)
		return tcp_state == TCP_ESTABLISHED ? "udp-connected" : "udp";
	switch (tcp_state) {
	case TCP_LISTEN:
		return "listen";
	case TCP_CLOSE:
		return "bound";
	case TCP_TIME_WAIT:
		return "timewait";
	case TCP_ESTABLISHED:
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return "connected";
	default:
		return "closing";
	}
}

static void put_l3mdev(struct ds_printer *out, int l3mdev)
{
	char name[IFNAMSIZ];

	if (!l3mdev)
		return;
	ds_device_name(name, out->net, l3mdev);
	ds_put(out, " l3mdev=");
	ds_put(out, name);
}

static void put_addr(struct ds_printer *out, const struct in6_addr *addr, bool inet6)
{
	out->p += ds_addr_text(out->p, addr, !inet6);
}

static void put_peer(struct ds_printer *out, const struct ds_held *held)
{
	ds_put(out, held->rule.inet6 ? " peer=[" : " peer=");
	put_addr(out, &held->peer, held->rule.inet6);
	ds_put_number(out, held->rule.inet6 ? "]:" : ":", held->peer_port);
}

static void put_columns(struct ds_printer *out, enum ds_proto proto, const struct ds_held *held)
{
	bool timewait = held->tcp_state == TCP_TIME_WAIT;

	out->p = ds_text_left(out->p, state_name(proto, held->tcp_state), 13);
	ds_put_owner(out, timewait ? INVALID_UID : held->uid, held->inode);
	ds_put(out, " ");
	if (held->rule.inet6)
		ds_put(out, held->rule.v6only ? "1      " : "0      ");
	else
		ds_put(out, "-      ");
	ds_put_device(out, held->rule.ifindex);
	put_addr(out, &held->rule.addr, held->rule.inet6);
}

/* The peer is shown only for a single socket: several that are alike have different peers. */
static void put_held(struct ds_printer *out, enum ds_proto proto, const struct ds_held *held)
{
	put_columns(out, proto, held);
	put_l3mdev(out, held->rule.l3mdev);
	if (held->peer_port && held->count == 1)
		put_peer(out, held);
	if (held->rule.reuseaddr)
		ds_put(out, " reuseaddr=1");
	if (held->rule.reuseport)
		ds_put(out, " reuseport=1");
	if (held->tcp_state == TCP_TIME_WAIT)
		ds_put_number(out, " expires=", held->expires);
	if (held->count > 1)
		ds_put_number(out, " count=", held->count);
	ds_put(out, "\n");
}

static void put_all(struct ds_printer *out, const struct ds_holders *h, const struct ds_held *held,
		    u32 n, bool listeners)
{
	u32 i;

	for (i = 0; i < n; i++) {
		bool listens = held[i].tcp_state == TCP_LISTEN;

		if (h->proto == DS_UDP || listens == listeners)
			put_held(out, h->proto, &held[i]);
	}
}

/* The kernel sets fastreuse and fastreuseport to -1 if they are not valid: show that as 0. */
static void put_bucket(struct ds_printer *out, const struct ds_held_bucket *b)
{
	ds_put_number(out, "bucket fastreuse=", max(b->fastreuse, 0));
	ds_put_number(out, " fastreuseport=", max(b->fast.level, 0));
	put_l3mdev(out, b->l3mdev);
	if (DS_BINDS_BY_ADDRESS)
		ds_put(out, " byaddress=1");
	if (b->fast.level > 0) {
		ds_put_number(out, " uid=", from_kuid_munged(out->user_ns, b->uid));
		ds_put(out, " address=");
		put_addr(out, &b->fast.addr, b->fast.inet6);
		if (b->fast.inet6)
			ds_put_number(out, " v6only=", b->fast.v6only);
	}
	ds_put(out, "\n");
}

static void put_rest(struct ds_printer *out, const struct ds_holders *h)
{
	u32 i;

	for (i = 0; i < h->nbuckets; i++)
		put_bucket(out, &h->bucket[i]);
	if (h->crowded)
		ds_put(out, DS_UDP_WILD_HOLE ? "slot crowded=1 wildhole=1\n" : "slot crowded=1\n");
	if (h->more) {
		ds_put_number(out, "more ", h->more);
		ds_put(out, "\n");
	}
	if (h->unseen) {
		ds_put_number(out, "unseen ", h->unseen);
		ds_put(out, "\n");
	}
}

/**
 * ds_holders_text_max() - get the largest size of the text
 * @h: the holders
 *
 * Context: any.
 * Return: bytes.
 */
size_t ds_holders_text_max(const struct ds_holders *h)
{
	return (size_t)LINE_MAX * (h->n + h->nlisteners + h->nbuckets + 4);
}

/**
 * ds_holders_text() - write the holders as text
 * @out: with room for ds_holders_text_max() bytes
 * @h: the holders
 *
 * Context: process context.
 */
void ds_holders_text(struct ds_printer *out, const struct ds_holders *h)
{
	ds_put(out, header);
	put_all(out, h, h->listener, h->nlisteners, true);
	put_all(out, h, h->held, h->n, true);
	if (h->proto == DS_TCP)
		put_all(out, h, h->held, h->n, false);
	put_rest(out, h);
}
