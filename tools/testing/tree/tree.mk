# SPDX-License-Identifier: GPL-2.0-only
# The module as a part of a kernel tree.
.PHONY: check-tree
CHECK_DEPS += git

##   make check-tree        the module under net/ of a kernel tree: as patches, built in, as a module
check-tree: check-deps $(BUILD)/guest/cases
	@$(TESTLIB)/ktap-lane --suite tree -- tools/testing/tree/check-tree
