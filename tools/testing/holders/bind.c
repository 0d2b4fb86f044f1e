// SPDX-License-Identifier: GPL-2.0-only
/* Random binds, and whether they really succeed. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <unistd.h>
#include "holders.h"

void set_option(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value))) {
		perror("setsockopt");
		exit(1);
	}
}

/* The owner of a socket is the fsuid of its creator. */
int socket_for(enum ds_proto proto, bool inet6, unsigned int uid)
{
	int fd;

	setfsuid(uid);
	fd = socket(inet6 ? AF_INET6 : AF_INET,
		    (proto == DS_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
	setfsuid(0);
	if (fd < 0) {
		perror("socket");
		exit(1);
	}
	return fd;
}

bool bind_to_device(int fd, int ifindex)
{
	int i;

	for (i = 0; i < ndevices; i++)
		if (devices[i].ifindex == ifindex)
			return !setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, devices[i].name,
					   strlen(devices[i].name));
	return !setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0);
}

/* @addr and @port as a sockaddr for a socket of that family. */
socklen_t sockaddr_of(bool inet6, const struct in6_addr *addr, int port,
		      struct sockaddr_storage *ss)
{
	/* addr_text() of an IPv4 address begins with ::ffff: */
	return parse_address(addr_text(addr) + (inet6 ? 0 : strlen("::ffff:")), port, ss);
}

bool bind_to(int fd, bool inet6, const struct in6_addr *addr, int port, int ifindex)
{
	struct sockaddr_storage ss;
	socklen_t len = sockaddr_of(inet6, addr, port, &ss);

	return (!ifindex || bind_to_device(fd, ifindex)) && !bind(fd, (void *)&ss, len);
}

/* A socket with the settings of @b, not bound yet. */
int socket_of(const struct ds_binder *b)
{
	int fd = socket_for(b->proto, b->inet6, b->uid);

	if (b->inet6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, b->v6only);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, b->reuseaddr);
	set_option(fd, SOL_SOCKET, SO_REUSEPORT, b->reuseport);
	/* allow an address that is not of the device or its VRF */
	set_option(fd, SOL_IP, IP_FREEBIND, 1);
	if (b->inet6)
		set_option(fd, SOL_IPV6, IPV6_FREEBIND, 1);
	return fd;
}

static int random_device(int *l3mdev)
{
	const struct device *dev = &devices[random_below(ndevices)];

	*l3mdev = 0;
	if (!one_in(4))
		return 0;
	*l3mdev = dev->vrf;
	return dev->ifindex;
}

struct ds_binder random_binder(const struct scene *s)
{
	struct ds_binder b = { .proto = s->proto };
	/* sock_diag does not show the holders' options, so most binds set none */
	int option = random_below(teller == TELLS_DIAG ? 12 : 4);

	b.addr = random_addr(&b.inet6);
	b.v6only = b.inet6 && one_in(2);
	b.ifindex = random_device(&b.l3mdev);
	b.uid = one_in(3) ? OTHER_UID : 0;
	b.reuseaddr = option == 1;
	b.reuseport = option == 2;
	return b;
}

/* Whether bind() (and listen() for TCP) succeeds. Errors other than EADDRINUSE end the test. */
bool really_binds(const struct scene *s, const struct ds_binder *b)
{
	int fd = socket_of(b);
	bool ok;
	int err;

	ok = bind_to(fd, b->inet6, &b->addr, s->port, b->ifindex) &&
	     (b->proto == DS_UDP || !listen(fd, 1));
	err = errno;
	close(fd);
	if (!ok && err != EADDRINUSE) {
		printf("bind: %s\n", strerror(err));
		binder_print(b);
		exit(1);
	}
	return ok;
}

void binder_print(const struct ds_binder *b)
{
	printf("# bind %s %s%s v6only=%d dev=%d l3mdev=%d uid=%u%s%s\n",
	       b->proto == DS_TCP ? "tcp" : "udp", b->inet6 ? "" : "4 ", addr_text(&b->addr),
	       b->v6only, b->ifindex, b->l3mdev, b->uid, b->reuseaddr ? " reuseaddr" : "",
	       b->reuseport ? " reuseport" : "");
}
