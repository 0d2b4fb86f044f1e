// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parses a question to /proc/net/dualstack_ask:
 *
 *	who PROTO ADDRESS PORT [dev=NAME] [from=ADDRESS] [fromport=N]
 *	holders PROTO PORT [address=ADDRESS]
 *
 * The text comes from an untrusted writer, and no NUL ends it.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/inet.h>
#include <linux/string.h>
#else
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#endif
#include "question.h"

/**
 * struct word - a word of the question
 * @text: its first character; no NUL ends it
 * @len: number of characters
 */
struct word {
	const char *text;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Take the next word off @text. At the end of the text the word is empty. */
static struct word next_word(const char **text, const char *end)
{
	struct word word;

	while (*text < end && is_blank(**text))
		(*text)++;
	word.text = *text;
	while (*text < end && !is_blank(**text))
		(*text)++;
	word.len = *text - word.text;
	return word;
}

static bool word_is(const struct word *word, const char *what)
{
	return word->len == strlen(what) && !memcmp(word->text, what, word->len);
}

/* If the word begins with @key, such as "dev=", take that off. */
static bool take_key(struct word *word, const char *key)
{
	size_t len = strlen(key);

	if (word->len < len || memcmp(word->text, key, len))
		return false;
	word->text += len;
	word->len -= len;
	return true;
}

static bool parse_port(unsigned int *port, const struct word *word)
{
	unsigned int value = 0;
	size_t i;

	if (!word->len || word->len > 5)
		return false;
	for (i = 0; i < word->len; i++) {
		if (word->text[i] < '0' || word->text[i] > '9')
			return false;
		value = 10 * value + (word->text[i] - '0');
	}
	*port = value;
	return value >= 1 && value <= 65535;
}

static bool parse_proto(enum ds_proto *proto, const struct word *word)
{
	*proto = word_is(word, "udp") ? DS_UDP : DS_TCP;
	return *proto == DS_UDP || word_is(word, "tcp");
}

/* Accept only the form a.b.c.d. */
static bool to_addr4(const char *text, unsigned char *addr)
{
#ifdef __KERNEL__
	const char *end;

	return in4_pton(text, -1, addr, -1, &end) == 1 && !*end;
#else
	return inet_pton(AF_INET, text, addr) == 1;
#endif
}

/* in6_pton() stops at a zone ("%eth0"); reject it, as inet_pton() does. */
static bool to_addr6(const char *text, struct in6_addr *addr)
{
#ifdef __KERNEL__
	const char *end;

	return in6_pton(text, -1, addr->s6_addr, -1, &end) == 1 && !*end;
#else
	return inet_pton(AF_INET6, text, addr) == 1;
#endif
}

/* Reject IPv4-mapped addresses: such a packet is an IPv4 packet. */
static bool parse_addr(struct in6_addr *addr, enum ds_family *family, const struct word *word)
{
	char text[INET6_ADDRSTRLEN];

	if (!word->len || word->len >= sizeof(text))
		return false;
	memcpy(text, word->text, word->len);
	text[word->len] = '\0';
	memset(addr, 0, sizeof(*addr));
	*family = memchr(text, ':', word->len) ? DS_V6 : DS_V4;
	if (*family == DS_V6)
		return to_addr6(text, addr) && !ds_addr_is_mapped(addr);
	addr->s6_addr32[2] = htonl(0xffff);
	return to_addr4(text, &addr->s6_addr[12]);
}

/* Reject names that dev_valid_name() rejects, too: no device has such a name. */
static bool parse_dev(char *dev, const struct word *word)
{
	size_t i;

	if (dev[0] || !word->len || word->len >= IFNAMSIZ)
		return false;
	for (i = 0; i < word->len; i++)
		if (word->text[i] == '/' || word->text[i] == ':')
			return false;
	memcpy(dev, word->text, word->len);
	dev[word->len] = '\0';
	return true;
}

static bool parse_peer(struct ds_asked *q, const struct word *word)
{
	enum ds_family family;

	if (q->has_peer || !parse_addr(&q->peer, &family, word) || family != q->family)
		return false;
	q->has_peer = true;
	return true;
}

static bool parse_who_word(struct ds_asked *q, struct word *word)
{
	if (take_key(word, "dev="))
		return parse_dev(q->dev, word);
	if (take_key(word, "from="))
		return parse_peer(q, word);
	if (take_key(word, "fromport="))
		return !q->peer_port && parse_port(&q->peer_port, word);
	return false;
}

static bool parse_who(struct ds_asked *q, const char **text, const char *end)
{
	struct word word = next_word(text, end);

	if (!parse_addr(&q->addr, &q->family, &word))
		return false;
	q->has_addr = true;
	word = next_word(text, end);
	if (!parse_port(&q->port, &word))
		return false;
	for (word = next_word(text, end); word.len; word = next_word(text, end))
		if (!parse_who_word(q, &word))
			return false;
	/* a peer's port needs the peer's address */
	return q->has_peer || !q->peer_port;
}

static bool parse_holders(struct ds_asked *q, const char **text, const char *end)
{
	struct word word = next_word(text, end);

	if (!parse_port(&q->port, &word))
		return false;
	for (word = next_word(text, end); word.len; word = next_word(text, end)) {
		if (q->has_addr || !take_key(&word, "address=") ||
		    !parse_addr(&q->addr, &q->family, &word))
			return false;
		q->has_addr = true;
	}
	return true;
}

/**
 * ds_question_parse() - parse a question
 * @q: filled in
 * @text: one line, with or without a newline at its end
 * @len: its length
 *
 * Context: any.
 * Return: 0, or -EINVAL if the text is not a valid question: an unknown or missing word, a bad
 * address or number, a peer of the other family, a word given twice, more than one line, or more
 * than DS_QUESTION_MAX characters.
 */
int ds_question_parse(struct ds_asked *q, const char *text, size_t len)
{
	const char *end = text + len;
	struct word kind, proto;
	bool ok;

	memset(q, 0, sizeof(*q));
	if (len && end[-1] == '\n')
		end--;
	if (len > DS_QUESTION_MAX || memchr(text, '\n', end - text) ||
	    memchr(text, '\0', end - text))
		return -EINVAL;
	kind = next_word(&text, end);
	proto = next_word(&text, end);
	if (!parse_proto(&q->proto, &proto))
		return -EINVAL;
	q->kind = word_is(&kind, "holders") ? DS_ASK_HOLDERS : DS_ASK_WHO;
	if (q->kind == DS_ASK_HOLDERS)
		ok = parse_holders(q, &text, end);
	else
		ok = word_is(&kind, "who") && parse_who(q, &text, end);
	return ok ? 0 : -EINVAL;
}
