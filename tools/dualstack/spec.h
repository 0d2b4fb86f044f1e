/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses words that name sockets: protocol, address or prefix, and ports. */
#ifndef DUALSTACK_SPEC_H
#define DUALSTACK_SPEC_H

#include "fail.h"
#include "row.h"

struct prefix {
	unsigned char bytes[16];
	uint8_t af;
	uint8_t bits;
	bool single;		/* written without "/bits" */
	char zone[16];		/* "%eth0": the device; empty: none */
};

struct ports {
	uint16_t lo, hi;
};

/* PROTO/ADDRESS:PORTS, every part of it optional. */
struct target {
	uint8_t protos;		/* PROTO_BIT()s; 0: not named */
	bool has_addr;
	struct prefix addr;		/* without an address ("*%eth0") only its zone counts */
	struct ports *ports;
	size_t n_ports;
};

#define PROTO_BIT(l4, families) (1 << ((l4) * 3 + (families) - 1))
#define PROTO_TCP 0x07
#define PROTO_UDP 0x38
#define PROTO_ANY 0x3f

/* The PROTO_BIT()s of "tcp", "udp46", ...; 0 for other words. */
uint8_t proto_bits(const char *s, size_t len);
bool parse_prefix(const char *s, size_t len, struct prefix *p, struct fail *f);
/* "80", "80,443,8000-8100", and names of services. Appends to the target. */
bool parse_ports(const char *s, size_t len, struct target *t, struct fail *f);
bool parse_target(const char *s, size_t len, struct target *t, struct fail *f);
void target_free(struct target *t);

/* Turns ::ffff:a.b.c.d into a.b.c.d, which is what IPv4 clients send to. */
void prefix_unmap(struct prefix *p);
/* 0.0.0.0 and ::, which stand for sockets on the wildcard. */
bool prefix_is_any(const struct prefix *addr);
bool prefix_holds(const struct prefix *p, const struct addr *a);
/* Extends @e to the rows that may match. */
void extent_add(struct extent *e, const struct target *t);
bool target_matches(const struct target *t, const struct row *r);

#endif
