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
# How many verdicts `make check` compares at least.
TRUTH_VERDICTS ?= 6000
# How many answers of `who`, as well.
WHO_ANSWERS ?= 5000
TRUTH_VM = $(VM) run --kernel $(KERNEL) --module \
	$$($(VM) build --kernel $(KERNEL))/module/dualstack.ko \
	--kmod veth --kmod vrf --exe $(BUILD)/truth/truth

RUN_DEPS    += linux-libc-dev
CHECK_LANES += check-truth

.PHONY: truth check-truth

$(BUILD)/truth/truth: $(TRUTH_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/truth/%.o: $(TRUTH_DIR)/%.c $(TRUTH_DIR)/truth.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(TRUTH_CFLAGS) -MMD -MP -c -o $@ $<

-include $(TRUTH_OBJ:.o=.d)

##   make truth             random sockets and packets against the table: SEED=N ROUNDS=N KERNEL=NAME
truth: run-deps $(BUILD)/truth/truth
	$(TRUTH_VM) --timeout 7200 --ktap -- truth --seed $(SEED) --rounds $(ROUNDS)

##   make check-truth       the same with the fixed suites and the peers' score, at least 5,000 verdicts
check-truth: check-deps $(BUILD)/truth/truth
	@$(TESTLIB)/ktap-lane -- $(TRUTH_VM) --timeout 900 --ktap -- \
		truth --suite all --verdicts $(TRUTH_VERDICTS) --answers $(WHO_ANSWERS) --peers 100
