# SPDX-License-Identifier: GPL-2.0-only
SUMMARY = "Kernel module that tells which address families listening sockets serve"
HOMEPAGE = "https://r-seed-b2ec16a4.example/dualstack"
LICENSE = "GPL-2.0-only"
LIC_FILES_CHKSUM = "file://COPYING;md5=b234ee4d69f5fce4486a80fdaf4a4263"

# `make dist` prints the checksum of a release, for SRC_URI[sha256sum].
SRC_URI = "https://r-seed-b2ec16a4.example/dualstack/releases/dualstack-${PV}.tar.xz"
S = "${WORKDIR}/dualstack-${PV}"

inherit module

# The project's Makefile calls the kernel's Makefile with M=, and finds the headers by KDIR.
EXTRA_OEMAKE += "KDIR=${STAGING_KERNEL_BUILDDIR}"
MAKE_TARGETS = "modules"

module_do_install() {
	oe_runmake -C "${STAGING_KERNEL_BUILDDIR}" M="${S}" INSTALL_MOD_PATH="${D}${root_prefix}" \
		INSTALL_MOD_DIR=updates modules_install
}
