// SPDX-License-Identifier: GPL-2.0-only
/*
 * The local addresses and devices of a network namespace, from rtnetlink.
 *
 * The local routes show which addresses are local, and which device owns each. A tentative address
 * has no local route, nor does an IPv6 address on a link that is down. AnyIP is only a route.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail.h"
#include "laddr.h"
#include "netlink.h"

/*
 * Indices in the arrays of a device's sysctls: IPV4_DEVCONF_ROUTE_LOCALNET - 1 of linux/ip.h and
 * DEVCONF_DISABLE_IPV6 of linux/ipv6.h. Not every libc allows these together with netinet/in.h.
 */
#define ROUTE_LOCALNET 25
#define DISABLE_IPV6 26

/* ---------------------------------------------------------------- devices */

static void set_vrf_table(struct ldev *dev, const struct nlattr *info)
{
	const struct nlattr *a, *data = NULL;
	bool vrf = false;

	mnl_attr_for_each_nested(a, info) {
		if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
			vrf = !strcmp(mnl_attr_get_str(a), "vrf");
		else if (mnl_attr_get_type(a) == IFLA_INFO_DATA)
			data = a;
	}
	if (!vrf || !data)
		return;
	mnl_attr_for_each_nested(a, data)
		if (mnl_attr_get_type(a) == IFLA_VRF_TABLE)
			dev->table = mnl_attr_get_u32(a);
}

/* A value from an array of a device's sysctls; 0 if the kernel sent none. */
static uint32_t sysctl_of(const struct nlattr *spec, unsigned int type, size_t index)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, spec) {
		const uint32_t *value = mnl_attr_get_payload(a);

		if (mnl_attr_get_type(a) == type &&
		    mnl_attr_get_payload_len(a) > index * sizeof(*value))
			return value[index];
	}
	return 0;
}

/* IFLA_AF_SPEC: { AF_INET: { IFLA_INET_CONF }, AF_INET6: { IFLA_INET6_CONF } }, where enabled. */
static void set_families(struct ldev *dev, const struct nlattr *spec)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, spec) {
		if (mnl_attr_get_type(a) == AF_INET) {
			dev->takes[DS_V4] = true;
			dev->route_localnet = sysctl_of(a, IFLA_INET_CONF, ROUTE_LOCALNET);
		} else if (mnl_attr_get_type(a) == AF_INET6) {
			dev->takes[DS_V6] = !sysctl_of(a, IFLA_INET6_CONF, DISABLE_IPV6);
		}
	}
}

static int got_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(nlh);
	struct local *l = data;
	const struct nlattr *a;
	struct ldev *dev;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	l->devs = grow(l->devs, l->n_devs, &l->room_devs, sizeof(*l->devs));
	dev = &l->devs[l->n_devs++];
	*dev = (struct ldev) { .index = m->ifi_index, .flags = m->ifi_flags };
	mnl_attr_for_each(a, nlh, sizeof(*m)) {
		switch (mnl_attr_get_type(a)) {
		case IFLA_MASTER:
			dev->vrf = mnl_attr_get_u32(a);
			break;
		case IFLA_LINKINFO:
			set_vrf_table(dev, a);
			break;
		case IFLA_AF_SPEC:
			set_families(dev, a);
			break;
		}
	}
	return MNL_CB_OK;
}

static void drop_links(void *data)
{
	((struct local *)data)->n_devs = 0;
}

