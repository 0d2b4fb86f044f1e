// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounts: limit how much memory the open files of one user hold.
 *
 * If other readers of the same user have filled the account, a read does not fail at once. It drops
 * contents that were not used for a while; if there are none, it waits for the other readers to
 * finish. Two rules prevent a deadlock and bound the memory:
 *
 * - The charge that began to collect first (the eldest) may exceed the limit as soon as the other
 *   charges together hold no more than the limit. So one snapshot is always possible, whatever its
 *   size, and an account never holds more than the limit plus one snapshot.
 * - A content is in use only while the kernel collects it or writes its text, never while the
 *   kernel waits for a page of the reader. So each content becomes idle without the reader's help,
 *   and an old one can be dropped even if its reader keeps reading.
 *
 * A signal interrupts the wait. The read fails with EDQUOT only if the other collections make no
 * progress, for example because they get no CPU time.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>
#include "account.h"
#include "mem.h"
#include "stats.h"

/**
 * struct ds_account - the memory that the open files of one user hold
 * @node: node in the hash table accounts
 * @uid: the user
 * @files: number of open files; guarded by accounts_lock
 * @lock: guards the members after it, and the charges of this account
 * @bytes: bytes charged
 * @collecting: charges whose content is being collected, the eldest first
 * @waiting: charges of @collecting that wait for room, in the order in which they began to wait
 * @kept: charges that have a content, the oldest content first
 * @idle: charges of @kept whose content is not in use, the longest idle one first
 * @steps: incremented whenever a collection makes progress or ends
 */
struct ds_account {
	struct hlist_node node;
	kuid_t uid;
	unsigned int files;
	spinlock_t lock;	/* guards the lists and the charges in them */
	size_t bytes;
	struct list_head collecting;
	struct list_head waiting;
	struct list_head kept;
	struct list_head idle;
	unsigned long steps;
};

static DEFINE_HASHTABLE(accounts, 6);
static DEFINE_SPINLOCK(accounts_lock);

/**
 * ds_account_uid() - find the user whose account pays for the memory of a file
 * @cred: the opener's credentials
 *
 * A user can create a user namespace and use many uids in it. All these uids share one account, the
 * one of the user who created the namespace.
 *
 * Context: any.
 * Return: the opener's uid; in a child user namespace, the owner of its outermost ancestor below
 * the initial one.
 */
kuid_t ds_account_uid(const struct cred *cred)
{
	const struct user_namespace *ns = cred->user_ns;

	if (ns == &init_user_ns)
		return cred->uid;
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return ns->owner;
}

/* Find an account and count one more file in it. With accounts_lock held. */
static struct ds_account *find(kuid_t uid)
{
	struct ds_account *a;

	hash_for_each_possible(accounts, a, node, __kuid_val(uid)) {
		if (uid_eq(a->uid, uid)) {
			a->files++;
			return a;
		}
	}
	return NULL;
}

static struct ds_account *new_account(kuid_t uid)
{
	struct ds_account *a = kzalloc(sizeof(*a), DS_GFP);

	if (!a)
		return NULL;
	a->uid = uid;
	a->files = 1;
	spin_lock_init(&a->lock);
	INIT_LIST_HEAD(&a->collecting);
	INIT_LIST_HEAD(&a->waiting);
	INIT_LIST_HEAD(&a->kept);
	INIT_LIST_HEAD(&a->idle);
	return a;
}

static struct ds_account *get_account(kuid_t uid)
{
	struct ds_account *a, *fresh;

	spin_lock(&accounts_lock);
	a = find(uid);
	spin_unlock(&accounts_lock);
	if (a)
		return a;
	fresh = new_account(uid);
	if (!fresh)
		return NULL;
	spin_lock(&accounts_lock);
	a = find(uid);
	if (!a)
		hash_add(accounts, &fresh->node, __kuid_val(uid));
	spin_unlock(&accounts_lock);
	if (a)
		kfree(fresh);
	return a ?: fresh;
}

