// SPDX-License-Identifier: GPL-2.0-only
/* dualstack: which listening sockets serve IPv4, which IPv6, which both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "explain.h"
#include "fold.h"
#include "metrics.h"
#include "options.h"
#include "source.h"
#include "watch.h"
#include "../../module/version.h"

static enum status list(struct options *o, struct fail *f)
{
	struct table t = { 0 };
	enum status status;

	if (!load_selected(o, columns_need(&o->print.columns), &t, f))
		return f->status;
	source_hint(&t);
	if (o->fold == WHEN_ALWAYS && fold(&t) && !o->columns)
		columns_add_narrow(&o->print.columns, "count");
	status = !t.n && select_any(&o->select) ? ST_NO : ST_OK;
	if (status == ST_NO && o->print.terminal)
		warn("no socket matches");
	if (t.n || o->print.form == FORM_JSON || status == ST_OK)
		print_rows(&o->print, &t);
	table_free(&t);
	return status;
}

static enum status run(struct options *o, struct fail *f)
{
	switch (o->command) {
	case CMD_HELP:
		usage(stdout);
		return ST_OK;
	case CMD_VERSION:
		printf("dualstack %s\n", DUALSTACK_VERSION);
		return ST_OK;
	case CMD_COLUMNS:
		print_columns(&o->print);
		return ST_OK;
	default:
		break;
	}
	if (!source_enter(o, f))
		return f->status;
	switch (o->command) {
	case CMD_CHECK:
		return check(o, f);
	case CMD_EXPLAIN:
		return explain(o, f);
	case CMD_WATCH:
		return watch(o, f);
	case CMD_METRICS:
		return metrics(o, f);
	default:
		return list(o, f);
	}
}

/* An answer that did not reach its reader is no answer: a full disk must not look like success. */
static enum status flush_stdout(enum status status)
{
	int err;

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	err = out_errno ? out_errno : errno ? errno : EIO;
	warn("write error: %s", strerror(err));
	return ST_OTHER;
}

int main(int argc, char **argv)
{
	struct fail f = { 0 };
	struct options o;
	enum status status;

	if (options_parse(&o, argc, argv, &f))
		status = run(&o, &f);
	else
		status = f.status;
	status = flush_stdout(status);
	if (f.text[0])
		warn("%s", f.text);
	return status;
}
