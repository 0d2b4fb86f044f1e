// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF programs that decide which socket gets a packet: sk_lookup programs that drop or redirect,
 * attached to the namespace by a link, and programs that select in a reuseport group. They are
 * written as instructions, and loaded by bpf(2).
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "truth.h"

#define FRONT	4000		/* port on which the programs act */
#define BACK	4001		/* port of the sockets to which they redirect */

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ .code = c, .dst_reg = d, .src_reg = s, .off = o, .imm = i })
#define MOV_IMM(d, i)		INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOV_REG(d, s)		INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD_IMM(d, i)		INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD_CTX(d, field) \
	INSN(BPF_LDX | BPF_MEM | BPF_W, d, BPF_REG_6, offsetof(struct bpf_sk_lookup, field), 0)
#define STORE_IMM(o, i)		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, o, i)
#define JUMP_NE(d, i, o)	INSN(BPF_JMP | BPF_JNE | BPF_K, d, 0, o, i)
#define JUMP_EQ(d, i, o)	INSN(BPF_JMP | BPF_JEQ | BPF_K, d, 0, o, i)
#define CALL(f)			INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT()			INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* Packets on which a program acts; 0: any. */
struct match {
	int family, ifindex;
};

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static int load(enum bpf_prog_type type, const struct bpf_insn *insn, int nr)
{
	static char log[8192];
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uintptr_t)insn,
		.insn_cnt = nr,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
		.expected_attach_type = type == BPF_PROG_TYPE_SK_LOOKUP ? BPF_SK_LOOKUP : 0,
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0)
		printf("# bpf program: %s\n# %s\n", strerror(errno), log);
	return fd;
}

static int attach(const struct world *w, int prog)
{
	union bpf_attr attr = {
		.link_create = { .prog_fd = prog, .target_fd = w->host_ns,
				 .attach_type = BPF_SK_LOOKUP },
	};

	return bpf(BPF_LINK_CREATE, &attr);
}

static int sockmap(const int *fds, int nr)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = 4,
		.value_size = 8,
		.max_entries = nr,
	};
	int map = bpf(BPF_MAP_CREATE, &attr);

	for (uint32_t i = 0; map >= 0 && i < (uint32_t)nr; i++) {
		uint64_t value = fds[i];

		memset(&attr, 0, sizeof(attr));
		attr.map_fd = map;
		attr.key = (uintptr_t)&i;
		attr.value = (uintptr_t)&value;
		if (bpf(BPF_MAP_UPDATE_ELEM, &attr)) {
			close(map);
			return -1;
		}
	}
	return map;
}

/* Pass packets that do not match; the next @skip instructions are for those that match. */
static int put_match(struct bpf_insn *insn, const struct match *m, int skip)
{
	int n = 0;

	insn[n++] = MOV_REG(BPF_REG_6, BPF_REG_1);
	insn[n++] = LOAD_CTX(BPF_REG_2, local_port);
	insn[n++] = JUMP_NE(BPF_REG_2, FRONT, skip + 4);
	insn[n++] = LOAD_CTX(BPF_REG_2, family);
	insn[n++] = m->family ? JUMP_NE(BPF_REG_2, m->family, skip + 2) :
				JUMP_EQ(BPF_REG_2, -1, skip + 2);
	/* Only if a case needs it: it came with 5.17, f89315650ba3. */
	insn[n++] = m->ifindex ? LOAD_CTX(BPF_REG_2, ingress_ifindex) : MOV_IMM(BPF_REG_2, 0);
	insn[n++] = m->ifindex ? JUMP_NE(BPF_REG_2, m->ifindex, skip) :
				 JUMP_EQ(BPF_REG_2, -1, skip);
	return n;
}

