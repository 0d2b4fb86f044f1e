# SPDX-License-Identifier: GPL-2.0-only
# Style and static checks of the whole tree.
.PHONY: lint lint-deps check-lint
CHECK_LANES += check-lint

##   make lint              checkpatch --strict, sparse, W=1 -Werror, kernel-doc, shellcheck ...
lint: lint-deps
	@tools/testing/lint/lint

##   make check-lint        each of these tools finds a fault that is inserted
check-lint: lint-deps
	@$(TESTLIB)/ktap-lane --suite lint -- tools/testing/lint/selftest

lint-deps:
	@$(TESTLIB)/build-deps $(sort $(LINT_DEPS))
