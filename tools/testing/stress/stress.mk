# SPDX-License-Identifier: GPL-2.0-only
# Stress tests of the module.
.PHONY: stress check-stress
CHECK_LANES += check-stress

# Minutes that `make stress` takes.
MINUTES ?= 30

STRESS_DIR := tools/testing/stress
STRESS_SRC := $(wildcard $(STRESS_DIR)/*.c)

$(BUILD)/stress/stress: $(STRESS_SRC) $(STRESS_DIR)/stress.h $(TESTLIB_OBJ) \
		$(STRESS_DIR)/stress.mk
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(CFLAGS) -Wall -Wextra -Wno-missing-field-initializers \
		-I$(TESTLIB) $(LDFLAGS) -o $@ $(STRESS_SRC) $(TESTLIB_OBJ) -pthread

##   make stress            the campaign on the stock and the debug kernel: MINUTES=30
stress: check-deps $(BUILD)/stress/stress
	@$(STRESS_DIR)/run --minutes $(MINUTES)

##   make check-stress      its short form, three minutes on the stock kernel
check-stress: check-deps $(BUILD)/stress/stress
	@$(STRESS_DIR)/run --short
