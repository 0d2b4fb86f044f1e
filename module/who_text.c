// SPDX-License-Identifier: GPL-2.0-only
/* Who gets a packet, as text. */
#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>
#include <net/tcp_states.h>
#include "compat.h"
#include "text.h"
#include "who.h"

/* More than the longest line, every word at its longest. */
#define LINE_MAX	256

static const char header[] =
	"dev      answer     proto v6only    uid    inode sockdev  address\n";

static const char * const answers[] = {
	[DS_WHO_SOCKET]		= "socket",
	[DS_WHO_GROUP]		= "group",
	[DS_WHO_CONNECTION]	= "connection",
	[DS_WHO_COPY]		= "copy",
	[DS_WHO_NOBODY]		= "nobody",
	[DS_WHO_DROPPED]	= "dropped",
	[DS_WHO_NOADDR]		= "noaddr",
	[DS_WHO_UNKNOWN]	= "?",
	[DS_WHO_MORE]		= "more",
};

static const char * const whys[] = {
	[DS_WHY_NONE]		= "none",
	[DS_WHY_TENTATIVE]	= "tentative",
	[DS_WHY_DOWN]		= "down",
	[DS_WHY_OTHER_VRF]	= "other-vrf",
	[DS_WHY_LOOPBACK]	= "loopback",
	[DS_WHY_ANYCAST]	= "anycast",
	[DS_WHY_NOT_JOINED]	= "not-joined",
};

/* As ss has them. */
static const char * const states[] = {
	[TCP_ESTABLISHED]	= "established",
	[TCP_SYN_SENT]		= "syn-sent",
	[TCP_SYN_RECV]		= "syn-recv",
	[TCP_FIN_WAIT1]		= "fin-wait-1",
	[TCP_FIN_WAIT2]		= "fin-wait-2",
	[TCP_TIME_WAIT]		= "time-wait",
	[TCP_CLOSE]		= "closed",
	[TCP_CLOSE_WAIT]	= "close-wait",
	[TCP_LAST_ACK]		= "last-ack",
	[TCP_LISTEN]		= "listening",
	[TCP_CLOSING]		= "closing",
	[TCP_NEW_SYN_RECV]	= "syn-recv",
};

static const char * const protos[DS_NPROTOS][4] = {
	[DS_TCP] = { "-", "tcp4", "tcp6", "tcp46" },
	[DS_UDP] = { "-", "udp4", "udp6", "udp46" },
};

/**
 * struct printer - an answer that is being written
 * @p: where its text ends now
 * @w: the answer
 * @net: for the names of devices
 * @user_ns: the asker's, for uids
 */
struct printer {
	char *p;
	const struct ds_who *w;
	struct net *net;
	struct user_namespace *user_ns;
};

static void put(struct printer *out, const char *word)
{
	out->p = ds_text_word(out->p, word);
}

static void put_number(struct printer *out, const char *key, u64 number)
{
	put(out, key);
	out->p = ds_text_number(out->p, number);
}

static void put_dev(struct printer *out, int ifindex)
{
	char name[IFNAMSIZ] = "-";
	struct net_device *dev;

	if (ifindex) {
		rcu_read_lock();
		dev = dev_get_by_index_rcu(out->net, ifindex);
		if (dev)
			strscpy(name, dev->name, sizeof(name));
		else
			snprintf(name, sizeof(name), "if%d", ifindex);
		rcu_read_unlock();
	}
	out->p = ds_text_left(out->p, name, 8);
	put(out, " ");
}

static bool is_of_socket(const struct ds_who_line *line)
{
	return line->answer == DS_WHO_SOCKET || line->answer == DS_WHO_GROUP ||
	       line->answer == DS_WHO_CONNECTION || line->answer == DS_WHO_COPY;
}

static void put_socket(struct printer *out, const struct ds_who_line *line)
{
	const struct ds_row *row = &line->row;

	out->p = ds_text_left(out->p, protos[out->w->proto][row->families], 5);
	if (!(row->flags & DS_ROW_INET6))
		put(out, " -     ");
	else
		put(out, row->flags & DS_ROW_V6ONLY ? " 1     " : " 0     ");
	if (uid_valid(row->uid)) {
		out->p = ds_text_right(out->p, from_kuid_munged(out->user_ns, row->uid), 6);
		out->p = ds_text_right(out->p, row->inode, 8);
	} else {
		put(out, "      -        -");
	}
	put(out, " ");
	put_dev(out, row->ifindex);
	out->p += ds_addr_text(out->p, &row->addr, !(row->flags & DS_ROW_INET6));
}

static void put_words(struct printer *out, const struct ds_who_line *line)
{
	if (line->answer == DS_WHO_CONNECTION) {
		put(out, " state=");
		put(out, states[line->state]);
	}
	if (line->answer == DS_WHO_NOADDR) {
		put(out, " why=");
		put(out, whys[line->why]);
	}
	if (line->answer == DS_WHO_MORE)
		put_number(out, line->dev ? " sockets=" : " devices=", line->number);
	if (line->answer == DS_WHO_UNKNOWN && line->number)
		put_number(out, " chain=", line->number);
	else if (line->answer == DS_WHO_UNKNOWN)
		put(out, " why=cpu");
	if (line->bpf || (is_of_socket(line) && line->row.flags & DS_ROW_BPF))
		put(out, " bpf=1");
	if (line->cpu != DS_NO_CPU)
		put_number(out, " cpu=", line->cpu);
	if (line->filter)
		put(out, " filter=1");
}

static void put_line(struct printer *out, const struct ds_who_line *line)
{
	put_dev(out, line->dev);
	out->p = ds_text_left(out->p, answers[line->answer], 10);
	put(out, " ");
	if (is_of_socket(line))
		put_socket(out, line);
	else
		put(out, "-     -           -        - -        -");
	put_words(out, line);
	put(out, "\n");
}

/**
 * ds_who_text_max() - room that the text needs
 * @w: the answer
 *
 * Context: any.
 * Return: bytes.
 */
size_t ds_who_text_max(const struct ds_who *w)
{
	return (size_t)LINE_MAX * (w->n + 1);
}

/**
 * ds_who_text() - write the text
 * @p: room for ds_who_text_max()
 * @w: the answer
 * @net: its namespace
 * @user_ns: the asker's, for uids
 *
 * Context: process context.
 * Return: the end of what was written; no NUL is.
 */
char *ds_who_text(char *p, const struct ds_who *w, struct net *net,
		  struct user_namespace *user_ns)
{
	struct printer out = { .p = p, .w = w, .net = net, .user_ns = user_ns };
	u32 i;

	put(&out, header);
	for (i = 0; i < w->n; i++)
		put_line(&out, &w->line[i]);
	return out.p;
}
