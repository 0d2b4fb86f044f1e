// SPDX-License-Identifier: GPL-2.0-only
/* The truth test's command line, and the run of random rounds. */

#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "fixture.h"

/* Largest share of `?`, in percent, if the reader sees devices. */
#define MAX_UNKNOWN	10.0

static struct options {
	uint64_t seed;
	unsigned long rounds, verdicts, answers;
	long only;
	int twist;
	int peers_every;
	int reader_asks;
	int reports;
	const char *suites;
	const char *table;
	const char *reader;
	bool verbose, ask;
} opt = { .seed = 1, .only = -1, .twist = -1, .reports = 20, .reader_asks = 4,
	  .table = "/proc/net/dualstack", .ask = true };

static const struct suite *const suites[] = {
	&suite_pairs, &suite_groups, &suite_bpf, &suite_vrf, &suite_words, &suite_noaddr,
	&suite_local, &suite_copies, &suite_cpus, &suite_unknown,
	&suite_who,
};

static const char usage[] =
	"Usage: truth [OPTION]...\n"
	"Opens sockets in a network namespace of its own, sends packets, and compares who got\n"
	"them with /proc/net/dualstack. Runs as root; prints KTAP.\n\n"
	"  --seed N           seed of the random rounds (1)\n"
	"  --rounds N         random rounds\n"
	"  --verdicts N       random rounds until N verdicts are compared\n"
	"  --answers N        random rounds until N answers of who are compared\n"
	"  --only N           round N of the seed and no other\n"
	"  --twist NAME       rounds with this twist only\n"
	"  --suite LIST       fixed suites, by commas: pairs,groups,bpf,vrf,words,noaddr,\n"
	"                     local,copies,cpus,unknown,who or all\n"
	"  --peers N          every Nth round, score ss, netstat and lsof as well\n"
	"  --oracle-only      packets alone; read no table\n"
	"  --table PATH       read this file instead of /proc/net/dualstack\n"
	"  --no-ask           ask /proc/net/dualstack_ask nothing\n"
	"  --reader PATH      compare what this program (dualstack) says without the module, as well;\n"
	"                     with --oracle-only, that alone\n"
	"  --reader-asks N    about so many packets of a round, 1 to 64 (4)\n"
	"  --reports N        explain at most N failed rounds (20)\n"
	"  --verbose          print every round\n"
	"  --list             name the twists and suites\n";

static struct tally tallies[TW_MAX];

static void report(struct world *w, struct round *r, unsigned long n, enum twist tw, char *text)
{
	static int reports;

	if (reports++ >= opt.reports)
		return;
	printf("# seed %llu round %lu twist %s (repeat: --seed %llu --only %lu)\n%s",
	       (unsigned long long)opt.seed, n, twist_name[tw], (unsigned long long)opt.seed, n,
	       text);
	round_print(stdout, w, r);
	fflush(stdout);
}

/* A random round. Everything in it follows from the seed and its number. */
static int random_round(struct world *w, struct round *r, unsigned long n, struct tally *all)
{
	int changed, disturbed, wrong;
	struct rng rng;
	enum twist tw;
	char *text = NULL;
	size_t len;
	FILE *f;

	rng_seed(&rng, opt.seed * 0x100000001b3ull + n);
	tw = scenario_twist(&rng, w);
	if (opt.twist >= 0 && tw != (enum twist)opt.twist)
		return 0;
	changed = scenario_prepare(w, &rng, tw);
	scenario_make(w, r, &rng, tw, 2000 + 2 * (n % 14000));
	round_open(w, r);
	disturbed = scenario_disturb(w, &rng, tw);
	if (changed < 0 || disturbed < 0)
		r->error = "the world could not be changed";
	round_fire(w, r, &rng);
	f = open_memstream(&text, &len);
	wrong = judge(w, r, &tallies[tw], f);
	fclose(f);
	if (wrong || opt.verbose)
		report(w, r, n, tw, text);
	free(text);
	if (opt.peers_every && n % opt.peers_every == 0 && peers_score(r))
		wrong++;
	round_close(r);
	if ((changed || disturbed) && world_restore(w)) {
		printf("# round %lu: the world did not come back\n", n);
		exit(1);
	}
	all->mismatches += wrong;
	return wrong;
}

