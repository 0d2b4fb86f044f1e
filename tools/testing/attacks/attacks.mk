# SPDX-License-Identifier: GPL-2.0-only
# Attacks of an unprivileged user on readers of the table, and limits for their cost.
.PHONY: check-attacks check-attacks-full
CHECK_LANES += check-attacks

ATTACKS_DIR := tools/testing/attacks
# Shares processes, files and the oracle with the stress test, and rtnetlink with the truth test.
ATTACKS_SRC := $(wildcard $(ATTACKS_DIR)/*.c) \
	       $(addprefix tools/testing/stress/,crew.c module.c sock.c text.c) \
	       $(addprefix tools/testing/truth/,nl.c addr.c)

$(BUILD)/attacks/attacks: $(ATTACKS_SRC) $(ATTACKS_DIR)/attacks.h tools/testing/stress/stress.h \
		tools/testing/truth/truth.h $(TESTLIB_OBJ) $(ATTACKS_DIR)/attacks.mk
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(CFLAGS) -Wall -Wextra -Wno-missing-field-initializers \
		-I$(TESTLIB) $(LDFLAGS) -o $@ $(ATTACKS_SRC) $(TESTLIB_OBJ) -pthread

##   make check-attacks     how expensive an unprivileged user can make a read, in instructions: ATTACKS="nobody"
check-attacks: check-deps $(BUILD)/attacks/attacks
	@$(ATTACKS_DIR)/run $(ATTACKS)

##   make check-attacks-full  the same in larger sizes
check-attacks-full: check-deps $(BUILD)/attacks/attacks
	@$(ATTACKS_DIR)/run --full $(ATTACKS)
