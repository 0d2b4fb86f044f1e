# SPDX-License-Identifier: GPL-2.0-only
# usage: awk -f commands.awk README.md Documentation/*.rst Documentation/man/* *.shown
# Finds the commands that the documentation shows. Prints a line for each:
# PLACE<tab>COMMAND<tab>OUTPUT. OUTPUT is the output that the page shows, with lines separated by
# \036, or empty.
#
# People copy commands after a prompt: in a console block of README.md, in `code-block:: console`,
# and in a rendered manual page (*.shown). A `::` block has commands without a prompt, whose first
# word is one of `words`. `dualstack ...` in a sentence is a command, too; its OUTPUT is \037: its
# answer may be no.

BEGIN {
	words = "apt|awk|cat|dualstack|echo|insmod|make|modprobe|mokutil|rmmod|rpmbuild|ss|systemctl|sudo"
	plain = "^([A-Z_]+=[^ ]* )*(" words ")( |$)"
}

function flush()
{
	if (command != "")
		printf "%s\t%s\t%s\n", place, command, output
	command = output = ""
}

function begin(text)
{
	flush()
	place = FILENAME ":" FNR
	if (kind == "shown")
		sub(/.*\//, "", place)
	command = text
	more = sub(/ *\\$/, " ", command)
}

# A line of a block in which prompts distinguish commands from their output.
function console(text)
{
	if (more) {
		sub(/^[ \t]+/, "", text)
		more = sub(/ *\\$/, " ", text)
		command = command text
	} else if (text ~ /^[$#] /) {
		if (!sub(/^# (TYPE|HELP)/, "&", text))
			return begin(substr(text, 3))
		output = output (output == "" ? "" : "\036") text
	} else if (command != "") {
		output = output (output == "" ? "" : "\036") text
	}
}

function unroff(text)
{
	gsub(/\\\(aq/, "'", text)
	gsub(/\\&/, "", text)
	gsub(/\\-/, "-", text)
	gsub(/\\e/, "\\", text)
	return text
}

# Commands in a line of text, between quotes.
function inline(text, quote, command)
{
	while (match(text, quote "dualstack [^`]+" quote)) {
		command = substr(text, RSTART + length(quote), RLENGTH - 2 * length(quote))
		printf "%s:%d\t%s\t\037\n", FILENAME, FNR, command
		text = substr(text, RSTART + RLENGTH)
	}
}

FNR == 1 { flush(); kind = FILENAME; sub(/.*\./, "", kind); block = ""; more = 0 }

kind == "md" && /^```/ {
	flush()
	block = /^```console/ ? "console" : ""
	next
}
kind == "md" && block != "" { console($0) }
kind == "md" && block == "" { inline($0, "`") }

kind == "rst" && block != "" && /^[^ \t]/ { flush(); block = "" }
kind == "rst" && /^\.\. code-block:: console/ { block = "console"; next }
kind == "rst" && !/^\.\. / && /::$/ { block = "plain"; next }
kind == "rst" && block == "console" && NF { text = $0; sub(/^ +/, "", text); console(text) }
kind == "rst" && block == "plain" {
	text = $0
	sub(/^[ \t]+/, "", text)
	sub(/ +#.*/, "", text)
	if (text ~ plain) {
		begin(text)
		flush()
	}
}

kind == "rst" && block == "" { inline($0, "``") }

kind ~ /^[58]$/ && /^\.Ql dualstack / { text = unroff(substr($0, 5)); sub(/ [.,]$/, "", text)
	inline("`" text "`", "`") }
kind == "shown" && /^[ \t]+\$ / { text = $0; sub(/^[ \t]+\$ /, "", text); begin(text); flush() }
kind ~ /^[58]$/ && /^\.Bd -literal/ { block = "plain"; next }
kind ~ /^[58]$/ && /^\.Ed/ { flush(); block = "" }
kind ~ /^[58]$/ && block == "plain" {
	text = unroff($0)
	if (more)
		console(text)
	else if (text ~ plain)
		begin(text)
}

END { flush() }
