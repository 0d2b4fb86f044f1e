// SPDX-License-Identifier: GPL-2.0-only
/* Asks the module for the holders of a port, and parses its answer. */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>

#include "fail.h"
#include "holders.h"

/*
 * The index of a device; ifN is a device that was gone when the module answered. A name that is not
 * known here gets an index that no other device has.
 */
static int index_of(const char *name)
{
	static int nobody = -1;
	int index;

	if (!name || !strcmp(name, "-"))
		return 0;
	index = if_nametoindex(name);
	if (!index && sscanf(name, "if%d", &index) != 1)
		index = nobody--;
	return index;
}

static bool parse_addr(const char *text, struct in6_addr *addr)
{
	if (strchr(text, ':'))
		return inet_pton(AF_INET6, text, addr) == 1;
	memset(addr, 0, sizeof(*addr));
	addr->s6_addr[10] = 0xff;
	addr->s6_addr[11] = 0xff;
	return inet_pton(AF_INET, text, &addr->s6_addr[12]) == 1;
}

static bool is_held(const char *state)
{
	static const char * const states[] = {
		"listen", "bound", "connected", "timewait", "closing", "udp", "udp-connected",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(states[i], state))
			return true;
	return false;
}

static unsigned char rule_state(const char *state)
{
	if (!strcmp(state, "listen"))
		return DS_HOLDER_LISTENS;
	return strcmp(state, "timewait") ? DS_HOLDER_OTHER : DS_HOLDER_TIMEWAIT;
}

static char *copy(const char *text)
{
	return text && strcmp(text, "-") ? xstrdup(text) : NULL;
}

/* A socket in TIME_WAIT has no uid. */
static unsigned int uid_of(const char *text)
{
	uint64_t uid;

	return parse_u64(text, strlen(text), UINT32_MAX, &uid) ? uid : UINT32_MAX;
}

struct holding *holders_add(struct holders *h)
{
	struct holding *held;

	h->list = grow(h->list, h->n, &h->room, sizeof(*h->list));
	held = &h->list[h->n++];
	memset(held, 0, sizeof(*held));
	return held;
}

static bool add_holding(struct holders *h, const struct fields *fields)
{
	char * const *column = fields->list;
	struct in6_addr addr;
	struct holding *held;

	if (fields->n < 6 || !parse_addr(column[5], &addr))
		return false;
	held = holders_add(h);
	held->rule.addr = addr;
	held->state = xstrdup(column[0]);
	held->dev = copy(column[4]);
	held->peer = copy(fields_value(fields, "peer"));
	held->rule.state = rule_state(column[0]);
	held->rule.uid = uid_of(column[1]);
	parse_u64(column[2], strlen(column[2]), UINT64_MAX, &held->inode);
	held->rule.inet6 = column[3][0] != '-';
	held->rule.v6only = column[3][0] == '1';
	held->rule.ifindex = index_of(column[4]);
	held->rule.l3mdev = index_of(fields_value(fields, "l3mdev"));
	held->rule.reuseaddr = fields_number(fields, "reuseaddr");
	held->rule.reuseport = fields_number(fields, "reuseport");
	held->count = fields_value(fields, "count") ? fields_number(fields, "count") : 1;
	held->expires = fields_number(fields, "expires");
	return true;
}

static bool add_bucket(struct holders *h, const struct fields *fields)
{
	const char *addr = fields_value(fields, "address");
	const char *v6only = fields_value(fields, "v6only");
	struct bucket b = { .l3mdev = index_of(fields_value(fields, "l3mdev")) };

	h->facts.by_address |= fields_number(fields, "byaddress");
	b.fast.level = fields_number(fields, "fastreuseport");
	b.fast.uid = fields_number(fields, "uid");
	b.fast.inet6 = v6only;
	b.fast.v6only = v6only && *v6only == '1';
	/* without an address it is not known which binds the bucket's cache lets through */
	if (b.fast.level && (!addr || !parse_addr(addr, &b.fast.addr)))
		return false;
	h->buckets = xrealloc(h->buckets, h->n_buckets + 1, sizeof(*h->buckets));
	h->buckets[h->n_buckets++] = b;
	return true;
}

static bool add_line(struct holders *h, const struct fields *fields)
{
	const char *word = fields->list[0];

	if (is_held(word))
		return add_holding(h, fields);
	if (!strcmp(word, "bucket"))
		return add_bucket(h, fields);
	if (!strcmp(word, "slot")) {
		h->facts.by_address = fields_number(fields, "crowded");
		h->facts.wild_hole = fields_number(fields, "wildhole");
		return true;
	}
	/* unseen, more, unknown, or a word of a later module: there may be more holders */
	h->unseen = true;
	return true;
}

static bool is_header(const struct fields *fields)
{
	static const char * const names[] = { "state", "uid", "inode", "v6only", "dev", "address" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (i >= fields->n || strcmp(fields->list[i], names[i]))
			return false;
	return true;
}

/* Modifies @text. */
bool holders_parse(struct holders *h, char *text, struct fail *f)
{
	bool header = true, ok = false;
	struct fields fields;
	char *save, *line;

	memset(h, 0, sizeof(*h));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		fields_split(&fields, line);
		if (!fields.n)
			continue;
		ok = header ? is_header(&fields) : add_line(h, &fields);
		header = false;
		if (!ok)
			break;
	}
	return ok || fail_set(f, ST_OTHER, ASK_FILE " makes no sense");
}

static void put_question(struct str *out, enum ds_proto proto, uint16_t port,
			 const struct in6_addr *addr)
{
	char text[INET6_ADDRSTRLEN];

	str_addf(out, "holders %s %u", proto == DS_TCP ? "tcp" : "udp", port);
	if (!addr)
		return;
	if (ds_addr_is_mapped(addr))
		inet_ntop(AF_INET, &addr->s6_addr[12], text, sizeof(text));
	else
		inet_ntop(AF_INET6, addr, text, sizeof(text));
	str_addf(out, " address=%s", text);
}

bool holders_ask(struct holders *h, enum ds_proto proto, uint16_t port,
		 const struct in6_addr *addr, struct fail *f)
{
	struct str question = { 0 }, answer = { 0 };
	bool ok;

	memset(h, 0, sizeof(*h));
	put_question(&question, proto, port, addr);
	ok = ask_module(question.s, &answer, f) && holders_parse(h, answer.s, f);
	str_free(&question);
	str_free(&answer);
	return ok;
}

void holders_drop(struct holders *h, size_t n)
{
	while (h->n > n) {
		struct holding *held = &h->list[--h->n];

		free(held->state);
		free(held->dev);
		free(held->peer);
	}
}

void holders_free(struct holders *h)
{
	holders_drop(h, 0);
	free(h->list);
	free(h->buckets);
	memset(h, 0, sizeof(*h));
}
