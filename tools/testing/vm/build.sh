# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # vm sets the variables
# Builds the modules for a kernel from a copy of the source, so that builds for several kernels or
# with several options do not disturb each other, and the checkout stays clean.

list_sources()
{
	local dirs=(Kbuild module)

	[ ! -d "$1/kunit" ] || dirs+=(kunit)
	(cd "$1" && find "${dirs[@]}" -type f \( -name '*.[chS]' -o -name 'Kbuild*' \) \
		! -name '*.mod.c') | LC_ALL=C sort
}

# Compares contents: times say nothing if the source was edited during a build or checked out again.
copy_changed()
{
	local file

	while read -r file; do
		! cmp -s "$1/$file" "$2/$file" || continue
		mkdir -p "$2/$(dirname "$file")"
		cp "$1/$file" "$2/$file"
	done
}

cmd_build()
{
	local top out key='' run=()

	top=$(readlink -f "$here/../../..")
	kernel_find "$kernel"
	headers_need "$kernel"
	[ ${#command[@]} -eq 0 ] || key=+$(printf '%s\n' "${command[@]}" | sha256sum | cut -c 1-8)
	out=${BUILD:-$top/build}/modules/$release$key
	mkdir -p "$out"
	exec 7>"$out/.lock"
	flock 7
	list_sources "$top" >"$out/.files.new"
	# A removed source must not be built any more.
	cmp -s "$out/.files.new" "$out/.files" ||
		find "$out" -mindepth 1 -maxdepth 1 ! -name '.lock' ! -name '.files.new' \
			-exec rm -rf {} +
	mv "$out/.files.new" "$out/.files"
	copy_changed "$top" "$out" <"$out/.files"
	# Headers of another release need the userland of that release.
	if [ -e "$kernel_dir/root/.release" ]; then
		run=("$here/../matrix/in-root" -b "$out" "$(readlink -f "$kernel_dir/root")")
		headers=/usr/src/linux-headers-$release
	fi
	${run[@]+"${run[@]}"} make -C "$headers" M="$out" -j"$(nproc)" \
		${command[@]+"${command[@]}"} modules >"$out/build.log" 2>&1 ||
		{ cat "$out/build.log" >&2; die "the build failed"; }
	exec 7>&-
	echo "$out"
}
