// SPDX-License-Identifier: GPL-2.0-only
/* Random numbers from a seed (xorshift64*), and random addresses. */
#include <arpa/inet.h>
#include "holders.h"

static uint64_t state = 1;

void random_seed(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15 + 1;
}

unsigned int random_below(unsigned int n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1d >> 33) % n;
}

/* 127.0.0.6 is the IPv4 address of sockets that are bound to a specific IPv6 address. */
static const char * const addr4[] = {
	"::ffff:0.0.0.0", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "::ffff:127.0.0.6",
	"::ffff:127.0.0.53", "::ffff:10.0.0.1", "::ffff:10.0.1.1",
};

static const char * const addr6[] = { "::", "::", "::", "::1", "fd00::1", "fd00:1::1" };

#define ANY_OF(list)	((list)[random_below(sizeof(list) / sizeof((list)[0]))])

/* A random address to bind to; @inet6: the family of the socket. */
struct in6_addr random_addr(bool *inet6)
{
	struct in6_addr addr;

	*inet6 = one_in(2);
	inet_pton(AF_INET6, *inet6 ? ANY_OF(addr6) : ANY_OF(addr4), &addr);
	return addr;
}

const char *addr_text(const struct in6_addr *addr)
{
	static char text[4][INET6_ADDRSTRLEN];
	static unsigned int next;
	char *to = text[next++ % 4];

	return inet_ntop(AF_INET6, addr, to, INET6_ADDRSTRLEN);
}
