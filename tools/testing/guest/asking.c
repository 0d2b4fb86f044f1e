// SPDX-License-Identifier: GPL-2.0-only
/* Tests of /proc/net/dualstack_ask: the file, and the holders of a port in each state. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

#define ASK	"/proc/net/dualstack_ask"
#define PORT	7000
#define CROWD	600	/* children: more than a question visits under the lock */
#define ADDRESSES	400	/* addresses: likewise, for each protocol */

static int open_ask(void)
{
	int fd = open(ASK, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		give_up("open of " ASK);
	return fd;
}

static bool ask(int fd, const char *question)
{
	return write(fd, question, strlen(question)) == (ssize_t)strlen(question);
}

/* The answer to a question, with runs of blanks squeezed. */
static char *answer_to(const char *question)
{
	int fd = open_ask();
	char *text;

	if (!ask(fd, question))
		give_up("question '%s'", question);
	text = table_read(fd, 4096);
	close(fd);
	return squeeze(text);
}

static bool says(const char *text, const char *line)
{
	if (strstr(text, line))
		return true;
	ktap_note("no '%s' in:", line);
	printf("%s", text);
	return false;
}

static int bound(const char *proto, const char *addr, int port)
{
	return must_open("%s %s port=%d nolisten", proto, addr, port);
}

static int listening(const char *addr, int port)
{
	return must_open("tcp4 %s port=%d backlog=1024", addr, port);
}

static int connected_to(const char *addr, int port)
{
	return must_open("tcp4 - connect=%s port=%d", addr, port);
}

static bool is_a_stream(struct world *w)
{
	struct stat st;
	char byte;
	int fd = open_ask();
	bool ok;

	(void)w;
	ok = expect(!fstat(fd, &st) && (st.st_mode & 0777) == 0666, "mode 0666");
	ok = expect(!read(fd, &byte, 1), "no answer before a question") && ok;
	ok = expect(lseek(fd, 0, SEEK_SET) == -1 && errno == ESPIPE, "no lseek") && ok;
	ok = expect(pread(fd, &byte, 1, 0) == -1 && errno == ESPIPE, "no pread") && ok;
	close(fd);
	fd = open(ASK, O_RDONLY);
	return expect(fd >= 0 && !ask(fd, "holders tcp 1"), "not asked where not writable") && ok;
}

static bool in_pieces(struct world *w)
{
	const char *question = "holders tcp 7000\n";
	int fd = open_ask();
	char *whole, *bytes;
	bool ok;

	(void)w;
	listening("127.0.0.1", PORT);
	listening("127.0.0.2", PORT);
	ask(fd, question);
	whole = table_read(fd, 4096);
	ask(fd, question);
	bytes = table_read(fd, 1);
	ok = expect(!strcmp(whole, bytes), "a byte at a time it is the same");
	ok = expect(strlen(whole) > 100 && strchr(whole, '\n'), "it is an answer") && ok;
	ok = expect(read(fd, bytes, 1) == 0, "and then nothing") && ok;
	return ok;
}

static bool asked_anew(struct world *w)
{
	char part[8];
	int fd = open_ask();
	char *text;
	bool ok;

	(void)w;
	listening("127.0.0.1", PORT);
	ok = expect(ask(fd, "holders tcp 7000") && read(fd, part, 8) == 8, "a part is read");
	ok = expect(ask(fd, "holders udp 9"), "another question") && ok;
	text = table_read(fd, 512);
	ok = expect(!strncmp(text, "state ", 6) && !strstr(text, "listen"), "its answer") && ok;
	ok = expect(ask(fd, "holders tcp 7000"), "a question whose answer is not read") && ok;
	errno = 0;
	ok = expect(!ask(fd, "whatever") && errno == EINVAL, "one that is none") && ok;
	return expect(!read(fd, part, 8), "leaves no answer") && ok;
}

static bool refused(struct world *w)
{
	static const char * const bad[] = {
		"holders tcp 7000\nholders tcp 7001\n", "holders tcp 0", "holders tcp 65536", "\n",
		"holders sctp 7000", "holders tcp 7000 address=nowhere", "holders tcp 7000 x=y",
	};
	static char large[70000];
	void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open_ask();
	bool ok = true;
	size_t i;

	(void)w;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		errno = 0;
		ok = expect(!ask(fd, bad[i]) && errno == EINVAL, bad[i]) && ok;
	}
	memset(large, ' ', sizeof(large));
	memcpy(large, "holders tcp 7000", 16);
	ok = expect(write(fd, large, sizeof(large)) < 0 && errno == EINVAL, "70,000 bytes") && ok;
	ok = expect(write(fd, nowhere, 20) < 0 && errno == EFAULT, "from nowhere") && ok;
	return expect(ask(fd, "holders tcp 7000"), "and asks on") && ok;
}

