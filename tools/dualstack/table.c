// SPDX-License-Identifier: GPL-2.0-only
/* Parses the text of a table, fed in pieces of any size. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"
#include "table.h"
#include "../../module/version.h"

#define READ_BYTES (256 * 1024)

/* The fixed columns in their order. A table of all namespaces has `netns` before them. */
static const char *const columns[] = {
	"proto", "port", "v4", "v6", "v6only", "uid", "inode", "dev", "address",
};

struct token {
	const char *s;
	size_t len;
};

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Finds the next run of non-blanks in [*@at, @end). The byte at @end must be below ' ' (the end of
 * the line, or of a string), so that most bytes take only one comparison.
 */
static inline bool token(const char **at, const char *end, struct token *t)
{
	const char *s = *at;

	while (is_blank(*s))
		s++;
	t->s = s;
	for (;;) {
		while ((unsigned char)*s > ' ')
			s++;
		if (s == end || is_blank(*s))
			break;
		s++;
	}
	t->len = s - t->s;
	*at = s;
	return t->len > 0;
}

static inline bool is(const struct token *t, const char *word)
{
	return t->len == strlen(word) && !memcmp(t->s, word, t->len);
}

/* Makes text from any file short and printable, for a message. */
static const char *quote(const struct token *t)
{
	static char buf[48];
	size_t i, n = 0;

	for (i = 0; i < t->len && n < sizeof(buf) - 4; i++)
		buf[n++] = t->s[i] >= ' ' && t->s[i] < 127 ? t->s[i] : '?';
	strcpy(buf + n, i < t->len ? "..." : "");
	return buf;
}

static bool bad(struct parser *p, struct fail *f, const char *what, const struct token *t)
{
	return fail_set(f, ST_OTHER, "%s: line %lu: bad %s '%s'", p->name, p->line, what,
			quote(t));
}

/* Fails: it is a table of another version, or not a table. */
static bool unknown_header(struct parser *p, const struct token *line, bool table, struct fail *f)
{
	/* what is not a table may be another user's file: show nothing of it */
	if (!table)
		return fail_set(f, ST_OTHER, "%s: not a copy of /proc/net/dualstack: its first "
				"line is another", p->name);
	return fail_set(f, ST_OTHER, "%s: unknown header '%s': not a table that dualstack "
			DUALSTACK_VERSION " reads; install the reader that belongs to the loaded "
			"module", p->name, quote(line));
}

static bool parse_header(struct parser *p, const char *at, const char *end, struct fail *f)
{
	struct token t, whole = { at, end - at };
	bool ok = token(&at, end, &t), table;
	size_t i = 0;

	p->table->all_netns = ok && is(&t, "netns");
	if (p->table->all_netns)
		ok = token(&at, end, &t);
	table = ok && is(&t, columns[0]);
	while (ok && i < ARRAY_SIZE(columns)) {
		ok = is(&t, columns[i++]);
		if (i < ARRAY_SIZE(columns))
			ok = ok && token(&at, end, &t);
	}
	if (ok && !token(&at, end, &t))
		return true;
	return unknown_header(p, &whole, table, f);
}

/* tcp or udp, then 4, 6 or 46 */
static bool parse_proto(const struct token *t, struct row *r)
{
	if (t->len < 4 || t->len > 5)
		return false;
	if (!memcmp(t->s, "tcp", 3))
		r->l4 = L4_TCP;
	else if (!memcmp(t->s, "udp", 3))
		r->l4 = L4_UDP;
	else
		return false;
	if (t->len == 5)
		r->families = FAM4 | FAM6;
	else
		r->families = t->s[3] == '4' ? FAM4 : FAM6;
	return t->s[t->len - 1] == '6' ? t->len == 4 || t->s[3] == '4' :
					 t->len == 4 && t->s[3] == '4';
}

static bool parse_verdict(const struct token *t, uint8_t *out)
{
	enum verdict v = verdict_by_name(t->s, t->len);

	*out = v;
	return v != V_COUNT && !is(t, "no");
}

static bool parse_u32(const struct token *t, uint64_t max, uint32_t *out)
{
	uint64_t n;

	if (!parse_u64(t->s, t->len, max, &n))
		return false;
	*out = n;
	return true;
}

