// SPDX-License-Identifier: GPL-2.0-only
/* The reader's answers without the module: those of its BPF program. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

static const char columns[] =
	"proto,port,v4,v6,v6only,uid,inode,dev,address,group,v4by,v6by,why";

static void __attribute__((noreturn)) run(const char *reader, int out)
{
	dup2(out, STDOUT_FILENO);
	execl(reader, reader, "--source=bpf", "-nrHo", columns, (char *)NULL);
	fprintf(stderr, "truth: %s: %s\n", reader, strerror(errno));
	_exit(127);
}

/* The last columns become words, as those of the module. */
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

/* Exit status 1 says that there is no row at all. */
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
	int pipe_fd[2];
	pid_t pid;

	memset(t, 0, sizeof(*t));
	if (pipe2(pipe_fd, O_CLOEXEC)) {
		snprintf(why, len, "pipe: %s", strerror(errno));
		return -1;
	}
	fflush(NULL);
	pid = fork();
	if (!pid)
		run(reader, pipe_fd[1]);
	close(pipe_fd[1]);
	t->text = slurp_fd(pipe_fd[0], 1 << 16, &t->len);
	close(pipe_fd[0]);
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
