// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the table in a format that is valid both as Prometheus' text format (node_exporter's
 * textfile collector) and as OpenMetrics: it has only gauges, and "# EOF" at the end, which is a
 * comment in the older format.
 *
 * The number of series depends on what is configured, not on what runs. There is no inode and no
 * pid, one series for a SO_REUSEPORT group, and one for all UDP sockets of a unit on ports that the
 * kernel chose, since these come and go with every request of a resolver.
 */
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "fail.h"
#include "metrics.h"
#include "netns.h"
#include "out.h"
#include "scope.h"
#include "source.h"

struct series {
	const struct row *row;
	const char *netns, *unit, *container;	/* "": unknown */
	char port[12];
	uint64_t n, queue, backlog, rx, drops;
};

struct range {
	unsigned int lo, hi;
};

static struct range ephemeral(const struct table *t)
{
	struct range r = { 32768, 60999 };	/* the kernel's default */
	FILE *file = t->here ? fopen(sys_path("/proc/sys/net/ipv4/ip_local_port_range"), "re") :
			       NULL;

	if (file && fscanf(file, "%u %u", &r.lo, &r.hi) != 2)
		r = (struct range){ 32768, 60999 };
	if (file)
		fclose(file);
	return r;
}

static void fill(struct series *s, const struct table *t, const struct row *r,
		 struct range kernels)
{
	const char *netns = r->has & HAS_NETNS ? netns_name(r->netns) : NULL;
	const char *unit = cgroup_unit(t, r), *container = cgroup_container(t, r);

	memset(s, 0, sizeof(*s));
	s->row = r;
	s->unit = unit ? unit : "";
	s->container = container ? container : "";
	s->netns = netns ? netns : "";
	if (r->l4 == L4_UDP && r->port >= kernels.lo && r->port <= kernels.hi)
		strcpy(s->port, "ephemeral");
	else
		u64_text(s->port, r->port);
	s->n = 1;
	s->queue = r->queue;
	s->backlog = r->backlog;
	s->rx = r->rx;
	s->drops = r->drops;
}

/*
 * Compares all labels but the verdicts (address and device decide the scope, the unit the
 * container). Rows that are equal share one series for their queues.
 */
static int cmp_place(const struct series *a, const struct series *b)
{
	int c = strcmp(a->netns, b->netns);

	if (!c)
		c = strcmp(proto_name(a->row), proto_name(b->row));
	if (!c)
		c = strcmp(a->port, b->port);
	if (!c)
		c = strcmp(a->row->addr->text, b->row->addr->text);
	if (!c)
		c = strcmp(a->row->dev ? a->row->dev : "", b->row->dev ? b->row->dev : "");
	return c ? c : strcmp(a->unit, b->unit);
}

static int cmp_series(const void *a, const void *b)
{
	const struct series *x = a, *y = b;
	int c = cmp_place(x, y);

	if (!c)
		c = (int)x->row->v4 - y->row->v4;
	return c ? c : (int)x->row->v6 - y->row->v6;
}

static void put_label(struct str *out, const char *name, const char *value, const char *before)
{
	struct str safe = { 0 };
	const char *at;

	str_reset(&safe);
	escape(&safe, value, ESC_TABLE);
	str_adds(out, before);
	str_adds(out, name);
	str_adds(out, "=\"");
	for (at = safe.s; *at; at++) {
		if (*at == '\\' || *at == '"')
			str_addc(out, '\\');
		str_addc(out, *at);
	}
	str_addc(out, '"');
	str_free(&safe);
}

static void put_series(const char *metric, const struct series *s, bool verdicts, uint64_t value)
{
	struct str out = { 0 };

	str_adds(&out, metric);
	put_label(&out, "proto", proto_name(s->row), "{");
	put_label(&out, "port", s->port, ",");
	put_label(&out, "address", s->row->addr->text, ",");
	put_label(&out, "dev", s->row->dev ? s->row->dev : "", ",");
	put_label(&out, "scope", scope_name(row_scope(s->row)), ",");
	put_label(&out, "unit", s->unit, ",");
	put_label(&out, "container", s->container, ",");
	put_label(&out, "netns", s->netns, ",");
	if (verdicts) {
		put_label(&out, "v4", verdict_name(s->row->v4), ",");
		put_label(&out, "v6", verdict_name(s->row->v6), ",");
	}
	str_adds(&out, "} ");
	str_addu(&out, value);
	out_line(out.s);
	str_free(&out);
}

