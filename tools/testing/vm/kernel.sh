# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # vm sets the variables
# Finds a kernel's files. Sourced by vm, which has say() and die().
#
# A kernel is a directory $DUALSTACK_CACHE/kernels/NAME (or a link to one) with
#   release                  its `uname -r`
#   vmlinuz                  what QEMU boots
#   lib/modules/RELEASE/     its modules, with modules.dep
#   headers                  optional link to the tree to build modules with; without it
#                            Debian's linux-headers-RELEASE is used
# kernel_fetch downloads Debian's cloud kernels. To boot another kernel with --kernel NAME, fill
# such a directory.

# Prints the package of kernel $1 (6.1, or a whole release), or nothing.
kernel_package()
{
	case $1 in
	*-*)	apt-cache show "linux-image-$1" 2>/dev/null | sed -n 's/^Package: //p' | head -n 1 ;;
	*)	apt-cache depends linux-image-cloud-amd64 2>/dev/null |
			sed -n "s/^ *Depends: \(linux-image-${1//./\\.}\.[0-9].*\)/\1/p" | head -n 1 ;;
	esac
}

# Downloads kernel $1 of Debian and lets kernels/$1 point to it. A kernel of another release comes
# with a root of that release, to build in.
kernel_fetch()
{
	local name=$1 pkg deb dir tmp release

	command -v apt-get >/dev/null || die "kernel $name: no apt-get here, give --vmlinuz FILE"
	pkg=$(kernel_package "$name")
	if [ -z "$pkg" ] && [ "$(id -u)" -eq 0 ]; then
		apt_retry apt-get -qq update >&2 || true
		pkg=$(kernel_package "$name")
	fi
	if [ -z "$pkg" ] && "$here/../matrix/kernel" --has "$name"; then
		"$here/../matrix/kernel" "$name" || die "kernel $name: see above"
		return
	fi
	[ -n "$pkg" ] || die "kernel $name: apt knows no such linux-image (as root: apt-get update)"
	say "downloading $pkg"
	tmp=$(mktemp -d "$cache/kernels/.new.XXXXXX")
	(cd "$tmp" && apt_retry apt-get -qq -o APT::Sandbox::User=root download "$pkg" >&2) ||
		{ rm -rf "$tmp"; die "kernel $name: apt-get download $pkg failed"; }
	deb=$(echo "$tmp"/*.deb)
	dir=$(basename "$deb" .deb)
	dpkg-deb -x "$deb" "$tmp/x" || die "kernel $name: cannot unpack $deb"
	release=$(basename "$tmp"/x/boot/vmlinuz-*)
	release=${release#vmlinuz-}
	mkdir "$tmp/k"
	mv "$tmp/x/boot/vmlinuz-$release" "$tmp/k/vmlinuz"
	mv "$tmp/x/lib" "$tmp/k/lib"
	depmod -b "$tmp/k" "$release" || die "kernel $name: depmod failed"
	echo "$release" >"$tmp/k/release"
	rm -rf "${cache:?}/kernels/$dir"
	mv "$tmp/k" "$cache/kernels/$dir"
	ln -sfn "$dir" "$cache/kernels/$name"
	rm -rf "$tmp"
}

# Sets kernel_dir and release for kernel $1; fetches it if the cache has none.
kernel_find()
{
	kernel_dir=$cache/kernels/$1
	mkdir -p "$cache/kernels"
	if [ ! -s "$kernel_dir/release" ]; then
		exec 8>"$cache/kernels/.lock"
		flock 8
		[ -s "$kernel_dir/release" ] || kernel_fetch "$1"
		exec 8>&-
	fi
	release=$(cat "$kernel_dir/release")
	[ -s "$kernel_dir/vmlinuz" ] || die "kernel $1: no vmlinuz in $kernel_dir"
}

# Sets headers, and returns whether there are headers to build a module for $release.
headers_find()
{
	for headers in "$kernel_dir/headers" "/lib/modules/$release/build" \
			"/usr/src/linux-headers-$release"; do
		[ ! -e "$headers/Makefile" ] || return 0
	done
	headers=
	return 1
}

headers_install()
{
	[ "$(id -u)" -eq 0 ] || return 1
	say "installing linux-headers-$release"
	DEBIAN_FRONTEND=noninteractive apt_retry apt-get -qq -y --no-install-recommends \
		install "linux-headers-$release" >/dev/null && headers_find
}

# Sets headers for kernel $1. The archive drops old headers, so a newer kernel may have to replace
# the one in the cache.
headers_need()
{
	headers_find && return
	exec 8>"$cache/kernels/.lock"
	flock 8
	if ! headers_find && ! headers_install; then
		case $1 in
		*-*)	;;
		*)	kernel_fetch "$1"
			release=$(cat "$kernel_dir/release")
			headers_find || headers_install || true ;;
		esac
	fi
	exec 8>&-
	[ -n "$headers" ] || die "kernel $1: install linux-headers-$release (as root)"
}

# vm kernel NAME [FIELD]
cmd_kernel()
{
	[ $# -eq 1 ] || [ $# -eq 2 ] || die "usage: vm kernel NAME [release|vmlinuz|modules|headers]"
	kernel_find "$1"
	case ${2-} in
	''|headers)	headers_need "$1" ;;
	esac
	case ${2-} in
	'')		printf '%s\n' "release=$release" "vmlinuz=$kernel_dir/vmlinuz" \
				"modules=$kernel_dir/lib/modules/$release" "headers=$headers" ;;
	release)	echo "$release" ;;
	vmlinuz)	echo "$kernel_dir/vmlinuz" ;;
	modules)	echo "$kernel_dir/lib/modules/$release" ;;
	headers)	echo "$headers" ;;
	*)		die "vm kernel: no field '$2'" ;;
	esac
}
