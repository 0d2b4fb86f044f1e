/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the kernel's own socket lookup from a small BPF program; needs no module. */
#ifndef DUALSTACK_BPF_LOOKUP_H
#define DUALSTACK_BPF_LOOKUP_H

#include "fail.h"
#include "util.h"
#include "../../module/family.h"

/* A packet, as a lookup sees it. Addresses are in network order, ports in the host's. */
struct bpf_packet {
	enum ds_proto proto;
	enum ds_family family;
	const void *daddr;		/* 4 or 16 bytes */
	const void *saddr;		/* NULL: 0.0.0.0 or ::, a peer that no socket has */
	uint16_t dport, sport;
	uint32_t ifindex;		/* input device; 0: the loopback device */
};

/* What the kernel lets a BPF program see of a socket. */
struct bpf_socket {
	uint32_t dev;			/* bound device, or 0 */
	uint32_t family;		/* AF_INET, AF_INET6 */
	uint32_t mark;
	uint32_t addr4;			/* bound IPv4 address, network order; AF_INET6: if mapped */
	uint32_t addr6[4];		/* bound address of AF_INET6 */
	uint32_t peer6[4];		/* stale peer of AF_INET6, or :: */
	uint32_t port;			/* host order */
	uint32_t state;			/* TCP_LISTEN, ... */
};

enum bpf_answer {
	BPF_NOBODY,
	BPF_SOCKET,
	BPF_UNKNOWN,			/* the lookup was not possible: errno says why */
};

/* Fails with @f set to what is missing. May be called again. */
bool bpf_lookup_open(struct fail *f);

/* Looks up in the calling thread's current network namespace. */
enum bpf_answer bpf_lookup(const struct bpf_packet *p, struct bpf_socket *s);

/* False before Linux 5.9: a program can't name a device, so packets come in at loopback. */
bool bpf_lookup_knows_devices(void);

/* Number of BPF sk_lookup programs attached to this network namespace; -1: not known. */
int bpf_lookup_attached(void);

#endif
