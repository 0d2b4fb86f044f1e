# SPDX-License-Identifier: GPL-2.0-only
# Removes from a header, which is one line, what the compiler does not see. Some vendors keep their ABI
# stable with macros that contain a member's old declaration beside the new one. The names below are
# RHEL's; other vendors use similar names. Parentheses may be nested three deep.

# comments
s:/\*([^*]|\*+[^*/])*\*+/: :g
# MACRO(old, new): remove the old declaration
s/\b[A-Z_]*KABI_(REPLACE|RENAME)[A-Z0-9_]*\(([^(),]|\(([^()]|\([^()]*\))*\))*,/ /g
# MACRO(type, name): remove all of it
s/\b[A-Z_]*KABI_DEPRECATE[A-Z0-9_]*\(([^()]|\(([^()]|\([^()]*\))*\))*\)/ /g
