// SPDX-License-Identifier: GPL-2.0-only
/*
 * The content of debugfs's owners file: which tasks hold the listening sockets. One walk over the
 * open files of all tasks collects it. If threads of one process share a file table, it lists only
 * one of them.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <net/inet_sock.h>
#include <net/tcp_states.h>
#include "compat.h"
#include "mem.h"
#include "owners.h"
#include "stats.h"
#include "text.h"

/* How many descriptors to visit under one lock, and how many pids in one RCU read section. */
#define BATCH		512U
/* How many owners are allocated together. */
#define CHUNK		256U
/* The longest line: an inode, a pid, a descriptor, and a name with each character in octal. */
#define MAX_LINE	(20 + 1 + 10 + 1 + 10 + 1 + 4 * TASK_COMM_LEN + 1)

/**
 * struct owner - a task that holds a socket
 * @inode: inode of the socket
 * @pid: pid of the task in the reader's pid namespace
 * @fd: file descriptor
 * @comm: name of the task
 */
struct owner {
	u64 inode;
	pid_t pid;
	int fd;
	char comm[TASK_COMM_LEN];
};

/**
 * struct seen - a file table of a thread that does not share that of its group leader
 * @files: the table; never dereferenced
 * @tgid: the process
 */
struct seen {
	const void *files;
	pid_t tgid;
};

/**
 * struct owners - the holders of all listening sockets
 * @charge: the memory is charged to it while the holders are collected
 * @chunk: chunks of holders, CHUNK in each
 * @nchunks: number of chunks
 * @maxchunks: room in @chunk
 * @n: number of holders
 * @task: the task whose files are being visited
 * @pid: its pid in the reader's pid namespace
 * @seen: hash table of visited file tables, see struct seen
 * @nseen: number of file tables in @seen
 * @maxseen: number of slots in @seen, a power of two or 0
 */
struct owners {
	struct ds_charge *charge;
	struct owner **chunk;
	u32 nchunks;
	u32 maxchunks;
	u32 n;
	struct task_struct *task;
	pid_t pid;
	struct seen *seen;
	u32 nseen;
	u32 maxseen;
};

static struct owner *owner_at(const struct owners *owners, u32 i)
{
	return &owners->chunk[i / CHUNK][i % CHUNK];
}

static int more_chunks(struct owners *owners)
{
	u32 max = max(owners->maxchunks * 2, 4U);
	struct owner **chunk = ds_alloc(max, sizeof(*chunk));

	if (!chunk)
		return -ENOMEM;
	if (owners->nchunks)
		memcpy(chunk, owners->chunk, owners->nchunks * sizeof(*chunk));
	ds_free(owners->chunk);
	owners->chunk = chunk;
	owners->maxchunks = max;
	return 0;
}

static bool has_room(const struct owners *owners)
{
	return owners->n < owners->nchunks * CHUNK;
}

