# SPDX-License-Identifier: GPL-2.0-only
# The reader: build, install, tests, fuzzing. Included by the root Makefile.

READER_BUILD_DEPS := gcc libc6-dev make pkg-config libsmartcols-dev libmnl-dev libjansson-dev
READER_CHECK_DEPS := $(READER_BUILD_DEPS) clang llvm libclang-rt-dev jq mandoc man-db bash zsh \
		     bash-completion bsdextrautils bsdutils iproute2 \
		     util-linux time fish python3-jsonschema nftables iptables
RUN_DEPS   += $(READER_BUILD_DEPS)
CHECK_DEPS += $(READER_CHECK_DEPS)

READER_DIR  := tools/dualstack
# The module's judge, compiled from the same source.
READER_JUDGE := $(addprefix module/judge/,bind.c judge.c laddrs.c merge.c)
# "loaded": libraries.c loads a library when it is needed. "linked" is for systems where dlopen()
# does not find libraries by their name, and for static programs.
READER_LIBRARIES ?= loaded
READER_APART := $(READER_DIR)/main.c $(if $(filter linked,$(READER_LIBRARIES)),$(READER_DIR)/libraries.c)
# sorted, so that the order does not depend on the locale
READER_ROOM := $(sort $(filter-out $(READER_APART),$(wildcard $(READER_DIR)/*.c))) $(READER_JUDGE)
READER_OBJ  := $(addprefix $(BUILD)/reader/,$(notdir $(READER_ROOM:.c=.o)) main.o)
PKG_CONFIG  ?= pkg-config
# Expanded only when something is built: the module needs no pkg-config.
READER_CFLAGS = -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Wshadow \
		-Wstrict-prototypes -Wmissing-prototypes $(WERROR) \
		$(shell $(PKG_CONFIG) --cflags smartcols libmnl jansson)
ifeq ($(READER_LIBRARIES),linked)
READER_LIBS   = $(shell $(PKG_CONFIG) --libs smartcols libmnl jansson)
else
READER_LIBS   = -ldl
endif

.PHONY: reader install-reader uninstall-reader install-systemd uninstall-systemd check-reader fuzz fuzz-build

reader: $(BUILD)/dualstack

$(BUILD)/dualstack: $(READER_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(READER_LIBS)

$(BUILD)/reader/%.o: $(READER_DIR)/%.c $(READER_DIR)/reader.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(READER_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/reader/%.o: module/judge/%.c $(READER_DIR)/reader.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(READER_CFLAGS) -MMD -MP -c -o $@ $<

-include $(READER_OBJ:.o=.d)

# In bin, as ss, lsof and lsns are: any user may run it.
BINDIR      ?= $(PREFIX)/bin
UNITDIR     ?= $(PREFIX)/lib/systemd/system
READER_BIN   = $(DESTDIR)$(BINDIR)
READER_MAN   = $(DESTDIR)$(PREFIX)/share/man
READER_BASHC = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
READER_ZSHC  = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
READER_FISHC = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
READER_SCHEMA = $(DESTDIR)$(PREFIX)/share/dualstack/schema
READER_UNITS = $(DESTDIR)$(UNITDIR)

install-reader: reader
	$(INSTALL) -d $(READER_BIN) $(READER_MAN)/man8 $(READER_MAN)/man5 $(READER_BASHC) \
		$(READER_ZSHC) $(READER_FISHC) $(READER_SCHEMA)
	$(INSTALL) -m 755 $(BUILD)/dualstack $(READER_BIN)/dualstack
	$(INSTALL) -m 644 Documentation/man/dualstack.8 $(READER_MAN)/man8/
	$(INSTALL) -m 644 Documentation/man/proc_net_dualstack.5 $(READER_MAN)/man5/
	$(INSTALL) -m 644 $(READER_DIR)/completion/dualstack.bash $(READER_BASHC)/dualstack
	$(INSTALL) -m 644 $(READER_DIR)/completion/dualstack.zsh $(READER_ZSHC)/_dualstack
	$(INSTALL) -m 644 $(READER_DIR)/completion/dualstack.fish $(READER_FISHC)/
	$(INSTALL) -m 644 $(READER_DIR)/schema/*.json $(READER_SCHEMA)/

uninstall-reader:
	rm -f $(READER_BIN)/dualstack $(READER_MAN)/man8/dualstack.8 \
		$(READER_MAN)/man5/proc_net_dualstack.5 $(READER_BASHC)/dualstack \
		$(READER_ZSHC)/_dualstack $(READER_FISHC)/dualstack.fish
	rm -rf $(DESTDIR)$(PREFIX)/share/dualstack/schema
	rmdir $(DESTDIR)$(PREFIX)/share/dualstack 2>/dev/null || true

# The service and timer that write metrics; nothing starts or enables them.
install-systemd:
	$(INSTALL) -d $(READER_UNITS)
	$(INSTALL) -m 644 $(READER_DIR)/systemd/dualstack-metrics.service \
		$(READER_DIR)/systemd/dualstack-metrics.timer $(READER_UNITS)/

uninstall-systemd:
	rm -f $(READER_UNITS)/dualstack-metrics.service $(READER_UNITS)/dualstack-metrics.timer

# The same sources, built with sanitizers.
READER_SAN = -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
READER_HDR := $(wildcard $(READER_DIR)/*.h module/judge/*.h) module/family.h module/version.h \
	      module/question.h module/bind_rule.h

$(BUILD)/reader-san/dualstack: $(READER_ROOM) $(READER_DIR)/main.c $(READER_HDR)
	@mkdir -p $(@D)
	$(CC) $(READER_CFLAGS) -Werror $(READER_SAN) -o $@ $(filter %.c,$^) $(READER_LIBS)

$(BUILD)/reader-san/unit: $(READER_DIR)/tests/unit.c $(READER_ROOM) $(READER_HDR)
	@mkdir -p $(@D)
	$(CC) $(READER_CFLAGS) -Werror $(READER_SAN) -o $@ $(filter %.c,$^) $(READER_LIBS)

$(BUILD)/reader-san/sockets: $(READER_DIR)/tests/sockets.c $(BUILD)/lib/testlib.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Wall -Wextra -Werror -I$(TESTLIB) -o $@ $^

# For other architectures (check-arch): without sanitizers, which their compilers may lack.
$(BUILD)/reader/unit: $(READER_DIR)/tests/unit.c $(filter-out %/main.o,$(READER_OBJ))
	$(CC) $(CPPFLAGS) $(CFLAGS) $(READER_CFLAGS) $(LDFLAGS) -o $@ $^ $(READER_LIBS)

# Compile with gcc and clang, warnings as errors; the objects are not used.
$(BUILD)/reader-san/werror: $(READER_ROOM) $(READER_DIR)/main.c $(READER_HDR)
	@mkdir -p $(@D)
	for cc in gcc clang; do for src in $(filter %.c,$^); do \
		$$cc -O2 $(READER_CFLAGS) -Werror -c -o /dev/null $$src || exit 1; done; done
	touch $@

##   make check-reader      the reader against saved tables: output, statuses, bad input (no VM)
CHECK_LANES += check-reader
check-reader: reader $(BUILD)/reader-san/dualstack $(BUILD)/reader-san/unit \
		$(BUILD)/reader-san/sockets $(BUILD)/reader-san/werror
	@$(TESTLIB)/ktap-lane --suite reader-unit --suite reader -- $(READER_DIR)/tests/run $(BUILD)

##   make check-daemons     the reader beside Apache, nginx, sshd, Node.js, HAProxy ... in a VM
CHECK_LANES += check-daemons
.PHONY: check-daemons
check-daemons: reader
	@$(TESTLIB)/ktap-lane --suite reader-daemons -- $(READER_DIR)/tests/daemons $(BUILD) \
		--kernel $(KERNEL)

# Seconds that each target runs; FUZZ_CORPUS keeps new inputs for the next time.
SECONDS      ?= 60
FUZZ_CORPUS  ?= $(DUALSTACK_CACHE)/fuzz
FUZZ_TARGETS := table spec question nat

$(BUILD)/fuzz/%: $(READER_DIR)/tests/fuzz_%.c $(READER_ROOM) $(READER_HDR)
	@mkdir -p $(@D)
	clang -Dfuzz_one=LLVMFuzzerTestOneInput $(READER_CFLAGS) -g -O1 -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $(filter %.c,$^) $(READER_LIBS)

$(BUILD)/fuzz/question: module/question.c

fuzz-build: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)

##   make fuzz SECONDS=60   the parsers of the table, words and checks, questions, rules of NAT, against a fuzzer
CHECK_LANES += fuzz
fuzz: fuzz-build
	@$(TESTLIB)/ktap-lane --suite fuzz -- $(READER_DIR)/tests/fuzz $(BUILD)/fuzz $(SECONDS) \
		$(FUZZ_CORPUS) $(FUZZ_TARGETS)
