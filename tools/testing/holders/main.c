// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: holders [--seed N] [--probes N] [--ask | --diag]
 * Makes random holders of a port, predicts random binds by the rule of bind_rule.h, and tries them.
 * With --ask the module names the holders, with --diag sock_diag does. Runs in a network namespace
 * of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "holders.h"

#define PROBES_A_SCENE	40

/* results of the comparisons */
struct score {
	unsigned long compared;
	unsigned long binds;
	unsigned long false_free;
	unsigned long false_taken;
	unsigned long cached;
	unsigned long reuseport;
	unsigned long unknown;
};

enum teller teller;

static struct ds_port_facts facts_of(const struct scene *s)
{
	struct ds_port_facts facts = { 0 };

	if (s->proto == DS_TCP)
		facts.by_address = kernel_version() >= 601;
	else if (s->crowded)
		facts.by_address = true;
	/* Debian's 5.10 is the only one of the matrix that lacks the fix */
	facts.wild_hole = s->crowded && kernel_version() < 601;
	return facts;
}

static void tell(const struct scene *s, const struct ds_binder *b, const char *what)
{
	printf("# %s\n", what);
	if (teller == TELLS_MODULE)
		module_print(s);
	scene_print(s);
	binder_print(b);
}

static enum said rule_says(const struct scene *s, const struct ds_binder *b)
{
	const struct ds_port_facts facts = facts_of(s);

	return ds_bind_conflict(&facts, b, s->holder, s->n) < 0 ? SAYS_FREE : SAYS_TAKEN;
}

/* TCP's bind bucket caches SO_REUSEPORT, which only the module sees, and may allow more binds. */
static void compare(struct scene *s, struct score *score)
{
	const struct ds_binder b = random_binder(s);
	enum said said = teller ? reader_says(s, &b, one_in(2)) : rule_says(s, &b);
	bool free = said == SAYS_FREE, real = really_binds(s, &b);

	if (said == SAYS_UNKNOWN) {
		score->unknown++;
		return;
	}
	score->compared++;
	score->binds += real;
	score->reuseport += b.reuseport && b.proto == DS_TCP;
	if (free == real)
		return;
	if (free) {
		score->false_free++;
		tell(s, &b, "free, but bind() or listen() fails");
	} else if (!teller && b.reuseport && b.proto == DS_TCP) {
		score->cached++;
	} else {
		score->false_taken++;
		tell(s, &b, "taken, but bind() succeeds");
	}
}

static void run(unsigned long probes, struct score *score)
{
	struct scene s;
	int i;

	while (score->compared < probes) {
		scene_make(&s);
		for (i = 0; i < PROBES_A_SCENE && (teller || !s.unknown); i++)
			compare(&s, score);
		scene_end(&s);
	}
}

static int judge(const struct score *score)
{
	ktap_note("%lu binds compared, %lu succeeded", score->compared, score->binds);
	ktap_note("%lu of %lu with SO_REUSEPORT went through TCP's cache; %lu not known",
		  score->cached, score->reuseport, score->unknown);
	ktap_result(!score->false_free, "what is called free can be bound");
	ktap_result(!score->false_taken, "what is called taken cannot");
	ktap_result(score->binds > score->compared / 20 && score->binds < score->compared * 19 / 20,
		    "binds of both kinds were seen");
	ktap_result(score->cached * 20 <= score->reuseport, "the cache decides rarely");
	return ktap_end();
}

static int usage(void)
{
	fprintf(stderr, "usage: holders [--seed N] [--probes N] [--ask | --diag]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const char * const suites[] = { "bind-rule", "holders", "free-diag" };
	unsigned long probes = 20000, seed = 1;
	struct score score = { 0 };
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--probes") && i + 1 < argc)
			probes = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--ask"))
			teller = TELLS_MODULE;
		else if (!strcmp(argv[i], "--diag"))
			teller = TELLS_DIAG;
		else
			return usage();
	}
	ktap_begin(suites[teller], 4);
	if (!net_make()) {
		perror("holders: a network namespace (needs root, iproute2 and veth)");
		return 1;
	}
	random_seed(seed);
	run(probes, &score);
	return judge(&score);
}
