/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The truth test: open sockets, send real packets, see who gets each, and compare that with what
 * /proc/net/dualstack says.
 *
 *	world	two network namespaces, their devices, addresses, senders (env.c)
 *	place	an address of the host namespace and a device at which packets for it come in:
 *		the one that owns it, or another (weak host)
 *	sock	one socket under test: what was asked for, and what became of it (sock.c)
 *	shot	one packet (a datagram, or a connection) from a source to a place (fire.c)
 *	round	sockets + shots + the verdicts that follow from them (oracle.c)
 *	table	what the module says (table.c), and what the reader says without it (reader.c);
 *		judge.c compares each with the round
 */
#ifndef DUALSTACK_TRUTH_H
#define DUALSTACK_TRUTH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include "testlib.h"

#define MAX_SOCKS	64
#define MAX_SHOTS	8192
#define MAX_SOURCES	48
#define MAX_AUX		64
#define MAX_PLACES	128
#define MAX_CPUS	8

/* ---------------------------------------------------------------- addr.c */

struct ipaddr {
	int af;			/* AF_INET, AF_INET6; AF_UNSPEC: none */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

#define IP_TEXT_LEN	(INET6_ADDRSTRLEN + 1)

struct ipaddr ip_parse(const char *text);
const char *ip_text(const struct ipaddr *ip, char *buf);
bool ip_equal(const struct ipaddr *a, const struct ipaddr *b);
bool ip_is_wild(const struct ipaddr *ip);
bool ip_is_mapped(const struct ipaddr *ip);
bool ip_is_linklocal(const struct ipaddr *ip);
bool ip_is_cast(const struct ipaddr *ip);
struct ipaddr ip_unmap(const struct ipaddr *ip);
socklen_t ip_sockaddr(const struct ipaddr *ip, uint16_t port, int scope,
		      struct sockaddr_storage *ss);
struct ipaddr ip_from_sockaddr(const struct sockaddr_storage *ss, uint16_t *port);

/* ---------------------------------------------------------------- rng.c */

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
unsigned int rng_below(struct rng *r, unsigned int n);
bool rng_chance(struct rng *r, unsigned int percent);

/* ---------------------------------------------------------------- nl.c */

struct nl {
	int fd;
	uint32_t seq;
};

int nl_open(struct nl *nl);
int nl_add_veth(struct nl *nl, const char *name, const char *peer, int peer_ns);
int nl_add_link(struct nl *nl, const char *name, const char *kind, uint32_t vrf_table);
int nl_set_group(struct nl *nl, int ifindex, uint32_t group);
int nl_del_group(struct nl *nl, uint32_t group);
int nl_set_up(struct nl *nl, int ifindex, bool up);
int nl_set_master(struct nl *nl, int ifindex, int master);
int nl_set_mac(struct nl *nl, int ifindex, const uint8_t *mac);
int nl_addr(struct nl *nl, bool add, int ifindex, const struct ipaddr *ip, int plen);
int nl_addr_dad(struct nl *nl, int ifindex, const struct ipaddr *ip, int plen);
int nl_local_route_metric(struct nl *nl, const struct ipaddr *ip, int plen, int ifindex,
			  uint32_t metric);
int nl_local_route(struct nl *nl, bool add, const struct ipaddr *ip, int plen, int ifindex,
		   uint32_t table);
int nl_route(struct nl *nl, const struct ipaddr *ip, int plen, int ifindex, uint32_t table);
int nl_rule(struct nl *nl, bool add, int af, uint32_t table);
int nl_neigh(struct nl *nl, int ifindex, const struct ipaddr *ip, const uint8_t *mac);

/* ---------------------------------------------------------------- env.c */

enum dev {
	DEV_NONE, DEV_LO, DEV_VETH, DEV_SECOND, DEV_SLAVE, DEV_VRF, DEV_MAX
};

enum place_group {
	PG_LO = 1, PG_VETH = 2, PG_SECOND = 4, PG_VRF = 8, PG_VRFDEV = 16, PG_ANYIP = 32,
	PG_SPARE = 64,		/* assigned by some cases only */
	PG_RULE = 128,		/* local by the table of a rule */
	PG_VIP = 256,		/* on lo, but no loopback address */
	PG_ANYCAST = 512	/* beside one of the others: while the host forwards, for UDP */
};

struct place {
	const char *text;
	enum dev dev;		/* packets come in here */
	unsigned int group;
	int plen;
	enum dev owner;
	struct ipaddr ip;
	uint64_t from;		/* sources that reached it in the last probe, as bits */
};

enum where {
	FROM_SELF, FROM_PEER
};

/* Where packets come from: a namespace, an address or none, a device or none. */
struct source {
	const char *name;
	enum where ns;
	int af;
	struct ipaddr bind;
	enum dev dev;		/* the sender is bound to it, or to the far end of it */
	enum dev home;		/* the owner of its address */
	unsigned int reach;	/* place_group bits */
	bool spoof;		/* sends from the peer's address, like an old peer */
	int udp[2];		/* senders for all rounds, each with its own port */
};

struct world {
	int host_ns, peer_ns;
	struct nl host, peer;
	int ifindex[DEV_MAX];		/* 0: no such device here */
	int peer_ifindex[DEV_MAX];	/* the veths' other ends, by the host's device */
	bool has_v6;
	bool l3mdev_tcp, l3mdev_udp;
	bool anyip, rules, forwards;
	struct place places[MAX_PLACES];
	int nr_places;
	struct source sources[MAX_SOURCES];
	int nr_sources;
	int ctl[DEV_MAX][2];		/* [device][v6]: receives the packets of a probe */
	int fence_tx, fence_rx;
	ino_t aux[MAX_AUX];		/* our own sockets in the host namespace */
	int nr_aux;
	int cpus[MAX_CPUS];
	int nr_cpus;
	const char *table_path;		/* NULL: packets only */
	bool ask;			/* also /proc/net/dualstack_ask */
	const char *reader;		/* program to test without the module, or NULL */
	int reader_asks;		/* number of packets of a round to ask it about */
};

#define CTL_PORT	900

extern const char *const dev_name[DEV_MAX];

int world_init(struct world *w);
void world_aux(struct world *w, int fd);
int world_enter(struct world *w, enum where ns);
int world_probe(struct world *w);
int world_restore(struct world *w);
int world_anyip(struct world *w, bool on);
int world_rules(struct world *w, bool on);
int world_forward(struct world *w, bool on);
void world_routes(struct world *w);
int world_l3mdev(struct world *w, bool tcp, bool udp);
int world_set_v6(struct world *w, bool on);
int world_remove(struct world *w, struct place *p);
struct place *world_place(struct world *w, const char *addr);
int world_fence(struct world *w);
void world_pin(int cpu);
bool source_reaches(const struct world *w, const struct source *s, const struct place *p);
bool place_is_weak(const struct place *p);
bool place_in_vrf(const struct place *p);
int sysctl_write(const char *path, const char *value);
int sysctl_read(const char *path, char *buf, size_t len);

/* ---------------------------------------------------------------- sock.c */

enum proto {
	P_TCP, P_UDP
};

enum late {
	LATE_NONE,
	LATE_DISCONNECT,	/* UDP: connect, then disconnect */
	LATE_CONNECT,		/* UDP: connect: no row */
	LATE_DEVICE,		/* bind to a device after bind() */
	LATE_ADDRFORM,		/* UDP: connect to a mapped peer, become AF_INET, disconnect */
	LATE_SHUTDOWN,		/* TCP: stop listening by shutdown(): no row */
	LATE_RELISTEN,		/* TCP: the same, then listen(), which moves it in the chain */
};

struct sock {
	/* asked for */
	enum proto proto;
	bool mptcp;
	int af;
	int v6only;		/* -1: not set */
	struct ipaddr ip;
	enum dev dev;
	uint16_t port;
	bool reuseaddr, reuseport, freebind, transparent;
	bool bpf;		/* a program selects within its group */
	int incoming_cpu;	/* -1: not set */
	uid_t uid;
	bool listen_late;
	enum late late;
	struct ipaddr late_peer;
	enum dev late_dev;
	int backlog;		/* 0: default */

