# SPDX-License-Identifier: GPL-2.0-only
# User targets. Kbuild tells the kernel's build system what to build; `make help` lists all.

KERNELRELEASE ?= $(shell uname -r)
KDIR          ?= /lib/modules/$(KERNELRELEASE)/build
PREFIX        ?= /usr/local
CC            ?= cc
CFLAGS        ?= -O2 -g
INSTALL       ?= install
# Programs for user space are built in BUILD. The cache has downloads, and what takes long to build.
BUILD         ?= $(CURDIR)/build
DUALSTACK_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dualstack
export DUALSTACK_CACHE

VERSION := $(shell sed -n 's/^\#define DUALSTACK_VERSION "\(.*\)"/\1/p' module/version.h)

# make passes Kbuild variables from the command line on to the kernel's build.
KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR)

.PHONY: all help modules reader clean load unload install uninstall
all: modules reader

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## Building
##   make                   the module for KDIR (default: the running kernel) and the reader
##   make modules | reader  one of the two
##   make clean             remove what was built here (the cache stays)
modules:
	@test -d $(KDIR) || { echo "dualstack: no kernel headers at $(KDIR): install linux-headers-$(KERNELRELEASE)," \
		"or name another kernel with KERNELRELEASE= or KDIR=" >&2; exit 1; }
	$(KBUILD) modules

clean:
	@if test -d $(KDIR); then $(KBUILD) clean; \
	else find module kunit \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' \) -delete; rm -f Module.symvers modules.order; fi
	rm -rf $(BUILD)

## Loading on this machine (root)
##   make load | unload     insert the module just built, remove it
load: modules
	insmod module/dualstack.ko

unload:
	rmmod dualstack

## Installing (root; PREFIX, DESTDIR as usual)
##   make install           module, reader, man pages, and the units for metrics (not enabled)
##   make uninstall         remove them
install: modules install-reader install-systemd install-http install-http-systemd
	$(KBUILD) modules_install $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR))
	$(if $(DESTDIR),,depmod $(KERNELRELEASE))

uninstall: uninstall-reader uninstall-systemd uninstall-http uninstall-http-systemd
	@test ! -d $(DESTDIR)/lib/modules/$(KERNELRELEASE) || \
		find $(DESTDIR)/lib/modules/$(KERNELRELEASE) -name 'dualstack.ko*' -print -delete
	$(if $(DESTDIR),,test ! -d /lib/modules/$(KERNELRELEASE) || depmod $(KERNELRELEASE))

include tools/dualstack/reader.mk
include tools/http/http.mk
include tools/testing/testing.mk
