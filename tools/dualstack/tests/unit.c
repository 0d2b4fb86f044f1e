// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of the parts that read no system files. Prints KTAP. */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "../cgroup.h"
#include "../columns.h"
#include "../container.h"
#include "../facts.h"
#include "../fold.h"
#include "../free.h"
#include "../out.h"
#include "../owners.h"
#include "../select.h"
#include "../serve.h"
#include "../table.h"
#include "../fail.h"

static unsigned int number, failed;

static void is(const char *what, const char *got, const char *want)
{
	bool ok = !strcmp(got, want);

	failed += !ok;
	if (!ok)
		printf("  # got:  %s\n  # want: %s\n", got, want);
	printf("  %s %u %s\n", ok ? "ok" : "not ok", ++number, what);
}

static void unit_is(const char *path, const char *want)
{
	struct str unit = { 0 };

	is(path, unit_of_path(path, &unit) ? unit.s : "none", want);
	str_free(&unit);
}

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void units(void)
{
	unit_is("/system.slice/nginx.service", "nginx.service");
	unit_is("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service");
	unit_is("/user.slice/user-0.slice/session-3.scope", "session-3.scope");
	unit_is("/system.slice/docker-" HEX64 ".scope", "docker:0123456789ab");
	unit_is("/docker/" HEX64, "docker:0123456789ab");
	unit_is("/machine.slice/libpod-" HEX64 ".scope/container", "libpod:0123456789ab");
	unit_is("/kubepods.slice/kubepods-pod1.slice/cri-containerd-" HEX64 ".scope",
		"cri-containerd:0123456789ab");
	unit_is("/kubepods/besteffort/pod1/" HEX64, "container:0123456789ab");
	unit_is("/lxc.payload.web/system.slice/sshd.service", "lxc:web");
	unit_is("/machine.slice/machine-deb.scope/payload", "machine:deb");
	unit_is("/", "none");
	unit_is("/init", "none");
}

static void container_is(const char *path, const char *want)
{
	struct container_path p;
	struct str got = { 0 };

	container_path_parse(path, &p);
	str_reset(&got);
	str_addf(&got, "%.12s %s", *p.id ? p.id : "-", *p.pod_uid ? p.pod_uid : "-");
	if (p.rootless)
		str_addf(&got, " %u", p.user);
	is(path, got.s, want);
	str_free(&got);
}

#define UID "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
#define UID_ "0a1b2c3d_0a1b_0a1b_0a1b_0a1b2c3d4e5f"

static void container_paths(void)
{
	container_is("/system.slice/nginx.service", "- -");
	container_is("/system.slice/docker-" HEX64 ".scope", "0123456789ab -");
	container_is("/docker/" HEX64 "/system.slice/a.service", "0123456789ab -");
	container_is("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" HEX64
		     ".scope/container", "0123456789ab - 1000");
	container_is("/user.slice/user-0.slice/libpod-" HEX64 ".scope", "0123456789ab -");
	container_is("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
		     ".slice/cri-containerd-" HEX64 ".scope", "0123456789ab " UID);
	container_is("/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" HEX64 ".scope",
		     "0123456789ab " UID);
	container_is("/kubepods/besteffort/pod" UID "/" HEX64, "0123456789ab " UID);
	container_is("/kubepods/pod0123456789abcdef0123456789abcdef",
		     "- 0123456789abcdef0123456789abcdef");
	container_is("/kubepods/podcast-of-a-length-that-fits-a-uid!", "- -");
	container_is("/kubepods.slice", "- -");
	container_is("/" HEX64 "0", "- -");
	container_is("", "- -");
}

#define HOLDERS "state uid inode v6only dev address\n"

