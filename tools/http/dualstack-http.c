// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers a scrape over HTTP with what `dualstack --openmetrics` prints.
 *
 * systemd hands over the listening sockets (sd_listen_fds(3)). A connection gets a process of its
 * own, which reads one request of bounded size in bounded time, answers it and ends: no request
 * sees what another one left behind, and a slow client holds up nobody but itself.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_FD	3	/* SD_LISTEN_FDS_START */
#define FDS_MAX		8
#define CHILDREN_MAX	16
#define REQUEST_MAX	8192	/* bytes of request line and header */
#define REQUEST_MS	5000	/* until they have to be there */
#define ANSWER_SECONDS	30	/* for all of a connection */
#define LINGER_MS	1000	/* for what a client sends beyond its header */
#define IDLE_MS		600000	/* without a connection: until it ends, as systemd starts it anew */

#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define TEXT "text/plain; charset=utf-8"

struct request {
	char room[REQUEST_MAX + 1];
	char *method, *path;
	bool openmetrics;	/* the client takes that form */
};

struct answer {
	int code;
	const char *reason, *type, *extra;
	const char *text;	/* the body, where there is no */
	int file;
	off_t size;
};

/* How a process that served a connection ends. */
enum { NOT_ASKED, METRICS_SENT, NO_METRICS };

/* The last scrape failed: that is logged when it begins, not every time. */
static bool failing;

static struct answer text_answer(int code, const char *reason, const char *text)
{
	return (struct answer){ code, reason, TEXT, "", text, -1, (off_t)strlen(text) };
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until there is something to read; false when it is past the deadline. */
static bool readable(int conn, long deadline)
{
	struct pollfd p = { .fd = conn, .events = POLLIN };
	long left = deadline - now_ms();

	return left > 0 && poll(&p, 1, (int)left) > 0;
}

static const char *end_of_header(const char *text)
{
	const char *crlf = strstr(text, "\r\n\r\n"), *lf = strstr(text, "\n\n");

	return crlf ? crlf : lf;
}

/* Returns 0, or the status to answer with; -1 where the client has gone. */
static int read_header(int conn, struct request *rq)
{
	long deadline = now_ms() + REQUEST_MS;
	size_t len = 0;
	ssize_t n;

	do {
		if (len == REQUEST_MAX)
			return 431;
		if (!readable(conn, deadline))
			return 408;
		n = read(conn, rq->room + len, REQUEST_MAX - len);
		if (n <= 0)
			return -1;
		if (memchr(rq->room + len, '\0', n))
			return 400;
		len += n;
		rq->room[len] = '\0';
	} while (!end_of_header(rq->room));
	return 0;
}

/* Takes the next line off *at, without its end; NULL after the last one. */
static char *next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*at = end + 1;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return *line ? line : NULL;
}

static bool is_token(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("!#$%&'*+-.^_`|~", s[i]))
			return false;
	return len > 0;
}

/* The path of a target in origin or absolute form, without its query. */
static char *path_of(char *target)
{
	if (!strncasecmp(target, "http://", 7)) {
		target = strchr(target + 7, '/');
		if (!target)
			return NULL;
	}
	target[strcspn(target, "?#")] = '\0';
	return *target == '/' ? target : NULL;
}

/* METHOD TARGET HTTP/1.x; *minor is the x. */
static int parse_first(char *line, struct request *rq, char *minor)
{
	char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;

	if (!version || !is_token(line, target - line))
		return 400;
	*target++ = '\0';
	*version++ = '\0';
	if (strncmp(version, "HTTP/", 5) || strlen(version) != 8 || version[6] != '.' ||
	    !isdigit((unsigned char)version[5]) || !isdigit((unsigned char)version[7]))
		return 400;
	if (version[5] != '1')
		return 505;
	*minor = version[7];
	rq->method = line;
	rq->path = path_of(target);
	return rq->path ? 0 : 400;
}

static int parse(struct request *rq)
{
	char *at = rq->room, *line, *colon, minor;
	int code, hosts = 0;

	line = next_line(&at);
	code = line ? parse_first(line, rq, &minor) : 400;
	while (!code && (line = next_line(&at))) {
		colon = strchr(line, ':');
		if (!colon || !is_token(line, colon - line))
			return 400;
		*colon = '\0';
		if (!strcasecmp(line, "Host"))
			hosts++;
		else if (!strcasecmp(line, "Accept"))
			rq->openmetrics |= !!strcasestr(colon + 1, "application/openmetrics-text");
	}
	if (!code && (hosts > 1 || (!hosts && minor != '0')))
		code = 400;
	return code;
}

/* Replaces this process by the program; what it prints goes to two files. */
static void exec_dualstack(char **words, int out, int err)
{
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	alarm(ANSWER_SECONDS);
	execvp("dualstack", words);
	dprintf(STDERR_FILENO, "dualstack-http: can not run dualstack: %m\n");
	_exit(127);
}

