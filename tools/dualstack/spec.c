// SPDX-License-Identifier: GPL-2.0-only
/* Parses words that name sockets: protocol, address or prefix, and ports. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "spec.h"

uint8_t proto_bits(const char *s, size_t len)
{
	uint8_t all;

	if (len < 3 || len > 5)
		return 0;
	if (!strncasecmp(s, "tcp", 3))
		all = PROTO_TCP;
	else if (!strncasecmp(s, "udp", 3))
		all = PROTO_UDP;
	else
		return 0;
	if (len == 3)
		return all;
	if (len == 5)
		return s[3] == '4' && s[4] == '6' ? all & 0x24 : 0;
	if (s[3] == '4')
		return all & 0x09;
	return s[3] == '6' ? all & 0x12 : 0;
}

/* Hints in messages. */
#define PORT_HINT "1 to 65535, as in 80, 22,80, :8000-8100, http or tcp/80"
#define ADDR_HINT "a number, as in 127.0.0.1:25 or [::1]:25"

/* Fails with a user's word in the message, shortened and without control characters. */
static bool bad(struct fail *f, const char *what, const char *s, size_t len, const char *hint)
{
	char text[64];
	size_t i;

	for (i = 0; i < len && i < sizeof(text) - 1; i++)
		text[i] = iscntrl((unsigned char)s[i]) ? '?' : s[i];
	text[i] = '\0';
	return fail_set(f, ST_USAGE, "bad %s '%s': %s", what, text, hint);
}

/* Fails with a hint if the word is in a form that only other programs take. */
static bool hint(const char *s, size_t len, struct fail *f)
{
	size_t n = len < 60 ? len : 60;
	const char *colon = memchr(s, ':', len);

	if (proto_bits(s, strcspn(s, ",") < len ? strcspn(s, ",") : len) && memchr(s, ',', len))
		return bad(f, "list", s, len, "protocols are words of their own: tcp udp");
	if (colon && proto_bits(s, colon - s))
		return fail_set(f, ST_USAGE, "bad word '%.*s': write %.*s/%.*s", (int)n, s,
				(int)(colon - s), s, (int)(s + n - colon - 1), colon + 1);
	if (len >= 9 && !strncasecmp(s, "localhost", 9))
		return bad(f, "address", s, len, "localhost is 127.0.0.1 and ::1: write one of "
			   "them, as in 127.0.0.1:80 or [::1]:80");
	return true;
}

/* Cuts off the zone at the end, as in fe80::1%eth0, 127.0.0.53%lo and [fe80::1]%eth0. */
static bool take_zone(const char *s, size_t *len, char *zone)
{
	const char *percent = memrchr(s, '%', *len);
	size_t n;

	*zone = '\0';
	if (!percent || memchr(percent, ']', s + *len - percent))
		return true;
	n = s + *len - percent - 1;
	if (!n || n >= sizeof(((struct prefix *)0)->zone))
		return false;
	memcpy(zone, percent + 1, n);
	zone[n] = '\0';
	*len = percent - s;
	return true;
}

static bool parse_addr(const char *s, size_t len, struct prefix *p)
{
	char text[INET6_ADDRSTRLEN];

	if (!take_zone(s, &len, p->zone))
		return false;
	if (len > 1 && s[0] == '[' && s[len - 1] == ']') {
		s++;
		len -= 2;
		if (!*p->zone && !take_zone(s, &len, p->zone))
			return false;
	}
	if (!len || len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, p->bytes) == 1)
		p->af = AF_INET;
	else if (inet_pton(AF_INET6, text, p->bytes) == 1)
		p->af = AF_INET6;
	else
		return false;
	p->bits = p->af == AF_INET ? 32 : 128;
	p->single = true;
	return true;
}

bool parse_prefix(const char *s, size_t len, struct prefix *p, struct fail *f)
{
	const char *slash = memchr(s, '/', len);
	uint64_t bits;

	memset(p, 0, sizeof(*p));
	if (!hint(s, len, f))
		return false;
	if (!parse_addr(s, slash ? (size_t)(slash - s) : len, p))
		return bad(f, "address", s, len, ADDR_HINT);
	if (!slash)
		return true;
	if (!parse_u64(slash + 1, s + len - slash - 1, p->bits, &bits))
		return bad(f, "prefix length in", s, len, "as in 10.0.0.0/8 or 2001:db8::/32");
	p->bits = bits;
	p->single = false;
	return true;
}

