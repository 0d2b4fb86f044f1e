# SPDX-License-Identifier: GPL-2.0-only
# Builds the documentation and its pictures; tests it and the examples.

DOCS      := tools/testing/docs
DOCS_DEPS := python3-sphinx mandoc mmdebstrap bsdextrautils jq
CHECK_DEPS += $(DOCS_DEPS)

.PHONY: check-docs data-path docs-cost htmldocs picture

$(BUILD)/docs/server: $(DOCS)/server.c $(TESTLIB_OBJ)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(CFLAGS) -Wall -Wextra -I$(TESTLIB) $(LDFLAGS) -o $@ $^

## Documentation
##   make htmldocs          Documentation/ as web pages, in $(BUILD)/html
htmldocs:
	@$(TESTLIB)/build-deps $(DOCS_DEPS)
	sphinx-build -q -n -W --keep-going -d $(BUILD)/docs/doctrees -b html Documentation $(BUILD)/html

##   make check-docs        it builds, its commands run, its examples work; Prometheus too; in a VM
CHECK_LANES += check-docs
check-docs: check-deps reader http $(BUILD)/docs/server
	@$(TESTLIB)/ktap-lane --suite docs --suite docs-commands --suite docs-facts --suite docs-examples \
		--suite docs-fleet -- $(DOCS)/check --kernel $(KERNEL)

##   make docs-cost         what the metrics of 10,000 listeners cost, in instructions
docs-cost: run-deps reader http $(BUILD)/docs/server
	@$(DOCS)/vm --kernel $(KERNEL) --counted guest-cost

##   make picture           draws the README's picture from what the last check-docs saw
picture:
	awk -f $(DOCS)/picture.awk $(BUILD)/docs/story.txt >Documentation/picture.svg

##   make data-path         draws the picture of Documentation/design.rst, and checks it
data-path:
	@mkdir -p $(BUILD)
	$(DOCS)/data-path . >$(BUILD)/data-path.svg
	mv $(BUILD)/data-path.svg Documentation/data-path.svg
