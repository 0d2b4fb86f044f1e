// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions of libsmartcols, libmnl and libjansson that are used here. Each library is loaded
 * when one of its functions is called for the first time: a check of one port needs none of them,
 * and the dynamic linker would spend more time on the three than the check takes.
 *
 * READER_LIBRARIES=linked builds without this file, for static programs and for systems where
 * dlopen() finds no library by its name.
 */
#include <dlfcn.h>
#include <jansson.h>
#include <libmnl/libmnl.h>
#include <libsmartcols/libsmartcols.h>
#include <stdint.h>
#include "util.h"

#define SMARTCOLS	"libsmartcols.so.1"
#define MNL		"libmnl.so.0"
#define JANSSON		"libjansson.so.4"

/* For tools that build packages: https://systemd.io/ELF_DLOPEN_METADATA/ */
#define NOTE_TYPE	0x407c0c0a
#define NOTE_OWNER	"FDO"
#define NOTE_OF(soname, description) \
	"{\"soname\":[\"" soname "\"],\"description\":\"" description "\"," \
	"\"priority\":\"required\"}"
#define NOTE_TEXT	"[" NOTE_OF(SMARTCOLS, "tables on a terminal") "," \
			NOTE_OF(MNL, "netlink") "," NOTE_OF(JANSSON, "JSON") "]"

static const struct {
	uint32_t owner_size;
	uint32_t text_size;
	uint32_t type;
	char owner[sizeof(NOTE_OWNER)];
	char text[sizeof(NOTE_TEXT)] __attribute__((aligned(4)));
} note __attribute__((used, aligned(4), section(".note.dlopen"))) = {
	sizeof(NOTE_OWNER), sizeof(NOTE_TEXT), NOTE_TYPE, NOTE_OWNER, NOTE_TEXT,
};

/**
 * struct library - a library that is loaded at the first call of one of its functions
 * @soname: what dlopen() looks for
 * @handle: the result of dlopen(), or NULL before the first call
 */
struct library {
	const char *soname;
	void *handle;
};

static struct library smartcols = { .soname = SMARTCOLS };
static struct library mnl = { .soname = MNL };
static struct library jansson = { .soname = JANSSON };

static void *function(struct library *library, const char *name)
{
	void *fn;

	if (!library->handle)
		library->handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
	fn = library->handle ? dlsym(library->handle, name) : NULL;
	if (!fn)
		fatal(ST_OTHER, "%s", dlerror());
	return fn;
}

/* The type is that of the library's own header, so that a wrong call does not compile. */
#define CALL(library, name, ...) ({					\
	static __typeof__(name) *fn_;					\
									\
	if (!fn_)							\
		fn_ = (__typeof__(name) *)function(&(library), #name);	\
	fn_(__VA_ARGS__);						\
})

/* libsmartcols */

int scols_cell_set_color(struct libscols_cell *ce, const char *color)
{
	return CALL(smartcols, scols_cell_set_color, ce, color);
}

int scols_column_set_safechars(struct libscols_column *cl, const char *safe)
{
	return CALL(smartcols, scols_column_set_safechars, cl, safe);
}

struct libscols_cell *scols_line_get_cell(struct libscols_line *ln, size_t n)
{
	return CALL(smartcols, scols_line_get_cell, ln, n);
}

int scols_line_set_data(struct libscols_line *ln, size_t n, const char *data)
{
	return CALL(smartcols, scols_line_set_data, ln, n, data);
}

struct libscols_table *scols_new_table(void)
{
	return CALL(smartcols, scols_new_table);
}

int scols_print_table(struct libscols_table *tb)
{
	return CALL(smartcols, scols_print_table, tb);
}

int scols_table_enable_colors(struct libscols_table *tb, int enable)
{
	return CALL(smartcols, scols_table_enable_colors, tb, enable);
}

int scols_table_enable_noheadings(struct libscols_table *tb, int enable)
{
	return CALL(smartcols, scols_table_enable_noheadings, tb, enable);
}

struct libscols_column *scols_table_new_column(struct libscols_table *tb, const char *name,
					       double whint, int flags)
{
	return CALL(smartcols, scols_table_new_column, tb, name, whint, flags);
}

struct libscols_line *scols_table_new_line(struct libscols_table *tb, struct libscols_line *parent)
{
	return CALL(smartcols, scols_table_new_line, tb, parent);
}

void scols_unref_table(struct libscols_table *tb)
{
	CALL(smartcols, scols_unref_table, tb);
}

/* libmnl */

void *mnl_attr_get_payload(const struct nlattr *attr)
{
	return CALL(mnl, mnl_attr_get_payload, attr);
}

uint16_t mnl_attr_get_payload_len(const struct nlattr *attr)
{
	return CALL(mnl, mnl_attr_get_payload_len, attr);
}

const char *mnl_attr_get_str(const struct nlattr *attr)
{
	return CALL(mnl, mnl_attr_get_str, attr);
}

