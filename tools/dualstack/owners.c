// SPDX-License-Identifier: GPL-2.0-only
/* Finds the processes that hold sockets, in the module's debugfs file or in /proc/PID/fd. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "owners.h"
#include "scope.h"

/*
 * Finds the row of an inode, and collects owners. @slots is a hash table, since every open socket
 * of the machine may have to be looked up. @row_of has the row of each entry in @found.
 */
struct search {
	struct table *t;
	uint32_t *slots;		/* index of a row plus 1; 0: empty */
	size_t mask;
	struct owner *found;
	uint32_t *row_of;
	size_t n, room, row_room;
	bool denied;			/* permission denied for some process */
};

static size_t slot_of(const struct search *s, uint64_t inode)
{
	uint64_t h = inode * 0x9e3779b97f4a7c15ull;

	return (h >> 32) & s->mask;
}

static void search_init(struct search *s, struct table *t)
{
	size_t i, at, size = 64;

	memset(s, 0, sizeof(*s));
	s->t = t;
	while (size < t->n * 2)
		size *= 2;
	s->mask = size - 1;
	s->slots = xcalloc(size, sizeof(*s->slots));
	for (i = 0; i < t->n; i++) {
		if (!t->rows[i].inode)
			continue;
		for (at = slot_of(s, t->rows[i].inode); s->slots[at]; at = (at + 1) & s->mask)
			;
		s->slots[at] = i + 1;
	}
}

/* Finds the next row with that inode, from slot @at on. A table of one kernel has only one. */
static bool next_row(const struct search *s, uint64_t inode, size_t *at, uint32_t *row)
{
	for (; s->slots[*at]; *at = (*at + 1) & s->mask) {
		if (s->t->rows[s->slots[*at] - 1].inode != inode)
			continue;
		*row = s->slots[*at] - 1;
		*at = (*at + 1) & s->mask;
		return true;
	}
	return false;
}

static bool wanted(const struct search *s, uint64_t inode)
{
	size_t at = slot_of(s, inode);
	uint32_t row;

	return next_row(s, inode, &at, &row);
}

static void add(struct search *s, uint64_t inode, uint32_t pid, uint32_t fd, const char *comm)
{
	size_t at = slot_of(s, inode);
	uint32_t row;

	while (next_row(s, inode, &at, &row)) {
		s->found = grow(s->found, s->n, &s->room, sizeof(*s->found));
		s->row_of = grow(s->row_of, s->n, &s->row_room, sizeof(*s->row_of));
		s->row_of[s->n] = row;
		s->found[s->n++] = (struct owner){
			.inode = inode, .pid = pid, .fd = fd, .comm = comm,
		};
		s->t->rows[row].n_owners++;
	}
}

static int cmp_owner(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->fd < y->fd ? -1 : x->fd > y->fd;
}

/* Keeps one entry for each process, even if it has several descriptors of the socket. */
static uint32_t unique(struct owner *o, uint32_t n)
{
	uint32_t i, kept = 0;

	if (n > 1)
		qsort(o, n, sizeof(*o), cmp_owner);
	for (i = 0; i < n; i++)
		if (!kept || o[kept - 1].pid != o[i].pid)
			o[kept++] = o[i];
	return kept;
}

/* Sorts the owners by row: row.n_owners says how large each row's part of the array is. */
static void search_end(struct search *s)
{
	struct table *t = s->t;
	struct owner *all = xmalloc((s->n + 1) * sizeof(*all)), *at = all;
	size_t i;

	for (i = 0; i < t->n; i++) {
		t->rows[i].owners = t->rows[i].n_owners ? at : NULL;
		at += t->rows[i].n_owners;
		t->rows[i].n_owners = 0;
	}
	for (i = 0; i < s->n; i++) {
		struct row *r = &t->rows[s->row_of[i]];

		((struct owner *)r->owners)[r->n_owners++] = s->found[i];
	}
	for (i = 0; i < t->n; i++)
		t->rows[i].n_owners = unique((struct owner *)t->rows[i].owners,
					     t->rows[i].n_owners);
	free(t->owners);
	t->owners = all;
	t->n_owners = s->n;
	free(s->found);
	free(s->row_of);
	free(s->slots);
}

static void forget_owners(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		t->rows[i].owners = NULL;
		t->rows[i].n_owners = 0;
	}
}

/* Undoes the kernel's escapes of comm: \ooo, \n, \t, \\. Any other backslash is kept. */
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

	forget_owners(t);
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
		t->owners_all = true;
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
		s->denied |= errno == EACCES || errno == EPERM;
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

void owners_walk(struct table *t)
{
	struct search s;

	forget_owners(t);
	search_init(&s, t);
	if (t->n)
		walk_proc(&s);
	t->owners_all = !s.denied && !geteuid();
	search_end(&s);
}

/*
 * A listener of the path manager belongs to root, and is bound to an address that can be announced
 * to a peer.
 */
static bool may_be_path_managers(const struct row *r)
{
	return r->has & HAS_MPTCP && !r->addr->any && !r->uid && !r->n_owners &&
	       row_scope(r) != SCOPE_HOST;
}

bool owners_mark_subflows(struct table *t)
{
	bool found = false;
	size_t i;

	for (i = 0; i < t->n; i++) {
		struct row *r = &t->rows[i];

		r->subflows = SUBFLOWS_NO;
		if (!may_be_path_managers(r))
			continue;
		r->subflows = t->owners_all ? SUBFLOWS_ONLY : SUBFLOWS_PERHAPS;
		found = true;
	}
	return found;
}

bool owners_load(struct table *t, struct fail *f)
{
	bool done;

	if (!from_debugfs(t, f, &done))
		return false;
	if (!done)
		owners_walk(t);
	owners_mark_subflows(t);
	return true;
}

bool process_text(const struct row *r, size_t max, enum escape how, struct str *out)
{
	const char *comm = NULL;
	uint32_t i;

	for (i = 0; i < r->n_owners && i < max; i++) {
		const struct owner *o = &r->owners[i];

		if (comm && !strcmp(comm, o->comm)) {
			str_addc(out, ',');
		} else {
			str_adds(out, comm ? ")," : "");
			escape_name(out, o->comm, how);
			str_addc(out, '(');
		}
		str_addu(out, o->pid);
		comm = o->comm;
	}
	if (i)
		str_addc(out, ')');
	if (i < r->n_owners) {
		str_adds(out, ",+");
		str_addu(out, r->n_owners - i);
	}
	return r->n_owners;
}
