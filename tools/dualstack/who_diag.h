/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds who gets a packet, without the module. */
#ifndef DUALSTACK_WHO_DIAG_H
#define DUALSTACK_WHO_DIAG_H

#include "laddr.h"
#include "row.h"

struct mnl_socket;
struct packet;
struct whos;

/*
 * What all questions about one table share. It has to be zero at first; the first question fills
 * it, and who_asker_close() frees it.
 */
struct who_asker {
	struct mnl_socket *nl;
	struct local local;
	int attached;			/* number of BPF sk_lookup programs; -1: not known */
};

void who_asker_close(struct who_asker *a);

/*
 * @t: rows of the current network namespace, at least those of the packet's port, sorted by
 *	protocol and port
 *
 * The answer has the module's words (proc_net_dualstack(5)), and more reasons for "?": vrf, copies,
 * rules, many, changed, bpf, failed.
 */
bool whos_ask_diag(struct whos *w, struct who_asker *a, const struct table *t,
		   const struct packet *p, struct fail *f);

#endif
