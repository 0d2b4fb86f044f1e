# SPDX-License-Identifier: GPL-2.0-only
# Compiles the module against kernel headers at hand, and against the newest ones.

HEADERS := tools/testing/headers
CHECK_DEPS += binutils
# directories of prepared kernel headers
KDIRS ?=

.PHONY: check-headers check-headers-self check-newest

##   make check-headers KDIRS="DIR..."   compile for kernel headers at hand, compare the imports
check-headers:
	@test -n "$(KDIRS)" || { echo 'make check-headers KDIRS="DIR...": directories with kernel headers,' \
		'such as /usr/src/kernels/*'; exit 2; }
	@$(TESTLIB)/ktap-lane --suite headers -- $(HEADERS)/check-headers $(KDIRS)

##   make check-headers-self    check-headers accepts good headers and rejects bad ones
check-headers-self: check-deps
	@$(TESTLIB)/ktap-lane --suite headers-self -- $(HEADERS)/selftest

##   make check-newest      (root) the same for the newest headers in Debian's archive: an early warning
check-newest: check-deps
	@$(TESTLIB)/ktap-lane --suite newest -- $(HEADERS)/check-newest
