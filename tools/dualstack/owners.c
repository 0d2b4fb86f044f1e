// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "owners.h"

/* What both ways fill: the inodes that rows have, and the owners found for them. */
struct search {
	struct table *t;
	uint64_t *inodes;
	size_t n;
	size_t room;			/* of t->owners */
};

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void search_init(struct search *s, struct table *t)
{
	size_t i;

	s->t = t;
	s->n = 0;
	s->room = 0;
	s->inodes = xmalloc((t->n + 1) * sizeof(*s->inodes));
	free(t->owners);
	t->owners = NULL;
	t->n_owners = 0;
	for (i = 0; i < t->n; i++)
		if (t->rows[i].inode)
			s->inodes[s->n++] = t->rows[i].inode;
	qsort(s->inodes, s->n, sizeof(*s->inodes), cmp_u64);
}

static bool wanted(const struct search *s, uint64_t inode)
{
	return bsearch(&inode, s->inodes, s->n, sizeof(*s->inodes), cmp_u64) != NULL;
}

static void add(struct search *s, uint64_t inode, uint32_t pid, uint32_t fd, const char *comm)
{
	struct table *t = s->t;

	t->owners = grow(t->owners, t->n_owners, &s->room, sizeof(*t->owners));
	t->owners[t->n_owners++] = (struct owner){
		.inode = inode, .pid = pid, .fd = fd, .comm = comm,
	};
}

static int cmp_owner(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->fd < y->fd ? -1 : x->fd > y->fd;
}

/* One entry a process: a second descriptor of the same socket is no second owner. */
static void unique(struct table *t)
{
	size_t i, n = 0;

	qsort(t->owners, t->n_owners, sizeof(*t->owners), cmp_owner);
	for (i = 0; i < t->n_owners; i++) {
		if (n && t->owners[n - 1].inode == t->owners[i].inode &&
		    t->owners[n - 1].pid == t->owners[i].pid)
			continue;
		t->owners[n++] = t->owners[i];
	}
	t->n_owners = n;
}

static size_t first_of(const struct table *t, uint64_t inode)
{
	size_t lo = 0, hi = t->n_owners;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->owners[mid].inode < inode)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void search_end(struct search *s)
{
	struct table *t = s->t;
	size_t i, at;

	free(s->inodes);
	if (t->n_owners)
		unique(t);
	for (i = 0; i < t->n; i++) {
		struct row *r = &t->rows[i];

		r->owners = NULL;
		r->n_owners = 0;
		if (!r->inode)
			continue;
		at = first_of(t, r->inode);
		while (at + r->n_owners < t->n_owners &&
		       t->owners[at + r->n_owners].inode == r->inode)
			r->n_owners++;
		if (r->n_owners)
			r->owners = &t->owners[at];
	}
}

/* comm as the kernel escapes it: \ooo, \n, \t, \\; any other backslash stands for itself. */
static const char *unescape(struct search *s, const char *text, size_t len)
{
	char out[256];
	size_t i = 0, n = 0;

	while (i < len && n < sizeof(out)) {
		unsigned int oct = 0, k = 1;

		if (text[i] != '\\' || i + 1 == len) {
			out[n++] = text[i++];
			continue;
		}
		while (k < 4 && i + k < len && text[i + k] >= '0' && text[i + k] <= '7')
			oct = oct * 8 + text[i + k++] - '0';
		if (k == 4) {
			out[n++] = oct;
			i += 4;
			continue;
		}
		switch (text[i + 1]) {
		case 'n':
			out[n++] = '\n';
			break;
		case 't':
			out[n++] = '\t';
			break;
		case '\\':
			out[n++] = '\\';
			break;
		default:
			out[n++] = '\\';
			i--;
		}
		i += 2;
	}
	return table_name(s->t, out, strnlen(out, n));
}

static bool number(const char **at, const char *end, uint64_t max, uint64_t *out)
{
	const char *s = *at, *stop = s;

	while (s < end && *s == ' ')
		s++;
	stop = s;
	while (stop < end && *stop != ' ')
		stop++;
	*at = stop;
	return parse_u64(s, stop - s, max, out);
}

static bool parse_owner(struct search *s, const char *at, const char *end)
{
	uint64_t inode, pid, fd;

	if (!number(&at, end, UINT64_MAX, &inode) || !number(&at, end, UINT32_MAX, &pid) ||
	    !number(&at, end, UINT32_MAX, &fd))
		return false;
	at += at < end;
	if (wanted(s, inode))
		add(s, inode, pid, fd, unescape(s, at, end - at));
	return true;
}