static void put_account(struct ds_account *a)
{
	bool last;

	spin_lock(&accounts_lock);
	last = !--a->files;
	if (last)
		hash_del(&a->node);
	spin_unlock(&accounts_lock);
	if (last)
		kfree(a);
}

/**
 * ds_charge_open() - initialize the charge of a file that is being opened
 * @charge: the charge
 * @uid: whose account to charge
 * @exempt: the opener has no limit
 * @free: frees a content; called in process context, may sleep
 *
 * Context: process context; sleeps.
 * Return: 0 or -ENOMEM.
 */
int ds_charge_open(struct ds_charge *charge, kuid_t uid, bool exempt, void (*free)(void *content))
{
	*charge = (struct ds_charge) { .free = free };
	INIT_LIST_HEAD(&charge->collecting);
	INIT_LIST_HEAD(&charge->waiting);
	INIT_LIST_HEAD(&charge->kept);
	INIT_LIST_HEAD(&charge->idle);
	init_waitqueue_head(&charge->wait);
	if (exempt)
		return 0;
	charge->account = get_account(uid);
	return charge->account ? 0 : -ENOMEM;
}

/**
 * ds_charge_close() - drop the content of a file that is being closed, and release its account
 * @charge: the charge; not in use any more
 *
 * Context: process context; sleeps.
 */
void ds_charge_close(struct ds_charge *charge)
{
	ds_charge_drop(charge);
	if (charge->account)
		put_account(charge->account);
}

static struct ds_charge *eldest(struct ds_account *a)
{
	return list_first_entry_or_null(&a->collecting, struct ds_charge, collecting);
}

static bool has_room(struct ds_account *a, const struct ds_charge *charge, size_t bytes)
{
	if (bytes <= DS_ACCOUNT_MAX && a->bytes <= DS_ACCOUNT_MAX - bytes)
		return true;
	return charge == eldest(a) && a->bytes - charge->bytes <= DS_ACCOUNT_MAX;
}

/* A charge whose content may be dropped to make room, or NULL. */
static struct ds_charge *droppable(struct ds_account *a)
{
	struct ds_charge *idle = list_first_entry_or_null(&a->idle, struct ds_charge, idle);
	struct ds_charge *oldest = list_first_entry_or_null(&a->kept, struct ds_charge, kept);

	if (idle && time_after_eq(jiffies, idle->used + DS_ACCOUNT_IDLE))
		return idle;
	if (oldest && time_after_eq(jiffies, oldest->collected + DS_ACCOUNT_HELD))
		return list_empty(&oldest->idle) ? NULL : oldest;
	return NULL;
}

/* Wake the eldest charge if it waits, or else the one that waits longest. */
static void wake_next(struct ds_account *a)
{
	struct ds_charge *next = eldest(a);

	if (!next || list_empty(&next->waiting))
		next = list_first_entry_or_null(&a->waiting, struct ds_charge, waiting);
	if (next)
		wake_up(&next->wait);
}

/* Drop an idle content. Releases the lock meanwhile, so the charge may be gone afterwards. */
static void drop_idle(struct ds_account *a, struct ds_charge *charge)
	__releases(&a->lock)
	__acquires(&a->lock)
{
	void (*free)(void *content) = charge->free;
	void *content = charge->content;
	size_t bytes = charge->bytes;

	list_del_init(&charge->idle);
	list_del_init(&charge->kept);
	charge->content = NULL;
	charge->bytes = 0;
	spin_unlock(&a->lock);
	free(content);
	atomic64_inc(&ds_stats.dropped);
	cond_resched();
	spin_lock(&a->lock);
	a->bytes -= bytes;
}

static bool take_room(struct ds_account *a, struct ds_charge *charge, size_t bytes)
{
	struct ds_charge *idle;
	bool ok;

	spin_lock(&a->lock);
	while (!has_room(a, charge, bytes)) {
		idle = droppable(a);
		if (!idle)
			break;
		drop_idle(a, idle);
	}
	ok = has_room(a, charge, bytes);
	if (ok) {
		a->bytes += bytes;
		charge->bytes += bytes;
		a->steps++;
	}
	spin_unlock(&a->lock);
	return ok;
}

