// SPDX-License-Identifier: GPL-2.0-only
/* Sets the text of a failure, which is always one line of plain text. */
#include <errno.h>

#include "fail.h"
#include "out.h"

/* Words of the user and names of files may contain line breaks and escape sequences. */
static void make_plain(struct fail *f)
{
	struct str text = { 0 };

	str_reset(&text);
	escape(&text, f->text, ESC_TABLE);
	snprintf(f->text, sizeof(f->text), "%s", text.s);
	str_free(&text);
}

bool fail_set(struct fail *f, enum status status, const char *fmt, ...)
{
	va_list ap;

	f->status = status;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	make_plain(f);
	return false;
}

bool fail_errno(struct fail *f, int err, const char *fmt, ...)
{
	size_t len;
	va_list ap;

	f->status = err == EACCES || err == EPERM ? ST_PERM : ST_OTHER;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	make_plain(f);
	len = strlen(f->text);
	snprintf(f->text + len, sizeof(f->text) - len, ": %s", strerror(err));
	return false;
}
