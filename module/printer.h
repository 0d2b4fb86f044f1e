/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the columns and words of an answer of /proc/net/dualstack_ask. */
#ifndef DUALSTACK_PRINTER_H
#define DUALSTACK_PRINTER_H

#include <linux/uidgid.h>
#include "text.h"

struct net;
struct user_namespace;

/**
 * struct ds_printer - an answer that is being written
 * @text: buffer with room for the whole answer
 * @p: end of the text written so far, without a NUL
 * @net: namespace, for the names of devices
 * @user_ns: user namespace of the process that asks, for uids
 */
struct ds_printer {
	char *text;
	char *p;
	struct net *net;
	struct user_namespace *user_ns;
};

static __always_inline void ds_put(struct ds_printer *out, const char *word)
{
	out->p = ds_text_word(out->p, word);
}

static inline void ds_put_number(struct ds_printer *out, const char *key, u64 number)
{
	ds_put(out, key);
	out->p = ds_text_number(out->p, number);
}

void ds_put_device(struct ds_printer *out, int ifindex);
void ds_put_owner(struct ds_printer *out, kuid_t uid, u64 inode);

#endif
