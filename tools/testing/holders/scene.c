// SPDX-License-Identifier: GPL-2.0-only
/* Makes random holders of a port: bound, listening, connected, accepted, closing, TIME_WAIT. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "holders.h"

#define CROWD	12	/* more than ten UDP sockets in a slot */

static int get_option(int fd, int level, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	getsockopt(fd, level, option, &value, &len);
	return value;
}

static struct in6_addr local_addr(int fd, bool *inet6)
{
	struct sockaddr_in6 sin6;
	socklen_t len = sizeof(sin6);
	struct in6_addr addr = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (getsockname(fd, (struct sockaddr *)&sin6, &len)) {
		perror("getsockname");
		exit(1);
	}
	*inet6 = sin6.sin6_family == AF_INET6;
	if (*inet6)
		return sin6.sin6_addr;
	memcpy(&addr.s6_addr[12], &((struct sockaddr_in *)&sin6)->sin_addr, 4);
	return addr;
}

/* Read a holder's settings from its socket, which does not tell @l3mdev and @uid. */
static struct ds_holder describe(int fd, int l3mdev, unsigned int uid)
{
	struct ds_holder h = { .l3mdev = l3mdev, .uid = uid, .state = DS_HOLDER_OTHER };
	char name[32] = "";
	socklen_t len = sizeof(name);
	int i;

	h.addr = local_addr(fd, &h.inet6);
	if (h.inet6)
		h.v6only = get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	h.reuseaddr = get_option(fd, SOL_SOCKET, SO_REUSEADDR);
	h.reuseport = get_option(fd, SOL_SOCKET, SO_REUSEPORT);
	if (get_option(fd, SOL_SOCKET, SO_ACCEPTCONN))
		h.state = DS_HOLDER_LISTENS;
	getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len);
	for (i = 0; len && i < ndevices; i++)
		if (!strcmp(devices[i].name, name))
			h.ifindex = devices[i].ifindex;
	return h;
}

static int keep(struct scene *s, int fd)
{
	if (s->nfds == MAX_FDS) {
		fprintf(stderr, "too many sockets\n");
		exit(1);
	}
	s->fd[s->nfds++] = fd;
	return fd;
}

static void end_socket(struct scene *s, int fd)
{
	int i;

	for (i = 0; i < s->nfds; i++)
		if (s->fd[i] == fd)
			s->fd[i] = s->fd[--s->nfds];
	close(fd);
}

static void add(struct scene *s, int fd, int l3mdev, unsigned int uid)
{
	s->holder[s->n++] = describe(fd, l3mdev, uid);
}

/* A bound socket with random settings, or -1 if the other holders prevent it. */
static int bound(struct scene *s, struct ds_binder *b)
{
	int fd;

	*b = random_binder(s);
	b->reuseaddr = one_in(2);
	b->reuseport = one_in(2);
	fd = keep(s, socket_of(b));
	if (bind_to(fd, b->inet6, &b->addr, s->port, b->ifindex))
		return fd;
	end_socket(s, fd);
	return -1;
}

/* Options may change after bind(); the current values count. */
static void change_later(int fd)
{
	if (one_in(4))
		set_option(fd, SOL_SOCKET, SO_REUSEADDR, one_in(2));
	if (one_in(4))
		set_option(fd, SOL_SOCKET, SO_REUSEPORT, one_in(2));
}

/* The address by which a client reaches a socket at @addr: loopback for a wildcard. */
static struct in6_addr reachable(const struct in6_addr *addr, bool inet6, bool v6only)
{
	struct in6_addr to = *addr;

	if (ds_addr_is_any6(addr)) {
		if (inet6 && !v6only && one_in(2))
			inet_pton(AF_INET6, "::ffff:127.0.0.1", &to);
		else
			to = in6addr_loopback;
	} else if (ds_addr_is_mapped(addr) && !addr->s6_addr32[3]) {
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &to);
	}
	return to;
}

