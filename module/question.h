/* SPDX-License-Identifier: GPL-2.0-only */
/* A question to /proc/net/dualstack_ask: what its line says. Pure: compiles in user space, too. */
#ifndef DUALSTACK_QUESTION_H
#define DUALSTACK_QUESTION_H

#include "family.h"

#ifdef __KERNEL__
#include <linux/if.h>
#else
#include <net/if.h>
#endif

/* More than the longest question that says something. */
#define DS_QUESTION_MAX	255

enum ds_question_kind {
	DS_ASK_WHO,
	DS_ASK_HOLDERS,
};

/**
 * struct ds_asked - a question
 * @kind: who gets a packet, or who holds a port
 * @proto: TCP or UDP
 * @family: of @addr; meaningful with @has_addr alone
 * @has_addr: an address is named; always so for DS_ASK_WHO
 * @has_peer: a peer is named
 * @addr: the address; an IPv4 one in v4-mapped form
 * @peer: the peer's, of the same family
 * @port: 1 to 65535, host order
 * @peer_port: 0 where none is named
 * @dev: name of the input device, empty where none is named
 */
struct ds_asked {
	enum ds_question_kind kind;
	enum ds_proto proto;
	enum ds_family family;
	bool has_addr;
	bool has_peer;
	struct in6_addr addr;
	struct in6_addr peer;
	unsigned int port;
	unsigned int peer_port;
	char dev[IFNAMSIZ];
};

int ds_question_parse(struct ds_asked *q, const char *text, size_t len);

#endif
