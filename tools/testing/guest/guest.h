/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest suite: makes sockets from lines of text, compares the table, and sends packets. */
#ifndef DUALSTACK_GUEST_H
#define DUALSTACK_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "testlib.h"

#define TABLE		"/proc/net/dualstack"
#define OWNERS		"/sys/kernel/debug/dualstack/owners"
#define MAX_SOCKS	8

/*
 * struct sock - a socket under test
 * Made from a line of open_socket(); the default backlog is 5. Further OPTIONs:
 *   other	in the case's other namespace
 *   name=NAME	only a process of that name holds it
 */
struct sock {
	int fd;
	int type;
	int port;
	bool other;
	int listens;
	ino_t inode;
};

struct world {
	int home;		/* the namespace of the case */
	int other;		/* another one */
	struct sock sock[MAX_SOCKS];
	int nsocks;
};

/* factory.c: each of these ends the case with a note if a system call fails. */
void world_make(struct world *w);
void world_enter(int netns);
void sock_make(struct world *w, const char *spec);
int PRINTF(1, 2) must_open(const char *fmt, ...);
void run(const char *command);
void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *fmt, ...);

bool expect(bool ok, const char *what);	/* prints a note unless @ok */

/* table.c */
char *table_read(int fd, size_t chunk);
char *table_now(void);
char *squeeze(char *text);	/* replaces runs of blanks by one */
bool table_is(const struct world *w, const char *text, const char * const *rows);

/* packet.c */
bool packet_goes(struct world *w, const char *where);

/* Cases: a scene is data, a deed is a function, which returns true if it passed. */
struct scene {
	const char *name;
	const char *setup;		/* shell commands, run in the case's namespace */
	const char *socks[MAX_SOCKS + 1];
	/* Rows in order; `#N` stands for the inode of the Nth socket, `@N` for its port. */
	const char *rows[MAX_SOCKS + 1];
	const char *rows_other[MAX_SOCKS + 1];	/* and those of the other namespace */
	/* `PROTO ADDRESS N`: a packet from this namespace reaches the Nth socket; 0: none */
	const char *packets[12];
};

struct deed {
	const char *name;
	bool (*run)(struct world *w);
};

/*
 * struct said - a command of the reader, and what it must print
 * @command: arguments of dualstack
 * @status: exit status
 * @user: uid that runs it
 * @line: pattern that a whole line must match
 * @text: text that must be there; a line break counts as a blank
 * @never: text that must not be there
 */
struct said {
	const char *command;
	int status;
	int user;
	const char *line;
	const char *text;
	const char *never;
};

struct report {
	const char *name;
	const char *needs;		/* skipped if this file does not exist */
	const char *setup;		/* as a scene's */
	const char *socks[MAX_SOCKS + 1];
	const char *later;		/* shell commands, once the sockets are there */
	struct said says[8];
};

bool report_holds(struct world *w, const struct report *r);

extern const struct report reports[];
extern const struct scene scenes[];
extern const struct scene scenes_noipv6[];
extern const struct deed deeds[];
extern const struct deed deeds_asking[];

#endif