/* Random bytes: a write succeeds or fails with EINVAL. */
static bool random_writes(struct world *w)
{
	static const char * const words[] = {
		"holders", "who", "tcp", "udp", " ", " ", " ", "80", "65535", "address=", "::1",
		"127.0.0.1", "\n", "dev=", "from=", "fromport=", "fe80::1", "%", "0", "99999999999",
	};
	char text[400], got[512];
	int fd = open_ask(), i, answers = 0;
	size_t len, n;

	(void)w;
	srandom(7);
	for (i = 0; i < 20000; i++) {
		/* half of them begin with a valid question */
		len = random() % 2 ? 0 : sprintf(text, "holders tcp 80");
		for (n = random() % 12; n; n--)
			len += snprintf(text + len, 30, "%s",
					words[random() % (sizeof(words) / sizeof(*words))]);
		if (len && !(random() % 3))
			text[random() % len] = random();
		errno = 0;
		if (write(fd, text, len) < 0 && errno != EINVAL)
			return expect(false, "a random question");
		answers += read(fd, got, sizeof(got)) > 0;
	}
	return expect(answers, "some of them were questions");
}

static bool every_state(struct world *w)
{
	int server, client, child, udp;
	bool ok = true;

	(void)w;
	ok = says(answer_to("holders tcp 7000"), "state uid inode v6only dev address\n") && ok;
	bound("tcp4", "127.0.0.1", PORT);
	ok = says(answer_to("holders tcp 7000"), "bound 0 ") && ok;
	server = listening("127.0.0.1", PORT + 1);
	ok = says(answer_to("holders tcp 7001"), "listen 0 ") && ok;
	client = connected_to("127.0.0.1", PORT + 1);
	child = accept(server, NULL, NULL);
	close(server);
	ok = says(answer_to("holders tcp 7001"), "connected 0 ") && ok;
	ok = says(answer_to("holders tcp 7001"), " peer=127.0.0.1:") && ok;
	shutdown(child, SHUT_WR);
	ok = says(answer_to("holders tcp 7001"), "closing 0 ") && ok;
	close(client);
	close(child);
	ok = says(answer_to("holders tcp 7001"), "timewait - - - - 127.0.0.1 ") && ok;
	ok = says(answer_to("holders tcp 7001"), " expires=60\n") && ok;
	udp = bound("udp4", "127.0.0.1", PORT + 2);
	ok = says(answer_to("holders udp 7002"), "udp 0 ") && ok;
	if (!connect_to(udp, "127.0.0.1", PORT + 3))
		give_up("connect");
	ok = says(answer_to("holders udp 7002"), "udp-connected 0 ") && ok;
	return says(answer_to("holders udp 7002"), " peer=127.0.0.1:7003\n") && ok;
}

/* Many children: one line with count= and an `unseen` line; the listener is still shown. */
static bool many_children(struct world *w)
{
	int server, i;
	char *text;
	bool ok;

	(void)w;
	server = listening("127.0.0.1", PORT);
	for (i = 0; i < CROWD; i++)
		connected_to("127.0.0.1", PORT);
	text = answer_to("holders tcp 7000");
	ok = says(text, "address\nlisten 0 ");
	ok = says(text, " count=") && ok;
	ok = says(text, "\nunseen ") && ok;
	/* no child has this address; a kernel that finds holders by address visits none */
	text = answer_to("holders tcp 7000 address=127.0.0.9");
	if (strstr(text, "byaddress=1"))
		ok = expect(!strstr(text, "unseen") && !strstr(text, "listen"),
			    "nothing is hidden at another address") && ok;
	for (i = 0; i < CROWD; i++)
		close(accept(server, NULL, NULL));
	return ok;
}

/* More addresses than a question visits: it says so; a question about one address is exact. */
static bool many_addresses(struct world *w)
{
	char addr[20], *text;
	bool ok;
	int i;

	(void)w;
	for (i = 0; i < ADDRESSES; i++) {
		snprintf(addr, sizeof(addr), "127.0.%d.%d", 1 + i / 200, 1 + i % 200);
		bound("tcp4", addr, PORT);
		bound("udp4", addr, PORT);
	}
	ok = says(answer_to("holders tcp 7000"), "\nunseen ");
	ok = says(answer_to("holders udp 7000"), "\nunseen ") && ok;
	text = answer_to("holders tcp 7000 address=127.0.2.7");
	if (strstr(text, "byaddress=1"))
		ok = says(text, "\nbound 0 ") && says(text, " 127.0.2.7\n") &&
		     expect(!strstr(text, "unseen"), "an address is looked at alone") && ok;
	return ok;
}

