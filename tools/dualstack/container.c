// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the name of a container by the id in its cgroup's path, in files that Docker, Podman and
 * the kubelet keep. It asks no daemon, so none has to run.
 */
#include <ctype.h>
#include <dirent.h>
#include <glob.h>
#include <pwd.h>
#include <stdlib.h>

#include "container.h"
#include "json.h"

#define ID 64
#define DOCKER_MOST (1 << 20)
#define PODMAN_MOST (16 << 20)

static size_t hex_digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && isxdigit((unsigned char)s[n]))
		n++;
	return n;
}

/* docker-<id>.scope, cri-containerd-<id>.scope, crio-<id>, libpod-<id>.scope, or <id> alone. */
static void find_id(const char *s, size_t len, struct container_path *p)
{
	static const char scope[] = ".scope";
	size_t end = len;

	if (len > sizeof(scope) && !memcmp(s + len - sizeof(scope) + 1, scope, sizeof(scope) - 1))
		end -= sizeof(scope) - 1;
	if (*p->id || end < ID || hex_digits(s + end - ID, ID) != ID ||
	    (end > ID && s[end - ID - 1] != '-'))
		return;
	memcpy(p->id, s + end - ID, ID);
	p->id[ID] = '\0';
}

/*
 * pod<uid>, or kubepods-burstable-pod<uid>.slice with underscores for dashes. The uid of a static
 * pod has no dashes.
 */
static void find_pod(const char *s, size_t len, struct container_path *p)
{
	static const char slice[] = ".slice", kube[] = "kubepods";
	size_t n = 0;

	if (len > sizeof(slice) && !memcmp(s + len - sizeof(slice) + 1, slice, sizeof(slice) - 1))
		len -= sizeof(slice) - 1;
	if (len > sizeof(kube) && !memcmp(s, kube, sizeof(kube) - 1)) {
		while (len > 4 && memcmp(s, "-pod", 4)) {
			s++;
			len--;
		}
		s++;
		len--;
	}
	if (len < 3 + 32 || len > 3 + 36 || memcmp(s, "pod", 3))
		return;
	for (s += 3, len -= 3; len; s++, len--)
		p->pod_uid[n++] = *s == '_' ? '-' : *s;
	p->pod_uid[n] = '\0';
	if (strspn(p->pod_uid, "0123456789abcdefABCDEF-") != n)
		p->pod_uid[0] = '\0';
}

/* user-1000.slice: the user of a rootless container. */
static void find_user(const char *s, size_t len, struct container_path *p)
{
	static const char head[] = "user-", tail[] = ".slice";
	size_t around = sizeof(head) + sizeof(tail) - 2;
	uint64_t uid;

	if (len <= around || memcmp(s, head, sizeof(head) - 1) ||
	    memcmp(s + len - sizeof(tail) + 1, tail, sizeof(tail) - 1) ||
	    !parse_u64(s + sizeof(head) - 1, len - around, UINT32_MAX, &uid))
		return;
	p->user = uid;
	p->rootless = uid;
}

void container_path_parse(const char *path, struct container_path *p)
{
	size_t len;

	memset(p, 0, sizeof(*p));
	for (; *path; path += len) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		find_user(path, len, p);
		find_pod(path, len, p);
		find_id(path, len, p);
	}
}

/* Finds an entry of a directory by its suffix, and writes the part before it to @out. */
static bool find_entry(const char *folder, const char *suffix, struct str *out)
{
	DIR *dir = opendir(sys_path("%s", folder));
	size_t tail = strlen(suffix), len;
	struct dirent *d;

	str_reset(out);
	while (dir && !out->len && (d = readdir(dir))) {
		len = strlen(d->d_name);
		if (len > tail && !strcmp(d->d_name + len - tail, suffix))
			str_add(out, d->d_name, len - tail);
	}
	if (dir)
		closedir(dir);
	return out->len;
}

/* Names in Kubernetes have no underscore, so the kubelet puts one between two names. */
static bool split(char *text, char *parts[], size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		parts[i] = text ? strsep(&text, "_") : NULL;
		if (!parts[i] || !*parts[i])
			return false;
	}
	return !text;
}