/* Verdicts of the table, or of the reader if only the reader is tested. */
static unsigned long total_verdicts(void)
{
	unsigned long sum = 0;

	for (int i = 0; i < TW_MAX; i++)
		sum += opt.table || !opt.reader ? tallies[i].verdicts : tallies[i].reader_verdicts;
	return sum;
}

static unsigned long total_answers(void)
{
	unsigned long sum = 0;

	for (int i = 0; i < TW_MAX; i++)
		sum += tallies[i].answers;
	return sum;
}

static void print_totals(double took)
{
	static const char letters[] = "-yspxn";
	struct tally sum = { 0 };

	for (int i = 0; i < TW_MAX; i++) {
		sum.rounds += tallies[i].rounds;
		sum.verdicts += tallies[i].verdicts;
		sum.packets += tallies[i].packets;
		sum.refused += tallies[i].refused;
		sum.sockets += tallies[i].sockets;
		sum.mismatches += tallies[i].mismatches;
		sum.unknown += tallies[i].unknown;
		sum.answers += tallies[i].answers;
		sum.open_answers += tallies[i].open_answers;
		sum.reader_verdicts += tallies[i].reader_verdicts;
		sum.reader_unknown += tallies[i].reader_unknown;
		for (const char *c = letters; *c; c++)
			sum.words[(int)*c] += tallies[i].words[(int)*c];
	}
	printf("# seed %llu: %lu verdicts of %lu sockets in %lu rounds, %lu packets, ",
	       (unsigned long long)opt.seed, sum.verdicts, sum.sockets, sum.rounds, sum.packets);
	printf("%lu binds refused, %lu mismatches\n", sum.refused, sum.mismatches);
	printf("# %.1f s, %.0f verdicts/s;", took, sum.verdicts / took);
	for (const char *c = letters; *c; c++)
		printf(" %s %lu", verdict_word(*c), sum.words[(int)*c]);
	printf(" ? %lu\n", sum.unknown);
	printf("# who: %lu answers, %lu of them ?\n", sum.answers, sum.open_answers);
}

/* Before Linux 5.9 the reader cannot name a device, so more verdicts are `?`. */
static bool names_devices(void)
{
	unsigned int major, minor;
	struct utsname u;

	return uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2 || major > 5 ||
	       (major == 5 && minor >= 9);
}

static double percent(unsigned long part, unsigned long rest)
{
	return part + rest ? 100.0 * part / (part + rest) : 100;
}

/* In a few rounds, or with one twist, BPF may be unable to tell most verdicts. */
static bool is_whole_run(unsigned long verdicts)
{
	return opt.twist < 0 && verdicts >= 500;
}

/* A reader that always says `?` is never wrong, and useless: check the share. */
static void judge_share(void)
{
	struct tally sum = { 0 };

	for (int i = 0; i < TW_MAX; i++) {
		const struct tally *t = &tallies[i];

		sum.reader_verdicts += t->reader_verdicts;
		sum.reader_unknown += t->reader_unknown;
		sum.reader_twins += t->reader_twins;
		sum.reader_answers += t->reader_answers;
		sum.reader_open += t->reader_open;
		if (t->rounds)
			printf("# reader: %s: %lu verdicts, %.1f %% ?\n", twist_name[i],
			       t->reader_verdicts, percent(t->reader_unknown, t->reader_verdicts));
	}
	printf("# reader: %lu listeners not compared, as they look like a group and are none\n",
	       sum.reader_twins);
	ktap_result(!is_whole_run(sum.reader_verdicts) || !names_devices() ||
		    percent(sum.reader_unknown, sum.reader_verdicts) <= MAX_UNKNOWN,
		    "reader: %lu verdicts by BPF, and %lu ?, which is %.1f %%",
		    sum.reader_verdicts, sum.reader_unknown,
		    percent(sum.reader_unknown, sum.reader_verdicts));
	ktap_result(!is_whole_run(sum.reader_answers) ||
		    percent(sum.reader_open, sum.reader_answers) <= MAX_UNKNOWN,
		    "reader: %lu answers of who, and %lu ?, which is %.1f %%",
		    sum.reader_answers, sum.reader_open,
		    percent(sum.reader_open, sum.reader_answers));
}

