// SPDX-License-Identifier: GPL-2.0-only
/* The reader's answers without the module: verdicts by BPF, and who gets a packet. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

static const char columns[] =
	"proto,port,v4,v6,v6only,uid,inode,dev,address,group,v4by,v6by,why";

/* Start @argv. Return: a descriptor of its output, or -1. */
static int start(char *const argv[], pid_t *pid)
{
	int pipe_fd[2];

	if (pipe2(pipe_fd, O_CLOEXEC))
		return -1;
	fflush(NULL);
	*pid = fork();
	if (!*pid) {
		dup2(pipe_fd[1], STDOUT_FILENO);
		execv(argv[0], argv);
		fprintf(stderr, "truth: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(pipe_fd[1]);
	return pipe_fd[0];
}

/* Turn the last columns into words, like the module's. */
static int name_words(struct row *row)
{
	static const char *const name[] = { "group", "v4by", "v6by", "why" };
	char value[ARRAY_SIZE(name)][32], *to = row->words;
	char *end = row->words + sizeof(row->words);

	if (sscanf(row->words, "%31s %31s %31s %31s", value[0], value[1], value[2], value[3]) != 4)
		return -1;
	*to = '\0';
	for (unsigned int i = 0; i < ARRAY_SIZE(name); i++)
		if (strcmp(value[i], "-"))
			to += snprintf(to, end - to, "%s=%s ", name[i], value[i]);
	return 0;
}

/* Exit status 1 means that there is no row at all. */
static int wait_for(pid_t pid, char *why, size_t len)
{
	int status;

	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) <= 1)
		return 0;
	snprintf(why, len, "the reader ended with status %#x", status);
	return -1;
}

int reader_read(const char *reader, struct table *t, char *why, size_t len)
{
	char *const argv[] = {
		(char *)reader, "--source=bpf", "-nrHo", (char *)columns, NULL
	};
	pid_t pid;
	int fd;

	memset(t, 0, sizeof(*t));
	fd = start(argv, &pid);
	if (fd < 0) {
		snprintf(why, len, "pipe: %s", strerror(errno));
		return -1;
	}
	t->text = slurp_fd(fd, 1 << 16, &t->len);
	close(fd);
	if (wait_for(pid, why, len))
		return -1;
	if (!t->text) {
		snprintf(why, len, "the reader's output can't be read");
		return -1;
	}
	if (table_parse(t, false, why, len))
		return -1;
	for (int i = 0; i < t->nr; i++) {
		if (!name_words(&t->rows[i]))
			continue;
		snprintf(why, len, "the reader's row of inode %lu is short", t->rows[i].inode);
		return -1;
	}
	return 0;
}

/* ---------------------------------------------------------------- one packet */

/* The value of a member of a line of JSON, as text; "" for null. */
static void member(const char *line, const char *name, char *to, size_t len)
{
	char key[32];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\": ", name);
	at = strstr(line, key);
	*to = '\0';
	if (!at || !strncmp(at + strlen(key), "null", 4))
		return;
	at += strlen(key);
	at += *at == '"';
	snprintf(to, len, "%.*s", (int)strcspn(at, "\",}"), at);
}

/* Convert a line of JSON into the fields of the module's answers. */
static void read_line(struct who_line *to, const char *line)
{
	char text[64];

	memset(to, 0, sizeof(*to));
	member(line, "dev", to->dev, sizeof(to->dev));
	member(line, "answer", to->answer, sizeof(to->answer));
	member(line, "proto", to->proto, sizeof(to->proto));
	member(line, "address", to->address, sizeof(to->address));
	member(line, "inode", text, sizeof(text));
	to->inode = strtoul(text, NULL, 10);
	to->cpu = -1;
	member(line, "why", text, sizeof(text));
	strcpy(to->words, " ");
	if (*text)
		snprintf(to->words, sizeof(to->words), " why=%s ", text);
	member(line, "bpf", text, sizeof(text));
	if (!strcmp(text, "true"))
		strcat(to->words, "bpf=1 ");
}

static int read_lines(struct who *who, char *text)
{
	char *line, *save;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "  {", 3))
			continue;
		if (who->n == MAX_WHO_LINES)
			return -EPROTO;
		read_line(&who->line[who->n++], line);
	}
	return who->n ? 0 : -EPROTO;
}

static void put_end(char *to, size_t len, const struct ipaddr *ip, uint16_t port)
{
	char text[IP_TEXT_LEN];

	snprintf(to, len, ip->af == AF_INET ? "%s:%u" : "[%s]:%u", ip_text(ip, text), port);
}

/* Exit status 1: nobody gets the packet; 3: not known. */
static bool ended_well(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) && (WEXITSTATUS(status) <= 1 || WEXITSTATUS(status) == 3);
}

int reader_who(const char *reader, const struct packet *p, struct who *who)
{
	char to[80], target[96], from[80];
	char *from_word = p->from.af == AF_UNSPEC ? NULL : "from";
	char *const argv[] = {
		(char *)reader, "--source=settings", "-nJ", "who", target, "dev", (char *)p->dev,
		from_word, from, NULL
	};
	char *text;
	size_t len;
	pid_t pid;
	int fd, err;

	who->n = 0;
	put_end(to, sizeof(to), &p->to, p->port);
	put_end(from, sizeof(from), &p->from, p->sport);
	snprintf(target, sizeof(target), "%s/%s", p->proto == P_TCP ? "tcp" : "udp", to);
	snprintf(who->question, sizeof(who->question), "dualstack who %s dev %s%s%s", target,
		 p->dev, from_word ? " from " : "", from_word ? from : "");
	fd = start(argv, &pid);
	if (fd < 0)
		return -errno;
	text = slurp_fd(fd, 1 << 16, &len);
	close(fd);
	if (!ended_well(pid) || !text)
		err = -EPROTO;
	else
		err = read_lines(who, text);
	free(text);
	return err;
}
