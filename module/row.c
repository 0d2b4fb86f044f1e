// SPDX-License-Identifier: GPL-2.0-only
/* One row of the table: what is copied from a socket, and its text. */
#include <linux/igmp.h>
#include <linux/inet.h>
#include <linux/udp.h>
#include <net/if_inet6.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
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
		/* may race with connect(); a connected socket is not shown anyway */
		row->addr = data_race(sk->sk_v6_rcv_saddr);
		/* a bit that the socket lock protects; it does not change while sk is hashed */
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

	row->reuse = DS_NO_GROUP;
	if (!reuse)
		return;
	row->reuse = ds_reuseport_key(reuse);
	if (rcu_access_pointer(reuse->prog))
		row->flags |= DS_ROW_BPF;
}

static void fill_tcp(struct ds_row *row, const struct sock *sk)
{
	row->queued = READ_ONCE(sk->sk_ack_backlog);
	row->backlog = READ_ONCE(sk->sk_max_ack_backlog);
	if (ds_sock_is_mptcp(sk))
		row->flags |= DS_ROW_MPTCP;
}

static void fill_udp(struct ds_row *row, const struct sock *sk)
{
	row->queued = max(udp_rqueue_get((struct sock *)sk), 0);
	row->memberships = 0;
	row->joined = 0;
#if IS_ENABLED(CONFIG_IPV6)
	/* disconnecting leaves sk_v6_daddr set, and lookups still compare it with the source */
	if (row->flags & DS_ROW_INET6) {
		/* may race with connect(), as a lookup may */
		row->old_peer = data_race(sk->sk_v6_daddr);
		if (!ipv6_addr_any(&row->old_peer))
			row->flags |= DS_ROW_OLD_PEER;
	}
#endif
}

/**
 * ds_row_fill() - copy from a socket what the table shows
 * @row: the row; not cleared first, since that would slow down the walk measurably
 * @sk: a hashed TCP listener or bound UDP socket
 * @proto: which of the two
 *
 * This sets all members of @row except net and what ds_row_fill_groups() sets. The member old_peer
 * is valid only with DS_ROW_OLD_PEER.
 *
 * Context: inside the RCU read section in which @sk was found. Takes no lock and no reference.
 */