static bool go_on(unsigned long n)
{
	if (opt.only >= 0)
		return n == (unsigned long)opt.only;
	if (opt.rounds && n >= opt.rounds)
		return false;
	return (!opt.verdicts && !opt.answers) || total_verdicts() < opt.verdicts ||
	       total_answers() < opt.answers;
}

static int random_tests(void)
{
	if (!opt.rounds && !opt.verdicts && !opt.answers && opt.only < 0)
		return 0;
	return TW_MAX + 1 + opt.ask + 2 * !!opt.reader;
}

static void run_random(struct world *w)
{
	static struct round r;
	struct tally all = { 0 };
	double start = now();

	for (unsigned long n = opt.only >= 0 ? opt.only : 0; go_on(n); n++)
		random_round(w, &r, n, &all);
	for (int i = 0; i < TW_MAX; i++) {
		if (!tallies[i].rounds)
			ktap_skip("no such round", "random: %s", twist_name[i]);
		else
			ktap_result(!tallies[i].mismatches,
				    "random: %s: %lu verdicts in %lu rounds", twist_name[i],
				    tallies[i].verdicts + tallies[i].reader_verdicts,
				    tallies[i].rounds);
	}
	print_totals(now() - start);
	ktap_result(total_verdicts() >= opt.verdicts && total_verdicts(),
		    "random: %lu verdicts compared", total_verdicts());
	if (opt.ask)
		ktap_result(total_answers() >= opt.answers && total_answers(),
			    "random: %lu answers compared", total_answers());
	if (opt.reader)
		judge_share();
	if (opt.peers_every)
		peers_print(stdout);
}

static bool suite_chosen(const struct suite *s)
{
	size_t n = strlen(s->name);

	if (!opt.suites)
		return false;
	if (!strcmp(opt.suites, "all"))
		return true;
	for (const char *p = opt.suites; *p; p += strcspn(p, ","), p += *p == ',')
		if (!strncmp(p, s->name, n) && (p[n] == ',' || !p[n]))
			return true;
	return false;
}

static int suite_count(const struct suite *s, struct world *w)
{
	if (s->count)
		return s->count(w);
	return w->has_v6 && (w->ask || !s->needs_ask) ? s->nr_cases : 0;
}

static void suite_run(const struct suite *s, struct world *w, struct rng *rng, struct tally *t)
{
	if (s->run)
		s->run(w, rng, t);
	else if (suite_count(s, w))
		fixture_run(s, w, rng, t);
}

static void run_suites(struct world *w)
{
	struct tally t = { 0 };
	double start = now();
	struct rng rng;

	rng_seed(&rng, opt.seed);
	for (unsigned int i = 0; i < ARRAY_SIZE(suites); i++)
		if (suite_chosen(suites[i]))
			suite_run(suites[i], w, &rng, &t);
	if (t.verdicts)
		printf("# fixed suites: %lu verdicts, %lu answers of who, %lu of them ?, "
		       "%lu packets, %lu mismatches, %.1f s\n", t.verdicts, t.answers,
		       t.open_answers, t.packets, t.mismatches, now() - start);
	if (t.reader_verdicts)
		printf("# fixed suites: %lu verdicts of the reader, and %lu ?\n",
		       t.reader_verdicts, t.reader_unknown);
}

