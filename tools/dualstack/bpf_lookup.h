/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own socket lookup, asked through a small BPF program: needs no module. */
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
	const void *saddr;		/* NULL: 0.0.0.0 or ::, a peer that no socket knows */
	uint16_t dport, sport;
	uint32_t ifindex;		/* input device; 0: the loopback device */
};

/* What the kernel lets a BPF program see of a socket. */
struct bpf_socket {
	uint32_t dev;			/* bound device, or 0 */
	uint32_t family;		/* AF_INET, AF_INET6 */
	uint32_t mark;
	uint32_t addr4;			/* bound address, network order; of AF_INET6 too */
	uint32_t addr6[4];		/* of AF_INET6 alone */
	uint32_t peer6[4];		/* a stale peer that such a socket still holds, or :: */
	uint32_t port;			/* host order */
	uint32_t state;			/* TCP_LISTEN, ... */
};

enum bpf_answer {
	BPF_NOBODY,
	BPF_SOCKET,
	BPF_UNKNOWN,			/* the question could not be asked: errno says why */
};

/* false: fills @f with what is missing. True again at once when it is open already. */
bool bpf_lookup_open(struct fail *f);
void bpf_lookup_close(void);

/* In the network namespace of the calling thread, which may have changed since the open. */
enum bpf_answer bpf_lookup(const struct bpf_packet *p, struct bpf_socket *s);

/* Kernels from 5.9 on take a device; before that every packet arrives at the loopback device. */
bool bpf_lookup_knows_devices(void);

/* BPF sk_lookup programs attached to this network namespace; -1: the kernel did not say. */
int bpf_lookup_attached(void);

#endif
