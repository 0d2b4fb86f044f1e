# SPDX-License-Identifier: GPL-2.0-only
# Targets that run and test the project. Each directory here may have a .mk file, which adds
# targets, lanes for `make check` (CHECK_LANES) and packages (*_DEPS).

VM      := tools/testing/vm/vm
TESTLIB := tools/testing/lib
# The stock kernel that guests boot, see `tools/testing/vm/vm --help`.
KERNEL  ?= 6.1
export BUILD

# testlib is compiled once; each program links it with its own flags.
TESTLIB_OBJ := $(BUILD)/lib/testlib.o
$(TESTLIB_OBJ): $(TESTLIB)/testlib.c $(TESTLIB)/testlib.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(CPPFLAGS) $(CFLAGS) -Wall -Wextra $(WERROR) -c -o $@ $<

RUN_DEPS   += make gcc libc6-dev kmod util-linux cpio xz-utils e2fsprogs iproute2 net-tools lsof netcat-openbsd curl \
	      qemu-system-x86 busybox-static mmdebstrap genext2fs debian-archive-keyring libc-bin
CHECK_DEPS += $(RUN_DEPS)
LINT_DEPS  += $(RUN_DEPS) perl sparse shellcheck zsh python3 reuse

# check-ktap and check-vm come first: the results of all other lanes depend on what they test.
CHECK_LANES += check-ktap check-vm

include $(sort $(wildcard tools/testing/*/*.mk))

.PHONY: check ci build-deps check-deps run-deps check-ktap check-vm vm-shell

## Testing (no root, no module on this machine: QEMU boots a stock kernel)
##   make check             all tests but the slow ones; ends with `N passed, N failed`
##   make ci                what .ci/run runs: lint, check, check-run
check: check-deps
	+@$(TESTLIB)/run-lanes $(CHECK_LANES)

ci: check-deps
	+@$(TESTLIB)/run-lanes lint check check-run

##   make build-deps        install what all of this needs (apt, as root), or say what to install
build-deps:
	@$(TESTLIB)/build-deps $(sort $(CHECK_DEPS) $(LINT_DEPS))

check-deps:
	@$(TESTLIB)/build-deps $(sort $(CHECK_DEPS))

run-deps:
	@$(TESTLIB)/build-deps $(sort $(RUN_DEPS))

##   make check-ktap        the checker of test output finds incomplete and failed output
check-ktap:
	@$(TESTLIB)/ktap-lane --suite ktap-check -- $(TESTLIB)/selftest

##   make check-vm          the VM harness finds panics, kernel warnings, hangs, missing results
check-vm: check-deps
	@$(TESTLIB)/ktap-lane --suite vm -- tools/testing/vm/selftest

##   make vm-shell          a shell in a guest (KERNEL=6.1) with the module loaded
vm-shell: run-deps reader
	@ko=$$($(VM) build --kernel $(KERNEL))/module/dualstack.ko && \
	reader=$(BUILD)/dualstack && \
	$(VM) shell --kernel $(KERNEL) --module $$ko --kmod veth --kmod dummy --kmod vrf \
		--exe curl $$(test ! -x $$reader || echo --exe $$reader)
