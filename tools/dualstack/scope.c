// SPDX-License-Identifier: GPL-2.0-only
/* The scope of a socket: loopback, link or global, from its address and device. */
#include <netinet/in.h>
#include <string.h>

#include "scope.h"

static const char *const names[SCOPE_COUNT] = {
	[SCOPE_HOST] = "host", [SCOPE_LINK] = "link", [SCOPE_GLOBAL] = "global",
};

const char *scope_name(enum scope scope)
{
	return names[scope];
}

enum scope scope_by_name(const char *s)
{
	unsigned int scope = 0;

	while (scope < SCOPE_COUNT && strcmp(names[scope], s))
		scope++;
	return scope;
}

/* 127/8 is host; 169.254/16, 224.0.0/24 and the limited broadcast are not forwarded: link. */
static enum scope scope4(const unsigned char *b)
{
	static const unsigned char everybody[4] = { 255, 255, 255, 255 };

	if (b[0] == 127)
		return SCOPE_HOST;
	if ((b[0] == 169 && b[1] == 254) || (b[0] == 224 && !b[1] && !b[2]) ||
	    !memcmp(b, everybody, sizeof(everybody)))
		return SCOPE_LINK;
	return SCOPE_GLOBAL;
}

/* ::1 is host, fe80::/10 link; a group's fourth hex digit is its scope: ff01 host, ff02 link. */
static enum scope scope6(const unsigned char *b)
{
	static const unsigned char loopback[16] = { [15] = 1 };

	if (!memcmp(b, loopback, sizeof(loopback)))
		return SCOPE_HOST;
	if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
		return SCOPE_LINK;
	if (b[0] == 0xff && (b[1] & 0xf) <= 2)
		return (b[1] & 0xf) == 2 ? SCOPE_LINK : SCOPE_HOST;
	return SCOPE_GLOBAL;
}

enum scope row_scope(const struct row *r)
{
	if (r->dev && !strcmp(r->dev, "lo"))
		return SCOPE_HOST;
	if (r->addr->any)
		return SCOPE_GLOBAL;
	if (r->addr->af == AF_INET)
		return scope4(r->addr->bytes);
	return r->addr->mapped ? scope4(r->addr->bytes + 12) : scope6(r->addr->bytes);
}
