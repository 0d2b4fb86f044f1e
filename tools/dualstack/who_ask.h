/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks who gets a packet. */
#ifndef DUALSTACK_WHO_ASK_H
#define DUALSTACK_WHO_ASK_H

#include "fail.h"
#include "row.h"

struct packet;
struct who_asker;
struct whos;

/* Asks the module if @t is its table, else sock_diag(7). @t must have at least the port's rows. */
bool whos_ask(struct whos *w, struct who_asker *a, const struct table *t,
	      const struct packet *p, struct fail *f);

#endif
