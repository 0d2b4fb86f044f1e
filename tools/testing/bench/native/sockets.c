// SPDX-License-Identifier: GPL-2.0-only
/* The sockets: half TCP listeners, half UDP, none in a reuseport group. */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include "native.h"

#define FIRST_PORT	1024
#define PORTS		60000U

struct bind {
	bool v4;
	bool v6only;
	bool loopback;
};

/* As in the other scenes: 0.0.0.0, ::, :: with IPV6_V6ONLY, 127.0.0.1, ::1; a port each. */
static const struct bind spread[] = {
	{ .v4 = true },
	{ },
	{ .v6only = true },
	{ .v4 = true, .loopback = true },
	{ .loopback = true },
};

/* If there are more sockets than ports: two on each. */
static const struct bind pair[] = {
	{ .v4 = true },
	{ .v6only = true },
};

static const struct bind dual_bind = { };

static struct socket **sock;
static u32 nsock;

static int bind4(struct socket *s, bool loopback, u16 port)
{
	struct sockaddr_in addr = {
		.sin_family	 = AF_INET,
		.sin_port	 = htons(port),
		.sin_addr.s_addr = htonl(loopback ? INADDR_LOOPBACK : INADDR_ANY),
	};

	return kernel_bind(s, (struct sockaddr *)&addr, sizeof(addr));
}

static int bind6(struct socket *s, bool loopback, u16 port)
{
	struct sockaddr_in6 addr = {
		.sin6_family	= AF_INET6,
		.sin6_port	= htons(port),
		.sin6_addr	= loopback ? in6addr_loopback : in6addr_any,
	};

	return kernel_bind(s, (struct sockaddr *)&addr, sizeof(addr));
}

static int make_socket(struct net *net, const struct bind *bind, bool tcp, u16 port)
{
	struct socket *s;
	int err;

	err = sock_create_kern(net, bind->v4 ? AF_INET : AF_INET6, tcp ? SOCK_STREAM : SOCK_DGRAM,
			       tcp ? IPPROTO_TCP : IPPROTO_UDP, &s);
	if (err)
		return err;
	sock[nsock++] = s;
	if (bind->v4)
		return bind4(s, bind->loopback, port);
	s->sk->sk_ipv6only = bind->v6only;
	return bind6(s, bind->loopback, port);
}

static int make_pair_of(struct net *net, const struct bind *bind, u16 port)
{
	int err = make_socket(net, bind, true, port);

	if (!err)
		err = kernel_listen(sock[nsock - 1], 5);
	return err ?: make_socket(net, bind, false, port);
}

/**
 * native_make_sockets() - make the sockets
 * @net: network namespace of the sockets
 * @n: number of sockets: even, and at most 240,000
 * @dual: all on [::] for both families, each on its own port; else spread over addresses and
 * families
 *
 * Return: 0 or a negative errno. In both cases the caller has to call native_free_sockets().
 */
int native_make_sockets(struct net *net, u32 n, bool dual)
{
	bool pairs = n / 2 > PORTS;
	const struct bind *bind;
	int err = 0;
	u32 i;

	sock = kvcalloc(n, sizeof(*sock), GFP_KERNEL);
	if (!sock)
		return -ENOMEM;
	for (i = 0; i < n / 2 && !err; i++) {
		bind = pairs ? &pair[i % 2] : &spread[i % ARRAY_SIZE(spread)];
		if (dual)
			bind = &dual_bind;
		err = make_pair_of(net, bind, FIRST_PORT + (pairs ? i / 2 : i));
		cond_resched();
	}
	return err;
}

/**
 * native_free_sockets() - close the sockets
 */
void native_free_sockets(void)
{
	while (nsock) {
		sock_release(sock[--nsock]);
		cond_resched();
	}
	kvfree(sock);
}