static int cmp_devs(const void *a, const void *b)
{
	const struct ldev *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

const struct ldev *local_dev(const struct local *l, uint32_t index)
{
	const struct ldev key = { .index = index };

	return l->n_devs ? bsearch(&key, l->devs, l->n_devs, sizeof(key), cmp_devs) : NULL;
}

bool local_is_up(const struct local *l, uint32_t index)
{
	const struct ldev *dev = local_dev(l, index);

	return dev && dev->flags & IFF_UP;
}

/* Ignores masters that are not VRFs, such as bridges and bonds. */
static void settle_masters(struct local *l)
{
	size_t i;

	for (i = 0; i < l->n_devs; i++) {
		struct ldev *dev = &l->devs[i];
		const struct ldev *master = dev->vrf ? local_dev(l, dev->vrf) : NULL;

		if (dev->table)
			dev->vrf = dev->index;
		else if (!master || !master->table)
			dev->vrf = 0;
	}
}

static int load_links(struct local *l, struct mnl_socket *nl)
{
	char buf[MNL_NLMSG_HDRLEN + 64] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *m;
	int err;

	nlh->nlmsg_type = RTM_GETLINK;
	m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	m->ifi_family = AF_UNSPEC;
	err = netlink_dump(nl, nlh, got_link, drop_links, l);
	if (l->n_devs)
		qsort(l->devs, l->n_devs, sizeof(*l->devs), cmp_devs);
	settle_masters(l);
	return err;
}

/* ---------------------------------------------------------------- rules */

struct rules {
	struct local *local;
	enum ds_family family;
};

/* Whether a rule with this attribute is for some packets only. */
static bool is_selector(unsigned int type)
{
	switch (type) {
	case FRA_UNSPEC:
	case FRA_PRIORITY:
	case FRA_TABLE:
	case FRA_SUPPRESS_IFGROUP:
	case FRA_SUPPRESS_PREFIXLEN:
	case FRA_PAD:
	case FRA_PROTOCOL:
		return false;
	default:
		return true;
	}
}

static int got_rule(const struct nlmsghdr *nlh, void *data)
{
	const struct fib_rule_hdr *m = mnl_nlmsg_get_payload(nlh);
	const struct rules *r = data;
	struct local *l = r->local;
	const struct nlattr *a;
	uint32_t table = m->table;

	if (nlh->nlmsg_type != RTM_NEWRULE || m->action != FR_ACT_TO_TBL || m->src_len ||
	    m->dst_len || m->tos || m->flags & FIB_RULE_INVERT)
		return MNL_CB_OK;
	mnl_attr_for_each(a, nlh, sizeof(*m)) {
		if (is_selector(mnl_attr_get_type(a)))
			return MNL_CB_OK;
		if (mnl_attr_get_type(a) == FRA_TABLE)
			table = mnl_attr_get_u32(a);
	}
	l->tables[r->family] = grow(l->tables[r->family], l->n_tables[r->family],
				    &l->room_tables[r->family], sizeof(table));
	l->tables[r->family][l->n_tables[r->family]++] = table;
	return MNL_CB_OK;
}

static void drop_rules(void *data)
{
	const struct rules *r = data;

	r->local->n_tables[r->family] = 0;
}

/* It is not an error if the kernel does not have a family, or policy rules. */
static int not_there(int err)
{
	return err == EOPNOTSUPP || err == EAFNOSUPPORT || err == ENOENT ? 0 : err;
}

static int load_rules(struct local *l, struct mnl_socket *nl, enum ds_family family)
{
	char buf[MNL_NLMSG_HDRLEN + 64] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct rules r = { l, family };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *m;

	nlh->nlmsg_type = RTM_GETRULE;
	m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	m->family = family == DS_V4 ? AF_INET : AF_INET6;
	return not_there(netlink_dump(nl, nlh, got_rule, drop_rules, &r));
}

/* ---------------------------------------------------------------- routes */

struct routes {
	struct local *local;
	enum ds_family family;
	unsigned char type;
	size_t n_addrs, n_ranges, n_broadcasts;		/* where this dump began */
};

void set_mapped(struct in6_addr *to, uint32_t addr)
{
	memset(to, 0, sizeof(*to));
	to->s6_addr32[2] = htonl(0xffff);
	to->s6_addr32[3] = addr;
}

static void set_address(struct in6_addr *to, enum ds_family family, const struct nlattr *a)
{
	memset(to, 0, sizeof(*to));
	if (family == DS_V4)
		set_mapped(to, a && mnl_attr_get_payload_len(a) >= 4 ? mnl_attr_get_u32(a) : 0);
	else if (a && mnl_attr_get_payload_len(a) >= 16)
		memcpy(to, mnl_attr_get_payload(a), 16);
}

static void add_broadcast(struct local *l, const struct in6_addr *addr, uint32_t dev)
{
	l->broadcasts = grow(l->broadcasts, l->n_broadcasts, &l->room_broadcasts,
			     sizeof(*l->broadcasts));
	l->broadcasts[l->n_broadcasts++] = (struct lbroadcast) { addr->s6_addr32[3], dev };
}

static void add_address(struct local *l, enum ds_family family, const struct laddr *addr)
{
	struct laddr **to = addr->len < 128 ? &l->ranges[family] : &l->addrs[family];
	size_t *n = addr->len < 128 ? &l->n_ranges[family] : &l->n_addrs[family];
	size_t *room = addr->len < 128 ? &l->room_ranges[family] : &l->room_addrs[family];

	*to = grow(*to, *n, room, sizeof(*addr));
	(*to)[(*n)++] = *addr;
}

bool local_in_table(const struct local *l, enum ds_family family, const struct ldev *dev,
		    uint32_t table)
{
	const struct ldev *vrf = dev && dev->vrf ? local_dev(l, dev->vrf) : NULL;
	size_t i;

	if (vrf)
		return vrf->table == table;
	for (i = 0; i < l->n_tables[family]; i++)
		if (l->tables[family][i] == table)
			return true;
	return table == RT_TABLE_LOCAL;
}

/* Whether packets are looked up in this table; local routes of other tables have no effect. */
static bool is_asked_table(const struct local *l, enum ds_family family, uint32_t table)
{
	size_t i;

	for (i = 0; i < l->n_devs; i++)
		if (l->devs[i].table == table)
			return true;
	return local_in_table(l, family, NULL, table);
}

static int got_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a, *dst = NULL;
	struct routes *r = data;
	struct laddr addr = { .table = m->rtm_table };

	if (nlh->nlmsg_type != RTM_NEWROUTE || m->rtm_type != r->type)
		return MNL_CB_OK;
	mnl_attr_for_each(a, nlh, sizeof(*m)) {
		switch (mnl_attr_get_type(a)) {
		case RTA_DST:
			dst = a;
			break;
		case RTA_OIF:
			addr.dev = mnl_attr_get_u32(a);
			break;
		case RTA_TABLE:
			addr.table = mnl_attr_get_u32(a);
			break;
		}
	}
	set_address(&addr.addr, r->family, dst);
	addr.len = m->rtm_dst_len + (r->family == DS_V4 ? 96 : 0);
	addr.anycast = m->rtm_type == RTN_ANYCAST;
	if (!addr.dev || !is_asked_table(r->local, r->family, addr.table))
		return MNL_CB_OK;
	if (m->rtm_type == RTN_BROADCAST)
		add_broadcast(r->local, &addr.addr, addr.dev);
	else
		add_address(r->local, r->family, &addr);
	return MNL_CB_OK;
}

