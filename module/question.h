/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses a question to /proc/net/dualstack_ask. Also compiles in user space. */
#ifndef DUALSTACK_QUESTION_H
#define DUALSTACK_QUESTION_H

#include "family.h"

#ifdef __KERNEL__
#include <linux/if.h>
#else
#include <net/if.h>
#endif

/* Limit of a question's length; no valid question without superfluous blanks is longer. */
#define DS_QUESTION_MAX	255

enum ds_question_kind {
	DS_ASK_WHO,
	DS_ASK_HOLDERS,
};

/**
 * struct ds_asked - a question
 * @kind: who gets a packet, or who holds a port
 * @proto: TCP or UDP
 * @family: family of @addr; valid only with @has_addr
 * @has_addr: the question has an address; always true for DS_ASK_WHO
 * @has_peer: the question has a peer's address
 * @addr: the address; an IPv4 address in v4-mapped form
 * @peer: the peer's address, of the same family
 * @port: the port, 1 to 65535, in host byte order
 * @peer_port: the peer's port, or 0 if the question has none
 * @dev: name of the input device, or empty if the question has none
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
