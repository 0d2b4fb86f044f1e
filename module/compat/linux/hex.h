/* SPDX-License-Identifier: GPL-2.0-only */
/* Found only where the kernel has no <linux/hex.h>: its content was in kernel.h there. */
#include <linux/kernel.h>