/* Checks the text about a port that a bind() with an option can't get. */
static void refusal_is(const char *holder, bool reuseport, const char *want)
{
	struct freed r = {
		.answer = ANSWER_NO, .port = 80,
		.binder = { .proto = DS_TCP, .uid = 5, .inet6 = true, .reuseport = reuseport,
			    .reuseaddr = !reuseport },
	};
	char *text = xmalloc(strlen(HOLDERS) + strlen(holder) + 1);
	struct str got = { 0 };
	struct fail f = { 0 };

	strcpy(stpcpy(text, HOLDERS), holder);
	str_reset(&got);
	if (!holders_parse(&r.holders, text, &f))
		str_adds(&got, f.text);
	else if (holders_judge(&r.holders, &r.binder, &r.in_the_way) == FREE_NO)
		free_put(&got, &r);
	is(holder, strstr(got.s, ", w") ? strstr(got.s, ", w") : strstr(got.s, ", b") ?
	   strstr(got.s, ", b") : got.s, want);
	str_free(&got);
	freed_end(&r);
	free(text);
}

static void refusals(void)
{
	refusal_is("listen 5 7 0 - :: reuseaddr=1", true, ", which has no SO_REUSEPORT");
	refusal_is("listen 6 7 0 - :: reuseport=1", true,
		   ", whose SO_REUSEPORT is for sockets of user 6");
	refusal_is("listen 5 7 0 - :: reuseport=1", true, "");
	refusal_is("listen 5 7 0 - :: reuseport=1", false, ", which has no SO_REUSEADDR");
	refusal_is("listen 5 7 0 - :: reuseaddr=1", false,
		   ", beside which SO_REUSEADDR lets nobody listen");
}

/*
 * Checks a bind() to a TCP port beside one holder from sock_diag, which does not show SO_REUSEADDR
 * and SO_REUSEPORT, nor the holder's bucket if there are VRFs, nor IPV6_V6ONLY of a connection.
 */
static void diag_says(const char *what, struct holding holder, struct ds_binder binder,
		      enum free_answer want)
{
	static const char * const answers[] = { "free", "taken", "not known" };
	struct holders h = { .list = &holder, .n = 1, .from_diag = true };
	const struct holding *held;

	binder.proto = DS_TCP;
	holder.unsure |= UNSURE_REUSEADDR | UNSURE_REUSEPORT;
	is(what, answers[holders_judge(&h, &binder, &held)], answers[want]);
}

static void unsure_holders(void)
{
	const struct ds_binder dual = { .inet6 = true }, reuse = { .inet6 = true,
		.reuseaddr = true }, vrf = { .inet6 = true, .ifindex = 3, .l3mdev = 3 };
	const struct ds_binder v4 = { .addr.s6_addr = { [10] = 0xff, [11] = 0xff } };
	struct holding h = { .rule = { .inet6 = true, .state = DS_HOLDER_OTHER } };

	diag_says("beside ::, dual", h, dual, FREE_NO);
	diag_says("beside ::, IPv4", h, v4, FREE_NO);
	diag_says("beside ::, reuseaddr", h, reuse, FREE_UNKNOWN);
	h.rule.state = DS_HOLDER_LISTENS;
	diag_says("beside a listener, reuseaddr", h, reuse, FREE_NO);
	h.rule.v6only = true;
	diag_says("beside :: of IPv6 alone, IPv4", h, v4, FREE_YES);
	h.unsure = UNSURE_V6ONLY;
	diag_says("beside a connection on ::, IPv4", h, v4, FREE_UNKNOWN);
	h = (struct holding){ .rule.inet6 = true, .unsure = UNSURE_L3MDEV };
	diag_says("beside one of no device", h, dual, FREE_NO);
	diag_says("in a VRF, beside one of no device", h, vrf, FREE_UNKNOWN);
	h.rule.ifindex = 3;
	h.rule.l3mdev = 3;
	diag_says("beside one in a VRF", h, dual, FREE_UNKNOWN);
}

static void row_is(const char *what, const struct facts *facts, const char *line,
		   const char *want)
{
	struct str text = { 0 }, got = { 0 };
	struct table t = { 0 };
	struct fail f = { 0 };
	struct parser p;

	str_addf(&text, "proto port v4 v6 v6only uid inode dev address\n%s\n", line);
	str_reset(&got);
	parser_init(&p, &t, "text");
	if (!parser_feed(&p, text.s, text.len, &f) || !parser_end(&p, &f))
		str_adds(&got, f.text);
	t.numeric = true;
	if (t.n) {
		put_down(&got, facts, &t.rows[0]);
		put_vrfs(&got, facts, &t.rows[0]);
		put_reuse(&got, facts, &t, &t.rows[0]);
	}
	is(what, got.s, want);
	parser_free(&p);
	table_free(&t);
	str_free(&text);
	str_free(&got);
}

