# SPDX-License-Identifier: GPL-2.0-only
# The KUnit suites under user-mode Linux.
.PHONY: kunit check-kunit kunit-cost
CHECK_LANES += check-kunit

##   make kunit             KUnit suites under user-mode Linux with KASAN (builds it once)
kunit check-kunit: check-deps
	@tools/testing/kunit/run

##   make kunit-cost        ns per row for walk, sort, verdicts, text; no emulation, no KASAN
kunit-cost: check-deps
	@tools/testing/kunit/run --cost
