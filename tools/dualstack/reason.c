// SPDX-License-Identifier: GPL-2.0-only
/* Explains the verdict noaddr from the list of addresses and interfaces. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "reason.h"

/* Flags in the last but one field of /proc/net/if_inet6. */
#define IF_TENTATIVE 0x40
#define IF_DADFAILED 0x08

/* The interface that has a row's address. */
struct found {
	char dev[IF_NAMESIZE];		/* its name; empty: none has it */
	bool up;			/* it is up */
	bool any;			/* the family has an address (on the row's device) */
};

static bool same(const struct sockaddr *sa, const struct row *r)
{
	const unsigned char *bytes = r->addr->bytes + (r->addr->mapped ? 12 : 0);

	if (sa->sa_family == AF_INET)
		return (r->addr->af == AF_INET || r->addr->mapped) &&
		       !memcmp(&((const struct sockaddr_in *)sa)->sin_addr, bytes, 4);
	return r->addr->af == AF_INET6 && !r->addr->mapped &&
	       !memcmp(&((const struct sockaddr_in6 *)sa)->sin6_addr, bytes, 16);
}

static void look(struct found *f, const struct row *r, bool v6)
{
	struct ifaddrs *all, *i;

	memset(f, 0, sizeof(*f));
	if (getifaddrs(&all))
		return;
	for (i = all; i; i = i->ifa_next) {
		if (!i->ifa_addr || i->ifa_addr->sa_family != (v6 ? AF_INET6 : AF_INET))
			continue;
		if (!r->dev || !strcmp(r->dev, i->ifa_name))
			f->any = true;
		if (same(i->ifa_addr, r)) {
			snprintf(f->dev, sizeof(f->dev), "%s", i->ifa_name);
			f->up = i->ifa_flags & IFF_UP;
		}
	}
	freeifaddrs(all);
}

static bool is_up(const char *dev)
{
	struct ifaddrs *all, *i;
	bool up = false;

	if (getifaddrs(&all))
		return true;
	for (i = all; i; i = i->ifa_next)
		up |= !strcmp(i->ifa_name, dev) && i->ifa_flags & IFF_UP;
	freeifaddrs(all);
	return up;
}

/* The flags of an IPv6 address, or 0. */
static unsigned int flags6(const struct row *r)
{
	FILE *file = fopen(sys_path("/proc/net/if_inet6"), "re");
	char line[128], want[33];
	unsigned int flags = 0, i, found;

	for (i = 0; i < 16; i++)
		snprintf(want + 2 * i, 3, "%02x", r->addr->bytes[i]);
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, want, 32) && sscanf(line + 32, "%*x %*x %*x %x", &found) == 1)
			flags = found;
	if (file)
		fclose(file);
	return flags;
}

static bool sysctl_is(const char *path, char want)
{
	FILE *file = fopen(sys_path("%s", path), "re");
	int c = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	return c == want;
}

static bool is_multicast(const struct row *r)
{
	if (r->addr->af == AF_INET6 && !r->addr->mapped)
		return r->addr->bytes[0] == 0xff;
	return (r->addr->bytes[r->addr->mapped ? 12 : 0] & 0xf0) == 0xe0;
}

static bool is_loopback(const struct row *r)
{
	static const unsigned char loopback[16] = { [15] = 1 };

	if (r->addr->af == AF_INET6 && !r->addr->mapped)
		return !memcmp(r->addr->bytes, loopback, sizeof(loopback));
	return r->addr->bytes[r->addr->mapped ? 12 : 0] == 127;
}

static void wildcard_reason(struct str *out, const struct row *r, bool v6)
{
	struct found f;

	look(&f, r, v6);
	if (r->dev && !f.any)
		str_addf(out, "%s has no IPv%c address", r->dev, v6 ? '6' : '4');
	else if (r->dev)
		str_addf(out, "no address of %s is in use", r->dev);
	else
		str_addf(out, "no IPv%c address is assigned in this network namespace%s",
			 v6 ? '6' : '4',
			 v6 && sysctl_is("/proc/sys/net/ipv6/conf/all/disable_ipv6", '1') ?
			 ": net.ipv6.conf.all.disable_ipv6 is 1" : "");
	if (r->l4 == L4_UDP)
		str_adds(out, "; multicast and broadcast datagrams may reach it");
}

/* No interface has the address. */
static void absent_reason(struct str *out, const struct row *r, bool v6)
{
	const char *sysctl = v6 ? "net.ipv6.ip_nonlocal_bind" : "net.ipv4.ip_nonlocal_bind";
	bool nonlocal = sysctl_is(v6 ? "/proc/sys/net/ipv6/ip_nonlocal_bind" :
				  "/proc/sys/net/ipv4/ip_nonlocal_bind", '1');

	str_addf(out, "%s is not an address of this host now: ", r->addr->text);
	if (r->has & HAS_FREEBIND)
		str_adds(out, "bound ahead with IP_FREEBIND, or removed since");
	else if (nonlocal)
		str_addf(out, "bound ahead (%s is 1), or removed since", sysctl);
	else
		str_adds(out, "removed after the bind, or bound ahead by a setting that has "
			 "changed");
}

static void address_reason(struct str *out, const struct row *r, bool v6)
{
	unsigned int flags = v6 ? flags6(r) : 0;
	struct found f;

	look(&f, r, v6);
	if (flags & IF_DADFAILED)
		str_addf(out, "another host has %s (duplicate address: see ip -6 address)",
			 r->addr->text);
	else if (flags & IF_TENTATIVE)
		str_addf(out, "%s is tentative: the check for a duplicate has not ended (see ip -6 "
			 "address)", r->addr->text);
	else if (is_loopback(r) && !is_up("lo"))
		str_adds(out, "lo is down");
	else if (!*f.dev)
		absent_reason(out, r, v6);
	else if (r->dev && strcmp(r->dev, f.dev))
		str_addf(out, "%s is an address of %s, and the socket is bound to %s",
			 r->addr->text, f.dev, r->dev);
	else
		str_addf(out, "%s is an address of %s, which %s", r->addr->text, f.dev, f.up ?
			 "packets can't come in by" : "is down");
}

void noaddr_reason(struct str *out, const struct table *t, const struct row *r, bool v6)
{
	if (is_multicast(r))
		str_addf(out, "no interface%s%s has joined the group %s", r->dev ? " " : "",
			 r->dev ? r->dev : "", r->addr->text);
	else if (!t->here)
		str_addf(out, "%s was not assigned%s%s when the table was read", r->addr->any ?
			 "an address of the family" : r->addr->text, r->dev ? " to " : "",
			 r->dev ? r->dev : "");
	else if (r->dev && !if_nametoindex(r->dev))
		str_addf(out, "its interface (%s) is gone: the program must bind anew", r->dev);
	else if (r->addr->any)
		wildcard_reason(out, r, v6);
	else
		address_reason(out, r, v6);
}

bool family_has_address(const struct table *t, bool v6)
{
	struct row any = { 0 };
	struct addr addr = { .af = v6 ? AF_INET6 : AF_INET, .any = true };
	struct found f;

	if (!t->here)
		return true;
	any.addr = &addr;
	look(&f, &any, v6);
	return f.any;
}
