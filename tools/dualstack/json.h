/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON that others wrote: read with jansson, and with suspicion. */
#ifndef DUALSTACK_JSON_H
#define DUALSTACK_JSON_H

#include <jansson.h>

/*
 * The text of a file, if it is a regular one of at most @most bytes: who owns it may put a FIFO in
 * its place. NULL: it can't be read.
 */
char *read_regular(const char *path, size_t most, size_t *len);
/* The same, as JSON; to be given back with json_decref(). */
json_t *json_file(const char *path, size_t most);
/* Where @o is an object and its member is a string; else NULL. */
const char *json_text(const json_t *o, const char *member);

#endif
