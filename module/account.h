/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accounts: how much memory the open files of one user may hold.
 *
 * What a file keeps between two reads is in no process's RSS, and a login has no memory cgroup with
 * a limit by default: without a cap a user could fill the memory with snapshots, and the OOM killer
 * would take somebody else.
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

/* Bytes that the open files of one account may hold; about 250,000 rows. */
#define DS_ACCOUNT_MAX		SZ_32M
/* Where an account is full, a content is dropped that was not used for so long ... */
#define DS_ACCOUNT_IDLE		(5 * HZ)
/* ... or that is held for so long, even if it is used again and again. */
#define DS_ACCOUNT_HELD		(30 * HZ)
/* Who waits so long while no other collection of the account gets on has EDQUOT. */
#define DS_ACCOUNT_STUCK	(120 * HZ)

/**
 * struct ds_charge - what one open file holds of its account
 * @account: the account, or NULL for an opener who has none
 * @collecting: in the account's list of charges whose content is being collected
 * @waiting: in its list of charges that wait for room
 * @kept: in its list of charges that have a content
 * @idle: in its list of charges whose content is not in use
 * @wait: where the collector waits
 * @content: what is held, or NULL; anybody of the same account may drop it while it is idle
 * @free: gives a content back
 * @bytes: what is charged
 * @collected: when the content was collected, in jiffies
 * @used: when it went idle, in jiffies
 * @steps: the account's steps that the collector saw last
 * @steps_at: when it saw these first, in jiffies
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
 * struct ds_share - what a collection needs for a while beside its content: lists, room for sorting
 * @charge: pays for it; NULL for nobody
 * @bytes: what it was charged
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

/* between its uses anybody of the account may drop it */
void *ds_charge_use(struct ds_charge *charge);
void ds_charge_rest(struct ds_charge *charge);
void ds_charge_drop(struct ds_charge *charge);

#endif