/* A port: a number, or a name from /etc/services (for the first protocol that has it). */
static bool parse_port(const char *s, size_t len, uint16_t *port)
{
	const struct servent *service;
	char name[64];
	uint64_t n;

	if (len && isdigit((unsigned char)*s)) {
		if (!parse_u64(s, len, 65535, &n) || !n)
			return false;
		*port = n;
		return true;
	}
	if (!len || len >= sizeof(name) || !isalpha((unsigned char)*s) || memchr(s, '\0', len))
		return false;
	memcpy(name, s, len);
	name[len] = '\0';
	service = getservbyname(name, NULL);
	if (!service)
		return false;
	*port = ntohs(service->s_port);
	return true;
}

static bool parse_range(const char *s, size_t len, struct ports *range)
{
	const char *dash = isdigit((unsigned char)*s) ? memchr(s, '-', len) : NULL;

	if (!dash) {
		if (!parse_port(s, len, &range->lo))
			return false;
		range->hi = range->lo;
		return true;
	}
	return parse_port(s, dash - s, &range->lo) &&
	       parse_port(dash + 1, s + len - dash - 1, &range->hi) && range->lo <= range->hi;
}

bool parse_ports(const char *s, size_t len, struct target *t, struct fail *f)
{
	const char *end = s + len;

	do {
		const char *comma = memchr(s, ',', end - s);
		size_t part = comma ? comma - s : end - s;
		struct ports range;

		if (part && isalpha((unsigned char)*s) && !parse_range(s, part, &range))
			return bad(f, "word", s, part, "neither protocol nor service; try "
				   "dualstack --help");
		if (!part || !parse_range(s, part, &range))
			return bad(f, "port", s, part, PORT_HINT);
		t->ports = xrealloc(t->ports, t->n_ports + 1, sizeof(*t->ports));
		t->ports[t->n_ports++] = range;
		s = comma ? comma + 1 : end;
		if (comma && s == end)
			return bad(f, "list of ports ending in", ",", 1, PORT_HINT);
	} while (s < end);
	return true;
}

/*
 * The end of the address in "ADDRESS:PORTS", "ADDRESS" or "*:PORTS"; NULL if there is no address.
 * netstat writes ":::80" for [::]:80; it can't mean anything else.
 */
static const char *addr_end(const char *s, const char *end)
{
	const char *colon = memchr(s, ':', end - s), *percent = memchr(s, '%', end - s), *close;

	/* "fe80::1%eth0:80": a device's name has no colon */
	if (percent && *s != '[') {
		colon = memchr(percent, ':', end - percent);
		return colon ? colon : end;
	}
	if (*s == '[') {
		close = memchr(s, ']', end - s);
		if (!close)
			return end;
		/* "[::]/64": the prefix length is after the bracket */
		colon = memchr(close, ':', end - close);
		return colon ? colon : end;
	}
	if (end - s > 3 && !memcmp(s, ":::", 3))
		return s + 2;
	if (colon && memchr(colon + 1, ':', end - colon - 1))
		return end;
	if (colon)
		return colon;
	return memchr(s, '.', end - s) && isdigit((unsigned char)*s) ? end : NULL;
}

/*
 * Cuts off the protocol of "80/tcp", as firewalld, ufw and docker write it, also after an address;
 * and the right side of "0.0.0.0:80->8080/tcp", since this host listens on the left side.
 */
static uint8_t take_suffix(const char *s, size_t *len)
{
	const char *slash = memrchr(s, '/', *len), *arrow = memmem(s, *len, "->", 2);
	uint8_t bits = slash ? proto_bits(slash + 1, s + *len - slash - 1) : 0;

	if (bits)
		*len = slash - s;
	if (arrow && arrow < s + *len)
		*len = arrow - s;
	return bits;
}

