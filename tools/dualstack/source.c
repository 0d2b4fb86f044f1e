// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "netns.h"
#include "source.h"
#include "table.h"

/* Set where -N names a namespace that can be read but not entered (no privilege). */
static uint32_t read_by_pid;

void source_hint(void)
{
	warn("the kernel module is not loaded (modprobe dualstack): verdicts are '?'");
}

bool source_enter(const struct options *o, struct fail *f)
{
	struct netns ns;
	bool ok;

	if (!o->netns)
		return true;
	if (!netns_find(o->netns, &ns, f))
		return false;
	ok = netns_enter(&ns, o->netns, f);
	if (!ok && f->status == ST_PERM && ns.pid) {
		read_by_pid = ns.pid;
		f->text[0] = '\0';
		ok = true;
	}
	netns_free(&ns);
	return ok;
}

static bool load_file(const char *path, struct table *t, struct fail *f)
{
	bool is_stdin = !strcmp(path, "-"), ok;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(f, errno, "%s", *path ? path : "--file ''");
	ok = table_read(t, fd, is_stdin ? "standard input" : path, f);
	if (!is_stdin)
		close(fd);
	return ok;
}

static bool load_all(struct table *t, struct fail *f)
{
	const char *path = sys_path("/sys/kernel/debug/dualstack/sockets");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0 && errno == ENOENT && access(sys_path("/proc/net/dualstack"), F_OK))
		return fail_set(f, ST_NOMODULE, "only the kernel module sees all network "
				"namespaces, and it is not loaded: modprobe dualstack");
	if (fd < 0 && errno == ENOENT)
		return fail_set(f, ST_OTHER, "debugfs is not mounted: mount -t debugfs none "
				"/sys/kernel/debug");
	if (fd < 0)
		return fail_errno(f, errno, "/sys/kernel/debug/dualstack/sockets");
	ok = table_read(t, fd, "/sys/kernel/debug/dualstack/sockets", f);
	close(fd);
	return ok;
}

static bool load_one(struct table *t, struct fail *f)
{
	const char *path = read_by_pid ? sys_path("/proc/%u/net/dualstack", read_by_pid) :
					 sys_path("/proc/net/dualstack");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0 && errno == ENOENT) {
		if (read_by_pid)
			return fail_set(f, ST_NOMODULE, "without the kernel module, only root "
					"can look into another network namespace");
		return diag_load(t, f);
	}
	if (fd < 0)
		return fail_errno(f, errno, "/proc/net/dualstack");
	ok = table_read(t, fd, "/proc/net/dualstack", f);
	close(fd);
	return ok;
}

bool source_load(const struct options *o, struct table *t, struct fail *f)
{
	if (o->file)
		return load_file(o->file, t, f);
	return o->all_netns ? load_all(t, f) : load_one(t, f);
}
