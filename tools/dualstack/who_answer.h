/* SPDX-License-Identifier: GPL-2.0-only */
/* Who gets a packet to an address and port: the answer of the kernel's lookups. */
#ifndef DUALSTACK_WHO_ANSWER_H
#define DUALSTACK_WHO_ANSWER_H

#include "spec.h"

/* The packet of a question. */
struct packet {
	enum l4 l4;
	uint16_t port;
	const struct prefix *addr;	/* its zone is the input device, if @dev is NULL */
	const char *dev;
	const struct prefix *from;	/* NULL: a new peer */
	uint16_t fromport;		/* 0: any */
};

/*
 * A line of the answer
 * @dev, @sockdev: NULL for none
 * @answer: "socket", "group", "connection", "copy", "nobody", "dropped", "noaddr", "?" or "more"
 * @proto, @address: NULL if there is no socket
 * @v6only: -1 for none
 * @has_uid: false for a connection in TIME_WAIT
 * @cpu: the CPU that the answer is for, or -1
 * @why, @state: the values of why= and state=, or NULL
 * @number: the number in chain=, sockets= or devices=
 * @process: processes that hold the socket, set by whos_processes(); or NULL
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

/* The input device that the question names, or NULL. */
const char *packet_device(const struct packet *p);

/* Adds a zeroed line; its strings must be allocated. */
struct who_line *whos_add(struct whos *w);
void whos_free(struct whos *w);
/* Is the line about a socket that gets the packet, or may get it? */
bool who_is_taken(const struct who_line *line);
/* Does a socket get the packet, at one device at least? */
enum answer whos_answer(const struct whos *w);
/* Does the answer name the socket with this inode? */
bool whos_name(const struct whos *w, uint64_t inode);
/* Sets @process in all lines, by a walk over all processes. */
void whos_processes(struct whos *w);
/* Adds the answer in plain words, without a full stop. */
void whos_put(struct str *out, const struct whos *w, const struct packet *p);
/* Adds why no socket gets it; nothing if the address is local, and no socket takes it. */
void whos_put_why(struct str *out, const struct whos *w);

#endif
