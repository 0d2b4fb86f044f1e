// SPDX-License-Identifier: GPL-2.0-only
/* Which source fills a table, in which network namespace; and the rows of it that are selected. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "diag.h"
#include "netns.h"
#include "owners.h"
#include "source.h"
#include "table.h"

void source_hint(const struct table *t)
{
	if (t->source == SOURCE_SETTINGS)
		warn("the kernel module is not loaded (modprobe dualstack): '?' = takes this "
		     "family by its settings, whether packets reach it is not known");
}

bool source_enter(struct options *o, struct fail *f)
{
	struct netns ns;
	bool ok;

	if (!o->netns)
		return true;
	if (!netns_find(o->netns, &ns, f))
		return false;
	ok = netns_enter(&ns, o->netns, f);
	/* the module's table can be read without entering, through /proc/PID/net */
	if (!ok && f->status == ST_PERM && ns.pid) {
		o->netns_pid = ns.pid;
		o->netns_fail = *f;
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

	t->source = SOURCE_FILE;
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

/* The table of one namespace by path. False without a message: there is no such file. */
static bool load_proc(struct table *t, const char *path, bool *found, struct fail *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	*found = fd >= 0 || errno != ENOENT;
	if (fd < 0)
		return *found && fail_errno(f, errno, "/proc/net/dualstack");
	ok = table_read(t, fd, "/proc/net/dualstack", f);
	close(fd);
	return ok;
}

/* The namespace of a process, without being in it. */
static bool load_pid(const struct options *o, struct table *t, struct fail *f)
{
	bool found, ok;

	ok = load_proc(t, sys_path("/proc/%u/net/dualstack", o->netns_pid), &found, f);
	if (!found)
		*f = o->netns_fail;
	netns_inode(sys_path("/proc/%u/ns/net", o->netns_pid), &t->netns);
	return ok;
}

/* The namespace that this process is in, by the best source that there is. */
static bool load_here(struct table *t, struct fail *f)
{
	bool found, ok;

	t->here = true;
	netns_inode(sys_path("/proc/self/ns/net"), &t->netns);
	ok = load_proc(t, sys_path("/proc/net/dualstack"), &found, f);
	return found ? ok : diag_load(t, f);
}

bool source_load(const struct options *o, struct table *t, struct fail *f)
{
	if (o->file)
		return load_file(o->file, t, f);
	if (o->all_netns)
		return load_all(t, f);
	return o->netns_pid ? load_pid(o, t, f) : load_here(t, f);
}

static void keep_selected(struct table *t, bool (*keep)(const struct selection *,
							const struct row *),
			  const struct selection *s)
{
	size_t i, n = 0;

	for (i = 0; i < t->n; i++) {
		if (!keep(s, &t->rows[i]))
			continue;
		if (n != i)
			t->rows[n] = t->rows[i];
		n++;
	}
	t->n = n;
}

#define ROOT_CGROUP 1

/* Is there a row whose unit only its processes can tell? */
static bool unit_missing(const struct table *t)
{
	const struct row *r;

	for (r = t->rows; r < t->rows + t->n; r++)
		if (!(r->has & HAS_CGROUP) || (r->cgroup != ROOT_CGROUP && !cgroup_unit(r)))
			return true;
	return false;
}

/* The order saves work for rows that are not shown. */
bool load_selected(const struct options *o, unsigned int needs, struct table *t, struct fail *f)
{
	if (!source_load(o, t, f))
		return false;
	keep_selected(t, select_row, &o->select);
	if (t->source != SOURCE_FILE &&
	    (needs & NEED_OWNERS || select_needs_owners(&o->select) ||
	     (needs & NEED_UNIT && unit_missing(t))) && !owners_load(t, f))
		return false;
	keep_selected(t, select_owner, &o->select);
	return true;
}
