# SPDX-License-Identifier: GPL-2.0-only
# Mutation tests of the module.
.PHONY: mutants check-mutants
CHECK_LANES += check-mutants

##   make mutants           breaks the module on purpose, line by line: each has to be caught; slow
mutants: check-deps $(BUILD)/guest/cases $(BUILD)/stress/stress $(BUILD)/truth/truth
	@tools/testing/mutants/mutants

##   make check-mutants     the lines that the mutants change are still there
check-mutants:
	@$(TESTLIB)/ktap-lane --suite mutants -- tools/testing/mutants/mutants --check
