// SPDX-License-Identifier: GPL-2.0-only
/* Parses the command line, and rejects options that contradict each other. */
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "colors.h"
#include "fail.h"
#include "options.h"

#define MAX_SECONDS (366.0 * 24 * 3600)

/* Long options without a letter. OPT_SELECT stands for all that select_option() handles. */
enum {
	OPT_LIST_COLUMNS = 256,
	OPT_FILE, OPT_SOURCE,
	OPT_FOLD,
	OPT_NO_FOLD,
	OPT_COLOR,
	OPT_WATCH,
	OPT_OUTPUT_ALL,
	OPT_SORT,
	OPT_WAIT,
	OPT_OPENMETRICS,
	OPT_SELECT,
};

static const struct option long_options[] = {
	{ "tcp", no_argument, NULL, 't' },
	{ "udp", no_argument, NULL, 'u' },
	{ "listening", no_argument, NULL, 'l' },
	{ "numeric", no_argument, NULL, 'n' },
	{ "processes", no_argument, NULL, 'p' },
	{ "extended", no_argument, NULL, 'e' },
	{ "ipv4", no_argument, NULL, '4' },
	{ "ipv6", no_argument, NULL, '6' },
	{ "no-header", no_argument, NULL, 'H' },
	{ "noheadings", no_argument, NULL, 'H' },
	{ "output", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'J' },
	{ "raw", no_argument, NULL, 'r' },
	{ "pairs", no_argument, NULL, 'P' },
	{ "net", required_argument, NULL, 'N' },
	{ "all-netns", no_argument, NULL, 'A' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "list-columns", no_argument, NULL, OPT_LIST_COLUMNS },
	{ "file", required_argument, NULL, OPT_FILE },
	{ "source", required_argument, NULL, OPT_SOURCE },
	{ "fold", no_argument, NULL, OPT_FOLD },
	{ "no-fold", no_argument, NULL, OPT_NO_FOLD },
	{ "color", optional_argument, NULL, OPT_COLOR },
	{ "output-all", no_argument, NULL, OPT_OUTPUT_ALL },
	{ "sort", required_argument, NULL, OPT_SORT },
	{ "watch", optional_argument, NULL, OPT_WATCH },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ "openmetrics", no_argument, NULL, OPT_OPENMETRICS },
	{ "proto", required_argument, NULL, OPT_SELECT },
	{ "port", required_argument, NULL, OPT_SELECT },
	{ "address", required_argument, NULL, OPT_SELECT },
	{ "dev", required_argument, NULL, OPT_SELECT },
	{ "user", required_argument, NULL, OPT_SELECT },
	{ "process", required_argument, NULL, OPT_SELECT },
	{ "unit", required_argument, NULL, OPT_SELECT },
	{ "v4", required_argument, NULL, OPT_SELECT },
	{ "v6", required_argument, NULL, OPT_SELECT },
	{ "verdict", required_argument, NULL, OPT_SELECT },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