static void begin_wait(struct ds_account *a, struct ds_charge *charge)
{
	spin_lock(&a->lock);
	charge->steps = a->steps;
	charge->steps_at = jiffies;
	list_add_tail(&charge->waiting, &a->waiting);
	spin_unlock(&a->lock);
}

static void end_wait(struct ds_account *a, struct ds_charge *charge)
{
	spin_lock(&a->lock);
	list_del_init(&charge->waiting);
	wake_next(a);
	spin_unlock(&a->lock);
}

static bool may_try(struct ds_account *a, const struct ds_charge *charge, size_t bytes)
{
	bool ok;

	spin_lock(&a->lock);
	ok = has_room(a, charge, bytes) || droppable(a);
	spin_unlock(&a->lock);
	return ok;
}

/*
 * How long to sleep until the next attempt; 0 if the others make no progress. No wake-up comes when
 * a content has been idle for long enough, so the charge that is next in turn checks more often.
 */
static long timeout(struct ds_account *a, struct ds_charge *charge)
{
	bool next, stuck;

	spin_lock(&a->lock);
	if (charge->steps != a->steps) {
		charge->steps = a->steps;
		charge->steps_at = jiffies;
	}
	stuck = time_after_eq(jiffies, charge->steps_at + DS_ACCOUNT_STUCK);
	next = charge == eldest(a) || list_is_first(&charge->waiting, &a->waiting);
	spin_unlock(&a->lock);
	if (stuck)
		return 0;
	return next ? HZ / 10 : HZ;
}

static int wait_for_room(struct ds_account *a, struct ds_charge *charge, size_t bytes)
{
	long left = timeout(a, charge);

	if (!left)
		return -EDQUOT;
	left = wait_event_interruptible_timeout(charge->wait, may_try(a, charge, bytes), left);
	return left < 0 ? left : 0;
}

/**
 * ds_charge_add() - charge memory that is about to be allocated
 * @charge: between ds_charge_begin() and ds_charge_end(); NULL for none
 * @bytes: number of bytes
 *
 * If the account is full, this drops contents that were not used for a while, or waits for room.
 *
 * Context: process context, with no lock that another reader needs to make progress; sleeps.
 * Return: 0, -EDQUOT, or -ERESTARTSYS for a signal.
 */
int ds_charge_add(struct ds_charge *charge, size_t bytes)
{
	struct ds_account *a = charge ? charge->account : NULL;
	int err = 0;

	if (!a || take_room(a, charge, bytes))
		return 0;
	atomic64_inc(&ds_stats.waits);
	begin_wait(a, charge);
	do {
		err = wait_for_room(a, charge, bytes);
	} while (!err && !take_room(a, charge, bytes));
	end_wait(a, charge);
	return err;
}

/**
 * ds_charge_sub() - uncharge memory that was freed before the end of the collection
 * @charge: between ds_charge_begin() and ds_charge_end(); NULL for none
 * @bytes: number of bytes
 *
 * Context: process context.
 */
void ds_charge_sub(struct ds_charge *charge, size_t bytes)
{
	struct ds_account *a = charge ? charge->account : NULL;

	if (!a)
		return;
	spin_lock(&a->lock);
	charge->bytes -= bytes;
	a->bytes -= bytes;
	wake_next(a);
	spin_unlock(&a->lock);
}

/**
 * ds_share_grow() - charge temporary memory that is about to be allocated
 * @share: with its charge set
 * @bytes: number of bytes
 *
 * Context: as for ds_charge_add().
 * Return: as ds_charge_add().
 */
int ds_share_grow(struct ds_share *share, size_t bytes)
{
	int err = ds_charge_add(share->charge, bytes);

	if (err)
		return err;
	share->bytes += bytes;
	atomic64_add(bytes, &ds_stats.bytes);
	return 0;
}