static int load_drop(const struct match *m)
{
	struct bpf_insn insn[16];
	int n = put_match(insn, m, 2);

	insn[n++] = MOV_IMM(BPF_REG_0, SK_DROP);
	insn[n++] = EXIT();
	insn[n++] = MOV_IMM(BPF_REG_0, SK_PASS);
	insn[n++] = EXIT();
	return load(BPF_PROG_TYPE_SK_LOOKUP, insn, n);
}

/* Whether the kernel accepts a program that checks @m. */
static bool takes(const struct match *m)
{
	int prog = load_drop(m);

	if (prog >= 0)
		close(prog);
	return prog >= 0;
}

/* Why this kernel cannot run the program, or NULL. ingress_ifindex came with 5.17. */
static const char *why_not(bool on_lo)
{
	static int have_any = -1, have_ifindex = -1;

	if (have_any < 0) {
		have_any = takes(&(struct match) { });
		have_ifindex = takes(&(struct match) { .ifindex = 1 });
	}
	if (!have_any)
		return "no sk_lookup in this kernel";
	return on_lo && !have_ifindex ? "sk_lookup without ingress_ifindex" : NULL;
}

/* Choose the socket whose index in the map is on the stack. */
static int put_assign(struct bpf_insn *insn, int map)
{
	int n = 0;

	insn[n++] = INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
	insn[n++] = INSN(0, 0, 0, 0, 0);
	insn[n++] = MOV_REG(BPF_REG_2, BPF_REG_10);
	insn[n++] = ADD_IMM(BPF_REG_2, -4);
	insn[n++] = CALL(BPF_FUNC_map_lookup_elem);
	insn[n++] = JUMP_EQ(BPF_REG_0, 0, 7);
	insn[n++] = MOV_REG(BPF_REG_7, BPF_REG_0);
	insn[n++] = MOV_REG(BPF_REG_1, BPF_REG_6);
	insn[n++] = MOV_REG(BPF_REG_2, BPF_REG_7);
	insn[n++] = MOV_IMM(BPF_REG_3, 0);
	insn[n++] = CALL(BPF_FUNC_sk_assign);
	insn[n++] = MOV_REG(BPF_REG_1, BPF_REG_7);
	insn[n++] = CALL(BPF_FUNC_sk_release);
	insn[n++] = MOV_IMM(BPF_REG_0, SK_PASS);
	insn[n++] = EXIT();
	return n;
}

static int load_redirect(const struct match *m, int map)
{
	struct bpf_insn insn[32];
	int n = put_match(insn, m, 14);

	insn[n++] = STORE_IMM(-4, 0);
	n += put_assign(insn + n, map);
	return load(BPF_PROG_TYPE_SK_LOOKUP, insn, n);
}

/* Redirect in the port: the first socket's address to map entry 1, all others to entry @all. */
static int load_swap(int map, bool v6, bool all)
{
	struct bpf_insn insn[32];
	const struct match m = { 0 };
	int n = put_match(insn, &m, 17);

	/* This word distinguishes 127.0.0.1 from 127.0.0.2, and ::1 from fd99::1. */
	if (v6)
		insn[n++] = LOAD_CTX(BPF_REG_2, local_ip6[0]);
	else
		insn[n++] = LOAD_CTX(BPF_REG_2, local_ip4);
	insn[n++] = STORE_IMM(-4, 1);
	insn[n++] = all ? JUMP_EQ(BPF_REG_2, -1, 1) :
			  JUMP_EQ(BPF_REG_2, v6 ? 0 : (int)htonl(INADDR_LOOPBACK), 1);
	insn[n++] = STORE_IMM(-4, all);
	n += put_assign(insn + n, map);
	return load(BPF_PROG_TYPE_SK_LOOKUP, insn, n);
}

/* ---------------------------------------------------------------- the cases */

struct lookup_case {
	const char *name;
	enum proto proto;
	const char *front[3];	/* sockets on the front port */
	const char *back[3];	/* targets of the redirect; none: drop */
	int family;		/* the program acts on this family, 0: both */
	bool on_lo;		/* ... and only on packets that arrive at lo */
	bool reuseport;
	const char *want;	/* two letters per front socket: v4, v6 */
};