static bool run_dualstack(char **words, int out, int err)
{
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return false;
	if (!pid)
		exec_dualstack(words, out, err);
	if (waitpid(pid, &status, 0) != pid)
		return false;
	if (WIFSIGNALED(status))
		dprintf(err, "dualstack-http: dualstack was ended by signal %d\n",
			WTERMSIG(status));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* No metrics, and the reason in the body. Half of them would look as if the rest had gone. */
static struct answer no_metrics(int err)
{
	static char why[1024];
	ssize_t n = err < 0 ? 0 : pread(err, why, sizeof(why) - 1, 0);

	if (n <= 0)
		strcpy(why, "dualstack-http: can not run dualstack\n");
	if (!failing)
		fputs(why, stderr);
	return text_answer(503, "Service Unavailable", why);
}

static struct answer metrics(const struct request *rq, char **words)
{
	struct answer a = { .code = 200, .reason = "OK", .extra = "" };
	int err = memfd_create("stderr", MFD_CLOEXEC);
	struct stat st;

	a.type = rq->openmetrics ? OPENMETRICS : PROMETHEUS;
	a.file = memfd_create("metrics", MFD_CLOEXEC);
	if (a.file < 0 || err < 0 || !run_dualstack(words, a.file, err) || fstat(a.file, &st))
		return no_metrics(err);
	a.size = st.st_size;
	return a;
}

static struct answer refuse(int code)
{
	switch (code) {
	case 404: return text_answer(404, "Not Found", "Metrics are at /metrics.\n");
	case 408: return text_answer(408, "Request Timeout", "Too slow.\n");
	case 431: return text_answer(431, "Request Header Fields Too Large", "Too long.\n");
	case 505: return text_answer(505, "HTTP Version Not Supported", "HTTP/1 alone.\n");
	default: return text_answer(400, "Bad Request", "No request of HTTP/1.\n");
	}
}

static struct answer answer_to(const struct request *rq, char **words)
{
	struct answer a;

	if (strcmp(rq->method, "GET") && strcmp(rq->method, "HEAD")) {
		a = text_answer(405, "Method Not Allowed", "GET and HEAD alone.\n");
		a.extra = "Allow: GET, HEAD\r\n";
		return a;
	}
	if (!strcmp(rq->path, "/metrics"))
		return metrics(rq, words);
	if (!strcmp(rq->path, "/"))
		return text_answer(200, "OK", "Metrics are at /metrics.\n");
	return refuse(404);
}

static bool send_all(int conn, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(conn, text, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

static void send_head(int conn, const struct answer *a)
{
	char date[64], head[512];
	time_t now = time(NULL);
	int len;

	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
	len = snprintf(head, sizeof(head),
		       "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\n"
		       "Content-Length: %lld\r\n%sCache-Control: no-store\r\n"
		       "Connection: close\r\n\r\n",
		       a->code, a->reason, date, a->type, (long long)a->size, a->extra);
	send_all(conn, head, len);
}

static void send_body(int conn, const struct answer *a)
{
	off_t sent = 0;

	if (a->text) {
		send_all(conn, a->text, a->size);
		return;
	}
	while (sent < a->size)
		if (sendfile(conn, a->file, &sent, a->size - sent) <= 0)
			return;
}

/* A close() with something unread would reset the connection, and the answer might be lost. */
static void linger(int conn)
{
	long deadline = now_ms() + LINGER_MS;
	char room[4096];
	int i;

	shutdown(conn, SHUT_WR);
	for (i = 0; i < 16 && readable(conn, deadline); i++)
		if (read(conn, room, sizeof(room)) <= 0)
			return;
}

static int outcome(const struct answer *a)
{
	return a->code == 503 ? NO_METRICS : a->file >= 0 ? METRICS_SENT : NOT_ASKED;
}

/* In a process of its own, whose exit status is what it returns. */
static int serve(int conn, char **words)
{
	static struct request rq;
	struct answer a;
	int code;

	alarm(ANSWER_SECONDS);
	code = read_header(conn, &rq);
	if (code < 0)
		return NOT_ASKED;
	if (!code)
		code = parse(&rq);
	a = code ? refuse(code) : answer_to(&rq, words);
	send_head(conn, &a);
	if (code || strcmp(rq.method, "HEAD"))
		send_body(conn, &a);
	linger(conn);
	return outcome(&a);
}

static void reap(int *children, int flags)
{
	int status;

	while (*children && waitpid(-1, &status, flags) > 0) {
		--*children;
		flags = WNOHANG;
		if (WIFEXITED(status) && WEXITSTATUS(status) != NOT_ASKED)
			failing = WEXITSTATUS(status) == NO_METRICS;
	}
}

static bool take(int fd, char **words)
{
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	pid_t pid;

	if (conn < 0) {
		/* It stays in the queue: not at once again. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			sleep(1);
		return false;
	}
	pid = fork();
	if (!pid)
		exit(serve(conn, words));
	close(conn);
	return pid > 0;
}

static int serve_all(struct pollfd *fds, int n, char **words)
{
	int i, ready, children = 0;

	for (;;) {
		ready = poll(fds, n, IDLE_MS);
		reap(&children, WNOHANG);
		if (ready < 0 || (!ready && !children))
			return ready < 0;
		for (i = 0; i < n; i++) {
			if (!fds[i].revents)
				continue;
			if (children == CHILDREN_MAX)
				reap(&children, 0);
			children += take(fds[i].fd, words);
		}
	}
}

/* The sockets that systemd has for us, all of them listening ones; 0 where there are none. */
static int listen_fds(struct pollfd *fds)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	int i, n = count ? atoi(count) : 0, listens;
	socklen_t size = sizeof(listens);

	if (!pid || atol(pid) != getpid() || n < 1 || n > FDS_MAX)
		return 0;
	for (i = 0; i < n; i++) {
		fds[i] = (struct pollfd){ .fd = FIRST_FD + i, .events = POLLIN };
		if (getsockopt(fds[i].fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) || !listens)
			return 0;
		fcntl(fds[i].fd, F_SETFD, FD_CLOEXEC);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct pollfd fds[FDS_MAX];
	int i, n = listen_fds(fds);
	char **words;

	if (!n) {
		fputs("dualstack-http: wants a listening socket from systemd: "
		      "systemctl enable --now dualstack-http.socket\n", stderr);
		return 2;
	}
	words = calloc(argc + 3, sizeof(*words));
	if (!words)
		return 1;
	words[0] = "dualstack";
	words[1] = "--openmetrics";
	for (i = 1; i < argc; i++)
		words[i + 1] = argv[i];
	return serve_all(fds, n, words);
}