/* lo, index 1, stands for a VRF, and for a device that is down. */
static void facts(void)
{
	struct ldev lo = { .index = 1, .vrf = 1, .table = 10 };
	struct laddr addr = { .len = 128, .dev = 1 };
	struct facts facts = { .has_local = true, .local = { .devs = &lo, .n_devs = 1 } };
	char holders[] = HOLDERS "udp 0 7 - - 0.0.0.0 reuseaddr=1\n"
			 "listen 5 8 0 - :: reuseport=1\n";
	struct fail f;

	facts.local.addrs[DS_V4] = &addr;
	facts.local.n_addrs[DS_V4] = 1;
	addr.addr.s6_addr[10] = 0xff;
	addr.addr.s6_addr[11] = 0xff;
	memcpy(&addr.addr.s6_addr[12], "\300\000\002\001", 4);
	facts.has_holders = holders_parse(&facts.holders, holders, &f);
	row_is("a VRF", &facts, "tcp4 80 yes - - 0 1 - 0.0.0.0",
	       "It takes nothing that comes in through a VRF (lo): net.ipv4.tcp_l3mdev_accept is "
	       "0, and it is not bound to one.");
	row_is("bound to it, and down", &facts, "tcp4 80 yes - - 0 1 lo 0.0.0.0",
	       "lo is down: nothing comes in there from outside.");
	facts.local.accept[DS_TCP] = true;
	facts.local.accept[DS_UDP] = true;
	row_is("TCP accepts from VRFs", &facts, "tcp4 80 yes - - 0 1 - 0.0.0.0", "");
	row_is("an address of a device that is down", &facts, "tcp4 80 yes - - 0 1 - 192.0.2.1",
	       "192.0.2.1 is an address of lo, which is down: only this host itself reaches it.");
	row_is("noaddr has its reason elsewhere", &facts, "tcp4 80 noaddr - - 0 1 - 192.0.2.1", "");
	row_is("another address", &facts, "tcp4 80 yes - - 0 1 - 192.0.2.2", "");
	row_is("a lone UDP socket that may be joined", &facts, "udp4 80 yes - - 0 7 - 0.0.0.0",
	       "SO_REUSEADDR is on: another socket with that option may bind the same address and "
	       "port, and would take its unicast packets.");
	row_is("a lone TCP socket that may be joined", &facts, "tcp46 80 yes yes 0 5 8 - ::",
	       "SO_REUSEPORT is on: another socket with that option, of user 5, may bind the same "
	       "address and port, and would share its clients.");
	row_is("one of a group", &facts, "tcp46 80 shared shared 0 5 8 - :: group=2", "");
	lo.table = 0;
	lo.flags = IFF_UP;
	row_is("a device that is up", &facts, "tcp4 80 yes - - 0 1 lo 0.0.0.0", "");
	facts.local.accept[DS_TCP] = false;
	row_is("no VRF", &facts, "tcp4 80 yes - - 0 1 - 0.0.0.0", "");
	holders_free(&facts.holders);
}

static void escape_is(const char *what, const char *text, enum escape how, const char *want)
{
	struct str out = { 0 };

	str_reset(&out);
	escape(&out, text, how);
	is(what, out.s, want);
	str_free(&out);
}

