/* SPDX-License-Identifier: GPL-2.0-only */
/* `=free`: whether a server could bind a port now, and who is in its way. */
#ifndef DUALSTACK_FREE_H
#define DUALSTACK_FREE_H

#include "holders.h"
#include "serve.h"

/* The option that the server sets before bind(). */
enum free_how {
	FREE_PLAIN,
	FREE_V6ONLY,
	FREE_REUSEADDR,
	FREE_REUSEPORT,
};

/*
 * The result
 * @in_the_way: one of @holders, if the answer is no
 * @port, @any_family: the question
 * @process: processes that hold the socket in the way, set by free_processes(); or NULL
 * @why: the reason, if the answer is not known
 */
struct freed {
	enum answer answer;
	struct holders holders;
	const struct holding *in_the_way;
	struct ds_binder binder;
	uint16_t port;
	bool any_family;
	char *process;
	char *why;
};

/* "free", "free:v6only", "free:reuseaddr", "free:reuseport" */
bool free_how_parse(const char *text, size_t len, enum free_how *how);

/*
 * Finds the answer for this network namespace, from the module if it is the @source, else from
 * sock_diag. Returns false if neither can answer. If @addr is NULL, the bind is for both families,
 * like that of a dual-stack server to "::".
 */
bool free_ask(struct freed *r, enum source source, enum ds_proto proto, uint16_t port,
	      const struct prefix *addr, enum free_how how);
/* Sets @process in all of @list; in one call, since it may have to walk over all processes. */
void free_processes(struct freed **list, size_t n);
/* Adds a line that describes an answer other than yes. */
void free_put(struct str *out, const struct freed *r);
void freed_end(struct freed *r);

#endif
