/* SPDX-License-Identifier: GPL-2.0-only */
/* Who gets a packet, without the module. */
#ifndef DUALSTACK_WHO_DIAG_H
#define DUALSTACK_WHO_DIAG_H

#include "laddr.h"
#include "row.h"

struct mnl_socket;
struct packet;
struct whos;

/*
 * What all questions about one table have in common: all zero at first, made for the first of
 * them, and to be closed.
 */
struct who_asker {
	struct mnl_socket *nl;
	struct local local;
	int attached;			/* BPF sk_lookup programs; -1: not known */
};

void who_asker_close(struct who_asker *a);

/*
 * @t: rows of the present network namespace, those of the packet's port at least, sorted by
 *	protocol and port
 *
 * Answers have the module's words (proc_net_dualstack(5)), and for "?" further reasons: vrf,
 * copies, rules, many, changed, bpf, failed.
 */
bool whos_ask_diag(struct whos *w, struct who_asker *a, const struct table *t,
		   const struct packet *p, struct fail *f);

#endif
