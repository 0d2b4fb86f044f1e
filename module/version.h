/* SPDX-License-Identifier: GPL-2.0-only */
/* The one place that names the version; `make version-check` holds every other one against it. */
#ifndef DUALSTACK_VERSION_H
#define DUALSTACK_VERSION_H

#define DUALSTACK_VERSION "0.1.0"

#endif
