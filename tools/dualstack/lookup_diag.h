/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own socket lookup, asked through sock_diag(7): needs neither the module nor a
 * privilege.
 */
#ifndef DUALSTACK_LOOKUP_DIAG_H
#define DUALSTACK_LOOKUP_DIAG_H

#include <libmnl/libmnl.h>

#include "util.h"
#include "../../module/family.h"

/* A packet, as a lookup sees it: IPv4 addresses in v4-mapped form, ports in the host's order. */
struct lookup_packet {
	enum ds_proto proto;
	enum ds_family family;
	struct in6_addr daddr;
	struct in6_addr saddr;		/* ::ffff:0.0.0.0 or ::, a peer that no socket knows */
	uint16_t dport, sport;
	uint32_t ifindex;		/* input device; a VRF's device can't be named beside it */
};

/* The socket that a lookup finds. */
struct lookup_socket {
	uint64_t cookie;		/* no other socket has it */
	uint64_t inode;			/* 0: it has no file */
	uint32_t uid, dev;
	struct in6_addr addr;		/* bound address, in v4-mapped form for AF_INET */
	uint8_t family;			/* AF_INET, AF_INET6 */
	uint8_t state;			/* TCP_LISTEN, ... */
	int8_t v6only;			/* -1: not an AF_INET6 socket, or not known */
};

enum lookup_answer {
	LOOKUP_NOBODY,
	LOOKUP_SOCKET,
	LOOKUP_FAILED,			/* the question could not be asked: errno says why */
};

/* @nl: a socket for NETLINK_SOCK_DIAG of the network namespace in question */
enum lookup_answer lookup_diag(struct mnl_socket *nl, const struct lookup_packet *p,
			       struct lookup_socket *s);

#endif
