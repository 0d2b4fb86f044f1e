/* SPDX-License-Identifier: GPL-2.0-only */
/* Readers of the kernel's sockets, which are compared inside the kernel. */
#ifndef DUALSTACK_NATIVE_H
#define DUALSTACK_NATIVE_H

#include <linux/types.h>

struct net;

/* Size of a read() of cat; ss reads a quarter of it from its socket. */
#define READ_BYTES	131072

/**
 * struct native_reading - the result of a reader
 * @bytes: bytes in all
 * @rows: sockets, if @count is set
 * @count: count sockets, which looks at each byte
 */
struct native_reading {
	u64 bytes;
	u64 rows;
	bool count;
};

/**
 * struct native_reader - one way to ask the kernel for its listeners
 * @name: name of its figures
 * @read: reads all, from open to close; returns 0 or a negative errno
 */
struct native_reader {
	const char *name;
	int (*read)(struct native_reading *reading, void *buf);
};

extern const struct native_reader native_readers[];
extern const unsigned int native_nreaders;

/* of the C library; user-mode Linux exports it */
long syscall(long number, ...);

int native_read_file(const char *path, struct native_reading *reading, void *buf, bool header);
int native_make_sockets(struct net *net, u32 n, bool dual);
void native_free_sockets(void);

#endif
