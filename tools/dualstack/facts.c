// SPDX-License-Identifier: GPL-2.0-only
/* Gets the holders of a port from the module, and devices from rtnetlink, and describes them. */
#include <net/if.h>

#include "columns.h"
#include "facts.h"
#include "fail.h"

void facts_load(struct facts *facts, const struct table *t, enum l4 l4, uint16_t port)
{
	struct fail f;

	memset(facts, 0, sizeof(*facts));
	if (!t->here)
		return;
	facts->has_local = local_load(&facts->local, &f);
	if (t->source == SOURCE_MODULE)
		facts->has_holders = holders_ask(&facts->holders, (enum ds_proto)l4, port, NULL,
						 &f);
}

void facts_free(struct facts *facts)
{
	if (facts->has_local)
		local_free(&facts->local);
	holders_free(&facts->holders);
	memset(facts, 0, sizeof(*facts));
}

static const struct holding *holding_of(const struct facts *facts, uint64_t inode)
{
	size_t i;

	for (i = 0; facts->has_holders && inode && i < facts->holders.n; i++)
		if (facts->holders.list[i].inode == inode)
			return &facts->holders.list[i];
	return NULL;
}

/*
 * Adds nothing for members of a group, nor for SO_REUSEADDR of TCP, which lets no second socket
 * listen.
 */
void put_reuse(struct str *out, const struct facts *facts, const struct table *t,
	       const struct row *r)
{
	const struct holding *held = holding_of(facts, r->inode);

	if (!held || r->has & HAS_GROUP)
		return;
	if (held->rule.reuseport)
		str_addf(out, "SO_REUSEPORT is on: another socket with that option, of user %s, "
			 "may bind the same address and port, and would share its clients.",
			 user_text(t, r->uid));
	else if (r->l4 == L4_UDP && held->rule.reuseaddr)
		str_adds(out, "SO_REUSEADDR is on: another socket with that option may bind the "
			 "same address and port, and would take its unicast packets.");
}

/* Adds the names of at most four VRFs; returns their number. */
static size_t put_names(struct str *out, const struct local *l)
{
	char name[IF_NAMESIZE];
	size_t i, n = 0;

	for (i = 0; i < l->n_devs && n < 4; i++)
		if (l->devs[i].table && if_indextoname(l->devs[i].index, name))
			str_addf(out, "%s%s", n++ ? ", " : "", name);
	return n;
}

void put_vrfs(struct str *out, const struct facts *facts, const struct row *r)
{
	struct str names = { 0 };

	if (!facts->has_local || r->dev || facts->local.accept[r->l4 == L4_TCP ? DS_TCP : DS_UDP])
		return;
	if (put_names(&names, &facts->local))
		str_addf(out, "It takes nothing that comes in through a VRF (%s): "
			 "net.ipv4.%s_l3mdev_accept is 0, and it is not bound to one.", names.s,
			 r->l4 == L4_TCP ? "tcp" : "udp");
	str_free(&names);
}

static bool is_down(const struct local *l, uint32_t index)
{
	const struct ldev *dev = index ? local_dev(l, index) : NULL;

	return dev && !(dev->flags & IFF_UP);
}

/* The device that has the address; 0: none, or more than one. */
static uint32_t device_of(const struct local *l, const struct addr *addr)
{
	bool v4 = addr->af == AF_INET || addr->mapped;
	enum ds_family family = v4 ? DS_V4 : DS_V6;
	struct in6_addr key = { 0 };
	size_t i;

	if (addr->af == AF_INET) {
		key.s6_addr[10] = 0xff;
		key.s6_addr[11] = 0xff;
		memcpy(&key.s6_addr[12], addr->bytes, 4);
	} else {
		memcpy(&key, addr->bytes, 16);
	}
	i = local_first(l, family, &key);
	if (i == l->n_addrs[family] || memcmp(&l->addrs[family][i].addr, &key, sizeof(key)))
		return 0;
	if (i + 1 < l->n_addrs[family] &&
	    !memcmp(&l->addrs[family][i + 1].addr, &key, sizeof(key)))
		return 0;
	return l->addrs[family][i].dev;
}

void put_down(struct str *out, const struct facts *facts, const struct row *r)
{
	const struct local *l = &facts->local;
	char name[IF_NAMESIZE];
	uint32_t dev;

	if (!facts->has_local || (!verdict_reached(r->v4) && !verdict_reached(r->v6)))
		return;
	if (r->dev) {
		if (is_down(l, if_nametoindex(r->dev)))
			str_addf(out, "%s is down: nothing comes in there from outside.", r->dev);
		return;
	}
	dev = r->addr->any ? 0 : device_of(l, r->addr);
	if (is_down(l, dev) && if_indextoname(dev, name))
		str_addf(out, "%s is an address of %s, which is down: only this host itself "
			 "reaches it.", r->addr->text, name);
}
