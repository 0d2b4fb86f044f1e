// SPDX-License-Identifier: GPL-2.0-only
/* Makes network namespaces, and sockets from lines of text. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "guest.h"

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

/* open_socket() that must not fail. */
int must_open(const char *fmt, ...)
{
	va_list ap;
	int fd;

	va_start(ap, fmt);
	fd = vopen_socket(fmt, ap);
	va_end(ap);
	if (fd < 0)
		give_up("%s: %s", socket_line, socket_step);
	return fd;
}

bool expect(bool ok, const char *what)
{
	if (!ok)
		ktap_note("not so: %s (errno %s)", what, strerror(errno));
	return ok;
}

/* Fork a process of that name, which ends with this one, and leave the socket to it alone. */
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

static void look_up(struct sock *s)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss), one = sizeof(s->listens);
	struct stat st;

	if (getsockname(s->fd, (void *)&ss, &len) || fstat(s->fd, &st) ||
	    getsockopt(s->fd, SOL_SOCKET, SO_ACCEPTCONN, &s->listens, &one))
		give_up("getsockname, fstat, SO_ACCEPTCONN");
	s->inode = st.st_ino;
	s->port = ntohs(ss.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&ss)->sin6_port :
			((struct sockaddr_in *)&ss)->sin_port);
}

/* Remove ` NAME` or ` NAME=VALUE` from a line. Return: VALUE, or NULL if there is no such word. */
static char *cut_word(char *text, const char *name)
{
	char *at = strstr(text, name), *end, *value;

	if (!at)
		return NULL;
	end = at + 1 + strcspn(at + 1, " ");
	value = strndup(at + strlen(name), end - at - strlen(name));
	memmove(at, end, strlen(end) + 1);
	return value;
}

void sock_make(struct world *w, const char *spec)
{
	struct sock *s = &w->sock[w->nsocks++];
	char *text = strdup(spec), *name = cut_word(text, " name=");

	s->type = *spec == 't' ? SOCK_STREAM : SOCK_DGRAM;
	s->other = cut_word(text, " other");
	if (s->other)
		world_enter(w->other);
	s->fd = must_open("%s nonblock%s", text, strstr(text, "backlog=") ? "" : " backlog=5");
	if (s->other)
		world_enter(w->home);
	look_up(s);
	if (name)
		hand_over(s, name);
	free(text);
}
