/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of a host for the judge: devices, addresses, sockets and the kernel's lookup. It is
 * simple and slow: it sends every packet.
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
 * @silent: no packet arrives at the device, but its addresses are local
 * @owns: addresses that a device owns
 * @routed: addresses that a route makes local as if the device owned them; no device does
 * @range: a route gives the device a range of addresses, which have no numbers
 * @anycast: anycast addresses of the device
 * @here: addresses that are only reached at their own device
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
	bool blind;		/* a lookup cannot distinguish rows with the same bind and class */
	struct ds_judge_row row[MAX_ROWS];
	u32 nrows;
	u64 nasked;
};

/* Make a host from numbers that @next returns. */
void host_make(struct host *h, u32 (*next)(void *arg), void *arg);
/* Set the verdicts of the rows, by the judge. */
int host_judge(struct host *h);
/* Send every packet. Return: what is wrong with the judge's verdicts, or NULL. */
const char *host_check(const struct host *h);
void host_print(const struct host *h);

#endif
