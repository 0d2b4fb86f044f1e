# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016 # rpm expands what is quoted
# Builds the RPM packages with Debian's rpm.

# Macros of Fedora's systemd-rpm-macros, which Debian's rpm does not have.
rpm_macros=(--define '_unitdir /usr/lib/systemd/system'
	--define '_modulesloaddir /usr/lib/modules-load.d'
	--define 'systemd_post() systemctl --no-reload preset %{?1} || :'
	--define 'systemd_preun() [ $1 -ne 0 ] || systemctl --no-reload disable --now %{?1} || :'
	--define 'systemd_postun_with_restart() :')

# rpm_build TARBALL DIR [ARG]...   builds into DIR/RPMS; with --nodeps, since Debian's rpm does not
# know the packages that a spec requires by pkgconfig()
rpm_build()
{
	local work

	work=$(mktemp -d)
	(unset BUILD MAKEFLAGS MFLAGS MAKELEVEL
	rpmbuild -tb --nodeps "${rpm_macros[@]}" --define "_topdir $2" --define "_tmppath $work" \
		"${@:3}" "$1") >"$2.log" 2>&1 || { tail -n 40 "$2.log"; rm -rf "$work"; return 1; }
	rm -rf "$work"
	[ "$(find "$2/RPMS" -name '*.rpm' | wc -l)" -ge 2 ]
}

# rpm_package DIR NAME   prints the file of package NAME below DIR/RPMS
rpm_package() { find "$1/RPMS" -name "$2-[0-9]*.rpm" ! -name '*debug*' | head -n 1; }
