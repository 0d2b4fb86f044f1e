/* SPDX-License-Identifier: GPL-2.0-only */
/* Who gets a packet, without the module. */
#ifndef DUALSTACK_WHO_DIAG_H
#define DUALSTACK_WHO_DIAG_H

#include "fail.h"
#include "row.h"

struct packet;
struct whos;

/*
 * @t: rows of the present network namespace, those of the packet's port at least
 *
 * Answers have the module's words (proc_net_dualstack(5)), and for "?" further reasons: vrf,
 * copies, rules, many, changed, bpf, failed.
 */
bool whos_ask_diag(struct whos *w, const struct table *t, const struct packet *p, struct fail *f);

#endif
