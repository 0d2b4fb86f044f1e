# SPDX-License-Identifier: GPL-2.0-only
# The guest suite: sockets, packets, and the table's files on a stock kernel.
.PHONY: check-guest
CHECK_LANES += check-guest

GUEST_SRC := $(wildcard tools/testing/guest/*.c)
$(BUILD)/guest/cases: $(GUEST_SRC) tools/testing/guest/guest.h $(TESTLIB_OBJ)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(CFLAGS) -Wall -Wextra -I$(TESTLIB) $(LDFLAGS) -o $@ $(GUEST_SRC) $(TESTLIB_OBJ)

##   make check-guest       the table on a stock kernel: sockets, packets, reading, loading
check-guest: check-deps reader $(BUILD)/guest/cases
	@tools/testing/guest/check --kernel $(KERNEL)