void ds_row_fill(struct ds_row *row, const struct sock *sk, enum ds_proto proto)
{
	row->sk = sk;
	row->by[DS_V4] = 0;
	row->by[DS_V6] = 0;
	row->group = 0;
	row->verdict[DS_V4] = DS_NOT_TAKEN;
	row->verdict[DS_V6] = DS_NOT_TAKEN;
	row->flags = 0;
	row->proto = proto;
	row->port = READ_ONCE(sk->sk_num);
	/* read it only once: IPV6_ADDRFORM may change it to AF_INET */
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

/*
 * Limit of the memberships counted for one socket. The default of optmem_max allows fewer. If the
 * administrator raised it, this still bounds the time that one row takes.
 */
#define MAX_MEMBERSHIPS	4096

/*
 * Count the groups that a socket joined. If it joined @group, the one it is bound to, set
 * row->joined to the device; of several devices prefer the one that the socket is bound to.
 */
static u32 memberships4(struct ds_row *row, const struct sock *sk, __be32 group)
{
	const struct ip_mc_socklist *mc;
	u32 n = 0;

	for (mc = rcu_dereference(inet_sk(sk)->mc_list); mc && n < MAX_MEMBERSHIPS;
	     mc = rcu_dereference(mc->next_rcu), n++) {
		if (mc->multi.imr_multiaddr.s_addr != group)
			continue;
		if (!row->joined || mc->multi.imr_ifindex == row->ifindex)
			row->joined = mc->multi.imr_ifindex;
	}
	return n;
}

#if IS_ENABLED(CONFIG_IPV6)
static u32 memberships6(struct ds_row *row, const struct sock *sk)
{
	const struct ipv6_mc_socklist *mc;
	u32 n = 0;

	for (mc = rcu_dereference(inet6_sk(sk)->ipv6_mc_list); mc && n < MAX_MEMBERSHIPS;
	     mc = rcu_dereference(mc->next), n++) {
		if (!ipv6_addr_equal(&mc->addr, &row->addr))
			continue;
		if (!row->joined || mc->ifindex == row->ifindex)
			row->joined = mc->ifindex;
	}
	return n;
}

static bool mcall_off(const struct ds_row *row, const struct sock *sk)
{
	return row->flags & DS_ROW_INET6 ? !ds_sock_mcall6(sk) : !ds_sock_mcall4(sk);
}
#else
static bool mcall_off(const struct ds_row *row, const struct sock *sk)
{
	return !ds_sock_mcall4(sk);
}
#endif

/**
 * ds_row_fill_groups() - count the multicast groups that a UDP socket joined
 * @row: filled by ds_row_fill(); sets memberships, joined, DS_ROW_MCALL_OFF, DS_ROW_JOINED_ONLY
 * @sk: the socket
 *
 * With IP_MULTICAST_ALL off, a socket gets only packets of groups that it joined itself. A new
 * AF_INET6 socket has IP_MULTICAST_ALL off, although its owner did not ask for that. So for an
 * AF_INET6 socket DS_ROW_MCALL_OFF is about IPV6_MULTICAST_ALL, while DS_ROW_JOINED_ONLY is about
 * the option for the family of its address.
 *
 * Context: inside the RCU read section in which @sk was found.
 * Return: budget steps: one for each membership, at most 8192.
 */
u32 ds_row_fill_groups(struct ds_row *row, const struct sock *sk)
{
	bool mapped = ds_addr_is_mapped(&row->addr);

	row->memberships = memberships4(row, sk, mapped ? row->addr.s6_addr32[3] : 0);
#if IS_ENABLED(CONFIG_IPV6)
	if (row->flags & DS_ROW_INET6)
		row->memberships += memberships6(row, sk);
#endif
	if (mcall_off(row, sk))
		row->flags |= DS_ROW_MCALL_OFF;
	if (mapped ? !ds_sock_mcall4(sk) : mcall_off(row, sk))
		row->flags |= DS_ROW_JOINED_ONLY;
	return row->memberships;
}

/**
 * ds_row_cmp_address() - compare two rows of one port by family and address
 * @a: a row
 * @b: another row
 *
 * Context: any.
 * Return: negative, 0 or positive, as memcmp(); AF_INET comes before AF_INET6.
 */
int ds_row_cmp_address(const struct ds_row *a, const struct ds_row *b)
{
	int diff = (int)(a->flags & DS_ROW_INET6) - (int)(b->flags & DS_ROW_INET6);

	return diff ?: ipv6_addr_cmp(&a->addr, &b->addr);
}

/* The words of the columns, padded with blanks. */
static const char proto_column[DS_NPROTOS][4][6] = {
	[DS_TCP] = { "-    ", "tcp4 ", "tcp6 ", "tcp46" },
	[DS_UDP] = { "-    ", "udp4 ", "udp6 ", "udp46" },
};

static const char verdict_column[DS_NVERDICTS][10] = {
	[DS_NOT_TAKEN]	= "-        ",
	[DS_YES]	= "yes      ",
	[DS_SHARED]	= "shared   ",
	[DS_PARTIAL]	= "partial  ",
	[DS_SHADOWED]	= "shadowed ",
	[DS_NOADDR]	= "noaddr   ",
	[DS_UNKNOWN]	= "?        ",
};

static const char header[] =
	"proto  port v4       v6       v6only    uid    inode dev      address\n";

/**
 * ds_row_header() - write the line that names the columns
 * @p: room for DS_ROW_TEXT_MAX characters
 * @with_netns: begin with a column for the namespace
 *
 * Context: any.
 * Return: the end of the text; no NUL is written.
 */
char *ds_row_header(char *p, bool with_netns)
{
	if (with_netns)
		p = ds_text_word(p, "     netns ");
	return ds_text_word(p, header);
}

static __always_inline char *put_word(char *p, const char *word, u64 value)
{
	return ds_text_number(ds_text_word(p, word), value);
}

static char *put_queue(char *p, const struct ds_row *row)
{
	if (row->proto == DS_UDP)
		return put_word(p, " rx=", row->queued);
	p = put_word(p, " queue=", row->queued);
	return put_word(p, "/", row->backlog);
}

static char *put_flags(char *p, const struct ds_row *row)
{
	if (row->flags & DS_ROW_BPF)
		p = ds_text_word(p, " bpf=1");
	if (row->cpu >= 0)
		p = put_word(p, " cpu=", row->cpu);
	if (row->flags & DS_ROW_TRANSPARENT)
		p = ds_text_word(p, " transparent=1");
	if (row->flags & DS_ROW_FREEBIND)
		p = ds_text_word(p, " freebind=1");
	if (row->flags & DS_ROW_MPTCP)
		p = ds_text_word(p, " mptcp=1");
	if (row->proto == DS_UDP && row->memberships)
		p = put_word(p, " mcast=", row->memberships);
	if (row->flags & DS_ROW_MCALL_OFF)
		p = ds_text_word(p, " mcall=0");
	return p;
}

/* Write why a verdict is "?". If both are, write the larger number. */
static char *put_reason(char *p, const struct ds_row *row)
{
	const char *word = row->flags & DS_ROW_CHAIN ? " chain=" :
			   row->flags & DS_ROW_MANY ? " many=" : " peers=";
	u64 number = 0;
	int family;

	for (family = 0; family < DS_NFAMILIES; family++)
		if (row->verdict[family] == DS_UNKNOWN)
			number = max(number, row->by[family]);
	return put_word(p, word, number);
}

static char *put_words(char *p, const struct ds_row *row)
{
	p = put_queue(p, row);
	if (row->drops)
		p = put_word(p, " drops=", row->drops);
	if (row->group > 1)
		p = put_word(p, " group=", row->group);
	if (row->by[DS_V4] && row->verdict[DS_V4] != DS_UNKNOWN)
		p = put_word(p, " v4by=", row->by[DS_V4]);
	if (row->by[DS_V6] && row->verdict[DS_V6] != DS_UNKNOWN)
		p = put_word(p, " v6by=", row->by[DS_V6]);
	if (row->flags & (DS_ROW_CHAIN | DS_ROW_MANY | DS_ROW_PEERS))
		p = put_reason(p, row);
	p = put_flags(p, row);
	if (row->cgroup)
		p = put_word(p, " cgroup=", row->cgroup);
	return p;
}

static char v6only_text(const struct ds_row *row)
{
	if (!(row->flags & DS_ROW_INET6))
		return '-';
	return row->flags & DS_ROW_V6ONLY ? '1' : '0';
}

/* The columns v4, v6 and v6only, as wide as in the header. */
static char *put_verdicts(char *p, const struct ds_row *row)
{
	memcpy(p, verdict_column[row->verdict[DS_V4]], 9);
	memcpy(p + 9, verdict_column[row->verdict[DS_V6]], 9);
	memset(p + 18, ' ', 6);
	p[18] = v6only_text(row);
	return p + 24;
}

/**
 * ds_row_text() - write the text of a row
 * @p: room for DS_ROW_TEXT_MAX characters
 * @row: the row, with its verdicts
 * @dev: name of the device that it is bound to, "-" for none
 * @uid: its uid in the reader's user namespace
 *
 * Context: any.
 * Return: the end of the text, which ends with a newline; no NUL is written.
 */
char *ds_row_text(char *p, const struct ds_row *row, const char *dev, uid_t uid)
{
	memcpy(p, proto_column[row->proto][row->families], 5);
	p = ds_text_right(p + 5, row->port, 5);
	*p++ = ' ';
	p = put_verdicts(p, row);
	p = ds_text_right(p, uid, 6);
	p = ds_text_right(p, row->inode, 8);
	*p++ = ' ';
	if (row->ifindex)
		p = ds_text_left(p, dev, 8);
	else
		p = ds_text_word(p, "-       ");
	*p++ = ' ';
	p += ds_addr_text(p, &row->addr, !(row->flags & DS_ROW_INET6));
	p = put_words(p, row);
	*p++ = '\n';
	return p;
}

/**
 * ds_row_put() - write the text of a row, with or without a column for its namespace
 * @p: room for DS_ROW_TEXT_MAX characters
 * @row: the row, with its verdicts
 * @dev: name of the device that it is bound to, "-" for none
 * @uid: its uid in the reader's user namespace
 * @netns: inode number of its namespace, to write as the first column; 0 for no such column
 *
 * Context: any.
 * Return: the end of the text; no NUL is written.
 */
char *ds_row_put(char *p, const struct ds_row *row, const char *dev, uid_t uid, u32 netns)
{
	if (netns) {
		p = ds_text_right(p, netns, 9);
		*p++ = ' ';
	}
	return ds_row_text(p, row, dev, uid);
}