static bool is_header(const char *s, size_t len)
{
	static const char *const words[] = { "inode", "pid", "fd", "comm" };
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		while (len && *s == ' ') {
			s++;
			len--;
		}
		n = strlen(words[i]);
		if (len < n || memcmp(s, words[i], n))
			return false;
		s += n;
		len -= n;
	}
	return !len;
}

bool owners_parse(struct table *t, const char *text, size_t len, const char *name,
		  struct fail *f)
{
	const char *at = text, *end = text + len, *nl;
	unsigned long line = 0;
	struct search s;
	bool ok = true;

	search_init(&s, t);
	while (ok && at < end) {
		nl = memchr(at, '\n', end - at);
		nl = nl ? nl : end;
		ok = line++ ? parse_owner(&s, at, nl) : is_header(at, nl - at);
		if (!ok)
			fail_set(f, ST_OTHER, "%s: line %lu: not a line of owners", name, line);
		at = nl + (nl < end);
	}
	search_end(&s);
	return ok;
}

static bool read_all(int fd, struct str *s)
{
	char *buf = xmalloc(128 * 1024);
	ssize_t n;

	str_reset(s);
	while ((n = read(fd, buf, 128 * 1024)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			str_add(s, buf, n);
	free(buf);
	return !n;
}

static bool from_debugfs(struct table *t, struct fail *f, bool *done)
{
	const char *path = sys_path("/sys/kernel/debug/dualstack/owners");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct str s = { 0 };
	bool ok = true;

	*done = false;
	if (fd < 0)
		return true;
	if (read_all(fd, &s)) {
		*done = true;
		ok = owners_parse(t, s.s, s.len, "owners", f);
	}
	close(fd);
	str_free(&s);
	return ok;
}

static const char *read_comm(struct search *s, int pid_dir)
{
	int fd = openat(pid_dir, "comm", O_RDONLY | O_CLOEXEC);
	char comm[64];
	ssize_t n;

	if (fd < 0)
		return "?";
	n = read(fd, comm, sizeof(comm));
	close(fd);
	if (n > 0 && comm[n - 1] == '\n')
		n--;
	return table_name(s->t, comm, n > 0 ? n : 0);
}

static bool socket_inode(int dir, const char *fd_name, uint64_t *inode)
{
	static const char head[] = "socket:[";
	char link[64];
	ssize_t n = readlinkat(dir, fd_name, link, sizeof(link));
	size_t skip = sizeof(head) - 1;

	if (n <= (ssize_t)skip || n == sizeof(link) || memcmp(link, head, skip))
		return false;
	return link[n - 1] == ']' && parse_u64(link + skip, n - skip - 1, UINT64_MAX, inode);
}

static void walk_fds(struct search *s, int pid_dir, uint32_t pid)
{
	int fds = openat(pid_dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fds < 0 ? NULL : fdopendir(fds);
	const char *comm = NULL;
	struct dirent *d;
	uint64_t fd, inode;

	if (!dir) {
		if (fds >= 0)
			close(fds);
		return;
	}
	while ((d = readdir(dir))) {
		if (!parse_u64(d->d_name, strlen(d->d_name), UINT32_MAX, &fd) ||
		    !socket_inode(fds, d->d_name, &inode) || !wanted(s, inode))
			continue;
		comm = comm ? comm : read_comm(s, pid_dir);
		add(s, inode, pid, fd, comm);
	}
	closedir(dir);
}

static void walk_proc(struct search *s)
{
	DIR *proc = opendir(sys_path("/proc"));
	struct dirent *d;
	uint64_t pid;
	int pid_dir;

	if (!proc)
		return;
	while ((d = readdir(proc))) {
		if (!parse_u64(d->d_name, strlen(d->d_name), UINT32_MAX, &pid))
			continue;
		pid_dir = openat(dirfd(proc), d->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (pid_dir < 0)
			continue;
		walk_fds(s, pid_dir, pid);
		close(pid_dir);
	}
	closedir(proc);
}

bool owners_load(struct table *t, struct fail *f)
{
	struct search s;
	bool done;

	if (!from_debugfs(t, f, &done))
		return false;
	if (done)
		return true;
	search_init(&s, t);
	if (s.n)
		walk_proc(&s);
	search_end(&s);
	return true;
}