static void list(void)
{
	for (int i = 0; i < TW_MAX; i++)
		printf("twist %s\n", twist_name[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(suites); i++)
		printf("suite %s\n", suites[i]->name);
}

static int find_twist(const char *name)
{
	for (int i = 0; i < TW_MAX; i++)
		if (!strcmp(name, twist_name[i]))
			return i;
	fprintf(stderr, "truth: no such twist: %s\n", name);
	exit(2);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 0);
	if (errno || *end || end == text) {
		fprintf(stderr, "truth: not a number: %s\n", text);
		exit(2);
	}
	return n;
}

enum {
	SEED = 1, ROUNDS, VERDICTS, ANSWERS, ONLY, TWIST, SUITE, PEERS, ORACLE, TABLE, NO_ASK,
	READER, READER_ASKS, REPORTS, VERBOSE, LIST
};

static const struct option options[] = {
	{ "seed", required_argument, NULL, SEED },
	{ "rounds", required_argument, NULL, ROUNDS },
	{ "verdicts", required_argument, NULL, VERDICTS },
	{ "answers", required_argument, NULL, ANSWERS },
	{ "only", required_argument, NULL, ONLY },
	{ "twist", required_argument, NULL, TWIST },
	{ "suite", required_argument, NULL, SUITE },
	{ "peers", required_argument, NULL, PEERS },
	{ "oracle-only", no_argument, NULL, ORACLE },
	{ "table", required_argument, NULL, TABLE },
	{ "no-ask", no_argument, NULL, NO_ASK },
	{ "reader", required_argument, NULL, READER },
	{ "reader-asks", required_argument, NULL, READER_ASKS },
	{ "reports", required_argument, NULL, REPORTS },
	{ "verbose", no_argument, NULL, VERBOSE },
	{ "list", no_argument, NULL, LIST },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static bool numeric_option(int c)
{
	switch (c) {
	case SEED:
		opt.seed = number(optarg);
		return true;
	case ROUNDS:
		opt.rounds = number(optarg);
		return true;
	case VERDICTS:
		opt.verdicts = number(optarg);
		return true;
	case ANSWERS:
		opt.answers = number(optarg);
		return true;
	case ONLY:
		opt.only = number(optarg);
		return true;
	case PEERS:
		opt.peers_every = number(optarg);
		return true;
	case READER_ASKS:
		opt.reader_asks = number(optarg);
		return opt.reader_asks > 0 && opt.reader_asks <= 64;
	case REPORTS:
		opt.reports = number(optarg);
		return true;
	}
	return false;
}

static void other_option(int c)
{
	switch (c) {
	case TWIST:
		opt.twist = find_twist(optarg);
		return;
	case SUITE:
		opt.suites = optarg;
		return;
	case ORACLE:
		opt.table = NULL;
		opt.ask = false;
		return;
	case NO_ASK:
		opt.ask = false;
		return;
	case TABLE:
		opt.table = optarg;
		return;
	case READER:
		opt.reader = optarg;
		return;
	case VERBOSE:
		opt.verbose = true;
		return;
	case LIST:
		list();
		exit(0);
	}
	fputs(usage, c == 'h' ? stdout : stderr);
	exit(c == 'h' ? 0 : 2);
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1)
		if (!numeric_option(c))
			other_option(c);
	if (optind < argc) {
		fprintf(stderr, "truth: what is %s?\n", argv[optind]);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct world w;
	struct rlimit files = { 16384, 16384 };
	int plan;

	parse(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	setrlimit(RLIMIT_NOFILE, &files);
	if (world_init(&w)) {
		fprintf(stderr, "truth: the namespaces do not work as they must\n");
		return 2;
	}
	w.table_path = opt.table;
	w.ask = opt.ask;
	w.reader = opt.reader;
	w.reader_asks = opt.reader_asks;
	plan = random_tests();
	for (unsigned int i = 0; i < ARRAY_SIZE(suites); i++)
		if (suite_chosen(suites[i]))
			plan += suite_count(suites[i], &w);
	if (!plan) {
		fprintf(stderr, "truth: nothing to do: name rounds, verdicts or a suite\n");
		return 2;
	}
	ktap_begin(NULL, plan);
	run_suites(&w);
	if (random_tests())
		run_random(&w);
	return ktap_end();
}
