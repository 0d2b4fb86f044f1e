// SPDX-License-Identifier: GPL-2.0-only
/* Who holds a port, as text. */
#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>
#include <net/tcp_states.h>
#include "compat.h"
#include "bind.h"
#include "holders.h"
#include "text.h"

/* More than the longest line, every word at its longest. */
#define LINE_MAX	384

static const char header[] = "state            uid    inode v6only dev      address\n";

/**
 * struct printer - an answer that is being written
 * @p: where its text ends now
 * @net: for the names of devices
 * @user_ns: the asker's, for uids
 */
struct printer {
	char *p;
	struct net *net;
	struct user_namespace *user_ns;
};

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

static void put(struct printer *out, const char *word)
{
	out->p = ds_text_word(out->p, word);
}

static void put_number(struct printer *out, const char *key, u64 number)
{
	put(out, key);
	out->p = ds_text_number(out->p, number);
}

static void put_char(struct printer *out, char c)
{
	*out->p++ = c;
}

static void device_name(const struct printer *out, char *name, int ifindex)
{
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(out->net, ifindex);
	if (dev)
		strscpy(name, dev->name, IFNAMSIZ);
	else
		snprintf(name, IFNAMSIZ, "if%d", ifindex);
	rcu_read_unlock();
}

static void put_l3mdev(struct printer *out, int l3mdev)
{
	char name[IFNAMSIZ];

	if (!l3mdev)
		return;
	device_name(out, name, l3mdev);
	put(out, " l3mdev=");
	put(out, name);
}

static void put_addr(struct printer *out, const struct in6_addr *addr, bool inet6)
{
	out->p += ds_addr_text(out->p, addr, !inet6);
}

static void put_peer(struct printer *out, const struct ds_held *held)
{
	put(out, held->rule.inet6 ? " peer=[" : " peer=");
	put_addr(out, &held->peer, held->rule.inet6);
	put_number(out, held->rule.inet6 ? "]:" : ":", held->peer_port);
}

/* What is left of a socket in TIME_WAIT has neither. */
static void put_owner(struct printer *out, const struct ds_held *held)
{
	if (held->tcp_state == TCP_TIME_WAIT) {
		put(out, "      -        -");
		return;
	}
	out->p = ds_text_right(out->p, from_kuid_munged(out->user_ns, held->uid), 6);
	out->p = ds_text_right(out->p, held->inode, 8);
}

static void put_columns(struct printer *out, enum ds_proto proto, const struct ds_held *held)
{
	char name[IFNAMSIZ] = "-";

	out->p = ds_text_left(out->p, state_name(proto, held->tcp_state), 13);
	put_owner(out, held);
	put_char(out, ' ');
	if (held->rule.inet6)
		put(out, held->rule.v6only ? "1      " : "0      ");
	else
		put(out, "-      ");
	if (held->rule.ifindex)
		device_name(out, name, held->rule.ifindex);
	out->p = ds_text_left(out->p, name, 8);
	put_char(out, ' ');
	put_addr(out, &held->rule.addr, held->rule.inet6);
}

/* A peer is that of one socket: where several are alike it says nothing. */
static void put_held(struct printer *out, enum ds_proto proto, const struct ds_held *held)
{
	put_columns(out, proto, held);
	put_l3mdev(out, held->rule.l3mdev);
	if (held->peer_port && held->count == 1)
		put_peer(out, held);
	if (held->rule.reuseaddr)
		put(out, " reuseaddr=1");
	if (held->rule.reuseport)
		put(out, " reuseport=1");
	if (held->tcp_state == TCP_TIME_WAIT)
		put_number(out, " expires=", held->expires);
	if (held->count > 1)
		put_number(out, " count=", held->count);
	put_char(out, '\n');
}

static void put_all(struct printer *out, const struct ds_holders *h, const struct ds_held *held,
		    u32 n, bool listeners)
{
	u32 i;

	for (i = 0; i < n; i++) {
		bool listens = held[i].tcp_state == TCP_LISTEN;

		if (h->proto == DS_UDP || listens == listeners)
			put_held(out, h->proto, &held[i]);
	}
}

/* -1 stands for a cache that was spoilt: as good as none. */
static void put_bucket(struct printer *out, const struct ds_held_bucket *b)
{
	put_number(out, "bucket fastreuse=", max(b->fastreuse, 0));
	put_number(out, " fastreuseport=", max(b->fast.level, 0));
	put_l3mdev(out, b->l3mdev);
	if (DS_BINDS_BY_ADDRESS)
		put(out, " byaddress=1");
	if (b->fast.level > 0) {
		put_number(out, " uid=", from_kuid_munged(out->user_ns, b->uid));
		put(out, " address=");
		put_addr(out, &b->fast.addr, b->fast.inet6);
		if (b->fast.inet6)
			put_number(out, " v6only=", b->fast.v6only);
	}
	put_char(out, '\n');
}

static void put_rest(struct printer *out, const struct ds_holders *h)
{
	u32 i;

	for (i = 0; i < h->nbuckets; i++)
		put_bucket(out, &h->bucket[i]);
	if (h->crowded)
		put(out, DS_UDP_WILD_HOLE ? "slot crowded=1 wildhole=1\n" : "slot crowded=1\n");
	if (h->more) {
		put_number(out, "more ", h->more);
		put_char(out, '\n');
	}
	if (h->unseen) {
		put_number(out, "unseen ", h->unseen);
		put_char(out, '\n');
	}
}

/**
 * ds_holders_text_max() - room that the text needs
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
 * ds_holders_text() - write the text
 * @p: room for ds_holders_text_max()
 * @h: the holders
 * @net: their namespace
 * @user_ns: the asker's, for uids
 *
 * Context: process context.
 * Return: the end of what was written; no NUL is.
 */
char *ds_holders_text(char *p, const struct ds_holders *h, struct net *net,
		      struct user_namespace *user_ns)
{
	struct printer out = { .p = p, .net = net, .user_ns = user_ns };

	put(&out, header);
	put_all(&out, h, h->listener, h->nlisteners, true);
	put_all(&out, h, h->held, h->n, true);
	if (h->proto == DS_TCP)
		put_all(&out, h, h->held, h->n, false);
	put_rest(&out, h);
	return out.p;
}
