# SPDX-License-Identifier: GPL-2.0-only
# The benchmark: our file against ss, netstat, lsof and the kernel's own files, in one guest.

BENCH_DIR    := tools/testing/bench
BENCH_SRC    := $(wildcard $(BENCH_DIR)/*.c)
BENCH_OBJ    := $(patsubst $(BENCH_DIR)/%.c,$(BUILD)/bench/%.o,$(BENCH_SRC))
BENCH_CFLAGS := -std=gnu11 -Wall -Wextra -Wno-missing-field-initializers -Wshadow -fno-pie \
		-Wstrict-prototypes -Wmissing-prototypes $(WERROR)
# Scenes to run; empty: all. `build/bench/bench --list` prints them.
SCENARIO ?=

.PHONY: bench bench-profile

# Static and not PIE, so that the profiler's marks are at known addresses.
$(BUILD)/bench/bench: $(BENCH_OBJ) $(TESTLIB_OBJ)
	$(CC) $(CFLAGS) -static -no-pie $(LDFLAGS) -o $@ $^

$(BUILD)/bench/%.o: $(BENCH_DIR)/%.c $(BENCH_DIR)/bench.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(BENCH_CFLAGS) -I$(TESTLIB) -MMD -MP -c -o $@ $<

-include $(BENCH_OBJ:.o=.d)

##   make bench             times against ss, netstat, lsof; writes Documentation/performance.rst
##                          (SCENARIO="5 10000": only these scenes, BENCH_CLOCK=wall, KERNEL=NAME)
bench: run-deps $(BUILD)/bench/bench reader
	@$(BENCH_DIR)/run --kernel $(KERNEL) --results $(BUILD)/bench/results $(SCENARIO)

$(BUILD)/bench/profile.so: $(BENCH_DIR)/profile/plugin.c $(BENCH_DIR)/profile/plugin.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=gnu11 -Wall -Wextra $(WERROR) -fPIC -shared -o $@ $<

##   make bench-profile     instructions of each function in one read (SCENARIO=10000)
bench-profile: run-deps $(BUILD)/bench/bench $(BUILD)/bench/profile.so reader
	@$(BENCH_DIR)/profile/profile --kernel $(KERNEL) $(or $(SCENARIO),10000)