uint16_t mnl_attr_get_type(const struct nlattr *attr)
{
	return CALL(mnl, mnl_attr_get_type, attr);
}

uint32_t mnl_attr_get_u32(const struct nlattr *attr)
{
	return CALL(mnl, mnl_attr_get_u32, attr);
}

uint8_t mnl_attr_get_u8(const struct nlattr *attr)
{
	return CALL(mnl, mnl_attr_get_u8, attr);
}

struct nlattr *mnl_attr_next(const struct nlattr *attr)
{
	return CALL(mnl, mnl_attr_next, attr);
}

bool mnl_attr_ok(const struct nlattr *attr, int len)
{
	return CALL(mnl, mnl_attr_ok, attr, len);
}

void mnl_attr_put(struct nlmsghdr *nlh, uint16_t type, size_t len, const void *data)
{
	CALL(mnl, mnl_attr_put, nlh, type, len, data);
}

int mnl_cb_run(const void *buf, size_t numbytes, unsigned int seq, unsigned int portid,
	       mnl_cb_t cb_data, void *data)
{
	return CALL(mnl, mnl_cb_run, buf, numbytes, seq, portid, cb_data, data);
}

void *mnl_nlmsg_get_payload(const struct nlmsghdr *nlh)
{
	return CALL(mnl, mnl_nlmsg_get_payload, nlh);
}

size_t mnl_nlmsg_get_payload_len(const struct nlmsghdr *nlh)
{
	return CALL(mnl, mnl_nlmsg_get_payload_len, nlh);
}

void *mnl_nlmsg_get_payload_offset(const struct nlmsghdr *nlh, size_t offset)
{
	return CALL(mnl, mnl_nlmsg_get_payload_offset, nlh, offset);
}

void *mnl_nlmsg_get_payload_tail(const struct nlmsghdr *nlh)
{
	return CALL(mnl, mnl_nlmsg_get_payload_tail, nlh);
}

struct nlmsghdr *mnl_nlmsg_next(const struct nlmsghdr *nlh, int *len)
{
	return CALL(mnl, mnl_nlmsg_next, nlh, len);
}

bool mnl_nlmsg_ok(const struct nlmsghdr *nlh, int len)
{
	return CALL(mnl, mnl_nlmsg_ok, nlh, len);
}

void *mnl_nlmsg_put_extra_header(struct nlmsghdr *nlh, size_t size)
{
	return CALL(mnl, mnl_nlmsg_put_extra_header, nlh, size);
}

struct nlmsghdr *mnl_nlmsg_put_header(void *buf)
{
	return CALL(mnl, mnl_nlmsg_put_header, buf);
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	return CALL(mnl, mnl_socket_bind, nl, groups, pid);
}

int mnl_socket_close(struct mnl_socket *nl)
{
	return CALL(mnl, mnl_socket_close, nl);
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *nl)
{
	return CALL(mnl, mnl_socket_get_portid, nl);
}

struct mnl_socket *mnl_socket_open(int bus)
{
	return CALL(mnl, mnl_socket_open, bus);
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	return CALL(mnl, mnl_socket_open2, bus, flags);
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t siz)
{
	return CALL(mnl, mnl_socket_recvfrom, nl, buf, siz);
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t siz)
{
	return CALL(mnl, mnl_socket_sendto, nl, req, siz);
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf, socklen_t len)
{
	return CALL(mnl, mnl_socket_setsockopt, nl, type, buf, len);
}

/* libjansson */

json_t *json_array_get(const json_t *array, size_t index)
{
	return CALL(jansson, json_array_get, array, index);
}

size_t json_array_size(const json_t *array)
{
	return CALL(jansson, json_array_size, array);
}

void json_delete(json_t *json)
{
	CALL(jansson, json_delete, json);
}

char *json_dumps(const json_t *json, size_t flags)
{
	return CALL(jansson, json_dumps, json, flags);
}

json_int_t json_integer_value(const json_t *integer)
{
	return CALL(jansson, json_integer_value, integer);
}

json_t *json_loadb(const char *buffer, size_t buflen, size_t flags, json_error_t *error)
{
	return CALL(jansson, json_loadb, buffer, buflen, flags, error);
}

json_t *json_object_get(const json_t *object, const char *key)
{
	return CALL(jansson, json_object_get, object, key);
}

void *json_object_iter(json_t *object)
{
	return CALL(jansson, json_object_iter, object);
}

const char *json_object_iter_key(void *iter)
{
	return CALL(jansson, json_object_iter_key, iter);
}

void *json_object_iter_next(json_t *object, void *iter)
{
	return CALL(jansson, json_object_iter_next, object, iter);
}

json_t *json_object_iter_value(void *iter)
{
	return CALL(jansson, json_object_iter_value, iter);
}

void *json_object_key_to_iter(const char *key)
{
	return CALL(jansson, json_object_key_to_iter, key);
}

const char *json_string_value(const json_t *string)
{
	return CALL(jansson, json_string_value, string);
}