/* /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log, /var/log/pods/NAMESPACE_POD_UID */
static bool by_kubelet(const struct container_path *p, struct str *out)
{
	struct str entry = { 0 }, suffix = { 0 };
	char *part[3];
	bool found;

	str_addf(&suffix, "-%s.log", p->id);
	found = *p->id && find_entry("/var/log/containers", suffix.s, &entry) &&
		split(entry.s, part, 3);
	if (found)
		str_addf(out, "%s/%s/%s", part[1], part[0], part[2]);
	suffix.len = 0;
	str_addf(&suffix, "_%s", p->pod_uid);
	if (!found && *p->pod_uid && find_entry("/var/log/pods", suffix.s, &entry) &&
	    split(entry.s, part, 2)) {
		str_addf(out, "%s/%s", part[0], part[1]);
		found = true;
	}
	str_free(&entry);
	str_free(&suffix);
	return found;
}

/* Writes to @out where the runtime keeps the containers of root, or of a user. */
static bool put_store(struct str *out, const struct container_path *p, const char *roots,
		      const char *users)
{
	const struct passwd *pw = p->rootless ? getpwuid(p->user) : NULL;

	str_reset(out);
	if (p->rootless && !pw)
		return false;
	str_addf(out, "%s%s", pw ? pw->pw_dir : "", pw ? users : roots);
	return true;
}

/* The name in config.v2.json begins with a slash. */
static bool by_docker(const struct container_path *p, struct str *out)
{
	struct str store = { 0 };
	const char *name = NULL;
	json_t *root = NULL;

	if (put_store(&store, p, "/var/lib/docker", "/.local/share/docker"))
		root = json_file(sys_path("%s/containers/%s/config.v2.json", store.s, p->id),
				 DOCKER_MOST);
	name = json_text(root, "Name");
	if (name && *name == '/' && name[1])
		str_adds(out, name + 1);
	else
		name = NULL;
	json_decref(root);
	str_free(&store);
	return name;
}

/* Looks in one of Podman's lists: [{"id": ..., "names": ["web"]}, ...] */
static bool in_list(const char *path, const char *id, struct str *out)
{
	json_t *root = json_file(path, PODMAN_MOST), *container;
	const char *name = NULL, *its;
	size_t i;

	json_array_foreach(root, i, container) {
		its = json_text(container, "id");
		if (its && !strcmp(its, id)) {
			name = json_string_value(json_array_get(json_object_get(container, "names"),
								0));
			break;
		}
	}
	if (name)
		str_adds(out, name);
	json_decref(root);
	return name;
}

/* For any storage driver: overlay, btrfs, vfs. Volatile containers have a list of their own. */
static bool by_podman(const struct container_path *p, struct str *out)
{
	struct str store = { 0 };
	bool found = false;
	size_t i;
	glob_t g;

	if (put_store(&store, p, "/var/lib/containers/storage",
		      "/.local/share/containers/storage") &&
	    !glob(sys_path("%s/*-containers/*containers.json", store.s), 0, NULL, &g)) {
		for (i = 0; i < g.gl_pathc && !found; i++)
			found = in_list(g.gl_pathv[i], p->id, out);
		globfree(&g);
	}
	str_free(&store);
	return found;
}

/* A cache: the units inside a container have cgroups of their own, but the same container. */
static struct asked {
	struct asked *next;
	struct container_path path;
	char *name;			/* NULL: not known */
} *asked;

static const struct asked *ask(const struct container_path *p)
{
	struct str name = { 0 };
	struct asked *a;

	for (a = asked; a; a = a->next)
		if (!strcmp(a->path.id, p->id) && !strcmp(a->path.pod_uid, p->pod_uid))
			return a;
	a = xcalloc(1, sizeof(*a));
	a->path = *p;
	if (by_kubelet(p, &name) || (*p->id && (by_docker(p, &name) || by_podman(p, &name))))
		a->name = name.s;
	a->next = asked;
	return asked = a;
}

bool container_name(const char *path, struct str *out)
{
	struct container_path p;
	const struct asked *a;

	container_path_parse(path, &p);
	if (!*p.id && !*p.pod_uid)
		return false;
	a = ask(&p);
	if (a->name)
		str_adds(out, a->name);
	return a->name;
}

void container_forget(void)
{
	struct asked *a;

	while ((a = asked)) {
		asked = a->next;
		free(a->name);
		free(a);
	}
}