static void connect_inet(int fd, bool inet6, const struct in6_addr *addr, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = sockaddr_of(inet6, addr, port, &ss);

	connect(fd, (struct sockaddr *)&ss, len);
}

/* The order of UDP's holders is fixed at bind(). */
static void add_in_order(struct scene *s, int fd, const struct ds_binder *b)
{
	s->behind[s->n] = b->inet6 && b->reuseport;
	add(s, fd, b->l3mdev, b->uid);
}

static void add_bound(struct scene *s)
{
	struct ds_binder b;
	int fd = bound(s, &b);

	if (fd < 0)
		return;
	if (s->proto == DS_TCP && one_in(2))
		listen(fd, 4);
	change_later(fd);
	add_in_order(s, fd, &b);
}

/* A client whose local port is the held port. */
static void add_connected(struct scene *s)
{
	struct in6_addr to;
	struct ds_binder b;
	int fd = bound(s, &b);

	if (fd < 0)
		return;
	to = reachable(&b.addr, b.inet6, b.v6only);
	/* it holds the port even if it does not connect */
	connect_inet(fd, b.inet6, &to, s->server_port);
	change_later(fd);
	add_in_order(s, fd, &b);
}

/* Connect a client to the listener, from a port that the kernel chooses. */
static int client_of(struct scene *s, const struct ds_binder *b)
{
	struct in6_addr to = reachable(&b->addr, b->inet6, b->v6only);
	bool inet6 = !ds_addr_is_mapped(&to);
	int client = keep(s, socket_for(DS_TCP, inet6, 0));

	connect_inet(client, inet6, &to, s->port);
	return client;
}

/* Up to 6.16 bind() takes a child that nobody accepted for root's, later for the listener's. */
static unsigned int queued_uid(const struct ds_binder *b)
{
	return kernel_version() >= 617 ? b->uid : 0;
}

/* On a busy machine the client's ACK takes a while. */
static bool await_fin_wait2(int child)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int tries;

	for (tries = 0; tries < 2000; tries++) {
		if (getsockopt(child, SOL_TCP, TCP_INFO, &info, &len) ||
		    info.tcpi_state == TCP_FIN_WAIT2)
			break;
		usleep(1000);
	}
	return info.tcpi_state == TCP_FIN_WAIT2;
}

/*
 * The side that closes first keeps the port: in FIN-WAIT-2 without an owner, or in TIME-WAIT, which
 * is the same for bind(). Wait for the ACK of the FIN, which would change it after close().
 */
static void close_first(struct scene *s, int child, int client)
{
	set_option(client, SOL_TCP, TCP_QUICKACK, 1);
	shutdown(child, SHUT_WR);
	s->unknown |= !await_fin_wait2(child);
	close(child);
	s->holder[s->n - 1].state = DS_HOLDER_TIMEWAIT;
	s->holder[s->n - 1].uid = -1U;
	if (one_in(2))
		end_socket(s, client);
}

/* A child of the listener: queued, accepted, or closed. */
static void add_child(struct scene *s, int fd, const struct ds_binder *b)
{
	int client = client_of(s, b), child;

	child = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (child < 0) {
		/* another listener got the connection, so the holders are not known */
		s->unknown = true;
		return;
	}
	change_later(child);
	add(s, child, b->l3mdev, 0);
	if (one_in(2))
		close_first(s, child, client);
	else
		keep(s, child);
}

/* A child that stays in the accept queue has the settings of its listener. */
static void add_queued(struct scene *s, const struct ds_binder *b, const struct ds_holder *listener)
{
	struct ds_holder *h = &s->holder[s->n++];

	client_of(s, b);
	*h = *listener;
	h->addr = reachable(&b->addr, b->inet6, b->v6only);
	h->uid = queued_uid(b);
	h->state = DS_HOLDER_OTHER;
}

