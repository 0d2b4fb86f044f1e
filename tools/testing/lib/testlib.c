// SPDX-License-Identifier: GPL-2.0-only
/* Shared by programs that run in a guest: KTAP, time, files, sockets, network namespaces. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "testlib.h"

#define MAX_WORDS	16	/* settings of a socket */

static struct {
	const char *suite, *indent;
	int planned, number, failed;
} ktap = { .indent = "  " };

void ktap_begin(const char *suite, int planned)
{
	/* A case may run in a child: what is buffered must not be printed twice. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	ktap.suite = suite;
	ktap.planned = planned;
	ktap.indent = suite ? "  " : "";
	if (suite)
		printf("KTAP version 1\n1..1\n");
	printf("%sKTAP version 1\n", ktap.indent);
	if (suite)
		printf("%s# Subtest: %s\n", ktap.indent, suite);
	printf("%s1..%d\n", ktap.indent, planned);
}

static void ktap_line(const char *what, const char *fmt, va_list ap, const char *skip)
{
	printf("%s%s ", ktap.indent, what);
	vprintf(fmt, ap);
	printf("%s%s\n", skip ? " # SKIP " : "", skip ?: "");
	fflush(stdout);
}

void ktap_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ktap_line("#", fmt, ap, NULL);
	va_end(ap);
}

void ktap_result(bool ok, const char *fmt, ...)
{
	char what[24];
	va_list ap;

	ktap.failed += !ok;
	snprintf(what, sizeof(what), "%s %d", ok ? "ok" : "not ok", ++ktap.number);
	va_start(ap, fmt);
	ktap_line(what, fmt, ap, NULL);
	va_end(ap);
}

void ktap_skip(const char *reason, const char *fmt, ...)
{
	char what[24];
	va_list ap;

	snprintf(what, sizeof(what), "ok %d", ++ktap.number);
	va_start(ap, fmt);
	ktap_line(what, fmt, ap, reason);
	va_end(ap);
}

int ktap_end(void)
{
	bool ok = !ktap.failed && ktap.number == ktap.planned;

	if (ktap.suite)
		printf("%s 1 %s\n", ok ? "ok" : "not ok", ktap.suite);
	else if (ktap.number != ktap.planned)
		printf("# planned %d tests, ran %d\n", ktap.planned, ktap.number);
	fflush(stdout);
	return !ok;
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* A table that was only read in part is an error. */
char *slurp_fd(int fd, size_t chunk, size_t *len)
{
	size_t size = 1 << 16, used = 0;
	char *text = malloc(size);
	ssize_t n;

	while (text) {
		if (used + chunk + 1 > size) {
			char *more = realloc(text, size = (used + chunk + 1) * 2);

			if (!more)
				break;
			text = more;
		}
		n = read(fd, text + used, chunk);
		if (n < 0)
			break;
		used += n;
		if (!n) {
			text[used] = '\0';
			*len = used;
			return text;
		}
	}
	n = errno;
	free(text);
	errno = n;
	return NULL;
}

char *slurp(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	char *text;

	if (fd < 0)
		return NULL;
	text = slurp_fd(fd, 1 << 16, len);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

socklen_t parse_address(const char *text, int port, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;
	const char *dev = strchr(text, '%');
	char addr[64];

	memset(ss, 0, sizeof(*ss));
	snprintf(addr, sizeof(addr), "%.*s", (int)strcspn(text, "%"), text);
	if (inet_pton(AF_INET, addr, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, addr, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		in6->sin6_scope_id = dev ? if_nametoindex(dev + 1) : 0;
		return sizeof(*in6);
	}
	errno = EINVAL;
	return 0;
}

const char *ipv4_text(unsigned int address)
{
	const struct in_addr addr = { htonl(address) };
	static char text[INET_ADDRSTRLEN];

	return inet_ntop(AF_INET, &addr, text, sizeof(text));
}

const char *loopback_address(unsigned long n)
{
	return ipv4_text(127U << 24 | (1 + n / 62500) << 16 | n / 250 % 250 << 8 | (1 + n % 250));
}

struct option {
	const char *name, *value;
};

/* A parsed line of text; @setting: options that are set before bind(). */
struct plan {
	int type, family, port, backlog, nsettings;
	unsigned int uid;
	bool listens;
	const char *address, *connect, *sendto, *join;
	struct option setting[MAX_WORDS];
};

_Thread_local const char *socket_step = "";
_Thread_local char socket_line[512];

static bool refused(const char *step)
{
	socket_step = step;
	return false;
}

static void plan_option(struct plan *p, const char *name, const char *value)
{
	const int number = strtoul(value, NULL, 10); /* uids need all 32 bits */

	if (!strcmp(name, "port"))
		p->port = number;
	else if (!strcmp(name, "uid"))
		p->uid = number;
	else if (!strcmp(name, "backlog"))
		p->backlog = number;
	else if (!strcmp(name, "nolisten"))
		p->listens = false;
	else if (!strcmp(name, "connect"))
		p->connect = value;
	else if (!strcmp(name, "sendto"))
		p->sendto = value;
	else if (!strcmp(name, "join"))
		p->join = value;
	else if (p->nsettings++ < MAX_WORDS)
		p->setting[p->nsettings - 1] = (struct option){ name, value };
}

static bool read_plan(char *text, struct plan *p)
{
	char *save, *proto = strtok_r(text, " ,", &save), *name, *value;
	const char *address;

	*p = (struct plan){ .port = 80, .backlog = 128, .listens = true };
	p->address = strtok_r(NULL, " ,", &save);
	errno = EINVAL;
	if (!p->address || (strncmp(proto, "tcp", 3) && strncmp(proto, "udp", 3)))
		return refused("reading the line");
	while ((name = strtok_r(NULL, " ,", &save))) {
		value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		plan_option(p, name, value ?: "1");
	}
	if (p->nsettings > MAX_WORDS)
		return refused("reading the line");
	p->type = *proto == 't' ? SOCK_STREAM : SOCK_DGRAM;
	p->listens = p->listens && p->type == SOCK_STREAM && !p->connect;
	address = p->connect && *p->address == '-' ? p->connect : p->address;
	p->family = proto[3] == '6' || (!proto[3] && strchr(address, ':')) ? AF_INET6 : AF_INET;
	return true;
}

static bool set_option(int fd, int family, const struct option *o)
{
	const int ip = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	const struct {
		const char *name;
		int level, option;
	} known[] = {
		{ "v6only", IPPROTO_IPV6, IPV6_V6ONLY },
		{ "reuseaddr", SOL_SOCKET, SO_REUSEADDR },
		{ "reuseport", SOL_SOCKET, SO_REUSEPORT },
		{ "freebind", IPPROTO_IP, IP_FREEBIND },
		{ "transparent", ip, ip == IPPROTO_IP ? IP_TRANSPARENT : IPV6_TRANSPARENT },
		{ "cpu", SOL_SOCKET, SO_INCOMING_CPU },
		{ "ifindex", SOL_SOCKET, SO_BINDTOIFINDEX },
	};
	const int value = atoi(o->value);

	if (!strcmp(o->name, "nonblock"))
		return !fcntl(fd, F_SETFL, O_NONBLOCK);
	if (!strcmp(o->name, "dev"))
		return !setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->value, strlen(o->value));
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(o->name, known[i].name))
			return !setsockopt(fd, known[i].level, known[i].option, &value,
					   sizeof(value));
	errno = EINVAL;
	return false;
}

static bool join_group(int fd, int family, const char *text)
{
	const char *dev = strchr(text, '%');
	struct group_req req = { .gr_interface = dev ? if_nametoindex(dev + 1) : 0 };

	return parse_address(text, 0, &req.gr_group) &&
	       !setsockopt(fd, family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP, MCAST_JOIN_GROUP,
			   &req, sizeof(req));
}

bool connect_to(int fd, const char *address, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = parse_address(address, port, &ss);

	return len && !connect(fd, (void *)&ss, len);
}

bool reset_at_close(int fd)
{
	const struct linger reset = { .l_onoff = 1 };

	return !setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

static bool carry_out(int fd, const struct plan *p)
{
	struct sockaddr_storage ss;
	socklen_t len;

	for (int i = 0; i < p->nsettings; i++)
		if (!set_option(fd, p->family, &p->setting[i]))
			return refused(p->setting[i].name);
	if (*p->address != '-') {
		len = parse_address(p->address, p->port, &ss);
		if (!len || bind(fd, (void *)&ss, len))
			return refused("bind");
	}
	if (p->connect && !connect_to(fd, p->connect, p->port))
		return refused("connect");
	if (p->sendto) {
		len = parse_address(p->sendto, p->port, &ss);
		if (!len || sendto(fd, "x", 1, 0, (void *)&ss, len) != 1)
			return refused("sendto");
	}
	if (p->join && !join_group(fd, p->family, p->join))
		return refused("join");
	return !p->listens || !listen(fd, p->backlog) || refused("listen");
}

int vopen_socket(const char *fmt, va_list ap)
{
	/* socket_step may point into it */
	static _Thread_local char text[sizeof(socket_line)];
	struct plan p;
	int fd, err;

	vsnprintf(socket_line, sizeof(socket_line), fmt, ap);
	strcpy(text, socket_line);
	if (!read_plan(text, &p))
		return -1;
	/* The owner of a socket is the fsuid of its creator. */
	if (p.uid)
		setfsuid(p.uid);
	fd = socket(p.family, p.type | SOCK_CLOEXEC, 0);
	if (p.uid)
		setfsuid(0);
	if (fd < 0)
		return refused("socket") - 1;
	if (carry_out(fd, &p))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

int open_socket(const char *fmt, ...)
{
	va_list ap;
	int fd;

	va_start(ap, fmt);
	fd = vopen_socket(fmt, ap);
	va_end(ap);
	return fd;
}

bool loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return false;
	err = ioctl(fd, SIOCSIFFLAGS, &ifr) ? errno : 0;
	close(fd);
	errno = err;
	return !err;
}

bool new_netns(void)
{
	return !unshare(CLONE_NEWNET) && loopback_up();
}