/* Merges neighbours that are equal; returns how many series are left. */
static size_t merge(struct series *s, size_t n, int (*cmp)(const void *, const void *))
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++) {
		if (!kept || cmp(&s[kept - 1], &s[i])) {
			s[kept++] = s[i];
			continue;
		}
		s[kept - 1].n += s[i].n;
		s[kept - 1].queue += s[i].queue;
		s[kept - 1].backlog += s[i].backlog;
		s[kept - 1].rx += s[i].rx;
		s[kept - 1].drops += s[i].drops;
	}
	return kept;
}

static int cmp_places(const void *a, const void *b)
{
	return cmp_place(a, b);
}

static void head(const char *name, const char *help)
{
	outf("# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void print_info(const struct series *s, size_t n)
{
	size_t i;

	head("dualstack_listener_info",
	     "Listening TCP and unconnected UDP sockets, and what becomes of packets to them.");
	for (i = 0; i < n; i++)
		put_series("dualstack_listener_info", &s[i], true, 1);
	head("dualstack_listener_sockets",
	     "Sockets behind each dualstack_listener_info, the members of a group.");
	for (i = 0; i < n; i++)
		put_series("dualstack_listener_sockets", &s[i], true, s[i].n);
}

static void print_queues(const struct series *s, size_t n)
{
	size_t i;

	head("dualstack_accept_queue_connections", "Connections that wait for accept().");
	for (i = 0; i < n; i++)
		if (s[i].row->has & HAS_QUEUE)
			put_series("dualstack_accept_queue_connections", &s[i], false, s[i].queue);
	head("dualstack_accept_queue_limit_connections", "How many connections may wait.");
	for (i = 0; i < n; i++)
		if (s[i].row->has & HAS_QUEUE)
			put_series("dualstack_accept_queue_limit_connections", &s[i], false,
				   s[i].backlog);
	head("dualstack_receive_queue_bytes", "Bytes that wait to be received (UDP).");
	for (i = 0; i < n; i++)
		if (s[i].row->has & HAS_RX)
			put_series("dualstack_receive_queue_bytes", &s[i], false, s[i].rx);
	head("dualstack_dropped_packets",
	     "Packets that the sockets open now have dropped since they were made.");
	for (i = 0; i < n; i++)
		put_series("dualstack_dropped_packets", &s[i], false, s[i].drops);
}

/* Prints series that are 0, too: a series that vanishes raises no alert. */
static void print_verdicts(const struct table *t)
{
	uint64_t counts[2][2][V_COUNT] = { 0 };
	unsigned int l4, family, v;
	size_t i;

	for (i = 0; i < t->n; i++) {
		counts[t->rows[i].l4][0][t->rows[i].v4]++;
		counts[t->rows[i].l4][1][t->rows[i].v6]++;
	}
	head("dualstack_sockets", "Sockets by protocol, family and verdict.");
	for (l4 = 0; l4 < 2; l4++)
		for (family = 0; family < 2; family++)
			for (v = 0; v < V_COUNT; v++)
				outf("dualstack_sockets{proto=\"%s\",family=\"%s\","
				       "verdict=\"%s\"} %llu\n", l4 == L4_TCP ? "tcp" : "udp",
				       family ? "ipv6" : "ipv4", verdict_name(v),
				       (unsigned long long)counts[l4][family][v]);
}

static void print_metrics(const struct table *t)
{
	struct series *s = xcalloc(t->n + 1, sizeof(*s));
	struct range kernels = ephemeral(t);
	size_t i, n = t->n;

	for (i = 0; i < n; i++)
		fill(&s[i], t, &t->rows[i], kernels);
	qsort(s, n, sizeof(*s), cmp_series);
	n = merge(s, n, cmp_series);
	print_info(s, n);
	n = merge(s, n, cmp_places);
	print_queues(s, n);
	print_verdicts(t);
	head("dualstack_source_info", "Who was asked: module, bpf, or a saved table (file).");
	outf("dualstack_source_info{source=\"%s\"} 1\n", source_name(t->source));
	out_line("# EOF");
	free(s);
}

/* Without verdicts it prints no metrics: an alert must not mistake "unknown" for "gone". */
enum status metrics(const struct options *o, struct fail *f)
{
	struct table t = { 0 };
	bool ok = load_selected(o, NEED_UNIT, &t, f);

	if (ok && t.source == SOURCE_SETTINGS)
		ok = fail_set(f, ST_NOMODULE, "no metrics: %s",
			      source_remedy());
	if (ok)
		print_metrics(&t);
	table_free(&t);
	return ok ? ST_OK : f->status;
}
