// SPDX-License-Identifier: GPL-2.0-only
/* What explain says about a port that nobody serves: whether a server could bind it. */
#include "tell.h"

#define RESERVE "net.ipv4.ip_local_reserved_ports keeps the kernel from choosing the port for " \
	"another connection"

/* How the port becomes free again. */
static const char *advice(const struct freed *r)
{
	const struct holding *held = r->in_the_way;
	bool shares = held->rule.reuseaddr && !r->holders.from_diag;

	if (held->rule.state == DS_HOLDER_LISTENS)
		return NULL;
	if (held->rule.state == DS_HOLDER_TIMEWAIT && r->holders.from_diag)
		return "A server that sets SO_REUSEADDR before bind() need not wait, where the "
			"socket had it set, too";
	if (held->rule.state == DS_HOLDER_TIMEWAIT)
		return shares ? "A server that sets SO_REUSEADDR before bind() need not wait" :
			"The socket had no SO_REUSEADDR: a server has to wait, even if it sets it";
	if (!strcmp(held->state, "bound"))
		return "It keeps the port until its process listens or closes it";
	if (!strcmp(held->state, "udp-connected"))
		return "It is a client: the port is free again when it is closed. " RESERVE;
	if (held->peer && shares)
		return "A server that sets SO_REUSEADDR before bind() may have the port beside it";
	if (held->peer)
		return "The port is free again when the connection has ended. " RESERVE;
	return NULL;
}

void tell_bind(const struct freed *r, struct lines *out)
{
	struct str text = { 0 };

	switch (r->answer) {
	case ANSWER_YES:
		lines_addf(out, "No socket has the port: a server can bind it.");
		return;
	case ANSWER_NO:
		str_adds(&text, "A server cannot bind it: it is ");
		break;
	default:
		str_adds(&text, "Whether a server can bind it is ");
	}
	free_put(&text, r);
	lines_addf(out, "%s.", text.s);
	if (r->answer == ANSWER_NO && advice(r))
		lines_addf(out, "%s.", advice(r));
	str_free(&text);
}
