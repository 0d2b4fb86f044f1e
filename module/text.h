/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of numbers, words and addresses, without vsnprintf(). Pure: knows nothing of rows. */
#ifndef DUALSTACK_TEXT_H
#define DUALSTACK_TEXT_H

#include <linux/in6.h>
#include <linux/types.h>

struct seq_file;

/* "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", and room for a NUL */
#define DS_ADDR_TEXT	48

int ds_addr_text(char *text, const struct in6_addr *addr, bool as_v4);
void ds_seq_enlarge(struct seq_file *m, size_t size);
void ds_put_left(struct seq_file *m, const char *word, int width);
void ds_put_right(struct seq_file *m, u64 number, int width);

#endif