	/* what became of it */
	int fd;
	ino_t ino;
	bool eff_v6only;	/* after bind() */
	enum dev eff_dev;
	int eff_af;
	bool row;		/* the table must show it */
	int gid;		/* reuseport group, -1: none */
	int memberships;	/* multicast groups that it joined, for each device */
	bool mcall_off;		/* MULTICAST_ALL of its own family is off */
	const char *failed;	/* the call that the kernel refused */
	int err;

	/* results of the packets */
	char expect[2];		/* one letter each: see oracle.c */
	char also[2];		/* another letter that is right, or 0 */
	char here[2];		/* the letter that is right on the first CPU, or 0 */
	uint64_t takers[2];	/* other sockets that took its packets, or may take them */
	bool got[2];		/* it got at least one packet itself */
	bool copied;		/* got a copy for its multicast or broadcast address */
};

void sock_spec(struct sock *s, enum proto proto, const char *addr, uint16_t port);
int sock_open(struct world *w, struct sock *s);
int sock_listen(struct sock *s);
int sock_late(struct world *w, struct sock *s);
void sock_close(struct sock *s);
int sock_cpu(const struct sock *s);
bool sock_takes(const struct sock *s, int v6);
bool sock_may_take(const struct world *w, const struct sock *s, const struct place *p);
bool sock_covers(const struct world *w, const struct sock *s, const struct place *p);
void sock_text(const struct sock *s, char *buf, size_t len);

/* ---------------------------------------------------------------- fire.c, oracle.c */

#define TAKER_NOBODY	(-1)
#define TAKER_UNSENT	(-2)	/* no route, no source address: no such packet */
#define TAKER_SILENT	(-3)	/* a connection neither accepted nor refused: an error */

struct shot {
	enum proto proto;
	uint16_t port;
	uint8_t place, source, nth, cpu;
	int taker;
	uint64_t winners;	/* sockets that may get it on some CPU: see cpus.c */
	int fd;
	uint16_t sport;
	struct ipaddr saddr;
};

struct round {
	struct sock socks[MAX_SOCKS];
	int nr_socks;
	struct shot shots[MAX_SHOTS];
	int nr_shots;
	bool all_sources, all_cpus;
	bool bpf;		/* a BPF program decides: any socket may get any packet */
	bool settle;		/* packets change the sockets: send all twice, use the last */
	int unknown;		/* number of verdicts that may be `?` */
	int refused;
	int packets;
	const char *error;
};

/* Open every socket of the round as a program would; refused ones are closed and counted. */
int round_open(struct world *w, struct round *r);
void round_close(struct round *r);
int round_fire(struct world *w, struct round *r, struct rng *rng);
void round_judge(const struct world *w, struct round *r);
int group_size(const struct round *r, const struct sock *s);
const char *verdict_word(char v);
void round_print(FILE *f, const struct world *w, const struct round *r);

/* ---------------------------------------------------------------- cpus.c */

bool same_identity(const struct round *r, int a, int b);
uint64_t cpu_winners(const struct world *w, const struct round *r, const struct shot *shot);

/* ---------------------------------------------------------------- table.c, judge.c */

struct row {
	char proto[8], v4[12], v6[12], v6only[4], dev[32], address[IP_TEXT_LEN];
	unsigned int port, uid;
	unsigned long inode;
	char words[256];
	bool seen;
};

struct table {
	char *text;
	size_t len;
	struct row *rows;
	int nr;
};

int table_read(const char *path, struct table *t, char *why, size_t len);
/* Parse @t->text. @header: it begins with a header. */
int table_parse(struct table *t, bool header, char *why, size_t len);
void table_free(struct table *t);
struct row *table_find(struct table *t, ino_t ino);
/* The value of word key=, or NULL; buf holds it. */
const char *row_word(const struct row *row, const char *key, char *buf, size_t len);

struct tally {
	unsigned long rounds, verdicts, words[128], packets, refused, sockets, mismatches, unknown;
	unsigned long answers, open_answers;	/* of who.c; open: `?` */
	unsigned long reader_verdicts, reader_unknown, reader_twins;
	unsigned long reader_answers, reader_open;	/* of `who`, without the module */
};

/* Whether reads on all CPUs return the same text; reports differences to @f. */
bool table_is_same(const struct world *w, const struct table *t, FILE *f);
/* Compare; returns the number of mismatches, each reported to f. */
int judge(struct world *w, struct round *r, struct tally *t, FILE *f);

/* A whole round: open, fire, judge, close. Return: 0 if all agree. */
int round_run(struct world *w, struct round *r, struct rng *rng, struct tally *t);

/* ---------------------------------------------------------------- who.c */

#define MAX_WHO_LINES	512

struct who_line {
	char dev[32], answer[16], proto[8], address[64], words[128];
	unsigned long inode;
	int cpu;		/* -1: none is named */
};

/* A packet to ask about. */
struct packet {
	enum proto proto;
	struct ipaddr to, from;	/* @from: AF_UNSPEC for a new peer */
	uint16_t port, sport;
	const char *dev;	/* device at which it arrives */
};

struct who {
	char question[256];
	struct who_line line[MAX_WHO_LINES];
	int n;
};

int who_ask(struct who *who, const char *question);
int who_ask_as_user(const char *question);
bool who_has(const struct who_line *line, const char *word);
void who_print(FILE *f, const struct who *who);
int who_judge(const struct world *w, struct round *r, struct tally *t, FILE *f);
/* ---------------------------------------------------------------- reader.c */

/* Rows of the reader by BPF, with the words group, v4by, v6by and why. */
int reader_read(const char *reader, struct table *t, char *why, size_t len);
/* The reader's answer about a packet, without the module. Return: 0 or a negative error. */
int reader_who(const char *reader, const struct packet *p, struct who *who);

/* ---------------------------------------------------------------- scenario.c */

enum twist {
	TW_PLAIN, TW_REMOVED, TW_ANYIP, TW_VRF, TW_CPU, TW_MPTCP, TW_LATE, TW_DOWN, TW_NOV6,
	TW_ANYCAST, TW_RULES, TW_WEAK, TW_MAX
};

extern const char *const twist_name[TW_MAX];

enum twist scenario_twist(struct rng *rng, const struct world *w);
void scenario_make(struct world *w, struct round *r, struct rng *rng, enum twist tw,
		   uint16_t port);
/* Change the world after the sockets are open. Return: 1 if it changed, 0 if not, or -1. */
int scenario_disturb(struct world *w, struct rng *rng, enum twist tw);
/* The same, before the sockets are opened. */
int scenario_prepare(struct world *w, struct rng *rng, enum twist tw);

/* ---------------------------------------------------------------- peers.c */

int peers_score(const struct round *r);
void peers_print(FILE *f);

/* ---------------------------------------------------------------- suites */

struct fixture_case;

/* A suite counts and runs its tests itself, or lists cases for fixture_run(), which need IPv6. */
struct suite {
	const char *name;
	int (*count)(struct world *w);
	void (*run)(struct world *w, struct rng *rng, struct tally *t);
	const struct fixture_case *cases;
	int nr_cases;
	bool needs_ask;		/* the cases need the file that answers questions */
};

extern const struct suite suite_pairs, suite_groups, suite_bpf, suite_vrf, suite_words,
			  suite_noaddr, suite_local, suite_copies, suite_cpus, suite_unknown,
			  suite_who;

#endif
