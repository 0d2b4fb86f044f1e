// SPDX-License-Identifier: GPL-2.0-only
/* One row of the table: what is kept of a socket, and its text. */
#include <linux/inet.h>
#include <linux/seq_file.h>
#include <linux/udp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/sock_reuseport.h>
#include <net/udp.h>
#include "compat.h"
#include "row.h"
#include "text.h"

static void fill_address(struct ds_row *row, const struct sock *sk)
{
	bool v6only = false;

#if IS_ENABLED(CONFIG_IPV6)
	if (row->flags & DS_ROW_INET6) {
		row->addr = sk->sk_v6_rcv_saddr;
		/* a bit beside others that the socket's lock protects; stable once hashed */
		v6only = data_race(!!sk->sk_ipv6only);
		if (v6only)
			row->flags |= DS_ROW_V6ONLY;
		row->families = ds_families(AF_INET6, v6only, &row->addr);
		return;
	}
#endif
	ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &row->addr);
	row->families = ds_families(AF_INET, v6only, &row->addr);
}

static void fill_group(struct ds_row *row, const struct sock *sk)
{
	const struct sock_reuseport *reuse = rcu_dereference(sk->sk_reuseport_cb);

	row->reuse_id = DS_NO_GROUP;
	if (!reuse)
		return;
	row->reuse_id = reuse->reuseport_id;
	if (rcu_access_pointer(reuse->prog))
		row->flags |= DS_ROW_BPF;
}

static void fill_tcp(struct ds_row *row, const struct sock *sk)
{
	row->queued = READ_ONCE(sk->sk_ack_backlog);
	row->backlog = READ_ONCE(sk->sk_max_ack_backlog);
	if (sk_is_mptcp(sk))
		row->flags |= DS_ROW_MPTCP;
}

static void fill_udp(struct ds_row *row, const struct sock *sk)
{
	row->queued = max(udp_rqueue_get((struct sock *)sk), 0);
	row->backlog = 0;
#if IS_ENABLED(CONFIG_IPV6)
	/* disconnect() leaves an AF_INET6 socket's peer in place, and lookups still match it */
	if ((row->flags & DS_ROW_INET6) && !ipv6_addr_any(&sk->sk_v6_daddr)) {
		row->old_peer = sk->sk_v6_daddr;
		row->flags |= DS_ROW_OLD_PEER;
	}
#endif
}

/**
 * ds_row_fill() - copy what the table shows of a socket
 * @row: filled whole, but for the fields that a later step owns: net, group, verdict, by
 * @sk: a hashed TCP listener or bound UDP socket
 * @proto: which of the two
 *
 * Context: inside the RCU read section in which @sk was found. Takes no lock and no reference.
 */
void ds_row_fill(struct ds_row *row, const struct sock *sk, enum ds_proto proto)
{
	memset(row, 0, sizeof(*row));
	row->sk = sk;
	row->proto = proto;
	row->port = READ_ONCE(sk->sk_num);
	/* IPV6_ADDRFORM turns an AF_INET6 socket into AF_INET in place: read it once */
	if (READ_ONCE(sk->sk_family) == AF_INET6)
		row->flags |= DS_ROW_INET6;
	row->ifindex = READ_ONCE(sk->sk_bound_dev_if);
	row->uid = READ_ONCE(sk->sk_uid);
	row->inode = ds_sock_inode(sk);
	row->cgroup = ds_sock_cgroup(sk);
	row->drops = ds_sock_drops(sk);
	row->cpu = READ_ONCE(sk->sk_incoming_cpu);
	if (ds_sock_transparent(sk))
		row->flags |= DS_ROW_TRANSPARENT;
	if (ds_sock_freebind(sk))
		row->flags |= DS_ROW_FREEBIND;
	fill_address(row, sk);
	fill_group(row, sk);
	if (proto == DS_TCP)
		fill_tcp(row, sk);
	else
		fill_udp(row, sk);
}

/**
 * ds_row_cmp_address() - order of two rows of one port by family and address
 * @a: a row
 * @b: another
 *
 * Context: any.
 * Return: negative, 0 or positive, as memcmp(); AF_INET comes before AF_INET6.
 */
