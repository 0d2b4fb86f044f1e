// SPDX-License-Identifier: GPL-2.0-only
/*
 * attacks [--full] [--scale N] [--module KO] ATTACK...
 * Runs in a guest, as root. Each attack runs in its own process and network namespace, with a
 * freshly loaded module, so that the statistics are its own. Prints KTAP.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "attacks.h"

#define ROOM		300000	/* open files of a process */
#define LONG_SECTION	3	/* exit status of an attack that saw a long section */

static const struct attack {
	const char *name;
	void (*run)(void);
} attacks[] = {
	{ "address-count", address_count },
	{ "device-count", device_count },
	{ "rule-count", rule_count },
	{ "odd-offsets", odd_offsets },
	{ "link-del", link_del },
	{ "incoming-cpu", incoming_cpu },
	{ "ask-accepts", ask_accepts },
	{ "ask-cost", ask_cost },
	{ "open-files", open_files },
	{ "passed-files", passed_files },
	{ "namespace-files", namespace_files },
	{ "many-readers", many_readers },
	{ "many-address-readers", many_address_readers },
	{ "small-cgroup", small_cgroup },
};

bool full;
unsigned int scale = 100;
static const char *module = "/test/dualstack.ko";

static bool is_shape(const char *name)
{
	size_t i;

	for (i = 0; shape_name(i); i++)
		if (!strcmp(shape_name(i), name))
			return true;
	return false;
}

static const struct attack *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attacks); i++)
		if (!strcmp(attacks[i].name, name))
			return &attacks[i];
	return NULL;
}

static void list(void)
{
	size_t i;

	for (i = 0; shape_name(i); i++)
		printf("%s\n", shape_name(i));
	for (i = 0; i < ARRAY_SIZE(attacks); i++)
		printf("%s\n", attacks[i].name);
}

static void reload_module(void)
{
	int err = unload_module();

	if (!err)
		err = load_module(module);
	if (err)
		wrong("the module does not load anew: errno %d", err);
}

static void in_world(const char *name)
{
	const struct attack *attack = find(name);

	make_room(ROOM);
	world_begin();
	if (attack)
		attack->run();
	else
		run_shape(name);
}

/* Returns the wait status of the attack's process. */
static int attack_once(const char *name)
{
	int status;
	pid_t pid;

	crew_begin();
	reload_module();
	fflush(stdout);
	pid = fork();
	if (!pid) {
		/* own process group, so that one kill() ends all of it */
		setpgid(0, 0);
		in_world(name);
		fflush(stdout);
		_exit(section_was_long() ? LONG_SECTION : 0);
	}
	if (waitpid(pid, &status, 0) != pid)
		wrong("waitpid: errno %d", errno);
	kill(-pid, SIGKILL);
	return status;
}

static bool was_long(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == LONG_SECTION;
}

/*
 * The module's clock also counts interrupts, so a section may look long because of an interrupt,
 * which may free thousands of closed sockets. If the reader itself is slow, a second run is slow
 * too; an interrupt does not hit the same section again.
 */
static bool run(const char *name)
{
	double begin = now();
	int status = attack_once(name);

	if (was_long(status) && !shared->wrong) {
		ktap_note("%s: once more, an interrupt may have been served in that section", name);
		status = attack_once(name);
	}
	if (was_long(status))
		wrong("an RCU read section of more than %.1f ms", SECTION_NS / 1e6);
	else if (status)
		wrong("the attack itself ended with status %#x", status);
	ktap_note("%s: %.2f s in all", name, now() - begin);
	return !shared->wrong;
}

static int usage(void)
{
	fprintf(stderr, "usage: attacks [--full] [--scale PERCENT] [--module KO] ATTACK...\n"
		"       attacks --list\n");
	return 2;
}

/* Parse the options. Return: the index of the first attack's name. */
static int parse(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && !strncmp(argv[i], "--", 2); i++) {
		if (!strcmp(argv[i], "--full"))
			full = true;
		else if (!strcmp(argv[i], "--scale") && i + 1 < argc)
			scale = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--module") && i + 1 < argc)
			module = argv[++i];
		else
			return argc;
	}
	return i;
}

int main(int argc, char **argv)
{
	int first, i;

	if (argc == 2 && !strcmp(argv[1], "--list")) {
		list();
		return 0;
	}
	first = parse(argc, argv);
	if (first >= argc)
		return usage();
	for (i = first; i < argc; i++) {
		if (!find(argv[i]) && !is_shape(argv[i])) {
			fprintf(stderr, "attacks: no attack '%s', see --list\n", argv[i]);
			return 2;
		}
	}
	signal(SIGPIPE, SIG_IGN);
	ktap_begin("attacks", argc - first);
	for (i = first; i < argc; i++)
		ktap_result(run(argv[i]), "%s", argv[i]);
	return ktap_end();
}
