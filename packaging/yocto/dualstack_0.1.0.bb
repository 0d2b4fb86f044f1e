# SPDX-License-Identifier: GPL-2.0-only
SUMMARY = "Lists listening sockets and the address families they really serve"
HOMEPAGE = "https://r-seed-b2ec16a4.example/dualstack"
LICENSE = "GPL-2.0-only"
LIC_FILES_CHKSUM = "file://COPYING;md5=b234ee4d69f5fce4486a80fdaf4a4263"

SRC_URI = "https://r-seed-b2ec16a4.example/dualstack/releases/dualstack-${PV}.tar.xz"

inherit pkgconfig

DEPENDS = "jansson libmnl util-linux"
# The program loads these itself.
RDEPENDS:${PN} = "jansson libmnl util-linux-libsmartcols"
RRECOMMENDS:${PN} = "kernel-module-dualstack"

do_compile() {
	oe_runmake reader
}

do_install() {
	oe_runmake install-reader DESTDIR="${D}" PREFIX="${prefix}" BINDIR="${bindir}"
}

FILES:${PN} += "${datadir}/bash-completion ${datadir}/zsh ${datadir}/fish ${datadir}/dualstack"
