# SPDX-License-Identifier: GPL-2.0-only
# Shows the table, with real servers.
.PHONY: run check-run

## A demonstration
##   make run               the table: of this machine if it can load the module, else of real
##                          servers in a temporary VM
run: run-deps
	+@tools/testing/run/run

##   make check-run         `make run` works, and what it shows is true
check-run: run-deps
	@$(TESTLIB)/ktap-lane --suite run -- tools/testing/run/check
