# SPDX-License-Identifier: GPL-2.0-only
# The tests on debug kernels.
.PHONY: check-debug check-kasan check-kcsan

DEBUG_PROGS = $(BUILD)/guest/cases $(BUILD)/truth/truth $(BUILD)/stress/stress \
	$(BUILD)/holders/holders

##   make check-debug       the tests on kernels with KASAN, lockdep, ... and KCSAN; coverage; slow
check-debug: check-deps $(DEBUG_PROGS)
	@tools/testing/debug/check kasan kcsan

##   make check-kasan | check-kcsan   one of the two
check-kasan: check-deps $(DEBUG_PROGS)
	@tools/testing/debug/check kasan

check-kcsan: check-deps $(DEBUG_PROGS)
	@tools/testing/debug/check kcsan
