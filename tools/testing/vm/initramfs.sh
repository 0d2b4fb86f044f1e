# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # vm sets the variables
# Makes a guest's initramfs: a base archive of host programs, which the cache keeps, and an archive
# of what one run adds. They are not compressed, since the emulated guest unpacks slowly.

base_programs='bash ip ss netstat lsof setpriv unshare nsenter kmod'

# Prints the paths of the libraries that program $1 needs, with the loader: those of ldd, and those
# that it loads at run time, as its note lists them. ldd fails for static programs, which need none.
libraries_of()
{
	local soname

	ldd "$1" >"$work/ldd" 2>/dev/null || return 0
	sed -n 's/.* => \(\/[^ ]*\) (.*/\1/p; s/^\t\(\/[^ ]*\) (.*/\1/p' "$work/ldd"
	objcopy -O binary --only-section=.note.dlopen "$1" "$work/note" 2>/dev/null || return 0
	{ grep -ao 'lib[a-z0-9_+-]*[.]so[.0-9]*' "$work/note" || true; } | while read -r soname; do
		/sbin/ldconfig -p | awk -v so="$soname" '$1 == so && !n++ { print $NF }'
	done
}

# Copies program $1 and its libraries below $2, under their own paths.
add_program()
{
	local file

	copy_into "$1" "$2" "$(readlink -f "$(dirname "$1")")/$(basename "$1")"
	libraries_of "$1" |
		while read -r file; do
			copy_into "$file" "$2" "$(readlink -f "$(dirname "$file")")/$(basename "$file")"
		done
}

# Puts program $1 into /test of $2 with its own libraries beside it, for a root that has others.
add_foreign_program()
{
	local name loader

	name=$(basename "$1")
	mkdir -p "$2/test/.lib/$name"
	loader=$(ldd "$1" 2>/dev/null | sed -n 's/^\t\(\/[^ ]*\) (.*/\1/p')
	if [ -z "$loader" ]; then
		copy_into "$1" "$2" "/test/$name"
		return
	fi
	libraries_of "$1" | xargs cp -Lt "$2/test/.lib/$name/"
	cp -L "$1" "$2/test/.lib/$name/$name"
	printf '%s\n' '#!/bin/sh' "d=/test/.lib/$name" \
		"exec \$d/$(basename "$loader") --library-path \$d \$d/$name \"\$@\"" >"$2/test/$name"
	chmod 755 "$2/test/$name"
}

# Copies $1 as $3 below root $2; follows links.
copy_into()
{
	mkdir -p "$2$(dirname "$3")"
	cp -rL --preserve=mode,timestamps "$1" "$2$3"
}

find_program()
{
	PATH=$PATH:/usr/sbin:/sbin command -v "$1" ||
		die "program '$1' not found: run 'make build-deps'"
}

pack()
{
	(cd "$1" && find . -mindepth 1 -print0 | sort -z | cpio -0 -o -H newc -R 0:0 --quiet)
}

# The skeleton of the default root: merged /usr, and a link for each of busybox's programs.
make_base()
{
	local root=$1 dir name

	mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/{dev,proc,sys,run,tmp,etc,root,var/tmp}
	for dir in bin sbin lib lib64; do
		ln -s "usr/$dir" "$root/$dir"
	done
	for name in $("$busybox" --list); do
		ln -s /vm/busybox "$root/usr/bin/$name"
	done
	for name in $base_programs; do
		rm -f "$root/usr/bin/$name"
		add_program "$(find_program "$name")" "$root"
	done
	# busybox's sh would run its built-in ip and netstat
	ln -sf bash "$root/usr/bin/sh"
	for name in modprobe insmod rmmod lsmod modinfo; do
		rm -f "$root/usr/bin/$name"
		ln -s "$(readlink -f "$(find_program kmod)")" "$root/usr/sbin/$name"
	done
	echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"
	echo 'nobody:x:65534:65534:nobody:/:/bin/false' >>"$root/etc/passwd"
	printf '%s\n' 'root:x:0:' 'nogroup:x:65534:' >"$root/etc/group"
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$root/etc/hosts"
}

# Prints the path of the base archive; builds it if a program or this file has changed.
base_archive()
{
	local key name archive

	key=$({ cat "$here/initramfs.sh"; for name in $base_programs; do
		stat -Lc '%n %s %Y' "$(find_program "$name")"; done; } | sha256sum | cut -c 1-16)
	archive=$cache/vm/base-$key.cpio
	if [ ! -s "$archive" ]; then
		mkdir -p "$cache/vm"
		# other checkouts may need other archives, so only old ones are removed
		find "$cache/vm" -name 'base-*.cpio' -mtime +7 -delete
		make_base "$work/base"
		pack "$work/base" >"$work/base.cpio"
		mv "$work/base.cpio" "$archive"
	fi
	echo "$archive"
}

# Copies stock modules $2... and what they depend on below root $1.
add_stock_modules()
{
	local root=$1 from=$kernel_dir/lib/modules/$release to file
	shift

	to=$root/$libdir/modules/$release
	modprobe -d "$kernel_dir" -S "$release" -aD "$@" 2>"$work/modprobe.err" >"$work/modprobe.out" ||
		die "kernel $release has no module for '$*': $(head -n 1 "$work/modprobe.err")"
	sed -n 's/^insmod \([^ ]*\).*/\1/p' "$work/modprobe.out" | sort -u |
		while read -r file; do
			copy_into "$file" "$to" "/${file##*/"$release"/}"
		done
	# a kernel may have everything built in
	mkdir -p "$to"
	cp "$from"/modules.{order,builtin,builtin.modinfo} "$to/" 2>/dev/null || true
	# depmod needs lib/, but modules are in lib/ or usr/lib/ of the root
	mkdir -p "$work/depmod/lib/modules"
	ln -sfn "$to" "$work/depmod/lib/modules/$release"
	depmod -b "$work/depmod" "$release"
}