static const struct lookup_case lookups[] = {
	{ "tcp drop, both families", P_TCP, { "::" }, { NULL }, 0, false, false, "xx" },
	{ "udp drop, both families", P_UDP, { "::" }, { NULL }, 0, false, false, "xx" },
	{ "tcp drop IPv4", P_TCP, { "::" }, { NULL }, AF_INET, false, false, "xy" },
	{ "udp drop IPv6", P_UDP, { "::" }, { NULL }, AF_INET6, false, false, "yx" },
	{ "tcp drop at lo", P_TCP, { "::" }, { NULL }, 0, true, false, "pp" },
	{ "udp drop at lo", P_UDP, { "0.0.0.0" }, { NULL }, 0, true, false, "p-" },
	{ "tcp drop at lo, a socket there", P_TCP, { "127.0.0.1", "::1" }, { NULL }, 0, true,
	  false, "x--x" },
	{ "tcp drop, reuseport", P_TCP, { "0.0.0.0", "0.0.0.0", "::" }, { NULL }, 0, false, true,
	  "x-x-xx" },
	{ "udp drop, reuseport", P_UDP, { "0.0.0.0", "0.0.0.0", "::" }, { NULL }, 0, false, true,
	  "x-x-xx" },
	{ "tcp redirect IPv4 to IPv4", P_TCP, { "0.0.0.0" }, { "127.0.0.1" }, AF_INET, false,
	  false, "x-" },
	{ "udp redirect IPv4 to IPv4", P_UDP, { "0.0.0.0" }, { "127.0.0.1" }, AF_INET, false,
	  false, "x-" },
	{ "tcp redirect IPv4 to an IPv6 socket", P_TCP, { "0.0.0.0" }, { "::" }, AF_INET, false,
	  false, "x-" },
	{ "udp redirect IPv4 to an IPv6 socket", P_UDP, { "0.0.0.0" }, { "::" }, AF_INET, false,
	  false, "x-" },
	{ "tcp redirect IPv6 to IPv6", P_TCP, { "::" }, { "::1" }, AF_INET6, false, false, "yx" },
	{ "udp redirect IPv6 to IPv6", P_UDP, { "::" }, { "::1" }, AF_INET6, false, false, "yx" },
	{ "tcp redirect both families", P_TCP, { "::", "127.0.0.1" }, { "::" }, 0, false, true,
	  "xxx-" },
	{ "udp redirect both families", P_UDP, { "::", "127.0.0.1" }, { "::" }, 0, false, true,
	  "xxx-" },
	{ "tcp redirect at lo", P_TCP, { "0.0.0.0" }, { "0.0.0.0" }, AF_INET, true, false, "p-" },
	{ "udp redirect at lo", P_UDP, { "::" }, { "::" }, 0, true, false, "pp" },
	{ "tcp redirect to a group", P_TCP, { "0.0.0.0" }, { "127.0.0.1", "127.0.0.1" }, AF_INET,
	  false, true, "x-" },
	{ "udp redirect to a group", P_UDP, { "::" }, { "::1", "::1" }, AF_INET6, false, true,
	  "yx" },
};

static const struct {
	const char *name;
	enum proto proto;
	const char *addr;
	bool ebpf;
} groups[] = {
	{ "tcp cBPF", P_TCP, "0.0.0.0", false }, { "udp cBPF", P_UDP, "0.0.0.0", false },
	{ "tcp eBPF", P_TCP, "::", true }, { "udp eBPF", P_UDP, "::", true },
};