static void drop_routes(void *data)
{
	struct routes *r = data;

	r->local->n_addrs[r->family] = r->n_addrs;
	r->local->n_ranges[r->family] = r->n_ranges;
	r->local->n_broadcasts = r->n_broadcasts;
}

static int load_routes(struct local *l, struct mnl_socket *nl, enum ds_family family,
		       unsigned char type)
{
	char buf[MNL_NLMSG_HDRLEN + 64] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct routes r = { l, family, type, l->n_addrs[family], l->n_ranges[family],
			    l->n_broadcasts };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *m;

	nlh->nlmsg_type = RTM_GETROUTE;
	m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	m->rtm_family = family == DS_V4 ? AF_INET : AF_INET6;
	m->rtm_type = type;
	return not_there(netlink_dump(nl, nlh, got_route, drop_routes, &r));
}

static int cmp_addrs(const void *a, const void *b)
{
	const struct laddr *x = a, *y = b;
	int diff = memcmp(&x->addr, &y->addr, sizeof(x->addr));

	return diff ? diff : (x->dev > y->dev) - (x->dev < y->dev);
}

static int cmp_ranges(const void *a, const void *b)
{
	const struct laddr *x = a, *y = b;
	int diff = memcmp(&x->addr, &y->addr, sizeof(x->addr));

	if (diff)
		return diff;
	if (x->len != y->len)
		return x->len - y->len;
	if (x->table != y->table)
		return x->table < y->table ? -1 : 1;
	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->anycast - y->anycast;
}