/* A listener and its children; it may be closed, or stop listening, before they end. */
static void add_server(struct scene *s)
{
	struct ds_binder b;
	int fd = bound(s, &b);

	if (fd < 0)
		return;
	/* no client can reach a listener on a device that does not own the address */
	if (!b.ifindex && !listen(fd, 4)) {
		add_child(s, fd, &b);
		if (one_in(3)) {
			end_socket(s, fd);
			return;
		}
		if (one_in(3))
			shutdown(fd, SHUT_RD);
	}
	change_later(fd);
	add(s, fd, b.l3mdev, b.uid);
	if (s->holder[s->n - 1].state == DS_HOLDER_LISTENS && one_in(2))
		add_queued(s, &b, &s->holder[s->n - 1]);
}

/* More UDP sockets than bind() walks by port, on addresses that no other holder has. */
static void add_crowd(struct scene *s)
{
	struct in6_addr addr;
	int i, fd;

	inet_pton(AF_INET6, "::ffff:127.1.0.0", &addr);
	for (i = 0; i < CROWD; i++) {
		addr.s6_addr[15] = i + 1;
		fd = keep(s, socket_for(DS_UDP, false, 0));
		if (bind_to(fd, false, &addr, s->port, 0))
			add(s, fd, 0, 0);
	}
}

static void add_any(struct scene *s)
{
	switch (random_below(s->proto == DS_TCP ? 5 : 3)) {
	case 0:
		add_connected(s);
		break;
	case 3:
	case 4:
		add_server(s);
		break;
	default:
		add_bound(s);
		break;
	}
}

/* A server that accepts the connections of holders. */
static int server(int *port)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	socklen_t len = sizeof(sin6);
	int fd = open_socket("tcp6 - backlog=64 nonblock");

	if (fd < 0 || getsockname(fd, (struct sockaddr *)&sin6, &len)) {
		perror("server");
		exit(1);
	}
	*port = ntohs(sin6.sin6_port);
	return fd;
}

static void drain(int fd)
{
	int child;

	while ((child = accept(fd, NULL, NULL)) >= 0)
		close(child);
}

/* A port that was not used for long, outside of the range from which the kernel chooses. */
static int next_port(void)
{
	static int port = 1023;

	if (++port > 32000)
		port = 1024;
	return port;
}

/*
 * Put UDP's holders into the order in which bind() visits them: the last bound first, but AF_INET6
 * with SO_REUSEPORT after all others.
 */
static void put_in_order(struct scene *s)
{
	struct ds_holder ordered[MAX_HOLDERS];
	unsigned int i, n = 0;

	for (i = s->n; i--;)
		if (!s->behind[i])
			ordered[n++] = s->holder[i];
	for (i = 0; i < s->n; i++)
		if (s->behind[i])
			ordered[n++] = s->holder[i];
	memcpy(s->holder, ordered, n * sizeof(ordered[0]));
}

void scene_make(struct scene *s)
{
	static int listener = -1, port;
	int wanted = random_below(5);

	if (listener < 0)
		listener = server(&port);
	drain(listener);
	*s = (struct scene){ .proto = one_in(3) ? DS_UDP : DS_TCP, .server_port = port };
	s->port = next_port();
	if (s->proto == DS_UDP && one_in(4)) {
		s->crowded = true;
		add_crowd(s);
	}
	while (wanted--) {
		add_any(s);
		if (one_in(40))
			net_move();
	}
	put_in_order(s);
}

void scene_end(struct scene *s)
{
	while (s->nfds)
		close(s->fd[--s->nfds]);
}

void scene_print(const struct scene *s)
{
	unsigned int i;

	printf("# port %d, %s\n", s->port, s->proto == DS_TCP ? "tcp" : "udp");
	for (i = 0; i < s->n; i++) {
		const struct ds_holder *h = &s->holder[i];

		printf("# holder %s%s v6only=%d dev=%d l3mdev=%d uid=%u state=%d%s%s\n",
		       h->inet6 ? "" : "4 ", addr_text(&h->addr), h->v6only, h->ifindex, h->l3mdev,
		       h->uid, h->state, h->reuseaddr ? " reuseaddr" : "",
		       h->reuseport ? " reuseport" : "");
	}
}