/**
 * ds_share_array() - grow an array, and charge its new elements to a share
 * @share: with its charge set
 * @array: array from ds_alloc(), or NULL; replaced
 * @n: number of elements it has
 * @max: number of elements it shall have room for
 * @size: size of an element
 * @charged: bytes to charge for an element
 *
 * Context: as for ds_charge_add().
 * Return: 0, -ENOMEM or an error of ds_charge_add(); after an error the array is unchanged.
 */
int ds_share_array(struct ds_share *share, void **array, u32 n, u32 max, size_t size,
		   size_t charged)
{
	int err = ds_share_grow(share, array_size(max - n, charged));
	void *p = err ? NULL : ds_alloc(max, size);

	if (!p)
		return err ?: -ENOMEM;
	if (n)
		memcpy(p, *array, n * size);
	ds_free(*array);
	*array = p;
	return 0;
}

/**
 * ds_share_end() - uncharge all memory of a share, which the caller frees
 * @share: the share; may be all zero
 *
 * Context: process context.
 */
void ds_share_end(struct ds_share *share)
{
	ds_charge_sub(share->charge, share->bytes);
	atomic64_sub(share->bytes, &ds_stats.bytes);
	share->bytes = 0;
}

/**
 * ds_charge_begin() - begin to collect a content
 * @charge: a charge without a content
 *
 * Context: process context. ds_charge_end() must follow, by the same task.
 */
void ds_charge_begin(struct ds_charge *charge)
{
	struct ds_account *a = charge->account;

	if (!a)
		return;
	spin_lock(&a->lock);
	list_add_tail(&charge->collecting, &a->collecting);
	spin_unlock(&a->lock);
}

/**
 * ds_charge_end() - end a collection
 * @charge: the charge
 * @content: the content, in use from now on; NULL if the collection failed and freed its memory
 *
 * Context: process context.
 */
void ds_charge_end(struct ds_charge *charge, void *content)
{
	struct ds_account *a = charge->account;

	charge->content = content;
	if (!a)
		return;
	spin_lock(&a->lock);
	list_del_init(&charge->collecting);
	a->steps++;
	if (content) {
		charge->collected = jiffies;
		list_add_tail(&charge->kept, &a->kept);
	} else {
		a->bytes -= charge->bytes;
		charge->bytes = 0;
	}
	wake_next(a);
	spin_unlock(&a->lock);
}

/**
 * ds_charge_use() - begin to use a content, so that nobody drops it
 * @charge: the charge
 *
 * Context: process context. Until ds_charge_rest() the caller must not wait for the reader.
 * Return: the content, or NULL if there is none or it was dropped.
 */
void *ds_charge_use(struct ds_charge *charge)
{
	struct ds_account *a = charge->account;
	void *content;

	if (!a)
		return charge->content;
	spin_lock(&a->lock);
	list_del_init(&charge->idle);
	content = charge->content;
	spin_unlock(&a->lock);
	return content;
}

/**
 * ds_charge_rest() - end the use of a content: it becomes idle
 * @charge: the charge
 *
 * Context: process context.
 */
void ds_charge_rest(struct ds_charge *charge)
{
	struct ds_account *a = charge->account;

	if (!a)
		return;
	spin_lock(&a->lock);
	if (charge->content) {
		charge->used = jiffies;
		list_add_tail(&charge->idle, &a->idle);
	}
	spin_unlock(&a->lock);
}

/**
 * ds_charge_drop() - drop the content of the caller's own charge
 * @charge: the charge; its content, if any, is idle or in use by the caller
 *
 * Context: process context; sleeps.
 */
void ds_charge_drop(struct ds_charge *charge)
{
	struct ds_account *a = charge->account;
	void *content = ds_charge_use(charge);
	size_t bytes = charge->bytes;

	if (!content)
		return;
	charge->content = NULL;
	charge->bytes = 0;
	charge->free(content);
	if (!a)
		return;
	spin_lock(&a->lock);
	list_del_init(&charge->kept);
	a->bytes -= bytes;
	wake_next(a);
	spin_unlock(&a->lock);
}
