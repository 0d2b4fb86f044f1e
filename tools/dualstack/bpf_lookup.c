// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the kernel's own socket lookup from a small BPF program.
 *
 * The program is a traffic classifier that is not attached: BPF_PROG_TEST_RUN runs it once in the
 * caller's network namespace, on a packet whose data is the question. It calls bpf_sk_lookup_tcp()
 * or bpf_sk_lookup_udp(), and writes what it can read of the socket into the packet, after the
 * question. The instructions are written by hand, so no compiler, BTF or library is needed. The
 * program reads only struct bpf_sock, so lockdown does not forbid it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_lookup.h"
#include "fail.h"

/* Newer than some distributions' headers. */
#ifndef CAP_BPF
#define CAP_BPF 39
#endif
#define ATTACH_SK_LOOKUP 36

/* The packet: a program reads @tuple and writes @socket. The Ethernet header stays zero. */
struct paper {
	unsigned char ethernet[16];
	struct bpf_sock_tuple tuple;
	uint32_t unused;
	struct bpf_socket socket;
};

/* Where a program has its copies of @tuple and @socket on the stack, from the frame pointer. */
#define STACK_TUPLE	(-40)
#define STACK_SOCKET	(STACK_TUPLE - (int)sizeof(struct bpf_socket))
_Static_assert(!(sizeof(struct bpf_socket) % 8), "the stack is written in units of eight");

/* What a program returns. */
enum { SAID_NOBODY, SAID_SOCKET, SAID_FAILED };

/* File descriptors; a program is loaded when it is first needed. */
static int prog[DS_NPROTOS][DS_NFAMILIES] = { { -1, -1 }, { -1, -1 } };

static size_t tuple_len(enum ds_family family)
{
	struct bpf_sock_tuple *t;

	return family == DS_V4 ? sizeof(t->ipv4) : sizeof(t->ipv6);
}

static long sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static uint64_t ptr(const void *p)
{
	return (uintptr_t)p;
}

/* ---------------------------------------------------------------- the program */

struct writer {
	struct bpf_insn insn[96];
	unsigned int n;
};

static void put(struct writer *w, int code, int dst, int src, int off, int imm)
{
	w->insn[w->n++] = (struct bpf_insn) {
		.code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm,
	};
}

