/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accounts: limit how much memory the open files of one user hold.
 *
 * The content that a file keeps between two reads is in no process's RSS, and by default a login
 * session has no memory cgroup with a limit. Without this limit a user could fill the memory with
 * snapshots, and the OOM killer would kill a process of somebody else.
 */
#ifndef DUALSTACK_ACCOUNT_H
#define DUALSTACK_ACCOUNT_H

#include <linux/list.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

struct cred;
struct ds_account;

/* Limit of an account, in bytes; about 250,000 rows. */
#define DS_ACCOUNT_MAX		SZ_32M
/* If an account is full, a collection may drop a content that was not in use for this time. */
#define DS_ACCOUNT_IDLE		(5 * HZ)
/* It may also drop a content of this age, even if the reader has not read all of it. */
#define DS_ACCOUNT_HELD		(30 * HZ)
/* A wait fails with EDQUOT if no other collection of the account makes progress for this time. */
#define DS_ACCOUNT_STUCK	(120 * HZ)

/**
 * struct ds_charge - the memory of one open file, charged to an account
 * @account: the account, or NULL for an opener without a limit
 * @collecting: node in ds_account.collecting
 * @waiting: node in ds_account.waiting
 * @kept: node in ds_account.kept
 * @idle: node in ds_account.idle
 * @wait: wait queue of the task that collects the content
 * @content: the content, or NULL; while it is idle, any task of the same account may drop it
 * @free: frees a content
 * @bytes: bytes charged
 * @collected: when the content was collected, in jiffies
 * @used: when the content became idle, in jiffies
 * @steps: value of ds_account.steps that the waiting task saw last
 * @steps_at: when it first saw this value, in jiffies
 */
struct ds_charge {
	struct ds_account *account;
	struct list_head collecting;
	struct list_head waiting;
	struct list_head kept;
	struct list_head idle;
	wait_queue_head_t wait;
	void *content;
	void (*free)(void *content);
	size_t bytes;
	unsigned long collected;
	unsigned long used;
	unsigned long steps;
	unsigned long steps_at;
};

/**
 * struct ds_share - temporary memory of a collection, such as room for sorting
 * @charge: the memory is charged to it; NULL for none
 * @bytes: bytes charged
 */
struct ds_share {
	struct ds_charge *charge;
	size_t bytes;
};

kuid_t ds_account_uid(const struct cred *cred);

int ds_charge_open(struct ds_charge *charge, kuid_t uid, bool exempt, void (*free)(void *content));
void ds_charge_close(struct ds_charge *charge);

/* while a content is collected */
void ds_charge_begin(struct ds_charge *charge);
int ds_charge_add(struct ds_charge *charge, size_t bytes);
void ds_charge_sub(struct ds_charge *charge, size_t bytes);
void ds_charge_end(struct ds_charge *charge, void *content);

int ds_share_grow(struct ds_share *share, size_t bytes);
int ds_share_array(struct ds_share *share, void **array, u32 n, u32 max, size_t size,
		   size_t charged);
void ds_share_end(struct ds_share *share);

/* any task of the account may drop a content that is not in use */
void *ds_charge_use(struct ds_charge *charge);
void ds_charge_rest(struct ds_charge *charge);
void ds_charge_drop(struct ds_charge *charge);

#endif
