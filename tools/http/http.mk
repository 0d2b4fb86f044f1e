# SPDX-License-Identifier: GPL-2.0-only
# Metrics over HTTP: the program that systemd starts for a scrape. Included by the root Makefile.

HTTP_CHECK_DEPS := gcc libc6-dev python3 util-linux
CHECK_DEPS += $(HTTP_CHECK_DEPS)

HTTP_DIR   := tools/http
# A service, which nobody starts by hand.
SBINDIR    ?= $(PREFIX)/sbin
HTTP_FLAGS  = -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
HTTP_SBIN   = $(DESTDIR)$(SBINDIR)
HTTP_MAN    = $(DESTDIR)$(PREFIX)/share/man/man8
HTTP_UNITS  = $(DESTDIR)$(UNITDIR)

.PHONY: http install-http uninstall-http install-http-systemd uninstall-http-systemd check-http

http: $(BUILD)/dualstack-http

$(BUILD)/dualstack-http: $(HTTP_DIR)/dualstack-http.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(HTTP_FLAGS) $(LDFLAGS) -o $@ $<

install-http: http
	$(INSTALL) -d $(HTTP_SBIN) $(HTTP_MAN)
	$(INSTALL) -m 755 $(BUILD)/dualstack-http $(HTTP_SBIN)/
	$(INSTALL) -m 644 Documentation/man/dualstack-http.8 $(HTTP_MAN)/

# Nothing enables or starts the socket.
install-http-systemd:
	$(INSTALL) -d $(HTTP_UNITS)
	$(INSTALL) -m 644 $(HTTP_DIR)/dualstack-http.socket $(HTTP_DIR)/dualstack-http.service \
		$(HTTP_UNITS)/

uninstall-http:
	rm -f $(HTTP_SBIN)/dualstack-http $(HTTP_MAN)/dualstack-http.8

uninstall-http-systemd:
	rm -f $(HTTP_UNITS)/dualstack-http.socket $(HTTP_UNITS)/dualstack-http.service

$(BUILD)/http-san/dualstack-http: $(HTTP_DIR)/dualstack-http.c
	@mkdir -p $(@D)
	$(CC) $(HTTP_FLAGS) -Werror -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
		-o $@ $<

##   make check-http        metrics over HTTP: requests good, bad, slow and many (no VM)
CHECK_LANES += check-http
check-http: $(BUILD)/http-san/dualstack-http
	@$(TESTLIB)/build-deps $(HTTP_CHECK_DEPS)
	@$(TESTLIB)/ktap-lane --suite http -- $(HTTP_DIR)/tests/run $<
