// SPDX-License-Identifier: GPL-2.0-only
/* Chooses the source and network namespace of a table, loads it, and selects rows. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"
#include "cgroup.h"
#include "diag.h"
#include "fail.h"
#include "netns.h"
#include "owners.h"
#include "source.h"
#include "table.h"
#include "takers.h"

static enum choice chosen;
/* Why this process can't use BPF, if it has tried. */
static struct fail no_bpf;
/* The module is loaded, but its debugfs file with all network namespaces can't be read. */
static bool no_debugfs;

const char *source_remedy(void)
{
	static char text[sizeof(no_bpf.text) + 64];

	if (chosen == CHOICE_SETTINGS)
		return "settings alone do not tell";
	snprintf(text, sizeof(text), "the kernel module is not loaded (modprobe dualstack), and %s",
		 no_bpf.text);
	return text;
}

static bool any_unknown(const struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->rows[i].v4 == V_UNKNOWN || t->rows[i].v6 == V_UNKNOWN)
			return true;
	return false;
}

void source_hint(const struct table *t)
{
	if (no_debugfs)
		complain("debugfs can't be read (mount -t debugfs none /sys/kernel/debug): a "
			 "network namespace without a name and a process is not seen");
	if (t->source == SOURCE_SETTINGS && chosen == CHOICE_AUTO)
		complain("%s: '?' = takes this family by its settings, whether packets reach it is "
			 "not known", source_remedy());
	else if (t->source == SOURCE_SETTINGS)
		complain("'?' = takes this family by its settings, whether packets reach it is "
			 "not known");
	else if (t->source == SOURCE_BPF && chosen == CHOICE_AUTO)
		complain("the kernel module is not loaded: asked by BPF%s", any_unknown(t) ?
			 "; '?' = what that can't tell, and the column why says the reason" : "");
}

