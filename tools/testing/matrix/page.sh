# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Reads and writes the tables of Documentation/install.rst, which the matrix prints.

page=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../../Documentation/install.rst

page_rule() { echo '============  ================  ===========================  ============  =====  =====  ======'; }

# A row of seven columns; nothing behind the last.
page_row() { printf '%-12s  %-16s  %-27s  %-12s  %5s  %5s  %6s\n' "$@"; }

# Prints the table of the page whose first heading is $1.
page_table()
{
	awk -v first="$1" '
		/^=+  / && !open { rule = $0; open = 1; next }
		open == 1 { open = $1 == first ? 2 : -1; if (open == 2) print rule }
		/^$/ { open = 0 }
		open == 2' "$page"
}

# page_put FIRST FILE   puts the table in FILE in the place of the page's whose first heading is FIRST
page_put()
{
	local old

	[ -e "$page" ] || return 0
	old=$(page_table "$1")
	[ -n "$old" ] || { echo "no table '$1' in $page" >&2; return 1; }
	OLD=$old awk -v new="$2" '
		BEGIN { n = split(ENVIRON["OLD"], old, "\n") }
		{ line[NR] = $0 }
		END {
			for (i = 1; i <= NR; i++) {
				for (j = 0; j < n && line[i + j] == old[j + 1]; j++)
					;
				if (j < n) {
					print line[i]
					continue
				}
				while ((getline text <new) > 0)
					print text
				i += n - 1
			}
		}' "$page" >"$page.new" && mv "$page.new" "$page"
}

# Prints the rows of that table alone.
page_rows() { page_table "$1" | grep -v '^=' | tail -n +2; }
