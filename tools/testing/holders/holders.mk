# SPDX-License-Identifier: GPL-2.0-only
# Predictions of bind() and listen() against the real calls.

HOLDERS_DIR := tools/testing/holders
HOLDERS_SRC := $(wildcard $(HOLDERS_DIR)/*.c) $(addprefix tools/dualstack/,ask.c diag_request.c fail.c holders.c \
	       holders_diag.c holders_judge.c laddr.c netlink.c out.c util.c)
# Number of binds that `make check` compares.
BIND_PROBES ?= 20000

CHECK_LANES += check-bind-rule check-holders check-free-diag

.PHONY: check-bind-rule check-holders check-free-diag

$(BUILD)/holders/holders: $(HOLDERS_SRC) $(HOLDERS_DIR)/holders.h tools/dualstack/holders.h tools/dualstack/ask.h \
		tools/dualstack/util.h module/bind_rule.h module/family.h \
		$(TESTLIB_OBJ) $(HOLDERS_DIR)/holders.mk
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(CFLAGS) -Wall -Wextra $(WERROR) -Imodule -I$(TESTLIB) \
		$(LDFLAGS) -o $@ $(HOLDERS_SRC) $(TESTLIB_OBJ) $$($(PKG_CONFIG) --cflags --libs libmnl)

##   make check-bind-rule   the rule of bind() against bind(): random sockets that hold a port
check-bind-rule: check-deps $(BUILD)/holders/holders
	@$(TESTLIB)/ktap-lane --suite bind-rule -- $(VM) run --kernel $(KERNEL) --kmod veth --kmod vrf \
		--exe $(BUILD)/holders/holders --timeout 600 --suite bind-rule -- \
		holders --probes $(BIND_PROBES)

##   make check-holders     =free, from what the module says of such sockets, against bind()
check-holders: check-deps $(BUILD)/holders/holders
	@$(TESTLIB)/ktap-lane --suite holders -- $(VM) run --kernel $(KERNEL) --module \
		$$($(VM) build --kernel $(KERNEL))/module/dualstack.ko --kmod veth --kmod vrf \
		--exe $(BUILD)/holders/holders --timeout 600 --suite holders -- \
		holders --ask --probes $(BIND_PROBES)

##   make check-free-diag   =free without the module, from sock_diag, against bind()
check-free-diag: check-deps $(BUILD)/holders/holders
	@$(TESTLIB)/ktap-lane --suite free-diag -- $(VM) run --kernel $(KERNEL) --kmod tcp_diag \
		--kmod udp_diag --kmod veth --kmod vrf --exe $(BUILD)/holders/holders --timeout 600 \
		--suite free-diag -- holders --diag --probes $$(($(BIND_PROBES) / 4))