static int make_room(struct owners *owners)
{
	struct owner *chunk;
	int err = 0;

	if (has_room(owners))
		return 0;
	if (owners->nchunks == owners->maxchunks)
		err = more_chunks(owners);
	if (!err)
		err = ds_charge_add(owners->charge, CHUNK * sizeof(*chunk));
	if (err)
		return err;
	chunk = ds_alloc(CHUNK, sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	owners->chunk[owners->nchunks++] = chunk;
	return 0;
}

/* Whether to list a socket. A program holds an MPTCP socket, and not the TCP listener inside it. */
static bool is_listed(const struct sock *sk)
{
	int state = READ_ONCE(sk->sk_state);
	int family = READ_ONCE(sk->sk_family);

	if (family != AF_INET && family != AF_INET6)
		return false;
	switch (sk->sk_protocol) {
	case IPPROTO_TCP:
	case IPPROTO_MPTCP:
		return state == TCP_LISTEN;
	case IPPROTO_UDP:
		return state != TCP_ESTABLISHED && READ_ONCE(inet_sk(sk)->inet_num);
	default:
		return false;
	}
}

static void add(struct owners *owners, const struct socket *sock, unsigned int fd)
{
	struct owner *owner = owner_at(owners, owners->n++);

	owner->inode = SOCK_INODE((struct socket *)sock)->i_ino;
	owner->pid = owners->pid;
	owner->fd = fd;
	/* task_lock() is held, which protects comm */
	strscpy_pad(owner->comm, owners->task->comm, sizeof(owner->comm));
}

static void look_at(struct owners *owners, struct file *file, unsigned int fd)
{
	const struct socket *sock = file ? ds_sock_from_file(file) : NULL;

	if (sock && sock->sk && is_listed(sock->sk))
		add(owners, sock, fd);
}

/*
 * Visit up to BATCH descriptors from @fd on, open or not. iterate_fd() would walk over any number
 * of free descriptors with the lock held. Returns the next descriptor to visit, 0 at the end.
 */
static unsigned int walk_batch(struct owners *owners, struct files_struct *files, unsigned int fd)
{
	const struct fdtable *fdt;
	unsigned int end;

	spin_lock(&files->file_lock);
	fdt = files_fdtable(files);
	end = min(fdt->max_fds, fd + BATCH);
	for (; fd < end && has_room(owners); fd++)
		look_at(owners, rcu_dereference_check_fdtable(files, fdt->fd[fd]), fd);
	if (fd >= fdt->max_fds)
		fd = 0;
	spin_unlock(&files->file_lock);
	return fd;
}

static int walk_files(struct owners *owners)
{
	unsigned int fd = 0;
	int err;

	do {
		err = make_room(owners);
		if (err)
			return err;
		task_lock(owners->task);
		fd = owners->task->files ? walk_batch(owners, owners->task->files, fd) : 0;
		task_unlock(owners->task);
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	} while (fd);
	return 0;
}

static struct seen *seen_slot(const struct owners *owners, const struct seen *key)
{
	u32 mask = owners->maxseen - 1;
	u32 i = hash_ptr(key->files, 32) ^ hash_32(key->tgid, 32);

	for (;; i++) {
		struct seen *slot = &owners->seen[i & mask];

		if (!slot->files || (slot->files == key->files && slot->tgid == key->tgid))
			return slot;
	}
}

/* Double the hash table, which must not become more than half full. */
static int more_seen(struct owners *owners)
{
	struct seen *old = owners->seen, *more;
	u32 nold = owners->maxseen, max = max(nold * 2, 64U), i;
	int err = ds_charge_add(owners->charge, (max - nold) * sizeof(*more));

	if (err)
		return err;
	more = ds_zalloc(max, sizeof(*more));
	if (!more)
		return -ENOMEM;
	owners->seen = more;
	owners->maxseen = max;
	for (i = 0; i < nold; i++)
		if (old[i].files)
			*seen_slot(owners, &old[i]) = old[i];
	ds_free(old);
	return 0;
}

/* Remember a file table. Returns 1 if it was there for the same process, 0 or a negative errno. */
static int was_seen(struct owners *owners, const struct seen *key)
{
	struct seen *slot;
	int err = 0;

	if (owners->nseen >= owners->maxseen / 2)
		err = more_seen(owners);
	if (err)
		return err;
	slot = seen_slot(owners, key);
	if (slot->files)
		return 1;
	*slot = *key;
	owners->nseen++;
	return 0;
}

/* Whether a task does not share the file table of its group leader. Called under RCU. */
static bool has_own_table(const struct task_struct *task, struct seen *key)
{
	key->files = READ_ONCE(task->files);
	key->tgid = task->tgid;
	return key->files && key->files != READ_ONCE(task->group_leader->files);
}

/* Whether to visit a task: a group leader, or a thread with its own file table, which is @key. */
static bool is_wanted(const struct task_struct *task, struct seen *key)
{
	if (has_own_table(task, key))
		return true;
	key->files = NULL;
	return thread_group_leader((struct task_struct *)task);
}

/* Find the next task to visit, from pid *@nr on. Takes a reference. Sets *@nr to -1 at the end. */
static struct task_struct *next_task_from(pid_t *nr, struct pid_namespace *ns, struct seen *key)
{
	struct task_struct *task = NULL;
	unsigned int passed = 0;
	struct pid *pid;

	rcu_read_lock();
	while (!task && passed++ < BATCH) {
		pid = ds_find_ge_pid(*nr, ns);
		if (!pid) {
			*nr = -1;
			break;
		}
		*nr = pid_nr_ns(pid, ns);
		task = pid_task(pid, PIDTYPE_PID);
		if (task && !is_wanted(task, key))
			task = NULL;
		if (!task)
			++*nr;
	}
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	cond_resched();
	return task;
}

/* Visit a task's files, and drop the reference to the task. */
static int walk_task(struct owners *owners, struct task_struct *task, const struct seen *key)
{
	int seen = key->files ? was_seen(owners, key) : 0;

	owners->task = task;
	if (!seen)
		seen = walk_files(owners);
	put_task_struct(task);
	return min(seen, 0);
}

static int walk_tasks(struct owners *owners)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct task_struct *task;
	struct seen key;
	pid_t nr = 1;
	int err = 0;

	while (!err && nr > 0) {
		if (fatal_signal_pending(current))
			return -EINTR;
		task = next_task_from(&nr, ns, &key);
		if (!task)
			continue;
		owners->pid = nr++;
		err = walk_task(owners, task, &key);
	}
	return err;
}

