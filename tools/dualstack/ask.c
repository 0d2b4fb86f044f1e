// SPDX-License-Identifier: GPL-2.0-only
/* Asks the module, through /proc/net/dualstack_ask. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "ask.h"
#include "fail.h"

void fields_split(struct fields *fields, char *line)
{
	char *save, *word;

	fields->n = 0;
	for (word = strtok_r(line, " ", &save); word && fields->n < ARRAY_SIZE(fields->list);
	     word = strtok_r(NULL, " ", &save))
		fields->list[fields->n++] = word;
}

const char *fields_value(const struct fields *fields, const char *key)
{
	size_t len = strlen(key), i;

	for (i = 0; i < fields->n; i++)
		if (!strncmp(fields->list[i], key, len) && fields->list[i][len] == '=')
			return fields->list[i] + len + 1;
	return NULL;
}

uint64_t fields_number(const struct fields *fields, const char *key)
{
	const char *value = fields_value(fields, key);
	uint64_t n;

	return value && parse_u64(value, strlen(value), UINT64_MAX, &n) ? n : 0;
}

static bool ask(int fd, const char *question, struct str *answer)
{
	ssize_t n;

	if (write(fd, question, strlen(question)) < 0)
		return false;
	do {
		str_room(answer, 16384);
		n = read(fd, answer->s + answer->len, answer->room - answer->len - 1);
		if (n > 0)
			answer->len += n;
		answer->s[answer->len] = '\0';
	} while (n > 0);
	return !n;
}

static int open_file(struct fail *f)
{
	int fd = open(sys_path("%s", ASK_FILE), O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && !access(sys_path("/proc/net/dualstack"), F_OK))
		fail_set(f, ST_NOMODULE, "the kernel module that is loaded is too old to tell who "
			 "holds a port, or gets a packet");
	else if (fd < 0 && errno == ENOENT)
		fail_set(f, ST_NOMODULE, "who holds a port, or gets a packet, only the kernel "
			 "module can tell, which is not loaded: modprobe dualstack");
	else if (fd < 0)
		/* the program is confined, or the mount is read-only */
		fail_set(f, ST_NOMODULE, ASK_FILE ": cannot be asked: %s", strerror(errno));
	return fd;
}

static bool fail_answer(struct fail *f, int err)
{
	if (err == ENODEV)
		return fail_set(f, ST_OTHER, "no such interface");
	if (err == EINVAL)
		return fail_set(f, ST_NOMODULE, "the kernel module that is loaded is too old for "
				"this question");
	if (err == EPERM)
		return fail_set(f, ST_PERM, "a BPF program decides by the peer: to name one takes "
				"CAP_NET_ADMIN");
	return fail_errno(f, err, ASK_FILE);
}

bool ask_module(const char *question, struct str *answer, struct fail *f)
{
	int fd = open_file(f);
	bool ok;

	if (fd < 0)
		return false;
	ok = ask(fd, question, answer) || fail_answer(f, errno);
	close(fd);
	return ok;
}
