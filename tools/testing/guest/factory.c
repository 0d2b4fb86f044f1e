// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces and sockets, the latter made from a line of text. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "guest.h"
#include "ktap.h"

void give_up(const char *fmt, ...)
{
	va_list ap;

	printf("  # gave up: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(" (%s)\n", strerror(errno));
	fflush(stdout);
	_exit(2);
}

void run(const char *command)
{
	if (system(command))
		give_up("command failed: %s", command);
}

void world_enter(int netns)
{
	if (setns(netns, CLONE_NEWNET))
		give_up("setns");
}

static int make_netns(void)
{
	int fd;

	if (!new_netns())
		give_up("a new network namespace");
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		give_up("open of the namespace");
	return fd;
}

void world_make(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->other = make_netns();
	w->home = make_netns();
}

/* `ADDRESS[%DEV]`, of @family unless that is 0. */
socklen_t address_of(const char *text, int family, int port, struct sockaddr_storage *ss)
{
	socklen_t len = parse_address(text, port, ss);

	if (!len || (family && ss->ss_family != family))
		give_up("no address: %s", text);
	return len;
}

static void set_option(int fd, int level, int name, int value, const char *what)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		give_up("%s", what);
}

struct plan {
	int family;
	int port;
	int backlog;
	bool listens;
	const char *address;
	const char *connect;
	const char *sendto;
	const char *join;
	const char *name;
};

static int option_value(const char *word)
{
	return strtoul(strchr(word, '=') + 1, NULL, 10); /* uids need all 32 bits */
}

/* Options that are settings of the socket, before bind(); false for any other. */
static bool apply_setting(int fd, int family, const char *word)
{
	if (!strncmp(word, "v6only=", 7)) {
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, option_value(word), word);
	} else if (!strcmp(word, "reuseaddr")) {
		set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, word);
	} else if (!strcmp(word, "reuseport")) {
		set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1, word);
	} else if (!strcmp(word, "freebind")) {
		set_option(fd, IPPROTO_IP, IP_FREEBIND, 1, word);
	} else if (!strcmp(word, "transparent")) {
		set_option(fd, family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
			   family == AF_INET6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, 1, word);
	} else if (!strncmp(word, "cpu=", 4)) {
		set_option(fd, SOL_SOCKET, SO_INCOMING_CPU, option_value(word), word);
	} else if (!strncmp(word, "dev=", 4)) {
		if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, word + 4, strlen(word + 4)))
			give_up("%s", word);
	} else {
		return false;
	}
	return true;
}

/* Options that tell what to do with it. */
static void plan_step(struct plan *p, const char *word)
{
	if (!strncmp(word, "port=", 5))
		p->port = option_value(word);
	else if (!strncmp(word, "backlog=", 8))
		p->backlog = option_value(word);
	else if (!strcmp(word, "nolisten"))
		p->listens = false;
	else if (!strncmp(word, "connect=", 8))
		p->connect = word + 8;
	else if (!strncmp(word, "sendto=", 7))
		p->sendto = word + 7;
	else if (!strncmp(word, "join=", 5))
		p->join = word + 5;
	else if (!strncmp(word, "name=", 5))
		p->name = word + 5;
	else if (strcmp(word, "other") && strncmp(word, "uid=", 4))
		give_up("no option '%s'", word);
}

/* A group, and behind % the device. */
static void join(int fd, int family, const char *text)
{
	const char *dev = strchr(text, '%');
	struct group_req req = { .gr_interface = dev ? if_nametoindex(dev + 1) : 0 };
	char addr[64];

	snprintf(addr, sizeof(addr), "%.*s", (int)strcspn(text, "%"), text);
	address_of(addr, family, 0, &req.gr_group);
	if (setsockopt(fd, family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP, MCAST_JOIN_GROUP, &req,
		       sizeof(req)))
		give_up("join %s", text);
}

/* Leaves the socket to a process of that name, which ends with this one. */
static void hand_over(struct sock *s, const char *name)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		for (;;)
			pause();
	}
	close(s->fd);
	s->fd = -1;
}

static void carry_out(struct sock *s, const struct plan *p)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (strcmp(p->address, "-")) {
		len = address_of(p->address, p->family, p->port, &ss);
		if (bind(s->fd, (void *)&ss, len))
			give_up("bind %s", p->address);
	}
	if (p->connect) {
		len = address_of(p->connect, p->family, p->port, &ss);
		if (connect(s->fd, (void *)&ss, len))
			give_up("connect %s", p->connect);
	}
	if (p->sendto) {
		len = address_of(p->sendto, p->family, p->port, &ss);
		if (sendto(s->fd, "x", 1, 0, (void *)&ss, len) != 1)
			give_up("sendto %s", p->sendto);
	}
	if (p->join)
		join(s->fd, p->family, p->join);
	if (s->listens && listen(s->fd, p->backlog))
		give_up("listen");
}

static void look_up(struct sock *s)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct stat st;

	if (getsockname(s->fd, (void *)&ss, &len) || fstat(s->fd, &st))
		give_up("getsockname, fstat");
	s->inode = st.st_ino;
	s->port = ntohs(ss.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&ss)->sin6_port :
			((struct sockaddr_in *)&ss)->sin_port);
}

void sock_make(struct world *w, const char *spec)
{
	struct plan p = { .port = DEFAULT_PORT, .backlog = 5, .listens = true };
	struct sock *s = &w->sock[w->nsocks++];
	char *text = strdup(spec);
	char *save, *proto = strtok_r(text, " ", &save), *word;
	const char *uid = strstr(spec, "uid=");

	p.family = proto[3] == '6' ? AF_INET6 : AF_INET;
	p.address = strtok_r(NULL, " ", &save);
	s->type = proto[0] == 't' ? SOCK_STREAM : SOCK_DGRAM;
	s->other = strstr(spec, " other");
	if (s->other)
		world_enter(w->other);
	/* The owner of a socket is the file-system uid of who makes it. */
	setfsuid(uid ? option_value(uid) : 0);
	s->fd = socket(p.family, s->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		give_up("socket %s", proto);
	setfsuid(0);
	if (s->other)
		world_enter(w->home);
	while ((word = strtok_r(NULL, " ", &save)))
		if (!apply_setting(s->fd, p.family, word))
			plan_step(&p, word);
	s->listens = p.listens && s->type == SOCK_STREAM;
	carry_out(s, &p);
	look_up(s);
	if (p.name)
		hand_over(s, p.name);
	free(text);
}