static void sort_once(struct laddr *at, size_t *n, int (*cmp)(const void *, const void *))
{
	size_t i, kept = 0;

	if (!*n)
		return;
	qsort(at, *n, sizeof(*at), cmp);
	for (i = 0; i < *n; i++)
		if (!kept || cmp(&at[kept - 1], &at[i]))
			at[kept++] = at[i];
	*n = kept;
}

/*
 * Keep each once: a device may have an address twice, with different prefixes or peers, and a range
 * any number of times, with different metrics.
 */
static void sort_addrs(struct local *l, enum ds_family family)
{
	sort_once(l->addrs[family], &l->n_addrs[family], cmp_addrs);
	sort_once(l->ranges[family], &l->n_ranges[family], cmp_ranges);
}

/* ---------------------------------------------------------------- copies */

static void add_group(struct local *l, const struct in6_addr *addr, uint32_t dev)
{
	l->groups = grow(l->groups, l->n_groups, &l->room_groups, sizeof(*l->groups));
	l->groups[l->n_groups++] = (struct lgroup) { *addr, dev };
}

/* A device's line, "2 eth0 : 1 V3", then a line for each of its groups: "\t\t010000E0 1 ...". */
static void read_groups4(struct local *l, FILE *file)
{
	char line[256], *end;
	uint32_t dev = 0, group;

	while (fgets(line, sizeof(line), file)) {
		struct in6_addr addr;

		if (line[0] != '\t') {
			dev = strtoul(line, NULL, 10);
			continue;
		}
		group = strtoul(line, &end, 16);
		if (end == line)
			continue;
		/* the kernel prints an address in network order as if it were a number */
		set_mapped(&addr, group);
		add_group(l, &addr, dev);
	}
}

static void parse_address6(struct in6_addr *addr, const char *hex)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		char word[9] = { 0 };

		memcpy(word, hex + 8 * i, 8);
		addr->s6_addr32[i] = htonl(strtoul(word, NULL, 16));
	}
}

/* "2 eth0 ff020000000000000000000000000001 1 0000000C 0" */
static void read_groups6(struct local *l, FILE *file)
{
	char line[256], hex[40];
	struct in6_addr addr;
	unsigned int dev;

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%u %*s %32[0-9a-f]", &dev, hex) != 2 || strlen(hex) != 32)
			continue;
		parse_address6(&addr, hex);
		add_group(l, &addr, dev);
	}
}

/* A kernel without multicasting, or without IPv6, has no such file. */
static void load_groups(struct local *l, const char *path,
			void (*read_groups)(struct local *, FILE *))
{
	FILE *file = fopen(sys_path("%s", path), "re");

	if (!file)
		return;
	read_groups(l, file);
	fclose(file);
}

bool local_is_group(const struct in6_addr *addr)
{
	return ds_addr_is_mapped(addr) ? (addr->s6_addr[12] & 0xf0) == 0xe0 :
					 addr->s6_addr[0] == 0xff;
}

