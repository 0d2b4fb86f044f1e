// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounts: how much memory the open files of one user may hold.
 *
 * Nobody is refused only because others of the same user read at the same time: who finds the
 * account full drops what was not used for a while, and else waits for the others to come to an
 * end. Two rules keep that from a deadlock and the memory bounded:
 *
 * - The charge that began to collect first (the eldest) may go beyond the cap as soon as the others
 *   hold no more than the cap. So one snapshot is always allowed, whatever its size, and an account
 *   never holds more than the cap and one snapshot.
 * - A content is in use only while the kernel collects it or writes its text, never while a page of
 *   the reader's is waited for. So what the others hold becomes idle by itself, and once it is old
 *   it can be dropped, however often its reader comes back.
 *
 * The wait can be interrupted. EDQUOT is left for the case that the others get no CPU time.
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
 * struct ds_account - what the open files of one user hold
 * @node: in @accounts
 * @uid: the user
 * @files: open files; guarded by @accounts_lock
 * @lock: guards all that follows, and the charges of this account
 * @bytes: what is held
 * @collecting: charges whose content is being collected, the eldest first
 * @waiting: those of them that wait for room, the longest waiting one first
 * @kept: charges that have a content, the oldest first
 * @idle: those of them whose content is not in use, the longest idle one first
 * @steps: collections that got on or came to an end
 */
struct ds_account {
	struct hlist_node node;
	kuid_t uid;
	unsigned int files;
	spinlock_t lock;	/* of the lists and of the charges in them */
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
 * ds_account_uid() - whose account an opener's files are held by
 * @cred: the opener's credentials
 *
 * A user namespace's root has as many uids as were given to it: its owner pays for all.
 *
 * Context: any.
 * Return: the opener's uid; for one in a child user namespace the owner of the outermost of these.
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

/* With accounts_lock held; the account found has one file more. */
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
 * ds_charge_open() - prepare the charge of a file that is being opened
 * @charge: the charge
 * @uid: whose account it is held by
 * @exempt: the opener has no cap
 * @free: gives a content back; called in process context, may sleep
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
 * ds_charge_close() - drop the content of a file that is being closed, and leave its account
 * @charge: the charge; nobody uses it any more
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

/* What may be dropped to make room, or NULL. */
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

/* Let the next who waits look whether there is room now. */
static void wake_next(struct ds_account *a)
{
	struct ds_charge *next = eldest(a);

	if (!next || list_empty(&next->waiting))
		next = list_first_entry_or_null(&a->waiting, struct ds_charge, waiting);
	if (next)
		wake_up(&next->wait);
}

/* The lock is let go of meanwhile; the charge may then come to an end. */
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
 * How long to sleep until the next look, 0 where nothing moves any more. What is fresh now is idle
 * for long enough later, and nobody says so: who is the next has to look.
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
 * ds_charge_add() - count memory that is about to be held
 * @charge: between ds_charge_begin() and ds_charge_end(); NULL for none
 * @bytes: how much
 *
 * Drops idle contents of the account and waits for others to end theirs, where it is full.
 *
 * Context: process context, holding no lock that another reader needs to go on; sleeps.
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
 * ds_charge_sub() - count memory that was given back before the collection's end
 * @charge: between ds_charge_begin() and ds_charge_end(); NULL for none
 * @bytes: how much
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
 * ds_share_grow() - count memory that is about to be taken for a part of a collection
 * @share: with its charge set
 * @bytes: how much
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
 * ds_share_array() - let an array grow at the cost of a share
 * @share: with its charge set
 * @array: memory of ds_alloc() with room for @n elements, or NULL; replaced
 * @n: how many
 * @max: how many there is room for then
 * @size: bytes of each
 * @charged: bytes that each costs in all
 *
 * Context: as for ds_charge_add().
 * Return: 0, -ENOMEM or what ds_charge_add() says; after an error the array is as it was.
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
 * ds_share_end() - count all of it as given back
 * @share: may be all zero; it is empty then
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
 * ds_charge_begin() - a content is going to be collected
 * @charge: has none
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
 * ds_charge_end() - a collection came to its end
 * @charge: the charge
 * @content: what was collected, in use from now on; NULL where that failed and all was given back
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
 * ds_charge_use() - use a content; nobody drops it then
 * @charge: the charge
 *
 * Context: process context. Between this and ds_charge_rest() nothing may wait for the reader.
 * Return: the content, or NULL where there is none, or not any more.
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
 * ds_charge_rest() - the content is not in use any more
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
 * ds_charge_drop() - give the own content back
 * @charge: the charge; its content, if it has one, may be in use by the caller or idle
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
