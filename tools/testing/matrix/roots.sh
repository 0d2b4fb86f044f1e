# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Clean roots of Debian or Ubuntu, one per release, and build roots, one per kernel.
#
# $cache/roots/RELEASE-KEY    a root of the release by mmdebstrap, with apt and no compiler
# $cache/roots/build-NAME     a copy, with the headers of kernel NAME and a compiler
# $cache/debs/RELEASE         downloads of apt for all of these
# $cache/kernels/NAME         what tools/testing/vm boots (see vm/kernel.sh); `root` in it is a link
#                             to the build root, for headers for which the host's own userland
#                             is too old or too new

matrix=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cache=${DUALSTACK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dualstack}
mirror=${DUALSTACK_MIRROR:-http://deb.debian.org/debian}
ubuntu=${DUALSTACK_UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}
security=${DUALSTACK_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
keyrings=/usr/share/keyrings

say() { echo "matrix: $*" >&2; }
die() { echo "matrix: $*" >&2; exit 2; }

# Prints the names in table $1 (kernels or arches).
table_names()
{
	awk '!/^(#|$)/ { print $1 }' "$matrix/$1"
}

kernel_names() { table_names kernels; }

# Prints the cases that the KTAP in files $2... skipped without a line in expected-skips for kernel
# or architecture $1, and the lines of $1 that matched no skipped case.
unexplained_skips()
{
	local name=$1
	shift

	cat "$@" | awk -F '\t+' -v name="$name" -v list="$matrix/expected-skips" '
	BEGIN {
		while ((getline <list) > 0)
			if ($0 !~ /^#/ && $1 == name && $2 != "-")
				used[$2] = 0
	}
	/^ *ok [0-9]+ .*# *SKIP/ {
		for (want in used)
			if (index($0, want)) {
				used[want]++
				next
			}
		print "skipped, and nobody said why:" $0
	}
	END {
		for (want in used)
			if (!used[want])
				print "expected-skips names a case that was not skipped: " want
	}'
}

# Sets name, suite, archive and flavour for kernel $1, and target (apt's options for the archive).
kernel_row()
{
	read -r name suite archive flavour < <(grep -E "^${1//./\\.}[[:space:]]" "$matrix/kernels")
	[ -n "${flavour-}" ] || return 1
	target=(-t "$archive")
	[ "$archive" != "$suite" ] || target=(-o "APT::Default-Release=")
}

# Prints the lines of sources.list for release $1.
sources()
{
	case $1 in
	focal)	printf "deb $ubuntu %s main\n" focal focal-updates focal-security
		return ;;
	sid)	echo "deb $mirror $1 main"
		return ;;
	esac
	echo "deb $mirror $1 main"
	echo "deb $mirror $1-updates main"
	echo "deb $security $1-security main"
	# apt only installs a backport that is asked for
	[ "$1" != trixie ] || echo "deb $mirror $1-backports main"
}

# Prints apt options of the host for lists that are too old or too young. The roots use them, too,
# as a mirror may lag.
list_options()
{
	apt-config dump --format '%f "%v"%n' Acquire::Check-Valid-Until Acquire::Check-Date
}

# Runs a command in root $1, with the downloads of its release. "-b DIR" before the root shows the
# directory DIR in it under the same path. It uses the host's network, which apt needs.
in_root()
{
	local bind=''

	if [ "$1" = -b ]; then
		bind=$2
		shift 2
	fi
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --pid --fork --kill-child --propagation private sh -ec '
		root=$1 bind=$2 debs=$3
		shift 3
		mount -t proc proc "$root/proc"
		mount -t tmpfs -o mode=1777 tmp "$root/tmp"
		mkdir -p "$debs/partial"
		mount --bind "$debs" "$root/var/cache/apt/archives"
		if [ -n "$bind" ]; then
			mkdir -p "$root$bind"
			mount --bind "$bind" "$root$bind"
		fi
		exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"' \
		sh "$1" "$bind" "$cache/debs/$(cat "$1/.release")" "${@:2}"
}

