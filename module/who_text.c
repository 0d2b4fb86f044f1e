// SPDX-License-Identifier: GPL-2.0-only
/* Writes the text of the answer to the question who gets a packet. */
#include <net/tcp_states.h>
#include "compat.h"
#include "printer.h"
#include "who.h"

/* Room for the longest line. */
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

/* The names that ss uses. */
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

static bool is_of_socket(const struct ds_who_line *line)
{
	return line->answer == DS_WHO_SOCKET || line->answer == DS_WHO_GROUP ||
	       line->answer == DS_WHO_CONNECTION || line->answer == DS_WHO_COPY;
}

static void put_socket(struct ds_printer *out, enum ds_proto proto,
		       const struct ds_who_line *line)
{
	const struct ds_row *row = &line->row;

	out->p = ds_text_left(out->p, protos[proto][row->families], 5);
	if (!(row->flags & DS_ROW_INET6))
		ds_put(out, " -     ");
	else
		ds_put(out, row->flags & DS_ROW_V6ONLY ? " 1     " : " 0     ");
	ds_put_owner(out, row->uid, row->inode);
	ds_put(out, " ");
	ds_put_device(out, row->ifindex);
	out->p += ds_addr_text(out->p, &row->addr, !(row->flags & DS_ROW_INET6));
}

static void put_words(struct ds_printer *out, const struct ds_who_line *line)
{
	if (line->answer == DS_WHO_CONNECTION) {
		ds_put(out, " state=");
		ds_put(out, states[line->state]);
	}
	if (line->answer == DS_WHO_NOADDR) {
		ds_put(out, " why=");
		ds_put(out, whys[line->why]);
	}
	if (line->answer == DS_WHO_MORE)
		ds_put_number(out, line->dev ? " sockets=" : " devices=", line->number);
	if (line->answer == DS_WHO_UNKNOWN && line->number)
		ds_put_number(out, " chain=", line->number);
	else if (line->answer == DS_WHO_UNKNOWN)
		ds_put(out, " why=cpu");
	if (line->bpf || (is_of_socket(line) && line->row.flags & DS_ROW_BPF))
		ds_put(out, " bpf=1");
	if (line->cpu != DS_NO_CPU)
		ds_put_number(out, " cpu=", line->cpu);
	if (line->filter)
		ds_put(out, " filter=1");
}

static void put_line(struct ds_printer *out, enum ds_proto proto, const struct ds_who_line *line)
{
	ds_put_device(out, line->dev);
	out->p = ds_text_left(out->p, answers[line->answer], 10);
	ds_put(out, " ");
	if (is_of_socket(line))
		put_socket(out, proto, line);
	else
		ds_put(out, "-     -           -        - -        -");
	put_words(out, line);
	ds_put(out, "\n");
}

/**
 * ds_who_text_max() - get the largest size of the text
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
 * ds_who_text() - write the answer as text
 * @out: with room for ds_who_text_max() bytes
 * @w: the answer
 *
 * Context: process context.
 */
void ds_who_text(struct ds_printer *out, const struct ds_who *w)
{
	u32 i;

	ds_put(out, header);
	for (i = 0; i < w->n; i++)
		put_line(out, w->proto, &w->line[i]);
}
