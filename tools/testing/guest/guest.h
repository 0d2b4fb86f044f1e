/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest suite: sockets made from a line of text, the table as text, packets as the proof. */
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
 * It is made from a line of open_socket(), with a backlog of 5 where it says none. Further OPTIONs:
 *   other	in the case's other namespace
 *   name=NAME	a process of that name has it alone
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

/* factory.c: all of these end the case with a note where the system refuses. */
void world_make(struct world *w);
void world_enter(int netns);
void sock_make(struct world *w, const char *spec);
int PRINTF(1, 2) must_open(const char *fmt, ...);
void run(const char *command);
void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *fmt, ...);

bool expect(bool ok, const char *what);	/* a note where it is not so */

/* table.c */
char *table_read(int fd, size_t chunk);
char *table_now(void);
char *squeeze(char *text);	/* one blank for many */
bool table_is(const struct world *w, const char *text, const char * const *rows);

/* packet.c */
bool packet_goes(struct world *w, const char *where);

/* cases: each returns whether all was as it must be */
struct scene {
	const char *name;
	const char *setup;		/* shell commands, run in the case's namespace */
	const char *socks[MAX_SOCKS + 1];
	/* Rows in order; `#N` stands for the inode of the Nth socket, `@N` for its port. */
	const char *rows[MAX_SOCKS + 1];
	const char *rows_other[MAX_SOCKS + 1];	/* and those of the other namespace */
	/* `PROTO ADDRESS N`: a packet from this namespace reaches the Nth socket; 0: nobody */
	const char *packets[12];
};

struct deed {
	const char *name;
	bool (*run)(struct world *w);
};

/*
 * What the reader says
 * @command: its words
 * @status: its exit status
 * @user: who asks; 0: root
 * @line: a pattern for a whole line
 * @text: words that have to be there, line breaks aside
 * @never: words that must not be
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
	const char *needs;		/* left out where this file is not there */
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
