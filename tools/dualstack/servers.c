// SPDX-License-Identifier: GPL-2.0-only
/* The table of well-known servers and their settings for the two families. */
#include <string.h>
#include <unistd.h>

#include "servers.h"

static const struct server servers[] = {
	{
		{ "nginx" }, "nginx",
		"listen [::]:%u ipv6only=off;   or two lines: listen %u; listen [::]:%u;",
		"listen %u;", "listen [::]:%u;",
		"ipv6only is on by default since nginx 1.3.4.",
	}, {
		{ "apache2", "httpd" }, "Apache httpd",
		"Listen %u", "Listen 0.0.0.0:%u", NULL,
		"On Linux, Listen [::]:%u takes IPv4 too, unless httpd was built with "
		"--disable-v4-mapped.",
	}, {
		{ "haproxy" }, "HAProxy",
		"bind :::%u v4v6", "bind 0.0.0.0:%u", "bind :::%u v6only", NULL,
	}, {
		{ "systemd" }, "a systemd socket unit",
		"ListenStream=%u with BindIPv6Only=both", "ListenStream=0.0.0.0:%u",
		"ListenStream=[::]:%u with BindIPv6Only=ipv6-only",
		"systemctl list-sockets names the unit; ListenDatagram= for UDP. The service that "
		"it starts inherits the socket as it is.",
	}, {
		{ "sshd" }, "sshd_config",
		"AddressFamily any", "AddressFamily inet", "AddressFamily inet6",
		"sshd opens one socket a family and always sets IPV6_V6ONLY on the IPv6 one.",
	}, {
		{ "java" }, "Java",
		"bind to the default address (::), without preferIPv4Stack",
		"java -Djava.net.preferIPv4Stack=true", NULL,
		"Java has no switch for IPV6_V6ONLY: bind to an IPv6 address for IPv6 alone.",
	}, {
		{ "node", "nodejs", "MainThread" }, "Node.js",
		"server.listen({ port: %u, host: '::' })",
		"server.listen({ port: %u, host: '0.0.0.0' })",
		"server.listen({ port: %u, host: '::', ipv6Only: true })", NULL,
	}, {
		{ "dnsmasq" }, "dnsmasq",
		"port=%u (both are its default)", "listen-address=0.0.0.0", "listen-address=::",
		NULL,
	}, {
		{ "unbound" }, "unbound.conf",
		"interface: 0.0.0.0@%u and interface: ::0@%u", "interface: 0.0.0.0@%u",
		"interface: ::0@%u", NULL,
	}, {
		{ "master" }, "Postfix main.cf",
		"inet_protocols = all", "inet_protocols = ipv4", "inet_protocols = ipv6",
		"inet_interfaces says on which addresses.",
	}, {
		{ "exim4", "exim" }, "Exim",
		"local_interfaces = <; 0.0.0.0 ; ::0", "disable_ipv6 = true",
		"local_interfaces = <; ::0", NULL,
	}, {
		{ "postgres" }, "postgresql.conf",
		"listen_addresses = '*'", "listen_addresses = '0.0.0.0'", "listen_addresses = '::'",
		NULL,
	}, {
		{ "mysqld", "mariadbd" }, "MySQL, MariaDB",
		"bind_address = ::", "bind_address = 0.0.0.0", NULL, NULL,
	}, {
		{ "vsftpd" }, "vsftpd.conf",
		"listen_ipv6=YES", "listen=YES", NULL, NULL,
	}, {
		{ "redis-server" }, "redis.conf",
		"bind 0.0.0.0 ::", "bind 0.0.0.0", "bind ::", NULL,
	},
};

static bool named(const struct server *s, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(s->names) && s->names[i]; i++)
		if (!strcmp(s->names[i], name))
			return true;
	return false;
}

static const struct server *by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(servers); i++)
		if (named(&servers[i], name))
			return &servers[i];
	return NULL;
}

/* A thread may call itself what it likes; its program file does not change. */
static const char *program(uint32_t pid)
{
	static char path[4096];
	ssize_t n = readlink(sys_path("/proc/%u/exe", pid), path, sizeof(path) - 1);
	char *slash;

	if (n <= 0)
		return "";
	path[n] = '\0';
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

const struct server *server_of(const struct row *r)
{
	const struct server *s = NULL, *holder = NULL;
	uint32_t i;

	/* one that inherited its socket is a better guess than the systemd that opened it */
	for (i = 0; i < r->n_owners && i < 8; i++) {
		const struct owner *o = &r->owners[i];

		if (o->pid == 1 || !strcmp(o->comm, "systemd")) {
			holder = by_name("systemd");
			continue;
		}
		s = by_name(o->comm);
		s = s ? s : by_name(program(o->pid));
		if (s && !holder)
			break;
	}
	/* but where systemd opened it, its unit decides */
	return holder ? holder : s;
}

void server_line(struct str *out, const char *line, unsigned int port)
{
	const char *at;

	while ((at = strstr(line, "%u"))) {
		str_add(out, line, at - line);
		str_addu(out, port);
		line = at + 2;
	}
	str_adds(out, line);
}