"Usage: dualstack [OPTION]... [WORD]...\n"
"       dualstack check [-qJ] [--wait SECONDS] PROTO/[ADDRESS:]PORT=WHAT[@SCOPE]...\n"
"         WHAT: 46, 4, 6, 4+, 6+, 4-, 6-, none, free   SCOPE: host, link, global\n"
"       dualstack explain [-J] [PROTO/][ADDRESS:]PORT...\n"
"       dualstack who [-J] PROTO/ADDRESS:PORT [from ADDRESS[:PORT]] [dev NAME]\n"
"\n"
"Which listening sockets serve IPv4, which IPv6, which both.\n"
"\n"
"Select (one word of each kind that is given has to match):\n"
"  WORD               80, 80,443, :8000-8100, tcp/80, 80/tcp, udp, tcp46, http,\n"
"                     127.0.0.1:25, [::1]:25, [fe80::1]%eth0:53, 10.0.0.0/8, or\n"
"                     KEY=VALUE with a key of the options below\n"
"  -t, -u             TCP; UDP\n"
"  -4, -6             sockets that IPv4, or IPv6, clients can reach\n"
"      --port LIST    --proto LIST    --address LIST    --dev LIST    --user LIST\n"
"      --process LIST (pid or name pattern)        --unit LIST (name pattern)\n"
"      --v4 LIST, --v6 LIST           yes, shared, partial, shadowed, noaddr, no\n"
"      --verdict LIST                 the same, of either family\n"
"  -l                 ignored: only such sockets are shown anyway\n"
"\n"
"Show:\n"
"  -p, --processes    all processes, user and unit of each socket\n"
"  -e, --extended     also v6only, uid, inode, queues\n"
"  -n, --numeric      users by number (ports always are)\n"
"  -o, --output LIST  these columns; +LIST adds to the usual ones\n"
"      --output-all   all columns\n"
"      --sort LIST    by these columns; -NAME backwards\n"
"      --list-columns the columns, their types and meanings\n"
"  -J, --json         -r, --raw         -P, --pairs      forms for scripts\n"
"  -H, --no-header    no line of headings\n"
"      --fold, --no-fold              a SO_REUSEPORT group as one row, or not\n"
"      --color[=auto|always|never]\n"
"      --watch[=SECONDS]              rows that appear, disappear or change\n"
"      --openmetrics                  for node_exporter's textfile collector\n"
"\n"
"From:\n"
"  -N, --net NAME|PID|INODE|PATH      another network namespace; may be repeated\n"
"  -A, --all-netns                    all of them (root)\n"
"      --file PATH                    a saved table; - for standard input\n"
"      --source module|bpf|settings   data source (auto: the first available)\n"
"\n"
"  -h, --help         -V, --version\n"
"\n"
"Exit status: 0 fine, 1 a check failed or nothing was selected, 2 usage, 3 not\n"
"known (most often: no module, and not root), 4 permission denied, 5 anything\n"
"else. More in dualstack(8).\n";

void usage(FILE *to)
{
	fputs(help_text, to);
}

static bool set_form(struct options *o, enum form form, struct fail *f)
{
	if (o->print.form != FORM_TABLE && o->print.form != form)
		return fail_set(f, ST_USAGE, "--json, --raw and --pairs exclude each other");
	o->print.form = form;
	return true;
}

/* Not strtod(): its decimal point depends on the locale. */
static bool parse_seconds(const char *text, double min, double *out, struct fail *f)
{
	const char *dot = strchr(text, '.');
	size_t len = dot ? (size_t)(dot - text) : strlen(text);
	uint64_t whole = 0, part = 0;
	double scale = 1;
	bool ok = parse_u64(text, len, MAX_SECONDS, &whole);

	if (dot) {
		ok = (ok || !len) && strlen(dot + 1) <= 9 &&
		     parse_u64(dot + 1, strlen(dot + 1), UINT64_MAX, &part);
		for (len = strlen(dot + 1); ok && len; len--)
			scale *= 10;
	}
	*out = whole + part / scale;
	if (ok && *out >= min)
		return true;
	return fail_set(f, ST_USAGE, "bad number of seconds '%.60s': a number, as in 5 or "
			"0.5", text);
}

static bool parse_when(const char *text, enum when *when, struct fail *f)
{
	if (!text || !strcmp(text, "always"))
		*when = WHEN_ALWAYS;
	else if (!strcmp(text, "never"))
		*when = WHEN_NEVER;
	else if (!strcmp(text, "auto"))
		*when = WHEN_AUTO;
	else
		return fail_set(f, ST_USAGE, "bad --color '%.60s': auto, always or never", text);
	return true;
}

