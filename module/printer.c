// SPDX-License-Identifier: GPL-2.0-only
/* Writes the columns and words of an answer of /proc/net/dualstack_ask. */
#include <linux/if.h>
#include <linux/user_namespace.h>
#include "printer.h"
#include "rows.h"

/**
 * ds_put_device() - write the column of a device, and a blank
 * @out: the answer
 * @ifindex: index of the device, or 0
 *
 * Context: any.
 */
void ds_put_device(struct ds_printer *out, int ifindex)
{
	char name[IFNAMSIZ] = "-";

	if (ifindex)
		ds_device_name(name, out->net, ifindex);
	out->p = ds_text_left(out->p, name, 8);
	ds_put(out, " ");
}

/**
 * ds_put_owner() - write the columns of a socket's uid and inode
 * @out: the answer
 * @uid: its owner; INVALID_UID for a TIME_WAIT socket, which has neither owner nor inode
 * @inode: its inode
 *
 * Context: any.
 */
void ds_put_owner(struct ds_printer *out, kuid_t uid, u64 inode)
{
	if (!uid_valid(uid)) {
		ds_put(out, "      -        -");
		return;
	}
	out->p = ds_text_right(out->p, from_kuid_munged(out->user_ns, uid), 6);
	out->p = ds_text_right(out->p, inode, 8);
}
