# SPDX-License-Identifier: GPL-2.0-only
# Shows the table, with real servers.
.PHONY: run check-run

## The story
##   make run               real servers and the table: on this machine if it can load the module,
##                          else in a throw-away VM
run: run-deps
	+@tools/testing/run/run

##   make check-run         the story is told, and true
check-run: run-deps
	@$(TESTLIB)/ktap-lane --suite run -- tools/testing/run/check