static bool parse_source(const char *text, enum choice *source, struct fail *f)
{
	static const char *const names[] = {
		[CHOICE_AUTO] = "auto", [CHOICE_MODULE] = "module", [CHOICE_BPF] = "bpf",
		[CHOICE_SETTINGS] = "settings",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(text, names[i])) {
			*source = i;
			return true;
		}
	}
	return fail_set(f, ST_USAGE, "bad --source '%.60s': module, bpf, settings or auto", text);
}

static bool set_command(struct options *o, enum command command, struct fail *f)
{
	if (o->command != CMD_LIST && o->command != command)
		return fail_set(f, ST_USAGE, "check, explain, who, --watch, --openmetrics and "
				"--list-columns exclude each other");
	o->command = command;
	return true;
}

static bool long_option(struct options *o, int opt, int index, struct fail *f)
{
	switch (opt) {
	case OPT_LIST_COLUMNS:
		return set_command(o, CMD_COLUMNS, f);
	case OPT_FILE:
		o->file = optarg;
		return true;
	case OPT_SOURCE:
		return parse_source(optarg, &o->source, f);
	case OPT_FOLD:
		o->fold = WHEN_ALWAYS;
		return true;
	case OPT_NO_FOLD:
		o->fold = WHEN_NEVER;
		return true;
	case OPT_COLOR:
		return parse_when(optarg, &o->color, f);
	case OPT_WATCH:
		o->interval = 1;
		return set_command(o, CMD_WATCH, f) &&
		       (!optarg || parse_seconds(optarg, 0.01, &o->interval, f));
	case OPT_OUTPUT_ALL:
		return o->all_columns = true;
	case OPT_SORT:
		return sort_parse(&o->sort, optarg, f);
	case OPT_WAIT:
		return parse_seconds(optarg, 0, &o->wait, f);
	case OPT_OPENMETRICS:
		return set_command(o, CMD_METRICS, f);
	default:
		return select_option(&o->select, long_options[index].name, optarg, f);
	}
}

static bool add_netns(struct options *o, const char *word)
{
	o->netns = xrealloc(o->netns, o->n_netns + 1, sizeof(*o->netns));
	o->netns[o->n_netns++] = word;
	return true;
}

static bool add_columns(struct options *o, const char *list)
{
	o->columns = xrealloc(o->columns, o->n_columns + 1, sizeof(*o->columns));
	o->columns[o->n_columns++] = list;
	return true;
}

static bool short_option(struct options *o, int opt, struct fail *f)
{
	switch (opt) {
	case 't':
		o->select.protos |= PROTO_TCP;
		return true;
	case 'u':
		o->select.protos |= PROTO_UDP;
		return true;
	case 'l':
		return true;
	case 'n':
		return o->numeric = true;
	case 'p':
		return o->processes = true;
	case 'e':
		return o->extended = true;
	case '4':
		return o->select.reach4 = true;
	case '6':
		return o->select.reach6 = true;
	case 'H':
		return o->print.no_header = true;
	case 'o':
		return add_columns(o, optarg);
	case 'J':
		return set_form(o, FORM_JSON, f);
	case 'r':
		return set_form(o, FORM_RAW, f);
	case 'P':
		return set_form(o, FORM_PAIRS, f);
	case 'N':
		return add_netns(o, optarg);
	case 'A':
		return o->all_netns = true;
	case 'q':
		return o->quiet = true;
	case 'h':
		o->command = CMD_HELP;
		return true;
	case 'V':
		o->command = CMD_VERSION;
		return true;
	}
	return false;
}

/* Lists the long options that begin with @word ("--pro"); false if there are fewer than two. */
static bool ambiguous(const char *word, struct str *names)
{
	size_t len = strcspn(word, "="), n = 0, i;

	for (i = 0; long_options[i].name; i++) {
		if (strncmp(word + 2, long_options[i].name, len - 2))
			continue;
		str_addf(names, "%s--%s", n++ ? ", " : "", long_options[i].name);
	}
	return n > 1;
}

