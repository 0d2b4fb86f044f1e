// SPDX-License-Identifier: GPL-2.0-only
/* Finds, enters and names network namespaces. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "fail.h"
#include "netns.h"

/* Pids end at 2^22 (PID_MAX_LIMIT); inodes of namespaces start far above. */
#define FIRST_INODE (1u << 22)

/* Directories in which namespaces are mounted by name. */
static const struct {
	const char *folder, *prefix;
} named[] = {
	{ "/run/netns", "" },			/* ip-netns(8) */
	{ "/run/docker/netns", "docker-netns:" },
};

/* A namespace that scan() found. */
struct seen {
	uint64_t inode;
	uint32_t pid;		/* the lowest pid in it, or 0 */
	char *name;		/* its name by a file in @named, or NULL */
	char *path;		/* path of this file */
	char *shown;		/* cached result of name_of(), or NULL */
};

static struct seen *seen;
static size_t n_seen, room_seen;
static bool scanned;

static struct seen *find(uint64_t inode)
{
	size_t i;

	for (i = 0; i < n_seen; i++)
		if (seen[i].inode == inode)
			return &seen[i];
	return NULL;
}

static struct seen *find_or_add(uint64_t inode)
{
	struct seen *s = find(inode);

	if (s)
		return s;
	seen = grow(seen, n_seen, &room_seen, sizeof(*seen));
	s = &seen[n_seen++];
	memset(s, 0, sizeof(*s));
	s->inode = inode;
	return s;
}

static void scan_folder(const char *folder, const char *prefix)
{
	DIR *dir = opendir(sys_path("%s", folder));
	struct str name = { 0 };
	struct dirent *d;
	struct stat st;
	struct seen *s;

	if (!dir)
		return;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.' || fstatat(dirfd(dir), d->d_name, &st, 0))
			continue;
		s = find_or_add(st.st_ino);
		if (s->name)
			continue;
		str_reset(&name);
		str_addf(&name, "%s%s", prefix, d->d_name);
		s->name = xstrdup(name.s);
		s->path = xstrdup(sys_path("%s/%s", folder, d->d_name));
	}
	closedir(dir);
	str_free(&name);
}

static bool ns_inode(int dir, const char *path, uint64_t *inode)
{
	char link[64];
	ssize_t n = readlinkat(dir, path, link, sizeof(link));

	return n > 6 && n < (ssize_t)sizeof(link) && !memcmp(link, "net:[", 5) &&
	       link[n - 1] == ']' && parse_u64(link + 5, n - 6, UINT64_MAX, inode);
}

bool netns_inode(const char *path, uint64_t *inode)
{
	return ns_inode(AT_FDCWD, path, inode);
}

static void scan_proc(void)
{
	DIR *dir = opendir(sys_path("/proc"));
	uint64_t pid, inode;
	struct dirent *d;
	struct seen *s;
	char path[64];

	if (!dir)
		return;
	while ((d = readdir(dir))) {
		if (!parse_u64(d->d_name, strlen(d->d_name), UINT32_MAX, &pid))
			continue;
		snprintf(path, sizeof(path), "%u/ns/net", (unsigned int)pid);
		if (!ns_inode(dirfd(dir), path, &inode))
			continue;
		s = find_or_add(inode);
		if (!s->pid || pid < s->pid)
			s->pid = pid;
	}
	closedir(dir);
}

static void scan(void)
{
	size_t i;

	if (scanned)
		return;
	scanned = true;
	for (i = 0; i < ARRAY_SIZE(named); i++)
		scan_folder(named[i].folder, named[i].prefix);
	scan_proc();
}

/* Names made by programs: cni-UUID of Kubernetes, netns-UUID of Podman, and all of Docker's. */
static bool generated(const char *name)
{
	return !strncmp(name, "cni-", 4) || !strncmp(name, "netns-", 6) ||
	       !strncmp(name, "docker-netns:", 13);
}

/*
 * Adds the pod or container that a process runs in: "pod:default/web-7d4b", "docker:web", or
 * "docker:0123456789ab" if its name is not known. Returns false if it runs in none.
 */
static bool put_container(struct str *out, uint32_t pid)
{
	const char *unit = pid ? cgroup_unit_of_pid(pid) : NULL, *name, *slash;

	if (!unit || !strchr(unit, ':'))
		return false;
	name = cgroup_container_of_pid(pid);
	slash = name ? strchr(name, '/') : NULL;
	if (slash) {
		/* a pod's containers share the namespace, so leave out the container's name */
		slash += 1 + strcspn(slash + 1, "/");
		str_addf(out, "pod:%.*s", (int)(slash - name), name);
	} else if (name) {
		str_addf(out, "%.*s:%s", (int)strcspn(unit, ":"), unit, name);
	} else {
		str_adds(out, unit);
	}
	return true;
}

static char *name_of(const struct seen *s)
{
	struct str name = { 0 };

	if (s->name && !generated(s->name))
		return xstrdup(s->name);
	if (put_container(&name, s->pid))
		return name.s;
	if (s->name)
		return xstrdup(s->name);
	if (s->pid)
		str_addf(&name, "pid:%u", s->pid);
	return name.s;
}

const char *netns_name(uint64_t inode)
{
	struct seen *s;

	scan();
	s = find(inode);
	if (s && !s->shown)
		s->shown = name_of(s);
	return s ? s->shown : NULL;
}

