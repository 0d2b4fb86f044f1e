/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares bind() and listen() with predictions, for random holders of a port. */
#ifndef DUALSTACK_TESTING_HOLDERS_H
#define DUALSTACK_TESTING_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>
#include "bind_rule.h"
#include "testlib.h"

#define MAX_HOLDERS	32
#define MAX_FDS		(3 * MAX_HOLDERS)
#define MAX_DEVS	8
#define OTHER_UID	1000

/* a device of the namespace */
struct device {
	const char *name;
	int ifindex;
	int vrf;	/* ifindex of its VRF, or its own if it is a VRF; 0: none */
};

/*
 * struct scene - the holders of one port, as this process made them
 * @fd: all open sockets, which scene_end() closes
 * @behind: UDP: bind() visits this holder after all others
 * @crowded: so many UDP sockets that bind() looks for conflicts by address
 * @unknown: @holder may be incomplete: the rule cannot be tested
 * @port: the held port
 * @server_port: port of a server, to which clients connect
 */
struct scene {
	enum ds_proto proto;
	int port;
	int server_port;
	struct ds_holder holder[MAX_HOLDERS];
	bool behind[MAX_HOLDERS];
	unsigned int n;
	int fd[MAX_FDS];
	int nfds;
	bool crowded;
	bool unknown;
};

extern struct device devices[MAX_DEVS];
extern int ndevices;
/* Source of the holders: the scene itself, the module, or sock_diag. */
enum teller { TELLS_SCENE, TELLS_MODULE, TELLS_DIAG };
extern enum teller teller;

/* net.c: the network namespace; net_make() returns false if it cannot be made */
bool net_make(void);
bool net_has_vrf(void);
void net_move(void);
int kernel_version(void);

/* random.c */
void random_seed(uint64_t seed);
unsigned int random_below(unsigned int n);
static inline bool one_in(unsigned int n)
{
	return !random_below(n);
}

struct in6_addr random_addr(bool *inet6);
const char *addr_text(const struct in6_addr *addr);

/* scene.c */
void scene_make(struct scene *s);
void scene_end(struct scene *s);
void scene_print(const struct scene *s);

/* ask.c */
enum said { SAYS_FREE, SAYS_TAKEN, SAYS_UNKNOWN };
enum said reader_says(const struct scene *s, const struct ds_binder *b, bool of_address);
void module_print(const struct scene *s);

/* bind.c */
struct ds_binder random_binder(const struct scene *s);
bool really_binds(const struct scene *s, const struct ds_binder *binder);
void binder_print(const struct ds_binder *binder);
int socket_of(const struct ds_binder *b);
int socket_for(enum ds_proto proto, bool inet6, unsigned int uid);
socklen_t sockaddr_of(bool inet6, const struct in6_addr *addr, int port,
		      struct sockaddr_storage *ss);
bool bind_to(int fd, bool inet6, const struct in6_addr *addr, int port, int ifindex);
bool bind_to_device(int fd, int ifindex);
void set_option(int fd, int level, int option, int value);

#endif