/* Hints for letters that are options of ss. */
static const char *ss_hint(char letter)
{
	switch (letter) {
	case 'a':
		return ": established connections are never shown";
	case 's':
	case 'i':
	case 'm':
	case 'o':
		return ": that is in ss";
	case 'x':
		return ": only TCP and UDP are shown";
	default:
		return ": try dualstack --help";
	}
}

/* Replaces getopt's own messages by one line that says what is wrong and where to look. */
static bool bad_option(int opt, char **argv, struct fail *f)
{
	char letter[3] = { '-', optopt, '\0' };
	const char *word = argv[optind - 1];
	struct str names = { 0 };
	bool is_letter = optopt > 0 && optopt < 256 && strncmp(word, "--", 2);

	/* optopt is a letter, or the value of a long option, or 0 for an unknown one */
	if (is_letter)
		word = letter;
	if (opt == ':')
		return fail_set(f, ST_USAGE, "option '%.60s' wants a value", word);
	if (!is_letter && !optopt && ambiguous(word, &names))
		fail_set(f, ST_USAGE, "option '%.60s' is ambiguous: %s", word, names.s);
	else if (!is_letter && optopt)
		fail_set(f, ST_USAGE, "option '%.60s' takes no value", word);
	else
		fail_set(f, ST_USAGE, "unknown option '%.60s'%s", word,
			 ss_hint(is_letter ? optopt : 0));
	str_free(&names);
	return false;
}

static bool parse_words(struct options *o, struct fail *f)
{
	size_t i;

	if (o->n_words && !strcmp(o->words[0], "check")) {
		if (!set_command(o, CMD_CHECK, f))
			return false;
	} else if (o->n_words && !strcmp(o->words[0], "explain")) {
		if (!set_command(o, CMD_EXPLAIN, f))
			return false;
	} else if (o->n_words && !strcmp(o->words[0], "who")) {
		if (!set_command(o, CMD_WHO, f))
			return false;
	} else {
		for (i = 0; i < o->n_words; i++)
			if (!select_word(&o->select, o->words[i], f))
				return false;
		return true;
	}
	o->words++;
	if (!--o->n_words)
		return fail_set(f, ST_USAGE, "%s what? dualstack %s", o->words[-1],
				o->command == CMD_CHECK ? "check tcp/80=46" :
				o->command == CMD_WHO ? "who tcp/127.0.0.1:80" : "explain tcp/80");
	return true;
}

/* Commands with words of their own, which do not select rows. */
static bool is_question(const struct options *o)
{
	return o->command == CMD_CHECK || o->command == CMD_EXPLAIN || o->command == CMD_WHO;
}

static bool form_fits(const struct options *o, struct fail *f)
{
	if (o->print.form == FORM_TABLE)
		return true;
	if (o->command == CMD_METRICS)
		return fail_set(f, ST_USAGE, "--openmetrics has a form of its own: no --json, "
				"--raw or --pairs");
	if (o->print.form != FORM_JSON &&
	    (o->command == CMD_WATCH || is_question(o)))
		return fail_set(f, ST_USAGE, "here, --json is the only other form");
	return true;
}