static bool elsewhere(struct world *w)
{
	int fd = open_ask();
	char *text;
	bool ok;

	bound("tcp4", "127.0.0.1", PORT);
	world_enter(w->other);
	/* an open file answers for the namespace in which it was opened */
	ask(fd, "holders tcp 7000");
	ok = says(table_read(fd, 100), "bound ");
	text = answer_to("holders tcp 7000");
	ok = expect(!strstr(text, "bound") && !strstr(text, "bucket"), "not in the other") && ok;
	world_enter(w->home);
	return ok;
}

static bool without_privilege(struct world *w)
{
	int status;
	pid_t pid;

	(void)w;
	bound("tcp4", "127.0.0.1", PORT);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (setgid(1000) || setuid(1000))
			_exit(2);
		_exit(!says(answer_to("holders tcp 7000"), "bound 0 "));
	}
	return waitpid(pid, &status, 0) == pid && !status;
}

/* Run `dualstack check` of each SPEC: those before NULL must be true, those after it false. */
static bool free_is(const char * const *spec)
{
	char command[200];
	int want = 0, status;
	bool ok = true;

	for (; *spec || !want; spec++) {
		if (!*spec) {
			want = 1;
			continue;
		}
		snprintf(command, sizeof(command), "dualstack check '%s' >/tmp/said", *spec);
		status = system(command);
		if (status != want << 8) {
			ktap_note("%s: exit status %d, not %d", *spec, status >> 8, want);
			ok = false;
		}
	}
	return ok;
}

#define FREE_IS(...)	free_is((const char * const []){ __VA_ARGS__, NULL })

static bool free_by_address(struct world *w)
{
	bool ok;

	(void)w;
	listening("127.0.0.53", 53);
	bound("udp4", "127.0.0.53", 53);
	listening("0.0.0.0", 80);
	must_open("tcp6 ::1 port=81 v6only=0 nolisten");
	must_open("tcp6 :: port=82 v6only=1 nolisten");
	ok = FREE_IS("tcp/127.0.0.1:53=free", "tcp/192.0.2.1:53=free", "udp/127.0.0.1:53=free",
		     "tcp/53=free:v6only", NULL,
		     "tcp/0.0.0.0:53=free", "tcp/[::]:53=free", "tcp/53=free",
		     "udp/0.0.0.0:53=free", "udp/[::]:53=free", "tcp/127.0.0.53:53=free");
	ok = FREE_IS("tcp/[::1]:80=free", "tcp/[::]:80=free:v6only", NULL,
		     "tcp/[::]:80=free", "tcp/80=free", "tcp/127.0.0.1:80=free") && ok;
	ok = FREE_IS("tcp/0.0.0.0:81=free", "tcp/127.0.0.1:81=free", NULL,
		     "tcp/[::]:81=free", "tcp/81=free:v6only") && ok;
	return FREE_IS("tcp/0.0.0.0:82=free", NULL, "tcp/82=free", "tcp/[::1]:82=free") && ok;
}

/* Sockets that hold a port but have no row. */
static bool free_beside_no_listener(struct world *w)
{
	int server, client, child, udp;
	bool ok;

	(void)w;
	close(must_open("tcp6 :: port=%d v6only=0 nolisten", PORT));
	ok = FREE_IS("tcp/7000=free", NULL);
	must_open("tcp6 :: port=%d v6only=0 nolisten", PORT);
	ok = FREE_IS(NULL, "tcp/7000=free", "tcp/127.0.0.1:7000=free") && ok;
	shutdown(listening("127.0.0.1", PORT + 1), SHUT_RD);
	ok = FREE_IS(NULL, "tcp/7001=free", "tcp/127.0.0.1:7001=free") && ok;
	server = listening("127.0.0.1", PORT + 9);
	client = bound("tcp4", "127.0.0.1", PORT + 2);
	if (!connect_to(client, "127.0.0.1", PORT + 9))
		give_up("connect");
	ok = FREE_IS("tcp/127.0.0.2:7002=free", NULL, "tcp/127.0.0.1:7002=free") && ok;
	child = accept(server, NULL, NULL);
	close(server);
	close(child);
	close(client);
	ok = FREE_IS("tcp/127.0.0.2:7009=free", NULL, "tcp/7009=free",
		     "tcp/7009=free:reuseaddr") && ok;
	udp = bound("udp4", "127.0.0.1", PORT + 3);
	if (!connect_to(udp, "127.0.0.1", PORT + 9))
		give_up("connect");
	return FREE_IS("udp/7004=free", NULL, "udp/7003=free", "udp/0.0.0.0:7003=free") && ok;
}