/* Redirects in a port: packets for the address of another row do not count for a row. */
static const struct {
	const char *name;
	enum proto proto;
	const char *addr[2];
	bool all;		/* all to the second socket; else swapped */
	const char *want;
} within[] = {
	{ "tcp all to one", P_TCP, { "127.0.0.1", "127.0.0.2" }, true, "x-y-" },
	{ "udp all to one", P_UDP, { "127.0.0.1", "127.0.0.2" }, true, "x-y-" },
	{ "tcp swapped", P_TCP, { "127.0.0.1", "127.0.0.2" }, false, "x-x-" },
	{ "udp swapped", P_UDP, { "127.0.0.1", "127.0.0.2" }, false, "x-x-" },
	{ "tcp IPv6 all to one", P_TCP, { "::1", "fd99::1" }, true, "-x-y" },
	{ "udp IPv6 all to one", P_UDP, { "::1", "fd99::1" }, true, "-x-y" },
	{ "tcp IPv6 swapped", P_TCP, { "::1", "fd99::1" }, false, "-x-x" },
	{ "udp IPv6 swapped", P_UDP, { "::1", "fd99::1" }, false, "-x-x" },
	{ "udp to the wildcard, swapped", P_UDP, { "127.0.0.1", "0.0.0.0" }, false, "x-p-" },
};

static void make_socks(struct round *r, const struct lookup_case *c)
{
	memset(r, 0, sizeof(*r));
	r->bpf = true;
	r->all_sources = true;
	for (int back = 0; back < 2; back++) {
		const char *const *addr = back ? c->back : c->front;

		for (int i = 0; i < 3 && addr[i]; i++) {
			struct sock *s = &r->socks[r->nr_socks++];

			sock_spec(s, c->proto, addr[i], back ? BACK : FRONT);
			s->reuseport = c->reuseport;
			if (s->af == AF_INET6)
				s->v6only = 0;
		}
	}
}

static bool verdicts_are(const struct round *r, const char *want)
{
	for (int i = 0; want[2 * i]; i++) {
		const struct sock *s = &r->socks[i];

		if (s->expect[0] == want[2 * i] && s->expect[1] == want[2 * i + 1])
			continue;
		printf("# [%d] by its packets: v4 %s, v6 %s; the case is about v4 %s, v6 %s\n", i,
		       verdict_word(s->expect[0]), verdict_word(s->expect[1]),
		       verdict_word(want[2 * i]), verdict_word(want[2 * i + 1]));
		return false;
	}
	return true;
}

/* The program may look at the peer, so only root may ask with a made-up peer. */
static bool names_no_peer(const struct world *w)
{
	int named, none;

	if (!w->ask)
		return true;
	named = who_ask_as_user("who tcp 127.0.0.1 80 from=127.0.0.1");
	none = who_ask_as_user("who tcp 127.0.0.1 80");
	if (named == -EPERM && !none)
		return true;
	printf("# a user who names a peer: %s, who names none: %s\n", strerror(-named),
	       strerror(-none));
	return false;
}

static bool run_attached(struct world *w, struct rng *rng, struct tally *t, struct round *r,
			 const char *want, int prog)
{
	int link = prog < 0 ? -1 : attach(w, prog);
	bool ok = link >= 0;

	if (!ok) {
		printf("# the program could not be attached: %s\n", strerror(errno));
		return false;
	}
	round_fire(w, r, rng);
	ok = !judge(w, r, t, stdout);
	if (!ok)
		round_print(stdout, w, r);
	ok = names_no_peer(w) && ok;
	close(link);
	return verdicts_are(r, want) && ok;
}

static bool run_within(struct world *w, struct rng *rng, struct tally *t, int n)
{
	static struct round r;
	int fds[2], map, prog;
	bool ok;

	memset(&r, 0, sizeof(r));
	r.bpf = true;
	r.all_sources = true;
	r.nr_socks = 2;
	for (int i = 0; i < 2; i++) {
		sock_spec(&r.socks[i], within[n].proto, within[n].addr[i], FRONT);
		r.socks[i].reuseaddr = within[n].proto == P_UDP;
	}
	round_open(w, &r);
	fds[0] = r.socks[0].fd;
	fds[1] = r.socks[1].fd;
	map = sockmap(fds, 2);
	prog = load_swap(map, r.socks[0].af == AF_INET6, within[n].all);
	ok = !r.refused && run_attached(w, rng, t, &r, within[n].want, prog);
	if (prog >= 0)
		close(prog);
	if (map >= 0)
		close(map);
	round_close(&r);
	return ok;
}