static void free(void *content)
{
	struct owners *owners = content;
	u32 i;

	for (i = 0; i < owners->nchunks; i++)
		ds_free(owners->chunk[i]);
	ds_free(owners->chunk);
	ds_free(owners->seen);
	kfree(owners);
}

static void *take(struct ds_file *f)
{
	struct owners *owners = kzalloc(sizeof(*owners), DS_GFP);
	int err = -ENOMEM;

	if (owners) {
		owners->charge = &f->charge;
		err = walk_tasks(owners);
	}
	if (!err) {
		ds_charge_sub(&f->charge, owners->maxseen * sizeof(*owners->seen));
		ds_free(owners->seen);
		owners->seen = NULL;
		return owners;
	}
	atomic64_inc(&ds_stats.failures);
	if (owners)
		free(owners);
	return ERR_PTR(err);
}

/* Record 0 is the header. */
static u32 records(const void *content)
{
	const struct owners *owners = content;

	return owners->n + 1;
}

/* A name may have any characters. Write in octal what is not printable ASCII, and the backslash. */
static char *put_comm(char *p, const char *comm)
{
	for (; *comm; comm++) {
		unsigned char c = *comm;

		if (c >= ' ' && c <= '~' && c != '\\') {
			*p++ = c;
			continue;
		}
		*p++ = '\\';
		*p++ = '0' + (c >> 6);
		*p++ = '0' + (c >> 3 & 7);
		*p++ = '0' + (c & 7);
	}
	return p;
}

static char *put_owner(char *p, const struct owner *owner)
{
	p = ds_text_number(p, owner->inode);
	*p++ = ' ';
	p = ds_text_number(p, owner->pid);
	*p++ = ' ';
	p = ds_text_number(p, owner->fd);
	*p++ = ' ';
	p = put_comm(p, owner->comm);
	*p++ = '\n';
	return p;
}

static char *put(const struct ds_file *f, const void *content, u32 first, u32 n, char *p)
{
	u32 i;

	for (i = first; i < first + n; i++)
		p = i ? put_owner(p, owner_at(content, i - 1)) :
			ds_text_word(p, "inode pid fd comm\n");
	return p;
}

const struct ds_file_ops ds_owners_ops = {
	.max		= MAX_LINE,
	.take		= take,
	.free		= free,
	.records	= records,
	.put		= put,
};