/* As with sockstat, -4 and -6 may be given together; so may -t and -u. */
static bool consistent(const struct options *o, struct fail *f)
{
	if (!!o->file + !!o->n_netns + o->all_netns > 1)
		return fail_set(f, ST_USAGE, "--file, -N and -A exclude each other");
	if (o->file && o->source != CHOICE_AUTO)
		return fail_set(f, ST_USAGE, "--source is about this machine, --file about a saved "
				"table");
	if (o->file && !strcmp(o->file, "-") && (o->command == CMD_WATCH || o->wait >= 0))
		return fail_set(f, ST_USAGE, "standard input can be read once only: no --watch, no "
				"--wait");
	if (select_contradicts(&o->select))
		return fail_set(f, ST_USAGE, "a protocol alone narrows all words: none of them is "
				"of that protocol (for both, write tcp/80 udp/53)");
	if (o->file && select_needs_owners(&o->select))
		return fail_set(f, ST_USAGE, "owners are not in a saved table: no --process and no "
				"--unit with --file");
	if (o->wait >= 0 && o->command != CMD_CHECK)
		return fail_set(f, ST_USAGE, "--wait belongs to dualstack check");
	if (o->quiet && o->command != CMD_CHECK)
		return fail_set(f, ST_USAGE, "-q belongs to dualstack check");
	if (o->command == CMD_WHO && o->file)
		return fail_set(f, ST_USAGE, "who asks the running kernel: no --file");
	if (is_question(o) && select_any(&o->select))
		return fail_set(f, ST_USAGE, "%s takes its sockets from the words after it: no "
				"options that select", o->words[-1]);
	if ((o->all_netns || o->n_netns > 1) && is_question(o))
		return fail_set(f, ST_USAGE, "%s is about one network namespace: %s",
				o->words[-1], o->all_netns ? "use -N" : "one -N");
	return form_fits(o, f);
}

static bool set_columns(struct options *o, struct fail *f)
{
	static const char *const usual[] = { "proto", "port", "v4", "v6", "address", "dev" };
	static const char *const json[] = { "serves4", "serves6", "scope" };
	static const char *const extra[] = {
		"v6only", "uid", "inode", "group", "queue", "backlog", "rx", "drops",
		"v4taker", "v6taker", "mptcp", "mcast",
	};
	struct columns *c = &o->print.columns;
	size_t i;

	if (o->all_netns || o->n_netns > 1)
		columns_add(c, "nsname");
	for (i = 0; i < ARRAY_SIZE(usual); i++)
		columns_add(c, usual[i]);
	for (i = 0; o->print.form == FORM_JSON && i < ARRAY_SIZE(json); i++)
		columns_add(c, json[i]);
	for (i = 0; o->extended && i < ARRAY_SIZE(extra); i++)
		columns_add(c, extra[i]);
	if (o->processes) {
		columns_add(c, "user");
		columns_add(c, "unit");
		columns_add(c, "container");
		columns_add(c, "processes");
	} else {
		columns_add(c, "process");
	}
	for (i = 0; o->all_columns && i < n_all_columns; i++)
		columns_add(c, all_columns[i].name);
	for (i = 0; i < o->n_columns; i++)
		if (!columns_parse(c, o->columns[i], f))
			return false;
	return true;
}

/* Decides what "auto" means: it depends on where the output goes. */
static void set_terminal(struct options *o)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	bool tty = isatty(STDOUT_FILENO) && o->print.form == FORM_TABLE;

	o->print.terminal = tty || (o->color == WHEN_ALWAYS && o->print.form == FORM_TABLE);
	if (o->print.terminal)
		setlocale(LC_CTYPE, "");
	if (o->fold == WHEN_AUTO)
		o->fold = tty ? WHEN_ALWAYS : WHEN_NEVER;
	o->print.color = o->color == WHEN_ALWAYS ||
			 (o->color == WHEN_AUTO && tty && !(no_color && *no_color) && term &&
			  strcmp(term, "dumb") && !colors_disabled(term));
}

bool options_parse(struct options *o, int argc, char **argv, struct fail *f)
{
	int opt, index = -1;
	bool ok;

	memset(o, 0, sizeof(*o));
	o->wait = -1;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":tulnpe46Ho:JrPN:AqhV", long_options,
				  &index)) != -1) {
		if (opt == '?' || opt == ':')
			return bad_option(opt, argv, f);
		ok = opt >= 256 ? long_option(o, opt, index, f) : short_option(o, opt, f);
		if (!ok)
			return false;
	}
	if (o->command == CMD_HELP || o->command == CMD_VERSION)
		return true;
	o->words = argv + optind;
	o->n_words = argc - optind;
	if (!parse_words(o, f) || !consistent(o, f) || !set_columns(o, f))
		return false;
	set_terminal(o);
	return true;
}