static bool run_lookup(struct world *w, struct rng *rng, struct tally *t,
		       const struct lookup_case *c)
{
	struct match m = { .family = c->family, .ifindex = c->on_lo ? w->ifindex[DEV_LO] : 0 };
	static struct round r;
	int fds[3], nr = 0, map = -1, prog;
	bool ok;

	make_socks(&r, c);
	round_open(w, &r);
	for (int i = 0; i < r.nr_socks; i++)
		if (r.socks[i].port == BACK)
			fds[nr++] = r.socks[i].fd;
	/* One socket in the map is enough, since each member leads to the group. */
	if (nr)
		map = sockmap(fds, 1);
	prog = nr ? load_redirect(&m, map) : load_drop(&m);
	ok = !r.refused && run_attached(w, rng, t, &r, c->want, prog);
	if (prog >= 0)
		close(prog);
	if (map >= 0)
		close(map);
	round_close(&r);
	return ok;
}

static int attach_group(int fd, bool ebpf)
{
	struct bpf_insn insn[] = { MOV_IMM(BPF_REG_0, 0), EXIT() };
	struct sock_filter code[] = { { BPF_RET | BPF_K, 0, 0, 0 } };
	struct sock_fprog old = { .len = 1, .filter = code };
	int prog, err;

	if (!ebpf)
		return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &old, sizeof(old));
	prog = load(BPF_PROG_TYPE_SOCKET_FILTER, insn, ARRAY_SIZE(insn));
	if (prog < 0)
		return -1;
	err = setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &prog, sizeof(prog));
	close(prog);
	return err;
}

static bool run_group(struct world *w, struct rng *rng, struct tally *t, int n)
{
	static struct round r;
	bool ok;

	memset(&r, 0, sizeof(r));
	r.nr_socks = 3;
	for (int i = 0; i < 3; i++) {
		sock_spec(&r.socks[i], groups[n].proto, groups[n].addr, FRONT);
		r.socks[i].reuseport = true;
		r.socks[i].bpf = true;
	}
	round_open(w, &r);
	ok = !r.refused && !attach_group(r.socks[0].fd, groups[n].ebpf);
	round_fire(w, &r, rng);
	if (judge(w, &r, t, stdout) || !ok) {
		round_print(stdout, w, &r);
		ok = false;
	}
	/* The program must have decided, or the case proves nothing. */
	if (r.socks[1].got[0] || r.socks[2].got[0]) {
		printf("# another member than the program's choice got packets\n");
		ok = false;
	}
	round_close(&r);
	return ok;
}

static int count(struct world *w)
{
	return w->has_v6 ? ARRAY_SIZE(lookups) + ARRAY_SIZE(within) + ARRAY_SIZE(groups) : 0;
}

static void run(struct world *w, struct rng *rng, struct tally *t)
{
	if (!w->has_v6)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(lookups); i++) {
		const struct lookup_case *c = &lookups[i];
		const char *why = why_not(c->on_lo);

		if (why)
			ktap_skip(why, "bpf: sk_lookup: %s", c->name);
		else
			ktap_result(run_lookup(w, rng, t, c), "bpf: sk_lookup: %s", c->name);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(within); i++) {
		const char *why = why_not(false);

		if (why)
			ktap_skip(why, "bpf: sk_lookup within a port: %s", within[i].name);
		else
			ktap_result(run_within(w, rng, t, i), "bpf: sk_lookup within a port: %s",
				    within[i].name);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(groups); i++)
		ktap_result(run_group(w, rng, t, i), "bpf: in a reuseport group: %s",
			    groups[i].name);
}

const struct suite suite_bpf = { "bpf", count, run };
