# SPDX-License-Identifier: GPL-2.0-only
# usage: awk -v expected=TEXT -f shows.awk OUTPUT
# Exits 0 if OUTPUT is TEXT, whose lines are separated by \036. A line `...` stands for any lines.
# Some parts may differ: numbers of three or more digits, lists of pids, drops and widths of blanks.
function plain(line)
{
	gsub(/\([0-9,]+\)/, "(N)", line)
	gsub(/ drops=[0-9]+/, "", line)
	gsub(/[0-9][0-9][0-9]+/, "N", line)
	gsub(/[ \t]+/, " ", line)
	sub(/ $/, "", line)
	return line
}

{ got[++n] = plain($0) }

END {
	count = split(expected, want, "\036")
	for (i = 1; i <= count; i++) {
		if (want[i] == "...") {
			skip = 1
			continue
		}
		at++
		while (skip && at <= n && got[at] != plain(want[i]))
			at++
		skip = 0
		if (at > n || got[at] != plain(want[i])) {
			print "missing: " want[i]
			exit 1
		}
	}
	if (at < n && !skip) {
		print "more than the page shows: " got[at + 1]
		exit 1
	}
}
