# SPDX-License-Identifier: GPL-2.0-only
# The truth test: packets against the table, in a guest.

TRUTH_DIR    := tools/testing/truth
TRUTH_SRC    := $(wildcard $(TRUTH_DIR)/*.c)
TRUTH_OBJ    := $(patsubst $(TRUTH_DIR)/%.c,$(BUILD)/truth/%.o,$(TRUTH_SRC))
TRUTH_CFLAGS := -std=gnu11 -Wall -Wextra -Wno-missing-field-initializers -Wshadow \
		-Wstrict-prototypes -Wmissing-prototypes $(WERROR)

# `make truth` takes these; check-truth has its own.
SEED   ?= 1
ROUNDS ?= 2000
# Least number of verdicts that `make check` compares.
TRUTH_VERDICTS ?= 6000
# Least number of answers of `who`.
WHO_ANSWERS ?= 5000
# Verdicts of the reader by BPF: beside the module, and where lockdown refuses it.
BPF_VERDICTS   ?= 1200
LOCKED_VERDICTS ?= 600
TRUTH_KO = $$($(VM) build --kernel $(KERNEL))/module/dualstack.ko
TRUTH_VM = $(VM) run --kernel $(KERNEL) --kmod veth --kmod vrf --exe $(BUILD)/truth/truth

RUN_DEPS    += linux-libc-dev
CHECK_LANES += check-truth check-bpf

.PHONY: truth check-truth truth-bpf truth-uml check-bpf

$(BUILD)/truth/truth: $(TRUTH_OBJ) $(TESTLIB_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/truth/%.o: $(TRUTH_DIR)/%.c $(TRUTH_DIR)/truth.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(TRUTH_CFLAGS) -I$(TESTLIB) -MMD -MP -c -o $@ $<

-include $(TRUTH_OBJ:.o=.d)

##   make truth             random sockets and packets against the table: SEED=N ROUNDS=N KERNEL=NAME
truth: run-deps $(BUILD)/truth/truth
	$(TRUTH_VM) --module $(TRUTH_KO) --timeout 7200 --ktap -- \
		truth --seed $(SEED) --rounds $(ROUNDS)

##   make truth-bpf         the same, and against what the reader says without the module, by BPF
truth-bpf: run-deps $(BUILD)/truth/truth reader
	$(TRUTH_VM) --module $(TRUTH_KO) --exe $(BUILD)/dualstack --timeout 36000 --ktap -- \
		truth --reader /test/dualstack --seed $(SEED) --rounds $(ROUNDS)

##   make truth-uml         truth-bpf in user-mode Linux, without emulation: VERDICTS=N (100000)
truth-uml: VERDICTS ?= 100000
truth-uml: run-deps $(BUILD)/truth/truth reader
	@tools/testing/debug/uml --plain --exe $(BUILD)/truth/truth --exe $(BUILD)/dualstack \
		--timeout 36000 -- truth --reader /test/dualstack --no-ask --reader-asks 1 --seed $(SEED) \
		--verdicts $(VERDICTS)

##   make check-truth       the fixed suites, at least 6,000 random verdicts, scores of ss, netstat, lsof
check-truth: check-deps $(BUILD)/truth/truth
	@$(TESTLIB)/ktap-lane -- $(TRUTH_VM) --module $(TRUTH_KO) --timeout 900 --ktap -- \
		truth --suite all --verdicts $(TRUTH_VERDICTS) --answers $(WHO_ANSWERS) --peers 100

##   make check-bpf         the reader's verdicts by BPF against packets, and under lockdown
check-bpf: check-deps $(BUILD)/truth/truth reader
	@$(TESTLIB)/ktap-lane -- $(TRUTH_DIR)/check-bpf $(BUILD) $(KERNEL) $(BPF_VERDICTS) \
		$(LOCKED_VERDICTS)
