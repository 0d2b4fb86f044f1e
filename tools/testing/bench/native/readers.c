// SPDX-License-Identifier: GPL-2.0-only
/* The readers. None makes a system call, whose cost would be the same for all. */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/file.h>
#include <linux/inet_diag.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sock_diag.h>
#include <linux/string.h>
#include <linux/uio.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include "native.h"

/* ------------------------------------------------------------------ files */

/* Files without read_iter are seq_files, whose read() does this with a user's buffer. */
static ssize_t read_some(struct file *file, void *buf, loff_t *pos)
{
	struct kvec vec = { .iov_base = buf, .iov_len = READ_BYTES };
	struct kiocb iocb = { .ki_filp = file, .ki_pos = *pos };
	struct iov_iter to;
	ssize_t n;

	if (file->f_op->read_iter)
		return kernel_read(file, buf, READ_BYTES, pos);
	iov_iter_kvec(&to, READ, &vec, 1, READ_BYTES);
	n = seq_read_iter(&iocb, &to);
	*pos = iocb.ki_pos;
	return n;
}

static u64 count_lines(const char *text, size_t len)
{
	const char *end = text + len;
	u64 lines = 0;

	for (; text < end; text++)
		lines += *text == '\n';
	return lines;
}

/**
 * native_read_file() - read a file from its beginning to its end
 * @path: its path
 * @reading: result; the bytes and rows are added to it
 * @buf: buffer of READ_BYTES, which holds the last read afterwards
 * @header: the first line is not a row
 *
 * Return: 0 or a negative errno.
 */
int native_read_file(const char *path, struct native_reading *reading, void *buf, bool header)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	while ((n = read_some(file, buf, &pos)) > 0) {
		reading->bytes += n;
		if (reading->count)
			reading->rows += count_lines(buf, n);
	}
	if (reading->count)
		reading->rows -= header;
	filp_close(file, NULL);
	return n;
}

static int read_ours(struct native_reading *reading, void *buf)
{
	return native_read_file("/proc/net/dualstack", reading, buf, true);
}

static int read_four(struct native_reading *reading, void *buf)
{
	static const char * const path[] = {
		"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6",
	};
	int err = 0, i;

	for (i = 0; i < ARRAY_SIZE(path) && !err; i++)
		err = native_read_file(path[i], reading, buf, true);
	return err;
}

/* ------------------------------------------------------------------ sock_diag, as ss -ltun asks */

#define SEQ		0x64756131
#define DIAG_BYTES	32768

static int ask(struct socket *sock, u8 family, u8 protocol)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} request = {
		.head = {
			.nlmsg_len	= sizeof(request),
			.nlmsg_type	= SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags	= NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq	= SEQ,
		},
		.req = {
			.sdiag_family	= family,
			.sdiag_protocol	= protocol,
			.idiag_states	= TCPF_LISTEN | TCPF_CLOSE,
		},
	};
	struct kvec vec = { .iov_base = &request, .iov_len = sizeof(request) };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = { .msg_name = &kernel, .msg_namelen = sizeof(kernel) };
	int n = kernel_sendmsg(sock, &msg, &vec, 1, sizeof(request));

	return min(n, 0);
}

static void count_messages(struct native_reading *reading, const void *buf, int len)
{
	const struct nlmsghdr *head = buf;

	for (; nlmsg_ok(head, len); head = nlmsg_next(head, &len))
		reading->rows += head->nlmsg_type == SOCK_DIAG_BY_FAMILY;
}

/* Whether a dump ended, by its last message. Return: 1 or 0, or -EPROTO. */
static int ended(const void *buf, int len)
{
	const int size = nlmsg_total_size(sizeof(int));
	const struct nlmsghdr *head = buf;

	if (len < size || head->nlmsg_type == NLMSG_ERROR)
		return -EPROTO;
	head = buf + len - size;
	return head->nlmsg_len == size && head->nlmsg_type == NLMSG_DONE && head->nlmsg_seq == SEQ;
}

static int receive(struct socket *sock, struct native_reading *reading, void *buf)
{
	int ret;

	do {
		struct kvec vec = { .iov_base = buf, .iov_len = DIAG_BYTES };
		struct msghdr msg = { };

		ret = kernel_recvmsg(sock, &msg, &vec, 1, DIAG_BYTES, 0);
		if (ret < 0)
			return ret;
		reading->bytes += ret;
		if (reading->count)
			count_messages(reading, buf, ret);
		ret = ended(buf, ret);
	} while (!ret);
	return min(ret, 0);
}

static int read_diag(struct native_reading *reading, void *buf)
{
	static const u8 family[] = { AF_INET, AF_INET6 };
	static const u8 protocol[] = { IPPROTO_UDP, IPPROTO_TCP };
	struct socket *sock;
	struct file *file;
	int err, i;

	err = sock_create_kern(current->nsproxy->net_ns, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG,
			       &sock);
	if (err)
		return err;
	/* inet_diag needs the socket's file for the capabilities of its opener */
	file = sock_alloc_file(sock, O_RDWR, NULL);
	if (IS_ERR(file))
		return PTR_ERR(file);
	for (i = 0; i < 4 && !err; i++) {
		err = ask(sock, family[i & 1], protocol[i >> 1]);
		if (!err)
			err = receive(sock, reading, buf);
	}
	fput(file);
	return err;
}

const struct native_reader native_readers[] = {
	{ "/proc/net/dualstack", read_ours },
	{ "/proc/net/{tcp,tcp6,udp,udp6}", read_four },
	{ "sock_diag dump", read_diag },
};

const unsigned int native_nreaders = ARRAY_SIZE(native_readers);
