// SPDX-License-Identifier: GPL-2.0-only
/* Situations that people reported or asked about: what the reader must say, and what not. */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "guest.h"

#define SAID	"/tmp/said"
#define TEXT	16384

#define LINKS \
	"ip link add e0 type dummy && ip addr add 192.0.2.1/24 brd + dev e0 && " \
	"ip link set e0 up && ip -6 addr add fe80::77/64 dev e0 nodad && " \
	"ip link add e1 type dummy && ip addr add 198.51.100.1/24 dev e1 && ip link set e1 up"

#define VRF \
	LINKS " && ip link add mgmt type vrf table 100 && ip link set mgmt up && " \
	"ip link set e0 master mgmt && ip -6 addr add fd00::1/64 dev e0 nodad"

const struct report reports[] = {
	{
		.name = "a listener of one device",
		.setup = LINKS,
		.socks = { "tcp4 0.0.0.0 port=80 dev=e0", "tcp6 :: port=81 dev=e0 v6only=0" },
		.says = {
			{ "check tcp/192.0.2.1:80=4", 0 },
			{ "check tcp/127.0.0.1:80=4", 1 },
			{ "check tcp/198.51.100.1:80=4", 1 },
			{ "check tcp/[::1]:81=6", 1 },
		},
	}, {
		.name = "link-local addresses",
		.setup = LINKS,
		.socks = { "tcp6 :: port=80 v6only=0" },
		.says = {
			{ "check tcp/[fe80::77%e0]:80=6", 0 },
			{ "check tcp/[fe80::99]:80=6", 1 },
			{ "check tcp/[fe80::77%lo]:80=6", 1 },
		},
	}, {
		.name = "an address in a VRF",
		.setup = VRF,
		.socks = { "tcp4 0.0.0.0 port=22 dev=mgmt", "tcp6 :: port=23 dev=mgmt v6only=1",
			   "tcp4 0.0.0.0 port=24", "tcp6 :: port=25 v6only=1" },
		.says = {
			{ "check tcp/192.0.2.1:22=4", 0 },
			{ "check tcp/[fd00::1]:23=6", 0 },
			{ "check tcp/192.0.2.1:24=4", 1, .never = "not assigned" },
			{ "check tcp/[fd00::1]:25=6", 1, .never = "not assigned" },
		},
	}, {
		.name = "an address in a VRF, tcp_l3mdev_accept",
		.setup = VRF " && echo 1 >/proc/sys/net/ipv4/tcp_l3mdev_accept",
		.socks = { "tcp4 0.0.0.0 port=24", "tcp6 :: port=25 v6only=1" },
		.says = {
			{ "check tcp/192.0.2.1:24=4", 0 },
			{ "check tcp/[fd00::1]:25=6", 0 },
		},
	}, {
		.name = "multicast",
		.setup = LINKS,
		.socks = { "udp4 239.1.1.1 port=5000 join=239.1.1.1%e0", "udp4 239.1.1.2 port=5001",
			   "udp6 ff02::1:2%e0 port=547 join=ff02::1:2%e0" },
		.says = {
			{ "check udp/239.1.1.1:5000=4", 0 },
			{ "check udp/239.1.1.2:5001=4", 1 },
			{ "check udp/[ff02::1:2]:547=6", 0 },
		},
	}, {
		.name = "two processes in a group",
		.socks = { "tcp4 0.0.0.0 port=8090 reuseport name=ann",
			   "tcp4 0.0.0.0 port=8090 reuseport name=bob" },
		.says = {
			{ "explain tcp/8090", 0,
			  .line = "*IPv4 clients: shared by 2 sockets: *ann(*" },
			{ "explain tcp/8090", 0,
			  .line = "*IPv4 clients: shared by 2 sockets: *bob(*" },
		},
	}, {
		.name = "two of both families, one of IPv4",
		.socks = { "tcp6 :: port=8091 v6only=0 reuseport name=ann",
			   "tcp6 :: port=8091 v6only=0 reuseport name=bob",
			   "tcp4 0.0.0.0 port=8091 reuseport name=eve" },
		.says = {
			{ "explain tcp/8091", 0, .line = "*IPv4 clients: served by *eve(*" },
			{ "explain tcp/8091", 0,
			  .line = "*IPv6 clients: shared by 2 sockets: *ann(*" },
			{ "explain tcp/8091", 0,
			  .line = "*IPv6 clients: shared by 2 sockets: *bob(*" },
			{ "explain tcp/8091 | grep 'IPv4 clients'", 0, .never = "ann(" },
			{ "explain tcp/8091 | grep 'IPv6 clients'", 0, .never = "eve(" },
		},
	}, {
		.name = "who else gets the packets",
		.socks = { "udp4 0.0.0.0 port=5300 reuseaddr name=ann",
			   "udp4 0.0.0.0 port=5300 reuseaddr name=bob",
			   "udp4 127.0.0.5 port=5300 reuseaddr name=eve" },
		.says = {
			{ "explain udp/5300", 0, .text = "unicast packets: they go to eve(" },
			{ "explain udp/5300", 0, .text = "or to bob(" },
		},
	}, {
		.name = "two mDNS responders",
		.setup = LINKS,
		.socks = { "udp4 0.0.0.0 port=5353 reuseaddr join=224.0.0.251%e0 name=ann",
			   "udp4 0.0.0.0 port=5353 reuseaddr join=224.0.0.251%e0 name=bob" },
		.says = {
			{ "explain udp/5353", 0, .never = "but gets none",
			  .text = "It gets no unicast packets: they go to bob(" },
			{ "explain udp/5353", 0, .text = "broadcast datagrams still reach it",
			  .never = "Every packet" },
			{ "explain udp/5353", 0, .text = "It has joined 1 multicast group" },
			{ "who udp/224.0.0.251:5353 dev e0", 0, .text = "ann(" },
			{ "who udp/224.0.0.251:5353 dev e0", 0, .text = "bob(" },
		},
	}, {
		.name = "a DHCP client before it has an address",
		.setup = "ip link add e0 type dummy && ip link set e0 up",
		.socks = { "udp4 0.0.0.0 port=68 dev=e0 name=dhclient" },
		.says = {
			{ "explain udp/68", 0, .text = "No unicast packet can arrive",
			  .never = "No IPv4 packet" },
		},
	}, {
		.name = "an address that was never there",
		.setup = LINKS " && echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind",
		.socks = { "tcp4 192.0.2.100 port=443 name=haproxy" },
		.says = {
			{ "explain tcp/443", 0, .text = "192.0.2.100", .never = "it was removed" },
			{ "explain tcp/443", 0, .text = "ip_nonlocal_bind is 1" },
			{ "explain tcp/443 | grep 'IPv4 clients'", 0, .never = "refused" },
		},
	}, {
		.name = "lo is down",
		.setup = "ip link set lo down",
		.socks = { "tcp4 127.0.0.1 port=5432 name=postgres" },
		.says = {
			{ "explain tcp/5432", 0, .text = "lo is down", .never = "removed" },
		},
	}, {
		.name = "a tentative address",
		.setup = "ip link add ta type veth peer name tb && ip link set ta up && "
			 "ip -6 addr add 2001:db8::1/64 dev ta",
		.socks = { "tcp6 2001:db8::1 port=5433 freebind name=postgres" },
		.says = {
			{ "explain tcp/5433", 0, .text = "tentative", .never = "not assigned" },
		},
	}, {
		.name = "how ss shows a device",
		.setup = LINKS,
		.socks = { "udp4 0.0.0.0 port=67 dev=e0", "udp6 fe80::77%e0 port=53",
			   "tcp6 :: port=81 dev=e0 v6only=0" },
		.says = {
			{ "explain udp/67", 0, .text = "ss '0.0.0.0%e0:67'" },
			{ "explain udp/53", 0, .text = "ss '[fe80::77]%e0:53'" },
			{ "explain tcp/81", 0, .text = "ss '*%e0:81'" },
		},
	}, {
		.name = "its interface is gone",
		.setup = LINKS,
		.socks = { "udp4 0.0.0.0 port=67 dev=e0 name=dnsmasq" },
		.later = "ip link del e0",
		.says = {
			{ "explain udp/67", 0, .text = "is gone", .never = "assigned" },
		},
	}, {
		.name = "advice by protocol",
		.socks = { "udp4 0.0.0.0 port=67 name=dnsmasq",
			   "udp4 0.0.0.0 port=443 name=nginx" },
		.says = {
			{ "explain udp/67", 0, .text = "dnsmasq(", .never = "port=67" },
			{ "explain udp/443 | grep -v quic", 0, .never = "listen [::]:443" },
		},
	}, {
		.name = "a socket of the kernel",
		.setup = "ip link add vx type vxlan id 7 dstport 4789 && ip link set vx up",
		.says = {
			{ "explain udp/4789", 0, .text = "held by the kernel",
			  .never = "setsockopt" },
		},
	}, {
		.name = "a process that one may not see",
		.socks = { "tcp4 0.0.0.0 port=80 name=httpd" },
		.says = {
			{ "explain tcp/80", 0, .text = "httpd(" },
			{ "explain tcp/80", 0, .user = 1000, .text = "not visible without root",
			  .never = "the kernel" },
		},
	}, {
		.name = "an address has one server of several",
		.setup = LINKS,
		.socks = { "tcp4 0.0.0.0 port=4915 reuseport name=ann",
			   "tcp6 :: port=4915 v6only=1 reuseport name=ann",
			   "tcp6 ::1 port=4915 reuseport name=bob",
			   "udp4 0.0.0.0 port=123 reuseaddr name=ann",
			   "udp4 192.0.2.1 port=123 reuseaddr name=bob" },
		.says = {
			{ "explain 'tcp/[::1]:4915'", 0, .line = "*IPv6 clients*bob(*",
			  .never = "ann(" },
			{ "explain udp/192.0.2.1:123", 0, .line = "*IPv4 clients*bob(*",
			  .never = "ann(" },
		},
	}, {
		.name = "the other family is served elsewhere",
		.socks = { "tcp4 0.0.0.0 port=8080 name=node", "tcp4 127.0.0.1 port=5432" },
		.says = {
			{ "check 'tcp/[::1]:8080=6'", 1, .text = "0.0.0.0:8080" },
			{ "explain 'tcp/[::1]:8080'", 0, .text = "0.0.0.0:8080" },
			{ "explain tcp/5432", 0,
			  .line = "*IPv4 clients on this host only: served*" },
		},
	}, {
		.name = "a full accept queue",
		.socks = { "tcp4 127.0.0.1 port=8200 backlog=1 name=stuck" },
		.later = "for i in 1 2; do bash -c "
			 "'exec 3<>/dev/tcp/127.0.0.1/8200; sleep 60' >/dev/null 2>&1 & done; sleep 1",
		.says = {
			{ "explain tcp/8200", 0, .line = "*IPv4 clients*time out*" },
		},
	}, {
		.name = "a listener of MPTCP's path manager",
		.needs = "/proc/sys/net/mptcp/enabled",
		.setup = LINKS " && ip mptcp endpoint add 192.0.2.1 dev e0 port 8100 signal",
		.says = {
			{ "explain tcp/8100", 0, .text = "8100",
			  .never = "plain TCP clients are served" },
			{ "check tcp/192.0.2.1:8100=4", 1 },
		},
	}, {
		.name = "another user is told less than root, but nothing else",
		.setup = LINKS,
		.socks = {
			"tcp6 :: port=80 v6only=0 name=httpd", "tcp6 :: port=81 v6only=1 name=sshd",
			"tcp4 127.0.0.5 port=82 uid=1000 name=own", "tcp4 0.0.0.0 port=81 nolisten",
			"udp4 0.0.0.0 port=53 reuseaddr name=old", "udp4 0.0.0.0 port=53 reuseaddr",
			"udp4 0.0.0.0 port=5353 join=224.0.0.251%e0 name=mdns",
		},
		.later = "same-answers >&2",
		.says = { { "check tcp/80=46", 0 } },
	}, {
		.name = "all network namespaces without debugfs",
		.socks = { "tcp4 0.0.0.0 port=80" },
		.says = {
			{ "-V | unshare -n -m sh -c 'umount /sys/kernel/debug && "
			  "dualstack -AHo port'", 0, .line = "80" },
			{ "-V | unshare -n -m sh -c 'umount /sys/kernel/debug && "
			  "dualstack -A tcp/80'", 0, .text = "debugfs can't be read" },
			{ "-A tcp/80", 4, .user = 1000, .text = "cannot enter network namespace" },
		},
	},
	{ NULL }
};

