// SPDX-License-Identifier: GPL-2.0-only
/* Rows in memory: interned addresses and names, the order of rows, names of verdicts. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "row.h"

static const char *const verdict_names[V_COUNT] = {
	[V_NONE] = "-", [V_YES] = "yes", [V_SHARED] = "shared", [V_PARTIAL] = "partial",
	[V_SHADOWED] = "shadowed", [V_NOADDR] = "noaddr", [V_UNKNOWN] = "?",
};

const char *source_name(enum source source)
{
	static const char *const names[] = {
		[SOURCE_MODULE] = "module", [SOURCE_BPF] = "bpf", [SOURCE_SETTINGS] = "settings",
		[SOURCE_DIAG] = "sock_diag", [SOURCE_FILE] = "file",
	};

	return names[source];
}

const char *verdict_name(enum verdict v)
{
	return verdict_names[v];
}

enum verdict verdict_by_name(const char *s, size_t len)
{
	unsigned int v;

	for (v = 0; v < V_COUNT; v++)
		if (verdict_names[v][0] == *s && !strncmp(s, verdict_names[v], len) &&
		    !verdict_names[v][len])
			return v;
	return len == 2 && !memcmp(s, "no", 2) ? V_NONE : V_COUNT;
}

bool verdict_reached(enum verdict v)
{
	return v == V_YES || v == V_SHARED || v == V_PARTIAL || v == V_UNKNOWN;
}

const char *proto_name(const struct row *r)
{
	return ds_proto_name(r->l4, r->families);
}

struct row *table_add(struct table *t)
{
	t->rows = grow(t->rows, t->n, &t->room, sizeof(*t->rows));
	memset(&t->rows[t->n], 0, sizeof(*t->rows));
	t->rows[t->n].count = 1;
	return &t->rows[t->n++];
}

static uint32_t hash(const char *s, size_t len)
{
	uint32_t h = 2166136261u;

	while (len--)
		h = (h ^ (unsigned char)*s++) * 16777619u;
	return h ^ h >> 15;
}

#define FIRST_BUCKETS 64

static struct pool *pool(struct table *t)
{
	if (!t->pool) {
		t->pool = xcalloc(1, sizeof(*t->pool));
		t->pool->addr_buckets = FIRST_BUCKETS;
		t->pool->name_buckets = FIRST_BUCKETS;
		t->pool->addrs = xcalloc(FIRST_BUCKETS, sizeof(*t->pool->addrs));
		t->pool->names = xcalloc(FIRST_BUCKETS, sizeof(*t->pool->names));
	}
	return t->pool;
}

/* Doubles the number of buckets if there are more entries, so that chains stay short. */
static void grow_addrs(struct pool *p)
{
	size_t size = p->addr_buckets * 2, i;
	struct addr **bigger, *a;

	if (++p->n_addrs <= p->addr_buckets)
		return;
	bigger = xcalloc(size, sizeof(*bigger));
	for (i = 0; i < p->addr_buckets; i++) {
		while ((a = p->addrs[i])) {
			p->addrs[i] = a->next;
			a->next = bigger[a->hash & (size - 1)];
			bigger[a->hash & (size - 1)] = a;
		}
	}
	free(p->addrs);
	p->addrs = bigger;
	p->addr_buckets = size;
}

static void grow_names(struct pool *p)
{
	size_t size = p->name_buckets * 2, i;
	struct name **bigger, *n;

	if (++p->n_names <= p->name_buckets)
		return;
	bigger = xcalloc(size, sizeof(*bigger));
	for (i = 0; i < p->name_buckets; i++) {
		while ((n = p->names[i])) {
			p->names[i] = n->next;
			n->next = bigger[n->hash & (size - 1)];
			bigger[n->hash & (size - 1)] = n;
		}
	}
	free(p->names);
	p->names = bigger;
	p->name_buckets = size;
}

const char *table_name(struct table *t, const char *text, size_t len)
{
	struct pool *p = pool(t);
	uint32_t h = hash(text, len);
	struct name **bucket = &p->names[h & (p->name_buckets - 1)], *n;

	for (n = *bucket; n; n = n->next)
		if (!strncmp(n->text, text, len) && !n->text[len])
			return n->text;
	n = xmalloc(sizeof(*n) + len + 1);
	memcpy(n->text, text, len);
	n->text[len] = '\0';
	n->hash = h;
	n->next = *bucket;
	*bucket = n;
	grow_names(p);
	return n->text;
}

static bool addr_parse(struct addr *a)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const unsigned char zero[16];

	memset(a->bytes, 0, sizeof(a->bytes));
	a->mapped = false;
	if (inet_pton(AF_INET, a->text, a->bytes) == 1) {
		a->af = AF_INET;
		a->any = !memcmp(a->bytes, zero, 4);
		return true;
	}
	if (inet_pton(AF_INET6, a->text, a->bytes) != 1)
		return false;
	a->af = AF_INET6;
	a->mapped = !memcmp(a->bytes, mapped, sizeof(mapped));
	a->any = a->mapped ? !memcmp(a->bytes + 12, zero, 4) : !memcmp(a->bytes, zero, 16);
	return true;
}

const struct addr *table_addr(struct table *t, const char *text, size_t len)
{
	struct pool *p = pool(t);
	uint32_t h = hash(text, len);
	struct addr **bucket = &p->addrs[h & (p->addr_buckets - 1)], *a;

	for (a = *bucket; a; a = a->next)
		if (!strncmp(a->text, text, len) && !a->text[len])
			return a;
	if (len >= INET6_ADDRSTRLEN)
		return NULL;
	a = xmalloc(sizeof(*a) + len + 1);
	memcpy(a->text, text, len);
	a->text[len] = '\0';
	if (!addr_parse(a)) {
		free(a);
		return NULL;
	}
	a->hash = h;
	a->next = *bucket;
	*bucket = a;
	grow_addrs(p);
	return a;
}

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int row_cmp(const struct row *a, const struct row *b)
{
	int c;

	c = order(a->netns, b->netns);
	if (!c)
		c = order(a->l4, b->l4);
	if (!c)
		c = order(a->port, b->port);
	if (!c)
		c = order(a->addr->af, b->addr->af);
	if (!c)
		c = memcmp(a->addr->bytes, b->addr->bytes, sizeof(a->addr->bytes));
	if (!c)
		c = strcmp(a->dev ? a->dev : "", b->dev ? b->dev : "");
	return c ? c : order(a->inode, b->inode);
}

size_t table_first(const struct table *t, enum l4 l4, uint16_t port)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct row *r = &t->rows[mid];
		int c = order(r->l4, l4);

		if (c < 0 || (!c && r->port < port))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void pool_free(struct pool *p)
{
	struct addr *a;
	struct name *n;
	size_t i;

	for (i = 0; i < p->addr_buckets; i++) {
		while ((a = p->addrs[i])) {
			p->addrs[i] = a->next;
			free(a);
		}
	}
	for (i = 0; i < p->name_buckets; i++) {
		while ((n = p->names[i])) {
			p->names[i] = n->next;
			free(n);
		}
	}
	free(p->addrs);
	free(p->names);
	free(p);
}

void table_free(struct table *t)
{
	if (t->takers)
		table_free(t->takers);
	free(t->takers);
	if (t->pool)
		pool_free(t->pool);
	free(t->rows);
	free(t->owners);
	memset(t, 0, sizeof(*t));
}
