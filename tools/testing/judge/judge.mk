# SPDX-License-Identifier: GPL-2.0-only
# The judge in user space: brute force against a model that sends every packet, and a fuzzer.

JUDGE_DIR    := tools/testing/judge
JUDGE_SRC    := $(wildcard module/judge/*.c)
JUDGE_HDR    := $(wildcard module/judge/*.h) module/family.h $(JUDGE_DIR)/model.h
JUDGE_CFLAGS := -std=gnu11 -Wall -Wextra -Wno-missing-field-initializers -Wshadow -Imodule \
		-I$(JUDGE_DIR) $(WERROR)
# Random ports that `make check` tries.
JUDGE_PORTS ?= 10000000

CHECK_DEPS  += clang libclang-rt-14-dev
CHECK_LANES += check-judge

.PHONY: check-judge fuzz-judge

$(BUILD)/judge/brute: $(JUDGE_DIR)/brute.c $(JUDGE_DIR)/model.c $(JUDGE_SRC) $(JUDGE_HDR)
	@mkdir -p $(@D)
	$(CC) $(JUDGE_CFLAGS) -O2 -g -o $@ $(filter %.c,$^)

$(BUILD)/judge/fuzz: $(JUDGE_DIR)/fuzz.c $(JUDGE_DIR)/model.c $(JUDGE_SRC) $(JUDGE_HDR)
	@mkdir -p $(@D)
	clang $(JUDGE_CFLAGS) -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o $@ $(filter %.c,$^)

##   make check-judge       the judge against a model that sends every packet: 10 million ports
check-judge: check-deps $(BUILD)/judge/brute $(BUILD)/judge/fuzz
	@$(TESTLIB)/ktap-lane --suite judge -- $(JUDGE_DIR)/check $(BUILD)/judge $(JUDGE_PORTS)

##   make fuzz-judge SECONDS=60   the same, where a fuzzer chooses the ports
fuzz-judge: check-deps $(BUILD)/judge/fuzz
	$(BUILD)/judge/fuzz -max_total_time=$(SECONDS) -max_len=512 -print_final_stats=1