static void escapes(void)
{
	escape_is("a terminal's escape sequence", "a\033[2Jb", ESC_TABLE, "a\\x1b[2Jb");
	escape_is("UTF-8 as it is", "caf\303\251", ESC_TABLE, "caf\303\251");
	escape_is("a control character of 2 bytes", "\302\233m", ESC_TABLE, "\\xc2\\x9bm");
	escape_is("a byte alone", "\351t\351", ESC_TABLE, "\\xe9t\\xe9");
	escape_is("an overlong slash", "\300\257", ESC_TABLE, "\\xc0\\xaf");
	escape_is("a surrogate", "\355\240\200", ESC_TABLE, "\\xed\\xa0\\x80");
	escape_is("a character cut off", "\342\202", ESC_TABLE, "\\xe2\\x82");
	escape_is("a field with blanks", "a b\\", ESC_RAW, "a\\x20b\\x5c");
	escape_is("what a shell expands", "$(x)`y`\"", ESC_PAIRS, "\\x24(x)\\x60y\\x60\\x22");
	escape_is("JSON", "a\"b\\c\n", ESC_JSON, "a\\\"b\\\\c\\u000a");
	escape_is("JSON of a byte alone", "\351", ESC_JSON, "\\\\xe9");
	escape_is("text turned around", "\342\200\256a", ESC_TABLE, "\\xe2\\x80\\xaea");
	escape_is("the same in JSON", "\342\200\256a", ESC_JSON, "\\u202ea");
	escape_is("nothing to see", "\357\273\277", ESC_RAW, "\\xef\\xbb\\xbf");
}

/* Checks which of these rows a word selects; @want has their ports. */
static void word_is(const char *word, const char *want)
{
	static const char text[] =
		"proto port v4 v6 v6only uid inode dev address\n"
		"tcp4 1 yes - - 0 1 - 0.0.0.0\n"
		"tcp6 2 - yes 1 1 2 - ::1\n"
		"tcp46 3 shadowed yes 0 0 3 eth0 ::\n"
		"tcp6 4 yes - 0 0 4 - ::ffff:10.1.2.3\n"
		"udp4 5 noaddr - - 0 5 - 10.1.2.4\n"
		"udp46 65535 yes yes 0 0 6 - ::\n";
	struct selection s = { 0 };
	struct table t = { 0 };
	struct fail f = { 0 };
	struct str got = { 0 };
	struct parser p;
	size_t i;

	parser_init(&p, &t, "text");
	if (!parser_feed(&p, text, sizeof(text) - 1, &f) || !parser_end(&p, &f))
		is("table", f.text, "");
	parser_free(&p);
	str_reset(&got);
	if (!select_word(&s, word, &f))
		str_adds(&got, f.text);
	for (i = 0; !f.text[0] && i < t.n; i++)
		if (select_row(&s, &t.rows[i]))
			str_addf(&got, "%s%u", got.len ? " " : "", t.rows[i].port);
	is(word, got.s, want);
	str_free(&got);
	select_free(&s);
	table_free(&t);
}

#define PORTS ": 1 to 65535, as in 80, 22,80, :8000-8100, http or tcp/80"
#define ADDRESSES ": a number, as in 127.0.0.1:25 or [::1]:25"

static void words(void)
{
	word_is("1", "1");
	word_is("1,3,5-65535", "1 3 5 65535");
	word_is(":2-3", "2 3");
	word_is("tcp", "1 2 3 4");
	word_is("TCP6", "2 4");
	word_is("udp46", "65535");
	word_is("tcp/5", "");
	word_is("udp/5", "5");
	word_is("10.0.0.0/8", "4 5");
	word_is("::ffff:10.1.2.3", "4");
	word_is("10.1.2.3:4", "4");
	word_is("10.1.2.3:5", "");
	word_is("[::1]:2", "2");
	word_is("::1", "2");
	word_is("::/0", "2 3 4 65535");
	word_is("*:3", "3");
	word_is(":::65535", "65535");
	word_is(":::2", "");
	word_is(":::", "bad address ':::'" ADDRESSES);
	word_is(":::1:2", "bad port '1:2'" PORTS);
	word_is("v4=shadowed,noaddr", "3 5");
	word_is("v6=no", "1 4 5");
	word_is("dev=eth0", "3");
	word_is("user=1", "2");
	word_is("0", "bad port '0'" PORTS);
	word_is("65536", "bad port '65536'" PORTS);
	word_is("3-2", "bad port '3-2'" PORTS);
	word_is("1,", "bad list of ports ending in ','" PORTS);
	word_is("tcp/", "bad port ''" PORTS);
	word_is("1/tcp", "1");
	word_is("1/udp", "");
	word_is("0.0.0.0:1->80/tcp", "1");
	word_is(":::65535->53/udp", "65535");
	word_is("*%eth0:3", "3");
	word_is("*%eth1:3", "");
	word_is("[::]%eth0:3", "3");
	word_is("::%eth0", "3");
	word_is("[::%eth0]:3", "3");
	word_is("tcp:80", "bad word 'tcp:80': write tcp/80");
	word_is("tcp,udp", "bad list 'tcp,udp': protocols are words of their own: tcp udp");
	word_is("tcp/1=46", "did you mean: dualstack check tcp/1=46?");
	word_is("10.0.0.0/33", "bad prefix length in '10.0.0.0/33': as in 10.0.0.0/8 or "
		"2001:db8::/32");
	word_is("[::1", "bad address '[::1'" ADDRESSES);
	word_is("localhost:1", "bad address 'localhost:1': localhost is 127.0.0.1 and ::1: write "
		"one of them, as in 127.0.0.1:80 or [::1]:80");
	word_is("frobnicate", "bad word 'frobnicate': neither protocol nor service; try "
		"dualstack --help");
	word_is("color=red", "nothing to select by is called 'color'");
	word_is("v4=maybe", "bad verdict 'maybe': yes, shared, partial, shadowed, noaddr, no or ?");
	word_is("", "bad port ''" PORTS);
}

