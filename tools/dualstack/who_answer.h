/* SPDX-License-Identifier: GPL-2.0-only */
/* Who gets a packet to an address and port: the answer, as the kernel's lookup gives it. */
#ifndef DUALSTACK_WHO_ANSWER_H
#define DUALSTACK_WHO_ANSWER_H

#include "spec.h"

/* A packet. */
struct packet {
	enum l4 l4;
	uint16_t port;
	const struct prefix *addr;	/* its zone is the input device, where @dev is NULL */
	const char *dev;
	const struct prefix *from;	/* NULL: a new peer */
	uint16_t fromport;		/* 0: any */
};

/*
 * A line of the answer
 * @dev, @sockdev: NULL for none
 * @answer: its word: socket, group, connection, copy, nobody, dropped, noaddr, ?, more
 * @proto, @address: NULL without a socket
 * @v6only: -1 for none
 * @has_uid: not for what is left in TIME_WAIT
 * @cpu: on which CPU, or -1
 * @why, @state: words, or NULL
 * @number: of chain=, sockets= or devices=
 * @process: who has the socket, as whos_processes() found, or NULL
 */
struct who_line {
	char *dev, *answer, *proto, *sockdev, *address, *why, *state, *process;
	int v6only, cpu;
	bool has_uid, bpf, filter;
	uint32_t uid;
	uint64_t inode, number;
};

struct whos {
	struct who_line *list;
	size_t n, room;
};

/* The input device that is named, or NULL. */
const char *packet_device(const struct packet *p);

/* A line more, all zero: strings are xstrdup()ed. */
struct who_line *whos_add(struct whos *w);
void whos_free(struct whos *w);
/* Is it about a socket that gets the packet, or may? */
bool who_is_taken(const struct who_line *line);
/* Does anybody get it, at one device at least? */
enum answer whos_answer(const struct whos *w);
bool whos_name(const struct whos *w, uint64_t inode);
/* Who has the sockets; a walk over all processes. */
void whos_processes(struct whos *w);
/* In plain words, without a full stop. */
void whos_put(struct str *out, const struct whos *w, const struct packet *p);
/* Why nobody gets it; "" where the address is local and no socket takes it. */
void whos_put_why(struct str *out, const struct whos *w);

#endif
