# Copyright 2026 The dualstack authors
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # portage reads these, and sets P, D, EPREFIX, KV_OUT_DIR

EAPI=8

MODULES_KERNEL_MIN=5.4
inherit linux-mod-r1 toolchain-funcs

DESCRIPTION="Lists listening sockets and the address families they really serve"
HOMEPAGE="https://r-seed-b2ec16a4.example/dualstack"
SRC_URI="https://r-seed-b2ec16a4.example/dualstack/releases/${P}.tar.xz"

LICENSE="GPL-2"
SLOT="0"
KEYWORDS="~amd64 ~arm64 ~x86"

RDEPEND="
	dev-libs/jansson:=
	net-libs/libmnl:=
	sys-apps/util-linux
"
DEPEND="${RDEPEND}"
BDEPEND="virtual/pkgconfig"

CONFIG_CHECK="INET PROC_FS"

# The eclass signs, strips and compresses the module as the kernel's configuration says.
src_compile() {
	local modlist=( dualstack=net:.:module:modules )
	local modargs=( KDIR="${KV_OUT_DIR}" )

	linux-mod-r1_src_compile
	emake reader CC="$(tc-getCC)" PKG_CONFIG="$(tc-getPKG_CONFIG)" CFLAGS="${CFLAGS}" \
		LDFLAGS="${LDFLAGS}"
}

src_install() {
	linux-mod-r1_src_install
	emake install-reader install-systemd DESTDIR="${D}" PREFIX="${EPREFIX}/usr"
	einstalldocs
}
