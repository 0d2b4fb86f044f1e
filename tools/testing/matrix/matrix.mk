# SPDX-License-Identifier: GPL-2.0-only
# The packages on every supported kernel. Slow, and so not a part of `make check`.

MATRIX := tools/testing/matrix
MATRIX_DEPS := mmdebstrap debian-archive-keyring e2fsprogs xz-utils zstd
CHECK_DEPS += $(MATRIX_DEPS)
# a name in tools/testing/matrix/kernels
K ?=

.PHONY: check-kernel check-matrix check-arch check-tables check-between check-secureboot

## Every kernel (root; slow)
##   make check-kernel K=6.12   our packages in a clean root of that kernel's release, and booted
check-kernel: check-deps reader $(BUILD)/guest/cases $(BUILD)/truth/truth
	@test -n "$(K)" || { echo "make check-kernel K=NAME, one of:"; $(MATRIX)/kernel --list; exit 2; }
	@$(TESTLIB)/ktap-lane --suite "matrix-$(K)" -- $(MATRIX)/check-kernel $(K)

##   make check-matrix          the same for all of tools/testing/matrix/kernels
check-matrix: check-deps reader $(BUILD)/guest/cases $(BUILD)/truth/truth
	@$(MATRIX)/check-matrix $(K)

##   make check-arch            arm64, s390x, i386, riscv64 (A=NAME for one): cross build, boot, truth test
A ?=
check-arch: check-deps
	@$(TESTLIB)/build-deps qemu-system-arm qemu-system-misc opensbi
	@$(MATRIX)/check-matrix --arch $(A)

CHECK_LANES += check-tables
##   make check-tables          the tables of tested kernels are complete; the matrix can fail
check-tables:
	@$(TESTLIB)/ktap-lane --suite tables -- $(MATRIX)/check-tables

##   make check-between         compile for the series between those of Debian, with Ubuntu's headers
check-between: check-deps
	@$(TESTLIB)/build-deps curl
	@$(TESTLIB)/ktap-lane --suite between -- $(MATRIX)/check-between

##   make check-secureboot      a kernel that requires signatures loads the module of DKMS
check-secureboot: check-deps
	@$(TESTLIB)/build-deps openssl
	@$(TESTLIB)/ktap-lane --suite secureboot -- $(MATRIX)/check-secureboot
