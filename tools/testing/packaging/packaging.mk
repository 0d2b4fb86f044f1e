# SPDX-License-Identifier: GPL-2.0-only
# Builds packages and releases, and tests them; DKMS without a package.

PACKAGING := tools/testing/packaging
DEB_DEPS  := build-essential debhelper dh-dkms fakeroot libsmartcols-dev libmnl-dev libjansson-dev pkg-config
CHECK_DEPS += $(DEB_DEPS) lintian rpm
# for the recipes of other distributions
CHECK_DEPS += makepkg libarchive-tools nix-bin yamllint squashfs-tools

.PHONY: dist deb dkms-install dkms-uninstall version-check check-deb check-install check-autopkgtest \
	check-rpm check-rpm-install check-rebuild check-recipes

##   make dkms-install | dkms-uninstall   the module through DKMS, for the running kernel
dkms-install: version-check
	@$(PACKAGING)/dkms install

dkms-uninstall:
	@$(PACKAGING)/dkms uninstall

## Packages and releases
##   make deb               dualstack-dkms and dualstack, into $(BUILD)/deb
deb: version-check
	@$(TESTLIB)/build-deps $(DEB_DEPS)
	@$(PACKAGING)/deb $(BUILD)/deb

##   make dist              the source of a release, into $(BUILD): the same bytes from the same commit
dist: version-check
	@$(PACKAGING)/dist $(BUILD)

##   make version-check     all copies of the version are the same
CHECK_LANES += version-check
version-check:
	@$(PACKAGING)/version-check

##   make check-deb         (root) packages are built, clean for lintian; install, upgrade, remove, purge
check-deb: check-deps
	@$(TESTLIB)/ktap-lane --suite deb -- $(PACKAGING)/check-deb

##   make check-install     (root) the commands of README and install.rst, in a clean root
check-install: check-deps
	@$(TESTLIB)/ktap-lane --suite install -- $(PACKAGING)/check-install

##   make check-autopkgtest (root) the tests of the Debian package, in a guest and a clean root
check-autopkgtest: check-deps
	@$(TESTLIB)/ktap-lane --suite autopkgtest -- $(PACKAGING)/check-autopkgtest

CHECK_LANES += check-rpm
##   make check-rpm         the RPM packages have the right contents
check-rpm: check-deps
	@$(TESTLIB)/ktap-lane --suite rpm -- $(PACKAGING)/check-rpm

##   make check-rpm-install (root) the scriptlets of the RPM packages, in a clean root
check-rpm-install: check-deps
	@$(TESTLIB)/ktap-lane --suite rpm-install -- $(PACKAGING)/check-rpm-install

##   make check-rebuild     the source packed and the packages built twice: the same bytes
check-rebuild: check-deps
	@$(TESTLIB)/build-deps faketime locales
	@$(TESTLIB)/ktap-lane --suite rebuild -- $(PACKAGING)/check-rebuild

CHECK_LANES += check-recipes
##   make check-recipes     the recipes of packaging/, as far as Debian has the tools
check-recipes: check-deps
	@$(TESTLIB)/ktap-lane --suite recipes -- $(PACKAGING)/check-recipes
