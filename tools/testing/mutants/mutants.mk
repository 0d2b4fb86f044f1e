# SPDX-License-Identifier: GPL-2.0-only
# Mutation tests of the module.
.PHONY: mutants

##   make mutants           breaks the module on purpose, line by line: each has to be caught; slow
mutants: check-deps $(BUILD)/guest/cases $(BUILD)/stress/stress $(BUILD)/truth/truth
	@tools/testing/mutants/mutants