static void put_move(struct writer *w, int dst, int src)
{
	put(w, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void put_set(struct writer *w, int dst, int value)
{
	put(w, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value);
}

/* Set @dst to the address of @off on the stack. */
static void put_stack(struct writer *w, int dst, int off)
{
	put_move(w, dst, BPF_REG_10);
	put(w, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, off);
}

static void put_call(struct writer *w, int helper)
{
	put(w, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static void put_return(struct writer *w, int value)
{
	put_set(w, BPF_REG_0, value);
	put(w, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Return @value if r0 is zero; with @zero false, if r0 is not zero. */
static void put_return_if(struct writer *w, int value, bool zero)
{
	put(w, BPF_JMP | (zero ? BPF_JNE : BPF_JEQ) | BPF_K, BPF_REG_0, 0, 2, 0);
	put_return(w, value);
}

static void put_read_tuple(struct writer *w, enum ds_family family)
{
	put_move(w, BPF_REG_1, BPF_REG_6);
	put_set(w, BPF_REG_2, offsetof(struct paper, tuple));
	put_stack(w, BPF_REG_3, STACK_TUPLE);
	put_set(w, BPF_REG_4, tuple_len(family));
	put_call(w, BPF_FUNC_skb_load_bytes);
	put_return_if(w, SAID_FAILED, false);
}

static void put_lookup(struct writer *w, enum ds_proto proto, enum ds_family family)
{
	put_move(w, BPF_REG_1, BPF_REG_6);
	put_stack(w, BPF_REG_2, STACK_TUPLE);
	put_set(w, BPF_REG_3, tuple_len(family));
	put_set(w, BPF_REG_4, BPF_F_CURRENT_NETNS);
	put_set(w, BPF_REG_5, 0);
	put_call(w, proto == DS_TCP ? BPF_FUNC_sk_lookup_tcp : BPF_FUNC_sk_lookup_udp);
	put_return_if(w, SAID_NOBODY, true);
}

static void put_copy_field(struct writer *w, int from, int to)
{
	put(w, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_7, from, 0);
	put(w, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_1, STACK_SOCKET + to, 0);
}

/* The verifier requires that each field is read by itself, as a word. */
static void put_copy_socket(struct writer *w)
{
#define FROM(field) offsetof(struct bpf_sock, field)
#define TO(field) offsetof(struct bpf_socket, field)
	int i;

	put_move(w, BPF_REG_7, BPF_REG_0);
	put_copy_field(w, FROM(bound_dev_if), TO(dev));
	put_copy_field(w, FROM(family), TO(family));
	put_copy_field(w, FROM(mark), TO(mark));
	put_copy_field(w, FROM(src_ip4), TO(addr4));
	for (i = 0; i < 4; i++) {
		put_copy_field(w, FROM(src_ip6) + 4 * i, TO(addr6) + 4 * i);
		put_copy_field(w, FROM(dst_ip6) + 4 * i, TO(peer6) + 4 * i);
	}
	put_copy_field(w, FROM(src_port), TO(port));
	put_copy_field(w, FROM(state), TO(state));
	put_move(w, BPF_REG_1, BPF_REG_7);
	put_call(w, BPF_FUNC_sk_release);
#undef FROM
#undef TO
}

static void put_write_socket(struct writer *w)
{
	put_move(w, BPF_REG_1, BPF_REG_6);
	put_set(w, BPF_REG_2, offsetof(struct paper, socket));
	put_stack(w, BPF_REG_3, STACK_SOCKET);
	put_set(w, BPF_REG_4, sizeof(struct bpf_socket));
	put_set(w, BPF_REG_5, 0);
	put_call(w, BPF_FUNC_skb_store_bytes);
	put_return_if(w, SAID_FAILED, false);
}

static int load(enum ds_proto proto, enum ds_family family)
{
	struct writer w = { .n = 0 };
	union bpf_attr attr = { 0 };

	put_move(&w, BPF_REG_6, BPF_REG_1);
	put_read_tuple(&w, family);
	put_lookup(&w, proto, family);
	put_copy_socket(&w);
	put_write_socket(&w);
	put_return(&w, SAID_SOCKET);
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = ptr(w.insn);
	attr.insn_cnt = w.n;
	attr.license = ptr("GPL");
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

static bool is_loaded(enum ds_proto proto, enum ds_family family)
{
	int *fd = &prog[proto][family];

	if (*fd < 0)
		*fd = load(proto, family);
	return *fd >= 0;
}

/* ---------------------------------------------------------------- questions */

static void write_question(struct paper *paper, const struct bpf_packet *p)
{
	struct bpf_sock_tuple *t = &paper->tuple;

	if (p->family == DS_V4) {
		memcpy(&t->ipv4.daddr, p->daddr, sizeof(t->ipv4.daddr));
		if (p->saddr)
			memcpy(&t->ipv4.saddr, p->saddr, sizeof(t->ipv4.saddr));
		t->ipv4.dport = htons(p->dport);
		t->ipv4.sport = htons(p->sport);
	} else {
		memcpy(t->ipv6.daddr, p->daddr, sizeof(t->ipv6.daddr));
		if (p->saddr)
			memcpy(t->ipv6.saddr, p->saddr, sizeof(t->ipv6.saddr));
		t->ipv6.dport = htons(p->dport);
		t->ipv6.sport = htons(p->sport);
	}
}

enum bpf_answer bpf_lookup(const struct bpf_packet *p, struct bpf_socket *s)
{
	struct paper paper = { .unused = 0 };
	struct __sk_buff ctx = { .ifindex = p->ifindex };
	union bpf_attr attr = { 0 };

	if (!is_loaded(p->proto, p->family))
		return BPF_UNKNOWN;
	write_question(&paper, p);
	attr.test.prog_fd = prog[p->proto][p->family];
	attr.test.data_in = ptr(&paper);
	attr.test.data_size_in = sizeof(paper);
	attr.test.data_out = ptr(&paper);
	attr.test.data_size_out = sizeof(paper);
	if (p->ifindex) {
		attr.test.ctx_in = ptr(&ctx);
		attr.test.ctx_size_in = sizeof(ctx);
	}
	if (sys_bpf(BPF_PROG_TEST_RUN, &attr))
		return BPF_UNKNOWN;
	if (attr.test.retval == SAID_NOBODY)
		return BPF_NOBODY;
	if (attr.test.retval != SAID_SOCKET) {
		errno = EPROTO;
		return BPF_UNKNOWN;
	}
	*s = paper.socket;
	return BPF_SOCKET;
}

/* Before 5.9 the kernel requires that the context's device is 0. */
static bool try_device(void)
{
	const unsigned char nowhere[16] = { 0 };
	const struct bpf_packet p = { .daddr = nowhere, .ifindex = 1 };
	struct bpf_socket s;

	return bpf_lookup(&p, &s) != BPF_UNKNOWN;
}

bool bpf_lookup_knows_devices(void)
{
	static int knows = -1;

	if (knows < 0)
		knows = try_device();
	return knows;
}

int bpf_lookup_attached(void)
{
	union bpf_attr attr = { 0 };
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -1;
	attr.query.target_fd = fd;
	attr.query.attach_type = ATTACH_SK_LOOKUP;
	err = sys_bpf(BPF_PROG_QUERY, &attr) ? errno : 0;
	close(fd);
	/* a kernel before 5.9 has no sk_lookup, and rejects the attach type */
	if (err == EINVAL)
		return 0;
	return err ? -1 : (int)attr.query.prog_cnt;
}

/* ---------------------------------------------------------------- opening */

static bool has_capability(int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return !syscall(SYS_capget, &head, data) &&
	       data[cap / 32].effective & (1u << cap % 32);
}

static bool say_why(int err, struct fail *f)
{
	const char *what = "the kernel refuses BPF";
	bool admin = has_capability(CAP_SYS_ADMIN);

	if (err != EPERM && err != EACCES)
		return fail_errno(f, err, "%s", what);
	if (!has_capability(CAP_NET_ADMIN))
		return fail_set(f, ST_PERM, "%s: CAP_NET_ADMIN is missing; run as root", what);
	if (!admin && !has_capability(CAP_BPF))
		return fail_set(f, ST_PERM, "%s: CAP_BPF is missing (before Linux 5.8: "
				"CAP_SYS_ADMIN); run as root", what);
	return fail_set(f, ST_PERM, "%s: capabilities of a user namespace do not count, and a "
			"seccomp filter or a security module may forbid it, too", what);
}

/* If one program can be loaded, so can the others. */
bool bpf_lookup_open(struct fail *f)
{
	return is_loaded(DS_TCP, DS_V4) || say_why(errno, f);
}
