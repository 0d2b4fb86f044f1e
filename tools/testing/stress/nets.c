// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces, devices and addresses come and go while tables are read. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "stress.h"

#define STANDING	200
#define TUNS		4
#define ENDS		5

/* Read a table whose namespace is only alive because of the open file, or is ending. */
static void read_left(int fd)
{
	size_t len;
	char *text = slurp_fd(fd, 4096, &len);

	if (!text)
		wrong("a file of a namespace that was left: errno %d", errno);
	else if (!table_is_sound(text, len, false))
		wrong("an unsound table of %zu bytes", len);
	free(text);
}

/* Enter a new namespace again and again, with sockets, and read the table of the previous one. */
static void wander(int number)
{
	int left = -1, fd[8];
	size_t i;

	while (!shared->stop) {
		if (unshare(CLONE_NEWNET)) {
			wrong("unshare: errno %d", errno);
			return;
		}
		loopback_up();
		for (i = 0; i < ARRAY_SIZE(fd); i++)
			fd[i] = make_socket(i & 1 ? SOCK_STREAM : SOCK_DGRAM,
					    i & 2 ? "::" : "0.0.0.0", 100 + i / 2, true);
		if (left >= 0) {
			read_left(left);
			close(left);
		}
		left = open(TABLE, O_RDONLY | O_CLOEXEC);
		if (left < 0)
			wrong("the table of a new namespace: errno %d", errno);
		for (i = 0; i < ARRAY_SIZE(fd); i++)
			if (fd[i] >= 0)
				close(fd[i]);
		/* one worker of four does not keep the file open */
		if (number % 4 == 3 && left >= 0) {
			close(left);
			left = -1;
		}
		atomic_fetch_add(&shared->deeds, 1);
	}
}

static const char *source;
static inode_fn *inode_of;

static void read_on(int number)
{
	size_t len;

	while (!shared->stop) {
		char *text = slurp(source, &len);

		if (!text) {
			wrong("reader %d: errno %d", number, errno);
			continue;
		}
		if (!table_is_sound(text, len, inode_of == inode_all))
			wrong("an unsound table of %zu bytes", len);
		oracle_check(text, inode_of);
		free(text);
		atomic_fetch_add(&shared->reads, 1);
	}
}

static bool result(const char *deed)
{
	ktap_note("%zu standing sockets, %lu tables, %lu %s: %lu lost, %lu doubled, %lu wrong",
		  oracle_size(), shared->reads, shared->deeds, deed, shared->lost, shared->doubled,
		  shared->wrong);
	return shared->reads && shared->deeds && !shared->lost && !shared->doubled &&
	       !shared->wrong;
}

static void stand(int *fd, int n)
{
	int i;

	oracle_clear();
	for (i = 0; i < n; i++) {
		fd[i] = make_socket(i & 1 ? SOCK_STREAM : SOCK_DGRAM, i & 2 ? "::" : "127.0.0.1",
				    7000 + i / 8, true);
		if (fd[i] < 0)
			wrong("standing socket %d: errno %d", i, errno);
		else
			oracle_add(fd[i]);
	}
}

static void sit(const int *fd, int n)
{
	while (n--)
		close(fd[n]);
}

static void look(void)
{
	size_t len;
	int fd = open(TABLE, O_RDONLY | O_CLOEXEC);

	free(slurp_fd(fd, 4096, &len));
	lseek(fd, 0, SEEK_SET);
	free(slurp_fd(fd, 4096, &len));
	free(slurp(TABLE, &len));
	free(slurp(SOCKETS, &len));
}

/* A process in its own namespace with a socket, until @go is closed. @looked: it reads tables. */
static void doomed(bool looked, int ready, int go)
{
	char byte;

	if (unshare(CLONE_NEWNET))
		_exit(1);
	loopback_up();
	make_socket(SOCK_DGRAM, "::", 53, false);
	if (looked)
		look();
	if (write(ready, "x", 1) != 1)
		_exit(1);
	_exit(read(go, &byte, 1) < 0);
}

/* Make a namespace with a veth that leads into it; its only process ends. */
static void make_and_leave(const char *veth, bool looked)
{
	int ready[2], go[2];
	char command[128], byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		return;
	pid = fork();
	if (!pid) {
		close(go[1]);
		doomed(looked, ready[1], go[0]);
	}
	close(ready[1]);
	close(go[0]);
	snprintf(command, sizeof(command), "ip link add %s type veth peer name x netns %d", veth,
		 pid);
	if (read(ready[0], &byte, 1) != 1 || system(command))
		wrong("no namespace to end");
	close(go[1]);
	close(ready[0]);
	waitpid(pid, NULL, 0);
}

static bool goes(const char *veth, double seconds)
{
	double end = now() + seconds;

	while (if_nametoindex(veth) && now() < end)
		usleep(100000);
	return !if_nametoindex(veth);
}

