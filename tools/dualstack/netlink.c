// SPDX-License-Identifier: GPL-2.0-only
/* Runs a netlink dump, and repeats it if the kernel says that it is inconsistent. */
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>

#include "netlink.h"

#define RECV_BYTES (64 * 1024)
/* The last try is used even if it is inconsistent: addresses may come and go all the time. */
#define MAX_TRIES 5

struct mnl_socket *netlink_open(int bus)
{
	struct mnl_socket *nl = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int one = 1;

	if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		int err = errno;

		mnl_socket_close(nl);
		errno = err;
		return NULL;
	}
	/* the kernel then filters dumps; before 5.0 it sends more, which callers ignore */
	if (nl && bus == NETLINK_ROUTE)
		mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return nl;
}

/* A dump in progress. */
struct dump {
	unsigned int seq;
	bool changed;			/* objects changed during the dump */
	bool done;
	mnl_cb_t got;
	void *data;
};

/* 0, or the error that the kernel sent. */
static int end_of_dump(struct dump *d, const struct nlmsghdr *nlh)
{
	const int *err = mnl_nlmsg_get_payload(nlh);

	d->done = true;
	return mnl_nlmsg_get_payload_len(nlh) >= sizeof(*err) && *err < 0 ? -*err : 0;
}

static int read_piece(struct dump *d, const void *buf, int len)
{
	const struct nlmsghdr *nlh = buf;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != d->seq)
			continue;
		d->changed |= !!(nlh->nlmsg_flags & NLM_F_DUMP_INTR);
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
			return end_of_dump(d, nlh);
		d->got(nlh, d->data);
	}
	return 0;
}

static int dump_once(struct mnl_socket *nl, struct nlmsghdr *request, struct dump *d, char *buf)
{
	static unsigned int seq;
	int err = 0;

	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = ++seq;
	d->seq = seq;
	d->changed = false;
	d->done = false;
	if (mnl_socket_sendto(nl, request, request->nlmsg_len) < 0)
		return errno;
	while (!err && !d->done) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, RECV_BYTES);

		if (n >= 0)
			err = read_piece(d, buf, n);
		else if (errno != EINTR)
			err = errno;
	}
	return err;
}

int netlink_dump(struct mnl_socket *nl, struct nlmsghdr *request, mnl_cb_t got,
		 void (*restart)(void *), void *data)
{
	struct dump d = { .got = got, .data = data };
	char *buf = xmalloc(RECV_BYTES);
	int tries = 0, err;

	while (!(err = dump_once(nl, request, &d, buf)) && d.changed && ++tries < MAX_TRIES)
		restart(data);
	free(buf);
	return err;
}
