// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices at which a packet for an address can come in. The module's who.c applies the same
 * rules to the kernel's own routes.
 */
#include <net/if.h>

#include "arrivals.h"
#include "judge_laddrs.h"

#define LOOPBACK 1

struct search {
	const struct local *l;
	const struct destination *d;
	struct arrivals *at;
	bool anycast;			/* a device was left out, since TCP has no anycast */
};

static uint32_t v4_of(const struct destination *d)
{
	return d->addr.s6_addr32[3];
}

static bool is_limited_broadcast(const struct destination *d)
{
	return d->family == DS_V4 && v4_of(d) == INADDR_BROADCAST;
}

static bool is_group(const struct destination *d)
{
	return local_is_group(&d->addr) || is_limited_broadcast(d);
}

/* No packet is sent to 0.0.0.0 or ::. */
static bool is_nowhere(const struct destination *d)
{
	return d->family == DS_V4 ? !v4_of(d) : ds_addr_is_any6(&d->addr);
}

static bool is_loopback(const struct destination *d)
{
	return d->family == DS_V4 ? d->addr.s6_addr[12] == 127 : IN6_IS_ADDR_LOOPBACK(&d->addr);
}

static void add(struct search *s, uint32_t dev, bool copies)
{
	struct arrivals *at = s->at;

	if (at->n && at->list[at->n - 1].dev == dev)
		return;
	if (at->n == MAX_ARRIVALS)
		at->more++;
	else
		at->list[at->n++] = (struct arrival) { dev, copies };
}

/* For IPv4, a device in a VRF also accepts groups that the VRF's own device has joined. */
static bool is_joined(const struct search *s, const struct ldev *dev)
{
	size_t i;

	if (is_limited_broadcast(s->d))
		return dev->flags & IFF_BROADCAST && dev->takes[DS_V4];
	for (i = 0; i < s->l->n_groups; i++) {
		const struct lgroup *g = &s->l->groups[i];

		if (!ds_addr_cmp(&g->addr, &s->d->addr) &&
		    (g->dev == dev->index || (s->d->family == DS_V4 && dev->vrf == g->dev)))
			return true;
	}
	return false;
}

/* Devices of one VRF share a routing table, and so their broadcast addresses. */
static bool is_broadcast(const struct search *s, const struct ldev *dev)
{
	size_t i;

	for (i = 0; s->d->family == DS_V4 && i < s->l->n_broadcasts; i++) {
		const struct lbroadcast *b = &s->l->broadcasts[i];
		const struct ldev *owner = local_dev(s->l, b->dev);

		if (b->addr == v4_of(s->d) && owner && owner->vrf == dev->vrf)
			return true;
	}
	return false;
}

static bool owns(const struct search *s, const struct ldev *dev)
{
	const struct laddr *a = s->l->addrs[s->d->family];
	size_t i, n = s->l->n_addrs[s->d->family];

	for (i = local_first(s->l, s->d->family, &s->d->addr); i < n; i++) {
		if (ds_addr_cmp(&a[i].addr, &s->d->addr))
			break;
		if (a[i].dev == dev->index)
			return true;
	}
	for (i = 0; s->d->family == DS_V4 && i < s->l->n_broadcasts; i++)
		if (s->l->broadcasts[i].addr == v4_of(s->d) &&
		    s->l->broadcasts[i].dev == dev->index)
			return true;
	return false;
}

static bool route(const struct search *s, uint32_t dev, struct ds_laddr *laddr)
{
	return judge_laddrs_route(s->l, s->d->family, &s->d->addr, dev, laddr);
}

/* Adds @dev if the packet can come in there; @dev need not own the address. */
static void look_at(struct search *s, const struct ldev *dev)
{
	bool udp = s->d->l4 == L4_UDP, up = dev->flags & IFF_UP;
	struct ds_laddr laddr;

	if (is_group(s->d)) {
		if (udp && up && is_joined(s, dev))
			add(s, dev->index, true);
	} else if (route(s, dev->index, &laddr)) {
		if (!udp && laddr.flags & DS_LADDR_ANYCAST)
			s->anycast = true;
		else
			add(s, dev->index, false);
	} else if (udp && up && is_broadcast(s, dev)) {
		add(s, dev->index, true);
	}
}

/* Does @dev have the address? For a group the answer is yes: look_at() checks who joined it. */
static bool is_home(const struct search *s, const struct ldev *dev)
{
	struct ds_laddr laddr;

	return is_group(s->d) || owns(s, dev) ||
	       (route(s, dev->index, &laddr) && laddr.dev == (int)dev->index);
}