/*
 * A namespace whose tables were read has to end with its last process, and its veth with it. A
 * leaked reference would keep both forever. Namespaces end one after the other, and wander() left
 * thousands, so wait first for the end of one whose tables were not read.
 */
static void one_ends(int number)
{
	char looked[16], other[16];

	snprintf(looked, sizeof(looked), "looked%d", number);
	snprintf(other, sizeof(other), "other%d", number);
	make_and_leave(looked, true);
	make_and_leave(other, false);
	if (!goes(other, 900))
		wrong("no namespace ends");
	if (!goes(looked, 30))
		wrong("a namespace that was looked at does not end");
}

bool namespaces(const struct options *opt)
{
	int fd[STANDING], i;
	bool ok;

	crew_begin();
	stand(fd, STANDING);
	source = SOCKETS;
	inode_of = inode_all;
	for (i = 0; i < 4; i++)
		crew_start(wander, i);
	for (i = 0; i < 2; i++)
		crew_start(read_on, i);
	crew_wait(opt->seconds);
	ok = crew_stop();
	for (i = 0; i < ENDS && !shared->wrong; i++)
		one_ends(i);
	sit(fd, STANDING);
	return result("namespaces made and left") && ok;
}

/* A TUN device, which ends when its file is closed. */
static int make_tun(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(req.ifr_name, IFNAMSIZ, "%s", name);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &req)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void set_flags(int ctl, const char *name, bool up)
{
	struct ifreq req = { .ifr_flags = up ? IFF_UP : 0 };

	snprintf(req.ifr_name, IFNAMSIZ, "%s", name);
	ioctl(ctl, SIOCSIFFLAGS, &req);
}

static void add_addresses(int ctl, int ctl6, const char *name, int n)
{
	struct ifreq req = { };
	struct sockaddr_in *sin = (struct sockaddr_in *)&req.ifr_addr;
	struct in6_ifreq req6 = { .ifr6_prefixlen = 64 };

	snprintf(req.ifr_name, IFNAMSIZ, "%s", name);
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(0x0a000001 + n);
	ioctl(ctl, SIOCSIFADDR, &req);
	if (ioctl(ctl, SIOCGIFINDEX, &req))
		return;
	req6.ifr6_ifindex = req.ifr_ifindex;
	inet_pton(AF_INET6, "fd99::", &req6.ifr6_addr);
	req6.ifr6_addr.s6_addr[15] = n + 1;
	ioctl(ctl6, SIOCSIFADDR, &req6);
	if (n % 2)
		ioctl(ctl6, SIOCDIFADDR, &req6);
}

static void rename_to(int ctl, const char *from, const char *to)
{
	struct ifreq req = { };

	snprintf(req.ifr_name, IFNAMSIZ, "%s", from);
	snprintf(req.ifr_newname, IFNAMSIZ, "%s", to);
	ioctl(ctl, SIOCSIFNAME, &req);
}

/* Make a device, bind to it, then add addresses, rename and remove it while the socket exists. */
static void tinker(int number)
{
	int ctl = socket(AF_INET, SOCK_DGRAM, 0), ctl6 = socket(AF_INET6, SOCK_DGRAM, 0);
	char name[IFNAMSIZ], other[IFNAMSIZ];
	int n = 0;

	snprintf(name, sizeof(name), "tun%d", number);
	snprintf(other, sizeof(other), "a_longer_name%d", number);
	while (!shared->stop) {
		int tun = make_tun(name), s;

		if (tun < 0) {
			wrong("no tun device: errno %d", errno);
			return;
		}
		s = make_socket(SOCK_DGRAM, "::", 9000 + number, true);
		setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name));
		set_flags(ctl, name, true);
		add_addresses(ctl, ctl6, name, n++ % 200);
		set_flags(ctl, name, n % 3);
		rename_to(ctl, name, other);
		rename_to(ctl, other, name);
		close(tun);
		close(s);
		atomic_fetch_add(&shared->deeds, 1);
	}
}

bool devices(const struct options *opt)
{
	int fd[STANDING], tun[TUNS], i;
	bool ok;

	crew_begin();
	stand(fd, STANDING);
	/* some are bound to devices that are removed at once: their rows stay */
	for (i = 0; i < TUNS; i++) {
		char name[IFNAMSIZ];

		snprintf(name, sizeof(name), "gone%d", i);
		tun[i] = make_tun(name);
		setsockopt(fd[i], SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name));
		close(tun[i]);
	}
	source = TABLE;
	inode_of = inode_dualstack;
	for (i = 0; i < 3; i++)
		crew_start(tinker, i);
	for (i = 0; i < 2; i++)
		crew_start(read_on, i);
	crew_wait(opt->seconds);
	ok = crew_stop();
	sit(fd, STANDING);
	return result("devices made, dressed, renamed, dropped") && ok;
}
