// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds the listening sockets: one walk over the tasks' open files, at open. Threads that share
 * a file table are listed once.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <net/inet_sock.h>
#include <net/tcp_states.h>
#include "compat.h"
#include "mem.h"
#include "owners.h"
#include "stats.h"
#include "text.h"

/* Files of one task that are looked at without letting go of its file table. */
#define BATCH	512
#define CHUNK	256

/**
 * struct owner - one holder of one socket
 * @inode: of the socket
 * @pid: the holder, as the reader's pid namespace numbers it
 * @fd: file descriptor
 * @comm: name of the holder
 */
struct owner {
	u64 inode;
	pid_t pid;
	int fd;
	char comm[TASK_COMM_LEN];
};

/**
 * struct owners - all holders of all listening sockets
 * @chunk: CHUNK of them in each
 * @nchunks: chunks allocated
 * @maxchunks: room in @chunk
 * @n: holders found
 * @task: whose files are looked at now
 * @pid: its number
 * @left: files that may still be looked at in this batch
 */
struct owners {
	struct owner **chunk;
	u32 nchunks;
	u32 maxchunks;
	u32 n;
	struct task_struct *task;
	pid_t pid;
	int left;
};

static struct owner *owner_at(const struct owners *owners, u32 i)
{
	return &owners->chunk[i / CHUNK][i % CHUNK];
}

static int add_chunk(struct owners *owners)
{
	struct owner **chunk = owners->chunk;

	if (owners->nchunks == owners->maxchunks) {
		u32 max = max(owners->maxchunks * 2, 4U);

		chunk = kvmalloc_array(max, sizeof(*chunk), DS_GFP);
		if (!chunk)
			return -ENOMEM;
		if (owners->nchunks)
			memcpy(chunk, owners->chunk, owners->nchunks * sizeof(*chunk));
		kvfree(owners->chunk);
		owners->chunk = chunk;
		owners->maxchunks = max;
	}
	chunk[owners->nchunks] = kvmalloc_array(CHUNK, sizeof(struct owner), DS_GFP);
	if (!chunk[owners->nchunks])
		return -ENOMEM;
	owners->nchunks++;
	return 0;
}

static bool has_room(const struct owners *owners)
{
	return owners->n < owners->nchunks * CHUNK;
}

static int make_room(struct owners *owners)
{
	return has_room(owners) ? 0 : add_chunk(owners);
}

/* The sockets that programs hold; an MPTCP one stands for the TCP listener inside it. */
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
	/* the task's name is guarded by the lock that is held here */
	strscpy_pad(owner->comm, owners->task->comm, sizeof(owner->comm));
}

/* For iterate_fd(): not 0 stops it, and tells one more than where to go on. */
static int visit(const void *arg, struct file *file, unsigned int fd)
{
	struct owners *owners = (struct owners *)arg;
	const struct socket *sock;

	if (!owners->left-- || !has_room(owners))
		return fd + 1;
	sock = ds_sock_from_file(file);
	if (sock && sock->sk && is_listed(sock->sk))
		add(owners, sock, fd);
	return 0;
}

static int walk_files(struct owners *owners)
{
	unsigned int from = 0;
	int stopped, err;

	do {
		err = make_room(owners);
		if (err)
			return err;
		owners->left = BATCH;
		task_lock(owners->task);
		stopped = owners->task->files ?
			iterate_fd(owners->task->files, from, visit, owners) : 0;
		task_unlock(owners->task);
		from = stopped - 1;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	} while (stopped);
	return 0;
}

/* Whether no thread before this one in its group shares its file table; under RCU. */
static bool is_first_of_table(const struct task_struct *task)
{
	const struct files_struct *files = READ_ONCE(task->files);
	struct task_struct *thread;

	if (!files)
		return false;
	for_each_thread(task->group_leader, thread)
		if (READ_ONCE(thread->files) == files)
			return thread == task;
	return false;
}

/* The next task with a file table that was not seen yet, with a reference. */
static struct task_struct *next_task_from(pid_t *nr, struct pid_namespace *ns)
{
	struct task_struct *task = NULL;
	int passed = 0;
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
		if (task && !is_first_of_table(task))
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

static int walk_tasks(struct owners *owners)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	pid_t nr = 1;
	int err = 0;

	while (!err && nr > 0) {
		owners->task = next_task_from(&nr, ns);
		if (!owners->task)
			continue;
		owners->pid = nr++;
		err = walk_files(owners);
		put_task_struct(owners->task);
	}
	return err;
}

static void free_owners(struct owners *owners)
{
	u32 i;

	for (i = 0; i < owners->nchunks; i++)
		kvfree(owners->chunk[i]);
	kvfree(owners->chunk);
	kfree(owners);
}

static void *start(struct seq_file *m, loff_t *pos)
{
	const struct owners *owners = m->private;

	return *pos <= owners->n ? pos : NULL;
}

static void *next(struct seq_file *m, void *v, loff_t *pos)
{
	if (!(++*pos & 0xff))
		cond_resched();
	return start(m, pos);
}

static void stop(struct seq_file *m, void *v)
{
}

/* A name may hold anything: what is not plain ASCII is written in octal, as is the backslash. */
static void put_comm(struct seq_file *m, const char *comm)
{
	for (; *comm; comm++) {
		if (*comm >= ' ' && *comm <= '~' && *comm != '\\')
			seq_putc(m, *comm);
		else
			seq_printf(m, "\\%03o", (unsigned char)*comm);
	}
}

/* Place 0 is the header. */
static int show(struct seq_file *m, void *v)
{
	loff_t pos = *(loff_t *)v;
	const struct owner *owner;

	if (!pos) {
		seq_puts(m, "inode pid fd comm\n");
		return 0;
	}
	owner = owner_at(m->private, pos - 1);
	seq_put_decimal_ull(m, "", owner->inode);
	seq_put_decimal_ull(m, " ", owner->pid);
	seq_put_decimal_ull(m, " ", owner->fd);
	seq_putc(m, ' ');
	put_comm(m, owner->comm);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations owners_seq_ops = {
	.start	= start,
	.next	= next,
	.stop	= stop,
	.show	= show,
};

static int owners_open(struct inode *inode, struct file *file)
{
	struct owners *owners = kzalloc(sizeof(*owners), DS_GFP);
	struct seq_file *m;
	int err;

	if (!owners)
		return -ENOMEM;
	err = walk_tasks(owners);
	if (!err)
		err = seq_open(file, &owners_seq_ops);
	if (err) {
		atomic64_inc(&ds_stats.failures);
		free_owners(owners);
		return err;
	}
	m = file->private_data;
	m->private = owners;
	ds_seq_enlarge(m, (owners->n + 1) * 32UL);
	return 0;
}

static int owners_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	free_owners(m->private);
	return seq_release(inode, file);
}

const struct file_operations ds_owners_fops = {
	.owner		= THIS_MODULE,
	.open		= owners_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= owners_release,
};
