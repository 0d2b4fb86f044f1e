// SPDX-License-Identifier: GPL-2.0-only
/* dualstack: shows which listening sockets serve IPv4, which IPv6, which both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "explain.h"
#include "fail.h"
#include "fold.h"
#include "metrics.h"
#include "options.h"
#include "out.h"
#include "source.h"
#include "summary.h"
#include "watch.h"
#include "who.h"
#include "../../module/version.h"

/* Fails if some '?' leaves open which rows match: "no row matches" might be wrong. */
static bool decided(const struct table *t, struct fail *f)
{
	if (!t->n_undecided)
		return true;
	return fail_set(f, ST_NOMODULE, "whether %zu socket%s match%s is not known: '?'%s%s",
			t->n_undecided, t->n_undecided == 1 ? "" : "s",
			t->n_undecided == 1 ? "es" : "",
			t->source == SOURCE_SETTINGS ? "; " : "",
			t->source == SOURCE_SETTINGS ? source_remedy() : "");
}

static void say_no_match(const struct options *o)
{
	const struct selection *s = &o->select;
	struct str word = { 0 };

	if (!o->print.terminal)
		return;
	if (s->n_targets == 1 && s->targets[0].has_addr && o->n_words == 1) {
		escape(&word, o->words[0], ESC_TABLE);
		complain("no socket is bound to %s; who serves it: dualstack explain %s", word.s,
			 word.s);
		str_free(&word);
	} else {
		complain("no socket matches");
	}
}

static enum status list(struct options *o, struct fail *f)
{
	struct columns *cols = &o->print.columns;
	struct table t = { 0 };
	enum status status;

	if (!load_selected(o, columns_need(cols) | columns_need(&o->sort.columns), &t, f))
		return f->status;
	if (!t.n_undecided)
		source_hint(&t);
	if (o->fold == WHEN_ALWAYS && fold(&t) && !o->n_columns)
		columns_add_narrow(cols, "count");
	if (o->sort.columns.n)
		sort_rows(&o->sort, &t);
	if (o->print.terminal && !o->n_columns && !o->all_columns) {
		columns_drop_empty(cols, &t);
		print_summary(&o->select, &t);
	}
	status = !t.n && select_any(&o->select) ? ST_NO : ST_OK;
	if (status == ST_NO && !t.n_undecided)
		say_no_match(o);
	if (t.n || o->print.form == FORM_JSON || status == ST_OK)
		print_rows(&o->print, &t);
	if (!decided(&t, f))
		status = f->status;
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
	switch (o->command) {
	case CMD_CHECK:
		return check(o, f);
	case CMD_EXPLAIN:
		return explain(o, f);
	case CMD_WHO:
		return who(o, f);
	case CMD_WATCH:
		return watch(o, f);
	case CMD_METRICS:
		return metrics(o, f);
	default:
		return list(o, f);
	}
}

/* A full disk must not look like success. */
static enum status flush_stdout(enum status status)
{
	errno = 0;
	if (out_flush())
		return status;
	complain("write error: %s", strerror(out_errno ? out_errno : EIO));
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
		complain("%s", f.text);
	return status;
}