void source_hint_lookup(const struct table *t)
{
	if (t->source != SOURCE_MODULE && chosen == CHOICE_AUTO)
		complain("the kernel module is not loaded: asked through sock_diag");
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

/* Reads the table of one namespace. If there is no such file, @found is false, @f not set. */
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

static bool without_module(void)
{
	return chosen == CHOICE_BPF || chosen == CHOICE_SETTINGS;
}

/* Uses a BPF program if this is allowed, else sock_diag alone. */
static bool load_without_module(struct table *t, struct fail *f)
{
	if (chosen == CHOICE_SETTINGS)
		return diag_load(t, f);
	if (bpf_allowed(&no_bpf))
		return bpf_load(t, f);
	if (chosen == CHOICE_AUTO)
		return diag_load(t, f);
	*f = no_bpf;
	return false;
}

/* Loads the network namespace that this process is in now, from the best source. */
static bool load_seen(struct table *t, struct fail *f)
{
	bool found, ok;

	if (without_module())
		return load_without_module(t, f);
	ok = load_proc(t, sys_path("/proc/net/dualstack"), &found, f);
	if (!found && chosen == CHOICE_MODULE)
		return fail_set(f, ST_NOMODULE, "the kernel module is not loaded: modprobe "
				"dualstack");
	return found ? ok : load_without_module(t, f);
}

/* Loads this process's namespace, and marks the table as such. */
static bool load_here(struct table *t, struct fail *f)
{
	t->here = true;
	netns_inode(sys_path("/proc/self/ns/net"), &t->netns);
	return load_seen(t, f);
}

/* Loads all network namespaces from the module's debugfs file. */
static bool load_debugfs(struct table *t, bool *found, struct fail *f)
{
	const char *path = sys_path("/sys/kernel/debug/dualstack/sockets");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	*found = fd >= 0;
	if (fd < 0)
		return false;
	ok = table_read(t, fd, "/sys/kernel/debug/dualstack/sockets", f);
	close(fd);
	return ok;
}

static void name_netns(struct table *t, size_t first, uint64_t inode)
{
	for (; first < t->n; first++) {
		t->rows[first].netns = inode;
		t->rows[first].has |= HAS_NETNS;
	}
}

/* Without debugfs: enters each namespace in turn. Those that end meanwhile are skipped. */
static bool load_each(struct table *t, struct fail *f)
{
	struct netns ns;
	size_t i, first;
	bool ok = true;

	for (i = 0; ok && netns_at(i, &ns); i++) {
		struct fail gone = { 0 };

		first = t->n;
		if (netns_enter(&ns, ns.path, &gone)) {
			ok = load_seen(t, f);
			name_netns(t, first, ns.inode);
		} else if (gone.status == ST_PERM) {
			*f = gone;
			ok = false;
		}
		netns_free(&ns);
	}
	return ok;
}

static bool load_all(struct table *t, struct fail *f)
{
	bool ok, found;
	int own, err;

	if (!without_module() && !access(sys_path("/proc/net/dualstack"), F_OK)) {
		ok = load_debugfs(t, &found, f);
		if (found)
			return ok;
		no_debugfs = true;
	}
	if (chosen == CHOICE_MODULE)
		return fail_set(f, ST_NOMODULE, no_debugfs ?
				"/sys/kernel/debug/dualstack/sockets, which has all namespaces, "
				"can't be read: run as root, with debugfs mounted" :
				"the kernel module is not loaded: modprobe dualstack");
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return fail_errno(f, errno, "/proc/self/ns/net");
	ok = load_each(t, f);
	t->all_netns = true;
	err = setns(own, CLONE_NEWNET) ? errno : 0;
	close(own);
	return ok && err ? fail_errno(f, err, "cannot come back from the network namespaces") : ok;
}

/*
 * Loads the namespace of -N. Without the privilege to enter it, the module's table can still be
 * read through a process in it. Then t->here is false, since nothing else can be asked there.
 */
static bool load_named(const char *word, bool *inside, struct table *t, struct fail *f)
{
	struct netns ns;
	bool ok, found;

	*inside = false;
	if (!netns_find(word, &ns, f))
		return false;
	ok = netns_enter(&ns, word, f);
	if (ok) {
		*inside = true;
		ok = load_here(t, f);
	} else if (f->status == ST_PERM && ns.pid && !without_module()) {
		netns_inode(sys_path("/proc/%u/ns/net", ns.pid), &t->netns);
		ok = load_proc(t, sys_path("/proc/%u/net/dualstack", ns.pid), &found, f);
		if (ok)
			f->text[0] = '\0';
	}
	netns_free(&ns);
	return ok;
}

/* Loads several namespaces into one table; each row names its namespace. */
static bool load_several(const struct options *o, struct table *t, struct fail *f)
{
	size_t i, first;
	bool inside;

	for (i = 0; i < o->n_netns; i++) {
		first = t->n;
		t->netns = 0;
		if (!load_named(o->netns[i], &inside, t, f))
			return false;
		name_netns(t, first, t->netns);
	}
	t->netns = 0;
	t->here = false;
	t->all_netns = true;
	return true;
}

bool source_load(const struct options *o, struct table *t, struct fail *f)
{
	/* enter the namespace of -N only once: it exists as long as this process is in it */
	static bool inside;

	chosen = o->source;
	t->numeric = o->numeric || o->file;
	if (o->file)
		return load_file(o->file, t, f);
	if (o->all_netns)
		return load_all(t, f);
	if (o->n_netns > 1)
		return load_several(o, t, f);
	if (o->n_netns && !inside)
		return load_named(o->netns[0], &inside, t, f);
	return load_here(t, f);
}

/* Drops rows that are not selected; counts those that might be if their "?" were known. */
static void keep_rows(const struct selection *s, struct table *t)
{
	size_t i, n = 0;

	for (i = 0; i < t->n; i++) {
		if (!select_row(s, &t->rows[i])) {
			t->n_undecided += select_undecided(s, &t->rows[i]);
			continue;
		}
		if (n != i)
			t->rows[n] = t->rows[i];
		n++;
	}
	t->n = n;
}

static void keep_owned(const struct selection *s, struct table *t)
{
	size_t i, n = 0;

	for (i = 0; i < t->n; i++)
		if (select_owner(s, t, &t->rows[i]))
			t->rows[n++] = t->rows[i];
	t->n = n;
}

#define ROOT_CGROUP 1

/* Is there a row whose unit can only be found by its processes? */
static bool unit_missing(const struct table *t)
{
	const struct row *r;

	for (r = t->rows; r < t->rows + t->n; r++)
		if (!(r->has & HAS_CGROUP) || (r->cgroup != ROOT_CGROUP && !cgroup_unit(t, r)))
			return true;
	return false;
}

/* Selects rows before it loads owners, to save work for rows that are not shown. */
bool load_selected(const struct options *o, unsigned int needs, struct table *t, struct fail *f)
{
	t->only = select_extent(&o->select);
	if (!source_load(o, t, f))
		return false;
	keep_rows(&o->select, t);
	if (t->source != SOURCE_FILE &&
	    (needs & NEED_OWNERS || select_needs_owners(&o->select) ||
	     (needs & NEED_UNIT && unit_missing(t))) && !owners_load(t, f))
		return false;
	if (select_needs_owners(&o->select))
		keep_owned(&o->select, t);
	return !(needs & NEED_TAKERS) || takers_load(t, f);
}