/* The part before the ports: an address with or without a zone, or "*", or nothing. */
static bool parse_place(const char *s, size_t len, struct target *t, struct fail *f)
{
	if (!len || (len == 1 && *s == '*'))
		return true;
	if (*s == '*' && take_zone(s, &len, t->addr.zone) && len == 1)
		return true;
	t->has_addr = true;
	return parse_prefix(s, len, &t->addr, f);
}

bool parse_target(const char *s, size_t len, struct target *t, struct fail *f)
{
	const char *end, *slash, *stop;
	uint8_t bits;

	memset(t, 0, sizeof(*t));
	if (!hint(s, len, f))
		return false;
	t->protos = take_suffix(s, &len);
	end = s + len;
	slash = memchr(s, '/', len);
	bits = proto_bits(s, slash ? (size_t)(slash - s) : len);
	if (bits) {
		t->protos = bits;
		s = slash ? slash + 1 : end;
		if (!slash)
			return true;
	}
	if (s == end)
		return bad(f, "port", s, 0, PORT_HINT);
	stop = addr_end(s, end);
	if (!stop)
		return parse_ports(s, end - s, t, f);
	if (!parse_place(s, stop - s, t, f))
		return false;
	return stop == end || parse_ports(stop + 1, end - stop - 1, t, f);
}

void extent_add(struct extent *e, const struct target *t)
{
	uint8_t protos = t->protos ? t->protos : PROTO_ANY;
	uint16_t lo = t->n_ports ? UINT16_MAX : 0, hi = t->n_ports ? 0 : UINT16_MAX;
	bool first = !e->l4[L4_TCP] && !e->l4[L4_UDP];
	size_t i;

	for (i = 0; i < t->n_ports; i++) {
		lo = t->ports[i].lo < lo ? t->ports[i].lo : lo;
		hi = t->ports[i].hi > hi ? t->ports[i].hi : hi;
	}
	e->lo = first || lo < e->lo ? lo : e->lo;
	e->hi = first || hi > e->hi ? hi : e->hi;
	e->l4[L4_TCP] |= protos & PROTO_TCP;
	e->l4[L4_UDP] |= protos & PROTO_UDP;
}

void target_free(struct target *t)
{
	free(t->ports);
	memset(t, 0, sizeof(*t));
}

static bool bits_equal(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	unsigned int bytes = bits / 8, rest = bits % 8;

	if (memcmp(a, b, bytes))
		return false;
	return !rest || !((a[bytes] ^ b[bytes]) >> (8 - rest));
}

void prefix_unmap(struct prefix *p)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (p->af != AF_INET6 || memcmp(p->bytes, mapped, sizeof(mapped)))
		return;
	memmove(p->bytes, p->bytes + 12, 4);
	memset(p->bytes + 4, 0, 12);
	p->af = AF_INET;
	p->bits = 32;
}

bool prefix_is_any(const struct prefix *addr)
{
	static const unsigned char zero[16];

	return !memcmp(addr->bytes, zero, addr->af == AF_INET ? 4 : 16);
}

/* An IPv4 prefix contains v4-mapped addresses too: clients see the same addresses. */
bool prefix_holds(const struct prefix *p, const struct addr *a)
{
	if (p->af == a->af)
		return bits_equal(p->bytes, a->bytes, p->bits);
	return p->af == AF_INET && a->mapped && bits_equal(p->bytes, a->bytes + 12, p->bits);
}

static bool target_has_port(const struct target *t, uint16_t port)
{
	size_t i;

	for (i = 0; i < t->n_ports; i++)
		if (port >= t->ports[i].lo && port <= t->ports[i].hi)
			return true;
	return !t->n_ports;
}

bool target_matches(const struct target *t, const struct row *r)
{
	if (t->protos && !(t->protos & PROTO_BIT(r->l4, r->families)))
		return false;
	if (t->has_addr && !prefix_holds(&t->addr, r->addr))
		return false;
	if (*t->addr.zone && (!r->dev || strcmp(r->dev, t->addr.zone)))
		return false;
	return target_has_port(t, r->port);
}