/* The line names the state, and the process that has the socket. */
static bool free_says_who(struct world *w)
{
	char said[400] = "";
	FILE *f;

	(void)w;
	bound("tcp4", "127.0.0.1", PORT);
	if (system("dualstack check tcp/7000=free >/tmp/said") != 1 << 8)
		return false;
	f = fopen("/tmp/said", "re");
	if (!f || !fgets(said, sizeof(said), f))
		give_up("/tmp/said");
	fclose(f);
	return says(said, "taken for IPv4 by a socket that is bound, but does not listen, on "
		    "127.0.0.1:7000 of cases(");
}

#define LINKS \
	"ip link add e0 type dummy && ip addr add 192.0.2.1/24 brd + dev e0 && " \
	"ip link set e0 up && ip -6 addr add fe80::77/64 dev e0 nodad && " \
	"ip link add e1 type dummy && ip addr add 198.51.100.1/24 dev e1 && ip link set e1 up"

/* An address belongs to a device: verdicts about other devices do not count. */
static bool served_by_address(struct world *w)
{
	bool ok;

	run(LINKS);
	sock_make(w, "tcp4 0.0.0.0 port=80 dev=e0");
	sock_make(w, "tcp6 :: port=81 dev=e0 v6only=0");
	sock_make(w, "tcp6 :: port=82 v6only=1");
	sock_make(w, "udp4 0.0.0.0 port=67 reuseaddr");
	ok = FREE_IS("tcp/192.0.2.1:80=4", "tcp/[fe80::77%e0]:81=6", "tcp/192.0.2.1:81=4",
		     "tcp/[fe80::77]:82=6", "tcp/[fe80::77%e0]:82=6", "tcp/[::1]:82=6",
		     "udp/255.255.255.255:67=4", "udp/192.0.2.255:67=4", NULL,
		     "tcp/127.0.0.1:80=4", "tcp/198.51.100.1:80=4", "tcp/[::1]:81=6",
		     "tcp/127.0.0.1:81=4", "tcp/[fe80::99]:82=6", "tcp/[fe80::77%lo]:82=6",
		     "tcp/127.0.0.1:82=4", "udp/239.1.1.1:67=4", "tcp/203.0.113.1:82=4");
	/* `dev` is the device at which the packet arrives; no socket gets it from e1 */
	ok = expect(!system("dualstack who tcp/192.0.2.1:80 dev e0 >/tmp/said"), "who: 0") && ok;
	ok = expect(system("dualstack who tcp/192.0.2.1:80 dev e1 >/tmp/said") == 1 << 8,
		    "who: 1") && ok;
	ok = expect(system("dualstack who tcp/127.0.0.1:80 dev none 2>/tmp/said") == 5 << 8,
		    "who: 5") && ok;
	/* the question's file is read-only: the result is unknown, whatever the rows say */
	run("mount -o bind /proc /proc && mount -o remount,bind,ro /proc /proc");
	ok = expect(system("dualstack check tcp/192.0.2.1:80=4 >/tmp/said") == 3 << 8,
		    "check: 3") && ok;
	run("umount /proc");
	return ok;
}

/* The line names all processes that get a copy. */
static bool who_names(struct world *w)
{
	char said[400] = "";
	FILE *f;

	sock_make(w, "udp4 0.0.0.0 port=5353 reuseaddr");
	sock_make(w, "udp4 0.0.0.0 port=5353 reuseaddr");
	run(LINKS);
	if (system("dualstack who udp/224.0.0.1:5353 dev e0 >/tmp/said"))
		return false;
	f = fopen("/tmp/said", "re");
	if (!f || !fgets(said, sizeof(said), f))
		give_up("/tmp/said");
	fclose(f);
	return says(said, "at e0 a copy each get cases(") && says(said, ", cases(");
}

const struct deed deeds_asking[] = {
	{ "it is a stream", is_a_stream },
	{ "an answer in pieces", in_pieces },
	{ "another question", asked_anew },
	{ "what is no question", refused },
	{ "random questions", random_writes },
	{ "every state", every_state },
	{ "many children", many_children },
	{ "many addresses", many_addresses },
	{ "of the namespace of the open file", elsewhere },
	{ "anybody may ask", without_privilege },
	{ "free: by address", free_by_address },
	{ "free: beside holders that do not listen", free_beside_no_listener },
	{ "free: who has it", free_says_who },
	{ "check: an address at its device", served_by_address },
	{ "who: a copy each", who_names },
	{ NULL, NULL }
};
