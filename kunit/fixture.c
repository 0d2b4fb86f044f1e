// SPDX-License-Identifier: GPL-2.0-only
/* Fixtures for several suites: a network namespace, sockets, hand-made snapshots. */
#include <linux/in.h>
#include <linux/inet.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "fixture.h"
#include "rows.h"
#include "stats.h"

struct ds_stats ds_stats;

/**
 * hand_made() - make a snapshot without sockets
 * @test: the test
 * @nnets: number of namespaces; their inode numbers descend, unlike their addresses
 * @nrows: number of rows, all zero
 *
 * Return: a snapshot for hand_made_free().
 */
struct ds_rows *hand_made(struct kunit *test, u32 nnets, u32 nrows)
{
	struct ds_rows *s = kzalloc(sizeof(*s), GFP_KERNEL);
	struct net *nets = kunit_kzalloc(test, array_size(nnets, sizeof(*nets)), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_ASSERT_NOT_NULL(test, nets);
	s->net = ds_rows_alloc(s, nnets, sizeof(*s->net));
	KUNIT_ASSERT_NOT_NULL(test, s->net);
	for (i = 0; i < nnets; i++) {
		nets[i].ns.inum = 4026531840U + nnets - i;
		s->net[i] = &nets[i];
	}
	s->nnets = nnets;
	s->all = nnets > 1;
	KUNIT_ASSERT_EQ(test, ds_rows_reserve(s, nrows), 0);
	for (i = 0; i < nrows; i++)
		memset(ds_row_at(s, i), 0, sizeof(struct ds_row));
	s->nrows = nrows;
	return s;
}

/**
 * hand_made_free() - free a hand-made snapshot
 * @s: the snapshot; its namespaces have no references
 */
void hand_made_free(struct ds_rows *s)
{
	s->nnets = 0;
	ds_rows_free(s);
}

/* The namespace of the process that loaded this module; held while a suite runs. */
static struct net *fresh;

/**
 * sockets_suite_init() - use the loading process's namespace for the suite's sockets
 * @suite: the suite
 *
 * A kernel module cannot create a namespace; `unshare -n insmod` does. The tests run in a kernel
 * thread, but this function runs in the process that loads the module.
 *
 * Return: 0, or a negative errno.
 */
int sockets_suite_init(struct kunit_suite *suite)
{
	struct net *net = current->nsproxy->net_ns;
	int err;

	if (net == &init_net)
		return 0;
	rtnl_lock();
	err = dev_open(net->loopback_dev, NULL);
	rtnl_unlock();
	if (!err)
		fresh = get_net(net);
	return err;
}

/**
 * sockets_suite_exit() - release the namespace
 * @suite: the suite
 */
void sockets_suite_exit(struct kunit_suite *suite)
{
	if (fresh)
		put_net(fresh);
	fresh = NULL;
}

/**
 * sockets_net() - get the namespace to make sockets in
 * @test: the test; skipped if the module was not loaded in a namespace of its own
 *
 * Return: the namespace.
 */
struct net *sockets_net(struct kunit *test)
{
	if (!fresh)
		kunit_skip(test, "load this module with: unshare -n insmod dualstack_kunit.ko");
	return fresh;
}

/**
 * parse_addr() - parse an address
 * @test: the test; fails if the text is not an address
 * @af: AF_INET or AF_INET6
 * @text: the text
 *
 * Return: the address; an IPv4 address in v4-mapped form.
 */
struct in6_addr parse_addr(struct kunit *test, int af, const char *text)
{
	struct in6_addr addr;
	__be32 v4;

	if (af == AF_INET) {
		KUNIT_ASSERT_EQ(test, in4_pton(text, -1, (u8 *)&v4, -1, NULL), 1);
		ipv6_addr_set_v4mapped(v4, &addr);
	} else {
		KUNIT_ASSERT_EQ(test, in6_pton(text, -1, addr.s6_addr, -1, NULL), 1);
	}
	return addr;
}

static int bind_to(struct socket *sock, const struct spec *spec)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(spec->port) };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(spec->port) };
	/* passed as void *, since the type that kernel_bind() takes differs between kernels */
	void *addr = spec->af == AF_INET ? (void *)&sin : (void *)&sin6;
	int ok;

	if (spec->af == AF_INET)
		ok = in4_pton(spec->addr, -1, (u8 *)&sin.sin_addr, -1, NULL);
	else
		ok = in6_pton(spec->addr, -1, sin6.sin6_addr.s6_addr, -1, NULL);
	if (ok != 1)
		return -EINVAL;
	return kernel_bind(sock, addr, spec->af == AF_INET ? sizeof(sin) : sizeof(sin6));
}

static int set_options(struct socket *sock, const struct spec *spec)
{
	if (spec->af == AF_INET6)
		sock->sk->sk_ipv6only = spec->v6only;
	sock->sk->sk_reuse = SK_CAN_REUSE;
	if (spec->reuse)
		sock->sk->sk_reuseport = 1;
	if (spec->dev)
		return sock_bindtoindex(sock->sk, sock_net(sock->sk)->loopback_dev->ifindex, true);
	return 0;
}

/**
 * make_socket() - make a listening TCP socket or a bound UDP socket
 * @net: the namespace
 * @spec: describes the socket
 *
 * Return: a socket for sock_release(), or ERR_PTR().
 */
struct socket *make_socket(struct net *net, const struct spec *spec)
{
	bool tcp = spec->proto == DS_TCP;
	struct socket *sock;
	int err;

	err = sock_create_kern(net, spec->af, tcp ? SOCK_STREAM : SOCK_DGRAM,
			       tcp ? IPPROTO_TCP : IPPROTO_UDP, &sock);
	if (err)
		return ERR_PTR(err);
	err = set_options(sock, spec);
	if (!err)
		err = bind_to(sock, spec);
	if (!err && tcp)
		err = kernel_listen(sock, 5);
	if (err) {
		sock_release(sock);
		return ERR_PTR(err);
	}
	return sock;
}

MODULE_DESCRIPTION("KUnit suites of dualstack");
MODULE_AUTHOR("The dualstack authors");
MODULE_LICENSE("GPL");
