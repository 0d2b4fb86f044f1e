// SPDX-License-Identifier: GPL-2.0-only
/* The systemd unit or container behind a cgroup id or a process. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "container.h"

#define FILEID_KERNFS 0xfe	/* enum fid_type of the kernel: the handle is a kernfs id */
#define SHORT_ID 12		/* of a container, as docker ps shows it */
#define LONG_ID 64

struct known {
	struct known *next;
	uint64_t id;
	char *unit;		/* NULL: none, gone, or not readable */
	char *container;	/* its name; NULL: none, or not known */
};

#define BUCKETS 256

static struct known *cgroups[BUCKETS], *pids[BUCKETS];
static bool tree_known;		/* @cgroups has all cgroups */

static struct known *known(struct known **buckets, uint64_t id, bool *is_new)
{
	struct known **bucket = &buckets[id % BUCKETS], *k;

	*is_new = false;
	for (k = *bucket; k; k = k->next)
		if (k->id == id)
			return k;
	*is_new = true;
	k = xcalloc(1, sizeof(*k));
	k->id = id;
	k->next = *bucket;
	*bucket = k;
	return k;
}

static void forget(struct known **buckets)
{
	struct known *k;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		while ((k = buckets[i])) {
			buckets[i] = k->next;
			free(k->unit);
			free(k->container);
			free(k);
		}
	}
}

void cgroup_forget(void)
{
	tree_known = false;
	forget(cgroups);
	forget(pids);
	container_forget();
}

/* A cgroup's id is the file handle of its directory: root can open it without a search. */
static char *path_by_handle(int mount, uint64_t id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} u;
	char self[64], path[4096];
	ssize_t n;
	int fd;

	memset(&u, 0, sizeof(u));
	u.handle.handle_bytes = sizeof(id);
	u.handle.handle_type = FILEID_KERNFS;
	memcpy(u.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount, &u.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, path, sizeof(path) - 1);
	close(fd);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return xstrdup(path);
}