static void scope_is(const char *addr, const char *dev, const char *want)
{
	struct table t = { 0 };
	struct row r = { .dev = dev };

	r.addr = table_addr(&t, addr, strlen(addr));
	is(addr, scope_name(row_scope(&r)), want);
	table_free(&t);
}

static void scopes(void)
{
	scope_is("0.0.0.0", NULL, "global");
	scope_is("::", "lo", "host");
	scope_is("127.0.0.53", NULL, "host");
	scope_is("::ffff:127.0.0.1", NULL, "host");
	scope_is("::1", NULL, "host");
	scope_is("10.0.0.1", NULL, "global");
	scope_is("169.254.1.1", NULL, "link");
	scope_is("255.255.255.255", NULL, "link");
	scope_is("fe80::1", "eth0", "link");
	scope_is("ff02::1", NULL, "link");
	scope_is("ff05::2", NULL, "global");
	scope_is("fd00::1", NULL, "global");
}

/* The name of a process can't add an entry to the list of holders. */
static void forged(void)
{
	struct owner o = { .pid = 109, .comm = "(1),x(2)" };
	struct row r = { .owners = &o, .n_owners = 1 };
	struct str out = { 0 };

	process_text(&r, 3, ESC_TABLE, &out);
	is("a name with brackets", out.s, "\\x281\\x29\\x2cx\\x282\\x29(109)");
	str_free(&out);
}

static void owners(void)
{
	static const char text[] = "inode pid fd comm\n"
		"7 20 3 b c\n7 10 4 a\\040\\\\\\n\n7 10 5 a\n8 1 1 other\n";
	struct table t = { 0 };
	struct fail f = { 0 };
	struct row *r = table_add(&t);

	r->inode = 7;
	is("owners parse", owners_parse(&t, text, sizeof(text) - 1, "text", &f) ? "" : f.text, "");
	is("one owner a process", r->n_owners == 2 ? "2" : "other", "2");
	is("comm is unescaped", r->n_owners ? r->owners[0].comm : "", "a \\\n");
	is("comm keeps its blanks", r->n_owners > 1 ? r->owners[1].comm : "", "b c");
	is("a header of another kind", owners_parse(&t, "pid\n", 4, "text", &f) ? "taken" : f.text,
	   "text: line 1: not a line of owners");
	is("a broken line", owners_parse(&t, "inode pid fd comm\n7 x 1 a\n", 26, "text", &f) ?
	   "taken" : f.text, "text: line 2: not a line of owners");
	table_free(&t);
}

int main(void)
{
	printf("KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: reader-unit\n  1..131\n");
	units();
	container_paths();
	refusals();
	unsure_holders();
	facts();
	escapes();
	words();
	owners();
	scopes();
	forged();
	printf("%s 1 reader-unit\n", failed ? "not ok" : "ok");
	return !!failed;
}