# apt-get in root $1. The archive may change meanwhile, so try again with new lists. Roots of a
# release share its downloads, so one waits for the other.
apt_in_root()
{
	local root=$1 try lock rc
	shift

	exec {lock}>"$cache/debs/.lock-$(cat "$root/.release")"
	flock "$lock"
	apt_try_in_root "$@"
	rc=$?
	exec {lock}>&-
	return "$rc"
}

apt_try_in_root()
{
	for try in 1 2 3; do
		in_root "$root" apt-get -qq -y -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root \
			-o Binary::apt-get::APT::Keep-Downloaded-Packages=true \
			--no-install-recommends "$@" >"$root/.apt.log" 2>&1 && return 0
		[ "$try" -lt 3 ] || break
		in_root "$root" apt-get -qq update >/dev/null 2>&1 || true
	done
	tail -n 20 "$root/.apt.log" >&2
	return 1
}

need_root()
{
	[ "$(id -u)" -eq 0 ] || die "clean roots are made by root only (mounts, chroot)"
	command -v mmdebstrap >/dev/null || die "no mmdebstrap: run 'make build-deps'"
}

# Closes the descriptors that this shell inherited or opened. mmdebstrap gives the next free
# descriptor to the shell of apt's hook, and dash supports none above 9.
close_descriptors()
{
	local fd

	for fd in /proc/"$BASHPID"/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || eval "exec $fd>&-"
	done
}

# Removes roots. /proc, /sys and devices may still be mounted in a root whose making was killed:
# they are unmounted first, and never removed.
remove_roots()
{
	local root mount

	for root; do
		findmnt -rn -o TARGET | awk -v root="$root/" 'index($0, root) == 1' | sort -r |
			while read -r mount; do umount -- "$mount"; done
		rm -rf --one-file-system -- "${root:?}"
	done
}