/* Opens the mount point of cgroup v2, which is "unified" beside v1 hierarchies; sets @at to it. */
static int mount_fd(const char **at)
{
	static const char *const mounts[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };
	static const char *found;
	static int fd = -2;
	size_t i;

	for (i = 0; fd == -2 && i < ARRAY_SIZE(mounts); i++) {
		fd = open(sys_path("%s", mounts[i]), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		found = mounts[i];
		if (fd < 0)
			fd = i + 1 < ARRAY_SIZE(mounts) ? -2 : -1;
	}
	*at = found;
	return fd;
}

/* The unit "lxc:web" has the container's name in it, "docker:0123456789ab" only an id. */
static char *name_of(const char *unit, const char *path)
{
	struct str name = { 0 };

	if (!strncmp(unit, "lxc:", 4) || !strncmp(unit, "machine:", 8))
		return xstrdup(strchr(unit, ':') + 1);
	return strchr(unit, ':') && container_name(path, &name) ? name.s : NULL;
}

static void learn(struct known *k, const char *path)
{
	struct str unit = { 0 };

	if (!unit_of_path(path, &unit))
		return;
	k->unit = unit.s;
	k->container = name_of(unit.s, path);
}

static const char *below(const char *path, const char *mount)
{
	return path + (strncmp(path, mount, strlen(mount)) ? 0 : strlen(mount));
}

static const char *tree_mount;

/* A cgroup's id is also the inode number of its directory. */
static int learn_folder(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	bool is_new;
	struct known *k;

	(void)ftw;
	if (type != FTW_D)
		return 0;
	k = known(cgroups, st->st_ino, &is_new);
	if (is_new)
		learn(k, below(path, tree_mount));
	return 0;
}

/* Without the privilege to open by handle: read the whole tree, once. Ids not in it are gone. */
static void learn_tree(const char *mount)
{
	tree_mount = sys_path("%s", mount);
	tree_mount = xstrdup(tree_mount);
	nftw(tree_mount, learn_folder, 16, FTW_PHYS | FTW_MOUNT);
	free((char *)tree_mount);
}

static const struct known *known_cgroup(uint64_t id)
{
	bool is_new;
	struct known *k;
	const char *at;
	char *path;
	int fd;

	if (tree_known)
		return known(cgroups, id, &is_new);
	fd = mount_fd(&at);
	if (fd < 0)
		return NULL;
	k = known(cgroups, id, &is_new);
	if (!is_new)
		return k;
	path = path_by_handle(fd, id);
	if (path) {
		learn(k, below(path, at));
		free(path);
	} else if (errno == EPERM) {
		forget(cgroups);
		tree_known = true;
		learn_tree(at);
		k = known(cgroups, id, &is_new);
	}
	return k;
}

static bool is_hex_id(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return len == LONG_ID;
}

/* docker-<id>.scope, cri-containerd-<id>.scope, crio-<id>, libpod-<id>.scope, or <id> alone. */
static bool container(const char *name, size_t len, const char *parent, struct str *out)
{
	size_t end = len > 6 && !memcmp(name + len - 6, ".scope", 6) ? len - 6 : len;
	const char *id = name + (end >= LONG_ID ? end - LONG_ID : 0);
	size_t prefix = id - name;

	if (end < LONG_ID || !is_hex_id(id, LONG_ID))
		return false;
	str_reset(out);
	if (prefix > 1 && id[-1] == '-')
		str_add(out, name, prefix - 1);
	else if (!prefix && strstr(parent, "docker"))
		str_adds(out, "docker");
	else
		str_adds(out, "container");
	str_addc(out, ':');
	str_add(out, id, SHORT_ID);
	return true;
}

static bool has_suffix(const char *s, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && !memcmp(s + len - n, suffix, n);
}

/* lxc.payload.NAME, and machine-NAME.scope of systemd-nspawn. */
static bool machine(const char *s, size_t len, struct str *out)
{
	static const char lxc[] = "lxc.payload.", mach[] = "machine-";
	bool is_lxc = len > sizeof(lxc) - 1 && !memcmp(s, lxc, sizeof(lxc) - 1);
	bool is_mach = len > sizeof(mach) + 5 && !memcmp(s, mach, sizeof(mach) - 1) &&
		       has_suffix(s, len, ".scope");

	if (!is_lxc && !is_mach)
		return false;
	str_reset(out);
	str_adds(out, is_lxc ? "lxc:" : "machine:");
	if (is_lxc)
		str_add(out, s + sizeof(lxc) - 1, len - sizeof(lxc) + 1);
	else
		str_add(out, s + sizeof(mach) - 1, len - sizeof(mach) + 1 - strlen(".scope"));
	return true;
}

/* The outermost container; without one, the innermost directory with a unit's name. */
bool unit_of_path(const char *path, struct str *out)
{
	const char *s = path;
	bool found = false;

	while (*s) {
		size_t len;

		s += strspn(s, "/");
		len = strcspn(s, "/");
		if (container(s, len, path, out) || machine(s, len, out))
			return true;
		if (has_suffix(s, len, ".service") || has_suffix(s, len, ".socket") ||
		    has_suffix(s, len, ".scope") || has_suffix(s, len, ".slice")) {
			str_reset(out);
			str_add(out, s, len);
			found = true;
		}
		s += len;
	}
	return found;
}

static void read_pid(uint32_t pid, struct known *k)
{
	char line[4200];
	char *path;
	FILE *file = fopen(sys_path("/proc/%u/cgroup", pid), "re");

	if (!file)
		return;
	while (!k->unit && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		path = strncmp(line, "0::", 3) ? strstr(line, ":name=systemd:") : line;
		if (!path)
			continue;
		path = strchr(path, '/');
		if (path)
			learn(k, path);
	}
	fclose(file);
}

/*
 * The cgroup of a process: for rows whose own cgroup is not known (cgroup v1, for example), or has
 * no unit. Cached by process, since a process often has thousands of sockets.
 */
static const struct known *known_pid(uint32_t pid)
{
	bool is_new;
	struct known *k = known(pids, pid, &is_new);

	if (is_new)
		read_pid(pid, k);
	return k;
}

const char *cgroup_unit_of_pid(uint32_t pid)
{
	return known_pid(pid)->unit;
}

const char *cgroup_container_of_pid(uint32_t pid)
{
	return known_pid(pid)->container;
}

static const struct known *known_row(const struct table *t, const struct row *r)
{
	const struct known *k = NULL;

	if (t->source == SOURCE_FILE)
		return NULL;
	if (r->has & HAS_CGROUP)
		k = known_cgroup(r->cgroup);
	if ((!k || !k->unit) && r->n_owners)
		k = known_pid(r->owners[0].pid);
	return k;
}

const char *cgroup_unit(const struct table *t, const struct row *r)
{
	const struct known *k = known_row(t, r);

	return k ? k->unit : NULL;
}

const char *cgroup_container(const struct table *t, const struct row *r)
{
	const struct known *k = known_row(t, r);

	return k ? k->container : NULL;
}
