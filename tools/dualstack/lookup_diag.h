/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the kernel's own socket lookup through sock_diag(7); needs neither the module nor a
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
	struct in6_addr saddr;		/* ::ffff:0.0.0.0 or ::, a peer that no socket has */
	uint16_t dport, sport;
	uint32_t ifindex;		/* input device, or its VRF: a request can't name both */
};

/* The socket that a lookup finds. */
struct lookup_socket {
	uint64_t cookie;		/* unique for each socket */
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
	LOOKUP_FAILED,			/* the lookup was not possible: errno says why */
};

/* @nl: a NETLINK_SOCK_DIAG socket of the network namespace */
enum lookup_answer lookup_diag(struct mnl_socket *nl, const struct lookup_packet *p,
			       struct lookup_socket *s);

#endif