int ds_row_cmp_address(const struct ds_row *a, const struct ds_row *b)
{
	int diff = (int)(a->flags & DS_ROW_INET6) - (int)(b->flags & DS_ROW_INET6);

	return diff ?: ipv6_addr_cmp(&a->addr, &b->addr);
}

static const char * const verdict_word[DS_NVERDICTS] = {
	[DS_NOT_TAKEN]	= "-",
	[DS_YES]	= "yes",
	[DS_SHARED]	= "shared",
	[DS_PARTIAL]	= "partial",
	[DS_SHADOWED]	= "shadowed",
	[DS_NOADDR]	= "noaddr",
};

/**
 * ds_row_put_header() - the line that names the columns
 * @m: where to
 * @with_netns: with the column of the namespace in front
 *
 * Context: process context, from a seq_file's show.
 */
void ds_row_put_header(struct seq_file *m, bool with_netns)
{
	if (with_netns)
		seq_puts(m, "     netns ");
	seq_puts(m, "proto  port v4       v6       v6only    uid    inode dev      address\n");
}

/**
 * ds_row_put_netns() - the column of the namespace, in front of a row
 * @m: where to
 * @inum: inode number of the namespace
 *
 * Context: process context, from a seq_file's show.
 */
void ds_row_put_netns(struct seq_file *m, u32 inum)
{
	ds_put_right(m, inum, 9);
	seq_putc(m, ' ');
}

static void put_word(struct seq_file *m, const char *word, u64 value)
{
	seq_put_decimal_ull(m, word, value);
}

static void put_flag(struct seq_file *m, const struct ds_row *row, u16 flag, const char *word)
{
	if (row->flags & flag)
		seq_puts(m, word);
}

static void put_words(struct seq_file *m, const struct ds_row *row)
{
	if (row->proto == DS_TCP) {
		put_word(m, " queue=", row->queued);
		put_word(m, "/", row->backlog);
	} else {
		put_word(m, " rx=", row->queued);
	}
	if (row->drops)
		put_word(m, " drops=", row->drops);
	if (row->group > 1)
		put_word(m, " group=", row->group);
	if (row->by[DS_V4])
		put_word(m, " v4by=", row->by[DS_V4]);
	if (row->by[DS_V6])
		put_word(m, " v6by=", row->by[DS_V6]);
	put_flag(m, row, DS_ROW_BPF, " bpf=1");
	if (row->cpu >= 0)
		put_word(m, " cpu=", row->cpu);
	put_flag(m, row, DS_ROW_TRANSPARENT, " transparent=1");
	put_flag(m, row, DS_ROW_FREEBIND, " freebind=1");
	put_flag(m, row, DS_ROW_MPTCP, " mptcp=1");
	if (row->cgroup)
		put_word(m, " cgroup=", row->cgroup);
}

static const char *v6only_word(const struct ds_row *row)
{
	if (!(row->flags & DS_ROW_INET6))
		return "-";
	return row->flags & DS_ROW_V6ONLY ? "1" : "0";
}

/**
 * ds_row_put() - the text of a row, with its newline
 * @m: where to; its user namespace is the one that the uid is seen through
 * @row: a judged row
 * @dev: name of the device that it is bound to, "-" for none
 *
 * Context: process context, from a seq_file's show.
 */
void ds_row_put(struct seq_file *m, const struct ds_row *row, const char *dev)
{
	bool as_v4 = !(row->flags & DS_ROW_INET6);
	char addr[DS_ADDR_TEXT];

	ds_put_left(m, ds_proto_name(row->proto, row->families), 5);
	ds_put_right(m, row->port, 5);
	seq_putc(m, ' ');
	ds_put_left(m, verdict_word[row->verdict[DS_V4]], 8);
	seq_putc(m, ' ');
	ds_put_left(m, verdict_word[row->verdict[DS_V6]], 8);
	seq_putc(m, ' ');
	ds_put_left(m, v6only_word(row), 6);
	ds_put_right(m, from_kuid_munged(seq_user_ns(m), row->uid), 6);
	ds_put_right(m, row->inode, 8);
	seq_putc(m, ' ');
	ds_put_left(m, dev, 8);
	seq_putc(m, ' ');
	seq_write(m, addr, ds_addr_text(addr, &row->addr, as_v4));
	put_words(m, row);
	seq_putc(m, '\n');
}
