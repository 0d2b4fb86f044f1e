// SPDX-License-Identifier: GPL-2.0-only
/* The benchmark's driver: see usage(). */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "bench.h"

#define MAX_FILES	1000000

struct options options = { .runs = 7, .seconds = 3, .slow = 20, .limit = 20 };

static const char usage[] =
	"usage: bench [OPTION]... SCENE...\n"
	"  --runs N          time each program at least so often (7)\n"
	"  --seconds S       and short ones for as long as that together (3)\n"
	"  --slow S          run what takes longer once, where no bar is about it (20)\n"
	"  --limit S         kill what takes longer (20)\n"
	"  --ours            leave the rivals out\n"
	"  --profile         one run of ours, between marks for the profiler\n"
	"  --list            print the scenes\n";

static void list(void)
{
	for (size_t i = 0; i < nscenes; i++)
		puts(scenes[i].name);
}

static void parse(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "runs", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ "slow", required_argument, NULL, 'w' },
		{ "limit", required_argument, NULL, 'l' },
		{ "ours", no_argument, NULL, 'o' },
		{ "profile", no_argument, NULL, 'p' },
		{ "list", no_argument, NULL, 'i' },
		{ }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (opt) {
		case 'r':
			options.runs = atoi(optarg);
			break;
		case 's':
			options.seconds = atof(optarg);
			break;
		case 'w':
			options.slow = atof(optarg);
			break;
		case 'l':
			options.limit = atof(optarg);
			break;
		case 'o':
			options.ours = true;
			break;
		case 'p':
			options.profile = true;
			break;
		case 'i':
			list();
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (optind == argc || options.runs < 1 || options.limit < 1) {
		fputs(usage, stderr);
		exit(2);
	}
}

static void raise_limits(void)
{
	const struct rlimit limit = { MAX_FILES, MAX_FILES };
	int fd = open("/proc/sys/fs/file-max", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%d\n", 4 * MAX_FILES) < 0)
		err(1, "file-max");
	close(fd);
	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "RLIMIT_NOFILE");
}

static bool wanted(const struct scene *scene, int argc, char **argv)
{
	for (int i = optind; i < argc; i++)
		if (!strcmp(argv[i], scene->name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	int run = 0;

	parse(argc, argv);
	raise_limits();
	for (size_t i = 0; i < nscenes; i++) {
		if (wanted(&scenes[i], argc, argv)) {
			scenes[i].run();
			run++;
		}
	}
	if (run < argc - optind)
		errx(2, "no such scene, or one named twice: see --list");
	return 0;
}
