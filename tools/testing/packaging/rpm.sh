# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016 # rpm expands what is quoted
# The RPM packages, built by Debian's rpm.

# What Fedora's systemd-rpm-macros define, and Debian's rpm has not.
rpm_macros=(--define '_unitdir /usr/lib/systemd/system'
	--define '_modulesloaddir /usr/lib/modules-load.d'
	--define 'systemd_post() systemctl --no-reload preset %{?1} || :'
	--define 'systemd_preun() [ $1 -ne 0 ] || systemctl --no-reload disable --now %{?1} || :'
	--define 'systemd_postun_with_restart() :')

# rpm_build TARBALL DIR [ARG]...   into DIR/RPMS; packages that a spec asks for by pkgconfig() are
# none that Debian's rpm knows
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
