/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads JSON files of other programs with jansson. */
#ifndef DUALSTACK_JSON_H
#define DUALSTACK_JSON_H

#include <jansson.h>

/*
 * Parses a regular file of at most @most bytes; NULL if that fails. The owner might replace it by a
 * FIFO, so other types are refused. The caller frees the result with json_decref().
 */
json_t *json_file(const char *path, size_t most);
/* The text of a string in the object @o, or NULL. */
const char *json_text(const json_t *o, const char *member);

#endif