/* Read the output: @text has its lines, @joined has them joined by single blanks. */
static void read_said(char *text, char *joined)
{
	FILE *f = fopen(SAID, "re");
	size_t i, n;

	if (!f)
		give_up(SAID);
	n = fread(text, 1, TEXT - 1, f);
	fclose(f);
	text[n] = '\0';
	for (i = 0, n = 0; text[i]; i++) {
		char c = text[i] == '\n' ? ' ' : text[i];

		if (c != ' ' || (n && joined[n - 1] != ' '))
			joined[n++] = c;
	}
	joined[n] = '\0';
}

static bool has_line(const char *text, const char *pattern)
{
	char *copy = strdup(text), *save, *line;
	bool found = false;

	for (line = strtok_r(copy, "\n", &save); line && !found; line = strtok_r(NULL, "\n", &save))
		found = !fnmatch(pattern, line, 0);
	free(copy);
	return found;
}

static bool complain(const struct said *s, const char *text, const char *what, const char *words)
{
	ktap_note("dualstack %s: %s '%s'", s->command, what, words);
	ktap_note("%s", text);
	return false;
}

static bool says(const struct said *s)
{
	static char text[TEXT], joined[TEXT];
	char command[300], as[80] = "";
	int status;

	if (s->user)
		snprintf(as, sizeof(as), "setpriv --reuid %d --clear-groups ", s->user);
	snprintf(command, sizeof(command), "%sdualstack %s >" SAID " 2>&1", as, s->command);
	if (strchr(s->command, '|'))
		snprintf(command, sizeof(command), "{ dualstack %s; } >" SAID " 2>&1", s->command);
	status = system(command);
	read_said(text, joined);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != s->status) {
		ktap_note("dualstack %s: exit status %d, not %d", s->command, WEXITSTATUS(status),
			  s->status);
		ktap_note("%s", joined);
		return false;
	}
	if (s->line && !has_line(text, s->line))
		return complain(s, joined, "no line is", s->line);
	if (s->text && !strstr(joined, s->text))
		return complain(s, joined, "it does not say", s->text);
	if (s->never && strstr(joined, s->never))
		return complain(s, joined, "it says", s->never);
	return true;
}

bool report_holds(struct world *w, const struct report *r)
{
	const char * const *sock;
	const struct said *s;
	bool ok = true;

	if (r->setup)
		run(r->setup);
	for (sock = r->socks; *sock; sock++)
		sock_make(w, *sock);
	if (r->later)
		run(r->later);
	for (s = r->says; s->command; s++)
		ok = says(s) && ok;
	return ok;
}
