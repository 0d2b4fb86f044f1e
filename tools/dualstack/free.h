/* SPDX-License-Identifier: GPL-2.0-only */
/* `=free`: whether a server could bind a port now, and who is in its way. */
#ifndef DUALSTACK_FREE_H
#define DUALSTACK_FREE_H

#include "holders.h"
#include "serve.h"

/* What the server sets before it binds. */
enum free_how {
	FREE_PLAIN,
	FREE_V6ONLY,
	FREE_REUSEADDR,
	FREE_REUSEPORT,
};

/*
 * How it turned out
 * @in_the_way: one of @holders, where the answer is no
 * @port, @any_family: what was asked
 * @process: who has the socket that is in the way, as free_processes() found; or NULL
 * @why: where it is not known
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
 * Asks the module, or sock_diag where @source is another, for the own network namespace. False
 * where it can't be asked. @addr NULL: for both families, as a dual-stack server binds "::".
 */
bool free_ask(struct freed *r, enum source source, enum ds_proto proto, uint16_t port,
	      const struct prefix *addr, enum free_how how);
/* Who is in the way of all of these; once, since it may take a walk over all processes. */
void free_processes(struct freed **list, size_t n);
/* One line for people of an answer that is not yes. */
void free_put(struct str *out, const struct freed *r);
void freed_end(struct freed *r);

#endif