# Prints the directory of the clean root of release $1; makes it if the cache has none.
base_root()
{
	local key root option opts=()

	need_root
	key=$({ declare -f base_root; sources "$1"; } | sha256sum | cut -c 1-8)
	root=$cache/roots/$1-$key
	mkdir -p "$cache/roots" "$cache/debs/$1"
	exec 6>"$cache/roots/.lock-$1"
	flock 6
	if [ ! -e "$root/.release" ]; then
		say "making a clean root of $1"
		remove_roots "${cache:?}/roots/$1"-*
		while read -r option; do
			opts+=(--aptopt="$option")
		done < <(list_options)
		sources "$1" | (close_descriptors && mmdebstrap --quiet --variant=apt --mode=root \
			--skip=cleanup/apt --keyring="$keyrings" --aptopt='Acquire::Languages "none"' \
			"${opts[@]}" "$1" "$root.new" - >&2) || { remove_roots "$root.new"; die "mmdebstrap $1 failed"; }
		cp /etc/resolv.conf "$root.new/etc/resolv.conf"
		rm -f "$root.new"/var/cache/apt/archives/*.deb
		echo "$1" >"$root.new/.release"
		mv "$root.new" "$root"
	fi
	exec 6>&-
	echo "$root"
}

# Prints the directory of Ubuntu's keyring, which Debian has in a package.
ubuntu_keyring()
{
	local dir=$cache/roots/ubuntu-keyring work

	if [ ! -s "$dir/ubuntu-archive-keyring.gpg" ]; then
		work=$(mktemp -d "$cache/roots/.keyring.XXXXXX")
		copy_root trixie "$work/root" && in_root "$work/root" sh -ec 'cd /root
			apt-get -qq -o APT::Sandbox::User=root download ubuntu-keyring
			dpkg-deb -x ubuntu-keyring_*.deb x' >&2 &&
			mkdir -p "$dir" &&
			cp "$work/root/root/x/usr/share/keyrings/ubuntu-archive-keyring.gpg" "$dir/"
		rm -rf "$work"
	fi
	[ -s "$dir/ubuntu-archive-keyring.gpg" ] || die "cannot get Ubuntu's keyring"
	echo "$dir"
}

# Copies the clean root of release $1 to $2.
copy_root()
{
	local base keyrings=$keyrings

	[ "$1" != focal ] || keyrings=$(ubuntu_keyring) || return 1
	base=$(base_root "$1")
	rm -rf "$2"
	cp -a --reflink=auto "$base" "$2"
	# the root is removed before a power cut could damage it
	echo force-unsafe-io >"$2/etc/dpkg/dpkg.cfg.d/unsafe-io"
}

# Prints the release of the newest kernel of $flavour in root $1.
release_of()
{
	in_root "$1" apt-cache "${target[@]}" depends "linux-image-$flavour" |
		sed -n 's/^ *Depends: linux-image-\([0-9].*\)/\1/p' | head -n 1
}

# Unpacks kernel $release of root $1 into directory $2, with the files that vm expects.
unpack_kernel()
{
	local root=$1 dir=$2 pkg deb

	rm -rf "$dir.x"
	mkdir -p "$dir.x" "$dir"
	# Since 7.3 Debian's linux-image is empty, and linux-binary has the files. Ubuntu has the
	# modules in two packages.
	for pkg in "linux-image-$release" linux-{binary,modules,modules-extra,base}-"$release"; do
		in_root "$root" apt-cache show "$pkg" >/dev/null 2>&1 || continue
		rm -f "$root"/root/*.deb
		in_root "$root" sh -c "cd /root && apt-get -qq -o APT::Sandbox::User=root \
			download $pkg" >&2 || return 1
		for deb in "$root"/root/*.deb; do
			dpkg-deb -x "$deb" "$dir.x"
		done
	done
	if [ -e "$dir.x/boot/vmlinuz-$release" ]; then
		mv "$dir.x/boot/vmlinuz-$release" "$dir/vmlinuz"
	else
		mv "$dir.x/usr/lib/modules/$release/vmlinuz" "$dir/vmlinuz"
	fi
	mkdir -p "$dir/lib"
	if [ -d "$dir.x/lib/modules" ]; then
		mv "$dir.x/lib/modules" "$dir/lib/"
	else
		mv "$dir.x/usr/lib/modules" "$dir/lib/"
	fi
	rm -rf "$dir.x"
	depmod -b "$dir" "$release"
}

# Makes the build root of kernel $name and fills $cache/kernels/$name.
make_kernel()
{
	local root=$cache/roots/build-$name dir release

	copy_root "$suite" "$root.new"
	apt_in_root "$root.new" update
	release=$(release_of "$root.new")
	case $release in
	"${name%%-*}".*) ;;
	*)	die "kernel $name: linux-image-$flavour of $archive is '$release' now: see matrix/kernels" ;;
	esac
	say "kernel $name: $release, headers and compiler"
	apt_in_root "$root.new" "${target[@]}" install "linux-headers-$release" gcc make perl ||
		die "kernel $name: cannot install linux-headers-$release"
	dir=$cache/kernels/linux-image-$release
	rm -rf "$dir" "$dir.new"
	unpack_kernel "$root.new" "$dir.new" || die "kernel $name: cannot unpack linux-image-$release"
	rm -rf "$root"
	mv "$root.new" "$root"
	ln -sfn "../../roots/build-$name" "$dir.new/root"
	ln -sfn "../../roots/build-$name/usr/src/linux-headers-$release" "$dir.new/headers"
	echo "$release" >"$dir.new/release"
	mv "$dir.new" "$dir"
	ln -sfn "linux-image-$release" "$cache/kernels/$name"
}

# Makes $cache/kernels/$1 for kernel $1 of the table, if it is missing. If vm fetched it for the
# host's own release, it has no root, and needs none.
kernel_need()
{
	local dir=$cache/kernels/$1

	kernel_row "$1" || die "no kernel '$1' in tools/testing/matrix/kernels"
	mkdir -p "$cache/kernels" "$cache/roots"
	exec 5>"$cache/roots/.lock-build-$1"
	flock 5
	[ -s "$dir/release" ] || make_kernel
	exec 5>&-
}
