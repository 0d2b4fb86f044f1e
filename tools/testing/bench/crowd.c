// SPDX-License-Identifier: GPL-2.0-only
/* Processes that hold sockets while other programs look at them. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

/**
 * crowd_start() - fork a process that makes sockets and keeps them
 * @crowd: filled in, for crowd_wait() and crowd_end()
 * @make: runs in the new process
 * @arg: for @make
 */
void crowd_start(struct crowd *crowd, void (*make)(const void *arg), const void *arg)
{
	int ready[2], hold[2];
	char c;

	if (pipe2(ready, O_CLOEXEC) || pipe2(hold, O_CLOEXEC))
		err(1, "pipe");
	fflush(stdout);
	crowd->pid = fork();
	if (crowd->pid < 0)
		err(1, "fork");
	if (!crowd->pid) {
		close(ready[0]);
		close(hold[1]);
		make(arg);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		/* ends also when the parent ends */
		_exit(read(hold[0], &c, 1) != 0);
	}
	close(ready[1]);
	close(hold[0]);
	crowd->ready = ready[0];
	crowd->hold = hold[1];
}

/**
 * crowd_wait() - wait until the sockets are made
 * @crowd: of crowd_start()
 */
void crowd_wait(struct crowd *crowd)
{
	char c;

	if (read(crowd->ready, &c, 1) != 1)
		errx(1, "the sockets of a scene could not be made");
	close(crowd->ready);
}

/**
 * crowd_end() - kill the process, which closes its sockets
 * @crowd: after crowd_wait()
 */
void crowd_end(struct crowd *crowd)
{
	/* later crowds hold this pipe, too, so closing it would not end the process */
	kill(crowd->pid, SIGKILL);
	close(crowd->hold);
	waitpid(crowd->pid, NULL, 0);
}
