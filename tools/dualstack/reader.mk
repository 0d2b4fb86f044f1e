# SPDX-License-Identifier: GPL-2.0-only
# The reader: build, install, tests, fuzzing. Included by the root Makefile.

READER_BUILD_DEPS := gcc make pkg-config libsmartcols-dev libmnl-dev
READER_DIR        := tools/dualstack
READER_SRC        := $(filter-out $(READER_DIR)/main.c,$(wildcard $(READER_DIR)/*.c))
READER_PKGS       := smartcols libmnl
PKG_CONFIG        ?= pkg-config
# Only asked when something is built: the module alone needs none of this.
READER_CFLAGS      = -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Wshadow \
		     -Wstrict-prototypes -Wmissing-prototypes $(WERROR) \
		     $(shell $(PKG_CONFIG) --cflags $(READER_PKGS))
READER_LIBS        = $(shell $(PKG_CONFIG) --libs $(READER_PKGS))
READER_OBJ        := $(patsubst $(READER_DIR)/%.c,$(BUILD)/reader/%.o,$(READER_SRC) \
			$(READER_DIR)/main.c)

.PHONY: reader
reader: $(BUILD)/dualstack

$(BUILD)/dualstack: $(READER_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(READER_LIBS)

$(BUILD)/reader/%.o: $(READER_DIR)/%.c $(READER_DIR)/reader.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(READER_CFLAGS) -MMD -MP -c -o $@ $<

-include $(READER_OBJ:.o=.d)
