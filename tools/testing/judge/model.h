/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of a host for the judge: devices, addresses, sockets, and the kernel's lookup, written
 * down as plainly as can be. It is slow and knows no shortcuts: it sends every packet.
 */
#ifndef MODEL_H
#define MODEL_H

#include "judge/bind.h"
#include "judge/judge.h"

#define MAX_DEVS	8
#define MAX_ADDRS	8
#define MAX_LADDRS	64
#define MAX_ROWS	12
#define NCPUS		3	/* two that rows may name, and one more */

/**
 * struct host - a random host, one port of it in one family
 * @silent: no packet comes in at a device, and its addresses are local all the same
 * @owns: which addresses a device owns
 * @routed: addresses that no device owns and a route makes local, as a device of ours owned them
 * @range: devices that get a range of nameless addresses by a route
 * @anycast: addresses that a device has as anycast addresses
 * @here: addresses that are only reached at their own device
 * @bpf: answers everything with row @bpf_row, or drops it with DS_NO_ROW
 */
struct host {
	u32 ndevs;
	int dev[MAX_DEVS];
	int master[MAX_DEVS];
	bool outside[MAX_DEVS];
	bool silent[MAX_DEVS];
	u32 owns[MAX_DEVS];
	u32 routed[MAX_DEVS];
	u32 anycast[MAX_DEVS];
	bool range[MAX_DEVS];
	u32 here;
	bool udp;
	bool v4;
	bool accept;
	bool quiet;		/* the loopback device is down, and perhaps others */
	bool blind;		/* the asker can't tell rows of one bind and class apart */
	struct ds_judge_row row[MAX_ROWS];
	u32 nrows;
	u64 nasked;
};

/* Numbers in, a host out: @next gives as many as are wanted. */
void host_make(struct host *h, u32 (*next)(void *arg), void *arg);
/* Judge the rows by the judge. */
int host_judge(struct host *h);
/* Judge the rows by sending every packet; says what is wrong with what the judge said, or NULL. */
const char *host_check(const struct host *h);
void host_print(const struct host *h);

#endif
