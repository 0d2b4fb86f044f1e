/* SPDX-License-Identifier: GPL-2.0-only */
/* Fixtures for several suites: a network namespace, sockets, hand-made snapshots. */
#ifndef DUALSTACK_KUNIT_FIXTURE_H
#define DUALSTACK_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include <linux/net.h>
#include "row.h"

#if !IS_ENABLED(CONFIG_KUNIT)
#error "dualstack_kunit needs a kernel with CONFIG_KUNIT"
#endif

struct ds_rows;
struct net;

/* Make a snapshot without sockets, with @nnets namespaces and @nrows rows; for hand_made_free(). */
struct ds_rows *hand_made(struct kunit *test, u32 nnets, u32 nrows);
void hand_made_free(struct ds_rows *s);

/**
 * struct spec - a socket to make
 * @proto: DS_TCP or DS_UDP
 * @af: AF_INET or AF_INET6
 * @addr: its address, as text
 * @port: its port, in host byte order
 * @v6only: set IPV6_V6ONLY, for AF_INET6
 * @reuse: set SO_REUSEPORT
 * @dev: bind it to the loopback device
 */
struct spec {
	enum ds_proto proto;
	int af;
	const char *addr;
	u16 port;
	bool v6only;
	bool reuse;
	bool dev;
};

int sockets_suite_init(struct kunit_suite *suite);
void sockets_suite_exit(struct kunit_suite *suite);
struct net *sockets_net(struct kunit *test);
struct socket *make_socket(struct net *net, const struct spec *spec);
struct in6_addr parse_addr(struct kunit *test, int af, const char *text);

#endif
