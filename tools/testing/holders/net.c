// SPDX-License-Identifier: GPL-2.0-only
/* The network namespace of the test: some addresses and devices, and a VRF if there are VRFs. */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include "holders.h"

struct device devices[MAX_DEVS];
int ndevices;

static bool run(const char *command)
{
	return !system(command);
}

static void add_device(const char *name, int vrf)
{
	struct device *dev = &devices[ndevices++];

	dev->name = name;
	dev->ifindex = if_nametoindex(name);
	dev->vrf = vrf < 0 ? dev->ifindex : vrf;
}

/* The addresses of random.c; nodad, since bind() refuses a tentative address. */
static bool add_plain(void)
{
	return run("ip link add h0 type veth peer name h1 && "
		   "ip addr add 10.0.0.1/24 dev h0 && ip addr add 10.0.1.1/24 dev h1 && "
		   "ip addr add fd00::1/64 dev h0 nodad && ip addr add fd00:1::1/64 dev h1 nodad && "
		   "ip link set h0 up && ip link set h1 up");
}

/* The VRF's devices get none of the addresses: sockets are bound to them by device alone. */
static bool add_vrf(void)
{
	return run("ip link add red type vrf table 10 2>/dev/null && ip link set red up && "
		   "ip link add h2 type veth peer name h3 && ip link set h2 master red && "
		   "ip link set h2 up && ip link set h3 up");
}

bool net_has_vrf(void)
{
	return ndevices > 3;
}

/* Move a device into its VRF or out of it. Sockets on it stay in their bind bucket. */
void net_move(void)
{
	struct device *dev = &devices[ndevices - 1];

	if (!net_has_vrf())
		return;
	if (!run(dev->vrf ? "ip link set h2 nomaster" : "ip link set h2 master red")) {
		perror("ip link set h2");
		exit(1);
	}
	dev->vrf = dev->vrf ? 0 : devices[ndevices - 2].ifindex;
}

bool net_make(void)
{
	if (!new_netns() || !add_plain())
		return false;
	add_device("lo", 0);
	add_device("h0", 0);
	add_device("h1", 0);
	if (add_vrf()) {
		add_device("red", -1);
		add_device("h2", devices[3].ifindex);
	}
	return true;
}

/* 6.12 is 612, 5.10 is 510 */
int kernel_version(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	uname(&name);
	if (sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return 0;
	return 100 * major + minor;
}
