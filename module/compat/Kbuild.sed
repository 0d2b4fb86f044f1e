# SPDX-License-Identifier: GPL-2.0-only
# Takes from a header, in one line, what the compiler does not see. Vendors keep a stable ABI by macros
# that hold what was there beside what is there now; RHEL's and those that were made after them have
# the names below. Parentheses may stand in parentheses twice.

# comments
s:/\*([^*]|\*+[^*/])*\*+/: :g
# MACRO(old, new): the old
s/\b[A-Z_]*KABI_(REPLACE|RENAME)[A-Z0-9_]*\(([^(),]|\(([^()]|\([^()]*\))*\))*,/ /g
# MACRO(type, name): all of it
s/\b[A-Z_]*KABI_DEPRECATE[A-Z0-9_]*\(([^()]|\(([^()]|\([^()]*\))*\))*\)/ /g