/* In /proc/PID/net/fib_trie: a line "|-- 172.17.0.2", and below it "/32 host LOCAL". */
static bool has_local4(FILE *file, const struct prefix *addr)
{
	bool here = false, found = false;
	char line[256], text[20];

	inet_ntop(AF_INET, addr->bytes, text, sizeof(text));
	while (!found && fgets(line, sizeof(line), file)) {
		const char *at = line + strspn(line, " ");

		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(at, "|-- ", 4))
			here = !strcmp(at + 4, text);
		else
			found = here && !strcmp(at, "/32 host LOCAL");
	}
	return found;
}

/* Each line of /proc/PID/net/if_inet6 begins with an address of 32 hex digits. */
static bool has_local6(FILE *file, const struct prefix *addr)
{
	char line[256], text[33];
	bool found = false;
	size_t i;

	for (i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", addr->bytes[i]);
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, text, 32);
	return found;
}

static bool has_address(uint32_t pid, const struct prefix *addr)
{
	bool v6 = addr->af == AF_INET6, found;
	FILE *file = fopen(sys_path("/proc/%u/net/%s", pid, v6 ? "if_inet6" : "fib_trie"), "re");

	if (!file)
		return false;
	found = v6 ? has_local6(file, addr) : has_local4(file, addr);
	fclose(file);
	return found;
}

const char *netns_of_address(const struct prefix *addr)
{
	uint64_t own = 0, found = 0;
	size_t i;

	netns_inode(sys_path("/proc/self/ns/net"), &own);
	scan();
	for (i = 0; i < n_seen; i++) {
		if (!seen[i].pid || seen[i].inode == own || !has_address(seen[i].pid, addr))
			continue;
		if (found)
			return NULL;
		found = seen[i].inode;
	}
	return found ? netns_name(found) : NULL;
}

void netns_forget(void)
{
	while (n_seen) {
		free(seen[--n_seen].name);
		free(seen[n_seen].path);
		free(seen[n_seen].shown);
	}
	scanned = false;
}

static bool by_pid(uint32_t pid, struct netns *ns)
{
	ns->pid = pid;
	ns->path = xstrdup(sys_path("/proc/%u/ns/net", pid));
	return !access(sys_path("/proc/%u", pid), F_OK);
}

static bool by_inode(uint64_t inode, struct netns *ns)
{
	struct seen *s;

	scan();
	s = find(inode);
	if (!s)
		return false;
	if (s->path)
		ns->path = xstrdup(s->path);
	else
		by_pid(s->pid, ns);
	ns->inode = inode;
	return true;
}

bool netns_at(size_t i, struct netns *ns)
{
	scan();
	if (i >= n_seen)
		return false;
	memset(ns, 0, sizeof(*ns));
	return by_inode(seen[i].inode, ns);
}

static bool by_name(const char *name, struct netns *ns)
{
	const char *path = sys_path("/run/netns/%s", name);

	if (!*name || strchr(name, '/') || access(path, F_OK))
		return false;
	ns->path = xstrdup(path);
	return true;
}

/* Any name that -A prints: "pid:812", a container's name, ... */
static bool by_shown_name(const char *name, struct netns *ns)
{
	const char *shown;
	uint64_t pid;
	size_t i;

	if (!strncmp(name, "pid:", 4) && parse_u64(name + 4, strlen(name + 4), UINT32_MAX, &pid))
		return by_pid(pid, ns);
	if (!strchr(name, ':'))
		return false;
	scan();
	for (i = 0; i < n_seen; i++) {
		shown = netns_name(seen[i].inode);
		if ((shown && !strcmp(shown, name)) ||
		    (seen[i].name && !strcmp(seen[i].name, name)))
			return by_inode(seen[i].inode, ns);
	}
	return false;
}

/* A file that nsenter(1) takes: /proc/1/ns/net, /run/netns/blue. */
static bool by_path(const char *path, struct netns *ns)
{
	if (!strchr(path, '/') || access(path, F_OK))
		return false;
	ns->path = xstrdup(path);
	return true;
}

bool netns_find(const char *word, struct netns *ns, struct fail *f)
{
	uint64_t n;
	bool is_number = parse_u64(word, strlen(word), UINT64_MAX, &n);

	memset(ns, 0, sizeof(*ns));
	if (by_name(word, ns) || by_path(word, ns) || by_shown_name(word, ns))
		return true;
	if (is_number && n < FIRST_INODE && by_pid(n, ns))
		return true;
	if (is_number && n >= FIRST_INODE && by_inode(n, ns))
		return true;
	netns_free(ns);
	return fail_set(f, ST_OTHER, "no network namespace '%.60s': neither a name of ip netns or "
			"of dualstack -A, nor a process, an inode that lsns shows, or a path",
			word);
}

bool netns_enter(const struct netns *ns, const char *word, struct fail *f)
{
	int fd = open(ns->path, O_RDONLY | O_CLOEXEC), err = errno;
	bool ok = fd >= 0 && !setns(fd, CLONE_NEWNET);

	if (fd >= 0) {
		err = errno;
		close(fd);
	}
	return ok || fail_errno(f, err, "cannot enter network namespace '%.60s'", word);
}

void netns_free(struct netns *ns)
{
	free(ns->path);
	memset(ns, 0, sizeof(*ns));
}