/* queue=N/M */
static bool parse_queue(const struct token *v, struct row *r)
{
	const char *slash = memchr(v->s, '/', v->len);
	struct token first, second;

	if (!slash)
		return false;
	first = (struct token){ v->s, slash - v->s };
	second = (struct token){ slash + 1, v->s + v->len - slash - 1 };
	return parse_u32(&first, UINT32_MAX, &r->queue) &&
	       parse_u32(&second, UINT32_MAX, &r->backlog);
}

static bool parse_flag(const struct token *v, struct row *r, uint32_t bit)
{
	if (v->len != 1 || (*v->s != '0' && *v->s != '1'))
		return false;
	if (*v->s == '0')
		r->has &= ~bit;
	return true;
}

/* The only flag that a row shows if it is off. */
static bool parse_mcall(const struct token *v, struct row *r)
{
	bool ok = parse_flag(v, r, HAS_NO_MCALL);

	r->has ^= HAS_NO_MCALL;
	return ok;
}

#define WORD(key, has) { key, sizeof(key) - 1, has }

/* The most frequent ones come first. */
static const struct {
	const char *key;
	size_t len;
	uint32_t has;
} words[] = {
	WORD("queue", HAS_QUEUE), WORD("cgroup", HAS_CGROUP), WORD("rx", HAS_RX),
	WORD("group", HAS_GROUP), WORD("v4by", HAS_V4BY), WORD("v6by", HAS_V6BY),
	WORD("drops", HAS_DROPS), WORD("bpf", HAS_BPF), WORD("cpu", HAS_CPU),
	WORD("transparent", HAS_TRANSPARENT), WORD("freebind", HAS_FREEBIND),
	WORD("mptcp", HAS_MPTCP), WORD("mcast", HAS_MCAST), WORD("mcall", HAS_NO_MCALL),
	WORD("chain", HAS_CHAIN), WORD("peers", HAS_PEERS),
	WORD("many", HAS_MANY),
};

static bool word_value(struct row *r, uint32_t has, const struct token *v)
{
	r->has |= has;
	switch (has) {
	case HAS_QUEUE:
		return parse_queue(v, r);
	case HAS_RX:
		return parse_u64(v->s, v->len, UINT64_MAX, &r->rx);
	case HAS_CGROUP:
		return parse_u64(v->s, v->len, UINT64_MAX, &r->cgroup);
	case HAS_GROUP:
		return parse_u32(v, UINT32_MAX, &r->group);
	case HAS_V4BY:
		return parse_u64(v->s, v->len, UINT64_MAX, &r->v4by);
	case HAS_V6BY:
		return parse_u64(v->s, v->len, UINT64_MAX, &r->v6by);
	case HAS_DROPS:
		return parse_u64(v->s, v->len, UINT64_MAX, &r->drops);
	case HAS_CPU:
		return parse_u32(v, INT_MAX, &r->cpu);
	case HAS_MCAST:
		return parse_u32(v, UINT32_MAX, &r->mcast);
	case HAS_NO_MCALL:
		return parse_mcall(v, r);
	case HAS_CHAIN:
	case HAS_PEERS:
	case HAS_MANY:
		return parse_u32(v, UINT32_MAX, &r->why);
	default:
		return parse_flag(v, r, has);
	}
}

/* key=value; words that this version does not know are skipped, see proc_net_dualstack(5). */
static bool parse_word(struct parser *p, struct row *r, const struct token *t, struct fail *f)
{
	const char *eq = memchr(t->s, '=', t->len);
	struct token key, value;
	size_t i;

	if (!eq)
		return true;
	key = (struct token){ t->s, eq - t->s };
	value = (struct token){ eq + 1, t->s + t->len - eq - 1 };
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (key.len == words[i].len && !memcmp(key.s, words[i].key, key.len))
			return word_value(r, words[i].has, &value) || bad(p, f, "word", t);
	return true;
}

static bool parse_v6only(const struct token *t, struct row *r)
{
	r->v6only = *t->s == '-' ? -1 : *t->s - '0';
	return t->len == 1 && r->v6only >= -1 && r->v6only <= 1;
}