size_t local_first(const struct local *l, enum ds_family family, const struct in6_addr *addr)
{
	size_t low = 0, high = l->n_addrs[family];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(&l->addrs[family][middle].addr, addr, sizeof(*addr)) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_own(const struct local *l, const struct in6_addr *addr)
{
	size_t i = local_first(l, DS_V4, addr);

	return i < l->n_addrs[DS_V4] && !memcmp(&l->addrs[DS_V4][i].addr, addr, sizeof(*addr));
}

static bool is_broadcast(const struct local *l, const struct in6_addr *addr)
{
	size_t i;

	if (!ds_addr_is_mapped(addr) || is_own(l, addr))
		return false;
	if (addr->s6_addr32[3] == INADDR_BROADCAST)
		return true;
	for (i = 0; i < l->n_broadcasts; i++)
		if (l->broadcasts[i].addr == addr->s6_addr32[3])
			return true;
	return false;
}

bool local_gets_copies(const struct local *l, const struct in6_addr *addr)
{
	return local_is_group(addr) || is_broadcast(l, addr);
}

/* Does a UDP socket bound to @bound, or to no device (0), get packets that come in at @index? */
static bool is_at(const struct local *l, uint32_t index, uint32_t bound)
{
	const struct ldev *dev = local_dev(l, index);
	uint32_t vrf = dev ? dev->vrf : 0;

	return bound ? index == bound || vrf == bound : !vrf || l->accept[DS_UDP];
}

bool local_is_joined(const struct local *l, const struct in6_addr *addr, uint32_t dev)
{
	const unsigned int takes = IFF_UP | IFF_BROADCAST;
	bool limited = ds_addr_is_mapped(addr) && addr->s6_addr32[3] == INADDR_BROADCAST;
	size_t i;

	for (i = 0; i < l->n_groups; i++)
		if (!memcmp(&l->groups[i].addr, addr, sizeof(*addr)) &&
		    local_is_up(l, l->groups[i].dev) && is_at(l, l->groups[i].dev, dev))
			return true;
	for (i = 0; limited && i < l->n_devs; i++)
		if ((l->devs[i].flags & takes) == takes && is_at(l, l->devs[i].index, dev))
			return true;
	for (i = 0; ds_addr_is_mapped(addr) && i < l->n_broadcasts; i++)
		if (l->broadcasts[i].addr == addr->s6_addr32[3] &&
		    is_at(l, l->broadcasts[i].dev, dev))
			return true;
	return false;
}

/* ---------------------------------------------------------------- loading */

/* A kernel without VRFs does not have the sysctl. */
static bool read_switch(const char *path)
{
	int fd = open(sys_path("%s", path), O_RDONLY | O_CLOEXEC);
	char c = '0';

	if (fd < 0)
		return false;
	if (read(fd, &c, 1) != 1)
		c = '0';
	close(fd);
	return c != '0';
}

static int load_all(struct local *l, struct mnl_socket *nl)
{
	int err = load_links(l, nl);

	if (!err)
		err = load_rules(l, nl, DS_V4);
	if (!err)
		err = load_rules(l, nl, DS_V6);
	if (!err)
		err = load_routes(l, nl, DS_V4, RTN_LOCAL);
	if (!err)
		err = load_routes(l, nl, DS_V4, RTN_BROADCAST);
	if (!err)
		err = load_routes(l, nl, DS_V6, RTN_LOCAL);
	if (!err)
		err = load_routes(l, nl, DS_V6, RTN_ANYCAST);
	return err;
}

bool local_load(struct local *l, struct fail *f)
{
	struct mnl_socket *nl = netlink_open(NETLINK_ROUTE);
	int err;

	memset(l, 0, sizeof(*l));
	if (!nl)
		return fail_errno(f, errno, "rtnetlink");
	err = load_all(l, nl);
	mnl_socket_close(nl);
	if (err) {
		local_free(l);
		return fail_errno(f, err, "rtnetlink");
	}
	sort_addrs(l, DS_V4);
	sort_addrs(l, DS_V6);
	load_groups(l, "/proc/net/igmp", read_groups4);
	load_groups(l, "/proc/net/igmp6", read_groups6);
	l->accept[DS_TCP] = read_switch("/proc/sys/net/ipv4/tcp_l3mdev_accept");
	l->accept[DS_UDP] = read_switch("/proc/sys/net/ipv4/udp_l3mdev_accept");
	return true;
}

void local_free(struct local *l)
{
	free(l->addrs[DS_V4]);
	free(l->addrs[DS_V6]);
	free(l->ranges[DS_V4]);
	free(l->ranges[DS_V6]);
	free(l->tables[DS_V4]);
	free(l->tables[DS_V6]);
	free(l->broadcasts);
	free(l->groups);
	free(l->devs);
	memset(l, 0, sizeof(*l));
}
