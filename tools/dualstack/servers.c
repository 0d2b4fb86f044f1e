// SPDX-License-Identifier: GPL-2.0-only
/* The table of well-known servers and their settings for the two families. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"
#include "servers.h"

static const struct server servers[] = {
	{
		{ "nginx" }, SERVER_TCP, "nginx",
		"listen [::]:%u ipv6only=off;   or two lines: listen %u; listen [::]:%u;",
		"ipv6only is on by default since nginx 1.3.4.",
	}, {
		{ "nginx" }, SERVER_UDP, "nginx",
		"two lines: listen %u quic; listen [::]:%u quic; (for HTTP/3; for a stream, udp "
		"instead of quic)", NULL,
	}, {
		{ "apache2", "httpd" }, SERVER_TCP, "Apache httpd",
		"Listen %u",
		"On Linux, Listen [::]:%u takes IPv4 too, unless httpd was built with "
		"--disable-v4-mapped.",
	}, {
		{ "haproxy" }, SERVER_TCP, "HAProxy", "bind :::%u v4v6", NULL,
	}, {
		{ "systemd" }, SERVER_TCP, "a systemd socket unit",
		"ListenStream=%u with BindIPv6Only=both",
		"The service that it starts inherits the socket as it is.",
	}, {
		{ "systemd" }, SERVER_UDP, "a systemd socket unit",
		"ListenDatagram=%u with BindIPv6Only=both",
		"The service that it starts inherits the socket as it is.",
	}, {
		{ "sshd" }, SERVER_TCP, "sshd_config", "AddressFamily any",
		"sshd opens one socket a family and always sets IPV6_V6ONLY on the IPv6 one.",
	}, {
		{ "java" }, SERVER_TCP | SERVER_UDP, "Java",
		"bind to the default address (::), without preferIPv4Stack",
		"Java has no switch for IPV6_V6ONLY.",
	}, {
		{ "node", "nodejs", "MainThread" }, SERVER_TCP, "Node.js",
		"server.listen({ port: %u, host: '::' })", NULL,
	}, {
		{ "unbound" }, SERVER_TCP | SERVER_UDP, "unbound.conf",
		"interface: 0.0.0.0@%u and interface: ::0@%u", NULL,
	}, {
		{ "master" }, SERVER_TCP, "Postfix main.cf", "inet_protocols = all",
		"inet_interfaces says on which addresses.",
	}, {
		{ "exim4", "exim" }, SERVER_TCP, "Exim",
		"local_interfaces = <; 0.0.0.0 ; ::0", NULL,
	}, {
		{ "postgres" }, SERVER_TCP, "postgresql.conf", "listen_addresses = '*'", NULL,
	}, {
		{ "mysqld", "mariadbd" }, SERVER_TCP, "MySQL, MariaDB", "bind_address = ::", NULL,
	}, {
		{ "vsftpd" }, SERVER_TCP, "vsftpd.conf", "listen_ipv6=YES", NULL,
	}, {
		{ "redis-server" }, SERVER_TCP, "redis.conf", "bind 0.0.0.0 ::", NULL,
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

static const struct server *by_name(const char *name, const struct row *r)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(servers); i++)
		if (servers[i].protos & 1 << r->l4 && named(&servers[i], name))
			return &servers[i];
	return NULL;
}

/* The name of a process's program file, which does not change, unlike the name of a thread. */
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

	for (i = 0; i < r->n_owners && i < 8; i++) {
		const struct owner *o = &r->owners[i];

		if (o->pid == 1 || !strcmp(o->comm, "systemd")) {
			holder = by_name("systemd", r);
			continue;
		}
		s = by_name(o->comm, r);
		s = s ? s : by_name(program(o->pid), r);
		if (s && !holder)
			break;
	}
	/* if systemd opened the socket, its unit decides, not a service that inherited it */
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

static bool held_by_systemd(const struct row *r)
{
	uint32_t i;

	for (i = 0; i < r->n_owners; i++)
		if (r->owners[i].pid == 1 && !strcmp(r->owners[i].comm, "systemd"))
			return true;
	return false;
}

/* "80", "0.0.0.0:80", "[::]:80": does the value of a Listen...= line end in the port? */
static bool names_port(const char *value, uint16_t port)
{
	const char *colon = strrchr(value, ':');
	uint64_t n;

	value = colon ? colon + 1 : value;
	return parse_u64(value, strcspn(value, " \t\r\n"), 65535, &n) && n == port;
}

static bool file_names_port(const char *path, const struct row *r)
{
	const char *key = r->l4 == L4_TCP ? "ListenStream=" : "ListenDatagram=";
	FILE *file = fopen(path, "re");
	bool found = false;
	char line[512];

	while (file && !found && fgets(line, sizeof(line), file)) {
		const char *at = line + strspn(line, " \t");

		found = !strncmp(at, key, strlen(key)) && names_port(at + strlen(key), r->port);
	}
	if (file)
		fclose(file);
	return found;
}

/* DIR/NAME.socket and the drop-ins DIR/NAME.socket.d/any.conf. */
static void scan_units(const char *dir, const struct row *r, struct str *units)
{
	static const char *const patterns[] = { "%s/*.socket", "%s/*.socket.d/*.conf" };
	const char *unit, *end;
	size_t i, k;
	glob_t g;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct str pattern = { 0 };

		str_addf(&pattern, patterns[i], dir);
		if (!glob(pattern.s, 0, NULL, &g)) {
			for (k = 0; k < g.gl_pathc; k++) {
				if (!file_names_port(g.gl_pathv[k], r))
					continue;
				unit = g.gl_pathv[k] + strlen(dir) + 1;
				end = strstr(unit, ".socket") + strlen(".socket");
				str_adds(units, units->len ? ", " : "");
				str_add(units, unit, end - unit);
			}
			globfree(&g);
		}
		str_free(&pattern);
	}
}

void server_unit(const struct row *r, struct lines *out)
{
	static const char *const dirs[] = {
		"/etc/systemd/system", "/run/systemd/system", "/run/systemd/transient",
		"/run/systemd/generator", "/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system",
	};
	struct str units = { 0 }, safe = { 0 };
	size_t i;

	if (!held_by_systemd(r))
		return;
	str_reset(&units);
	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *dir = xstrdup(sys_path("%s", dirs[i]));

		scan_units(dir, r, &units);
		free((char *)dir);
	}
	str_reset(&safe);
	escape(&safe, units.s, ESC_TABLE);
	if (units.len)
		lines_addf(out, "By the unit files, the socket unit is %s.", safe.s);
	else
		lines_addf(out, "systemctl list-sockets names the unit.");
	str_free(&units);
	str_free(&safe);
}