static inline bool parse_column(struct table *table, struct row *r, size_t column,
				const struct token *t)
{
	uint32_t n = 0;
	bool ok;

	switch (column) {
	case 0:
		return parse_proto(t, r);
	case 1:
		ok = parse_u32(t, 65535, &n);
		r->port = n;
		return ok;
	case 2:
		return parse_verdict(t, &r->v4);
	case 3:
		return parse_verdict(t, &r->v6);
	case 4:
		return parse_v6only(t, r);
	case 5:
		return parse_u32(t, UINT32_MAX, &r->uid);
	case 6:
		return parse_u64(t->s, t->len, UINT64_MAX, &r->inode);
	case 7:
		r->dev = is(t, "-") ? NULL : table_name(table, t->s, t->len);
		return true;
	default:
		r->addr = table_addr(table, t->s, t->len);
		return r->addr;
	}
}

static bool parse_columns(struct parser *p, struct row *r, const char **at, const char *end,
			  struct fail *f)
{
	struct token t;
	size_t i;

	if (p->table->all_netns) {
		r->has |= HAS_NETNS;
		token(at, end, &t);
		if (!parse_u64(t.s, t.len, UINT64_MAX, &r->netns))
			return bad(p, f, "netns", &t);
	}
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		if (!token(at, end, &t))
			return fail_set(f, ST_OTHER, "%s: line %lu: cut short, no %s", p->name,
					p->line, columns[i]);
		if (!parse_column(p->table, r, i, &t))
			return bad(p, f, columns[i], &t);
	}
	return true;
}

static bool parse_line(struct parser *p, const char *at, size_t len, struct fail *f)
{
	const char *end = at + len;
	struct row *r;
	struct token t;

	p->line++;
	if (memchr(at, '\0', len))
		return fail_set(f, ST_OTHER, "%s: line %lu: a NUL byte: not a table", p->name,
				p->line);
	if (!p->seen_header) {
		p->seen_header = true;
		return parse_header(p, at, end, f);
	}
	r = table_add(p->table);
	r->knows = ROW_FLAGS;
	if (!parse_columns(p, r, &at, end, f))
		return false;
	while (token(&at, end, &t))
		if (!parse_word(p, r, &t, f))
			return false;
	return true;
}

void parser_init(struct parser *p, struct table *t, const char *name)
{
	memset(p, 0, sizeof(*p));
	p->table = t;
	p->name = name;
	str_reset(&p->rest);
}

void parser_free(struct parser *p)
{
	str_free(&p->rest);
}

static bool keep_rest(struct parser *p, const char *buf, size_t len, struct fail *f)
{
	if (p->rest.len + len > LINE_MAX_BYTES)
		return fail_set(f, ST_OTHER, "%s: line %lu: longer than %d bytes: not a table",
				p->name, p->line + 1, LINE_MAX_BYTES);
	str_add(&p->rest, buf, len);
	return true;
}

bool parser_feed(struct parser *p, const char *buf, size_t len, struct fail *f)
{
	const char *end = buf + len, *nl;

	while ((nl = memchr(buf, '\n', end - buf))) {
		if (p->rest.len) {
			if (!keep_rest(p, buf, nl - buf, f) ||
			    !parse_line(p, p->rest.s, p->rest.len, f))
				return false;
			p->rest.len = 0;
		} else if (!parse_line(p, buf, nl - buf, f)) {
			return false;
		}
		buf = nl + 1;
	}
	return buf == end || keep_rest(p, buf, end - buf, f);
}

/* The kernel ends every line, so a copy without a newline at the end is incomplete. */
bool parser_end(struct parser *p, struct fail *f)
{
	if (p->rest.len)
		return fail_set(f, ST_OTHER, "%s: line %lu: cut short, no end of line", p->name,
				p->line + 1);
	if (!p->seen_header)
		return fail_set(f, ST_OTHER, "%s: empty: not a table (no header line)", p->name);
	return true;
}

bool table_read(struct table *t, int fd, const char *name, struct fail *f)
{
	char *buf = xmalloc(READ_BYTES);
	struct parser p;
	bool ok = true;
	ssize_t n;

	parser_init(&p, t, name);
	while (ok) {
		n = read(fd, buf, READ_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ok = fail_errno(f, errno, "%s", name);
		if (n <= 0)
			break;
		ok = parser_feed(&p, buf, n, f);
	}
	ok = ok && parser_end(&p, f);
	parser_free(&p);
	free(buf);
	return ok;
}