static bool is_found(const struct arrivals *at, uint32_t dev)
{
	size_t i;

	for (i = 0; i < at->n; i++)
		if (at->list[i].dev == dev)
			return true;
	return false;
}

/*
 * Adds the devices that have the address, then the one found for packets that the host sends to
 * itself, unless it is one of them.
 */
static void look_everywhere(struct search *s)
{
	const struct ldev *dev;
	struct ds_laddr laddr;
	size_t i;

	for (i = 0; i < s->l->n_devs; i++)
		if (is_home(s, &s->l->devs[i]))
			look_at(s, &s->l->devs[i]);
	if (is_group(s->d) || !route(s, 0, &laddr) || is_found(s->at, laddr.dev))
		return;
	dev = local_dev(s->l, laddr.dev);
	if (dev)
		look_at(s, dev);
}

/* ---------------------------------------------------------------- why there is none */

/* Flags of /proc/net/if_inet6: duplicate address detection is not done, or found a duplicate. */
#define TENTATIVE 0x40
#define DUPLICATE 0x08

static bool is_tentative(const struct destination *d, uint32_t ifindex)
{
	FILE *file = d->family == DS_V6 ? fopen(sys_path("/proc/net/if_inet6"), "re") : NULL;
	unsigned int index, len, scope, flags, word[4];
	bool found = false;
	char line[256];

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%8x%8x%8x%8x %x %x %x %x", &word[0], &word[1], &word[2],
			   &word[3], &index, &len, &scope, &flags) != 8)
			continue;
		found = flags & (TENTATIVE | DUPLICATE) && (!ifindex || index == ifindex) &&
			htonl(word[0]) == d->addr.s6_addr32[0] &&
			htonl(word[1]) == d->addr.s6_addr32[1] &&
			htonl(word[2]) == d->addr.s6_addr32[2] &&
			htonl(word[3]) == d->addr.s6_addr32[3];
	}
	if (file)
		fclose(file);
	return found;
}

/* Does any device have the address, whether it is up or down? */
static bool is_local4(const struct search *s)
{
	size_t i = local_first(s->l, DS_V4, &s->d->addr);

	return s->d->family == DS_V4 && i < s->l->n_addrs[DS_V4] &&
	       !ds_addr_cmp(&s->l->addrs[DS_V4][i].addr, &s->d->addr);
}

/* Is @dev down? If @dev is NULL: is the loopback device down, which the host's own packets need? */
static bool is_down(const struct search *s, const struct ldev *dev)
{
	if (dev)
		return !(dev->flags & IFF_UP);
	return !local_is_up(s->l, LOOPBACK) && (is_loopback(s->d) || is_local4(s));
}

static bool in_other_vrf(const struct search *s, const struct arrivals *home,
			 const struct ldev *dev)
{
	size_t i;

	for (i = 0; i < home->n; i++) {
		const struct ldev *other = local_dev(s->l, home->list[i].dev);

		if (other && other->vrf == dev->vrf)
			return false;
	}
	return home->n;
}

static const char *why_not(const struct search *s, const struct arrivals *home,
			   const struct ldev *dev)
{
	if (s->anycast)
		return "anycast";
	if (is_nowhere(s->d))
		return "none";
	if (is_group(s->d))
		return s->d->l4 == L4_TCP ? "none" : "not-joined";
	if (is_down(s, dev))
		return "down";
	if (is_tentative(s->d, dev ? dev->index : 0))
		return "tentative";
	if (!dev || !home->n)
		return "none";
	if (is_loopback(s->d) || dev->flags & IFF_LOOPBACK)
		return "loopback";
	return in_other_vrf(s, home, dev) ? "other-vrf" : "none";
}

void arrivals_find(struct arrivals *a, const struct local *l, const struct destination *d,
		   uint32_t ifindex)
{
	static struct arrivals home;
	struct search s = { l, d, a, false };
	const struct ldev *dev = ifindex ? local_dev(l, ifindex) : NULL;

	memset(a, 0, sizeof(*a));
	memset(&home, 0, sizeof(home));
	if (ifindex && !dev) {
		/* the device was removed after the caller had found its index */
		a->why = "down";
		return;
	}
	if (dev && !is_nowhere(d))
		look_at(&s, dev);
	if (!a->n && !is_nowhere(d)) {
		s.at = dev ? &home : a;
		look_everywhere(&s);
	}
	if (!a->n)
		a->why = why_not(&s, &home, dev);
}
