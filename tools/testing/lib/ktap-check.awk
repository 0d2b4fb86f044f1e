# SPDX-License-Identifier: GPL-2.0-only
# Used by ktap-check. A level is a nested document; indent[level] is its column.
#   plan[l]  results promised, -1 before the plan    seen[l]  results so far
#   bad[l]   failures seen at or below this level, to compare with the parent's own word

function wrong(text)
{
	printf "ktap: line %d: %s\n", FNR, text
	errors++
}

function push(column)
{
	level++
	indent[level] = column
	plan[level] = -1
	seen[level] = 0
	bad[level] = 0
	name[level] = ""
}

# Ends the innermost document.
function pop(    who)
{
	who = name[level] == "" ? "document" : "suite " name[level]
	if (plan[level] < 0)
		wrong(who ": no plan")
	else if (plan[level] != seen[level])
		wrong(who ": planned " plan[level] ", ran " seen[level])
	if (plan[level] == 0)
		wrong(who ": a plan of nothing")
	closed_bad = bad[level]
	had_child[level - 1] = 1
	level--
}

function close_deeper(column)
{
	while (level > 0 && indent[level] > column)
		pop()
}

function result(column, failed, rest,    number, text, skip)
{
	closed_bad = 0
	close_deeper(column)
	if (level == 0 || indent[level] != column) {
		wrong("a result outside of any document")
		return
	}
	number = rest + 0
	text = rest
	sub(/^[0-9]+ *(- *)?/, "", text)
	skip = match(text, /# *[Ss][Kk][Ii][Pp]/)
	sub(/ *#.*$/, "", text)
	if (number != ++seen[level])
		wrong("result " number " where " seen[level] " is due: " text)
	if (plan[level] < 0)
		wrong("a result before the plan: " text)
	if (had_child[level]) {
		found[text] = 1
		if (!failed && closed_bad)
			wrong("suite " text " says ok, and " closed_bad " of its cases do not")
	} else if (failed) {
		nfail++
		print "ktap: not ok: " text
	} else if (skip) {
		nskip++
		print "ktap: skipped: " text
	} else {
		npass++
	}
	if (failed) {
		bad[level]++
		failures++
	}
	had_child[level] = 0
}

{
	sub(/\r$/, "")
	match($0, /^ */)
	column = RLENGTH
	line = substr($0, column + 1)
}

line ~ /^K?TAP version [0-9]+$/ {
	close_deeper(column)
	if (level > 0 && indent[level] == column)
		pop()
	had_child[level] = 0
	push(column)
	documents++
	next
}

line ~ /^1\.\.[0-9]+/ {
	# 6.1's KUnit indents a suite without a version line of its own.
	if (level == 0 || indent[level] < column)
		push(column)
	else
		close_deeper(column)
	if (plan[level] >= 0)
		wrong("a second plan")
	plan[level] = substr(line, 4) + 0
	next
}

line ~ /^# Subtest: / {
	if (level == 0 || indent[level] < column)
		push(column)
	name[level] = substr(line, 12)
	found[name[level]] = 1
	next
}

line ~ /^ok [0-9]+/ { result(column, 0, substr(line, 4)); next }
line ~ /^not ok [0-9]+/ { result(column, 1, substr(line, 8)); next }
line ~ /^Bail out!/ { wrong(line); next }
line ~ /^(not )?ok( |$)/ { wrong("a result without a number: " line); next }

END {
	close_deeper(-1)
	if (!documents)
		wrong("no KTAP document")
	if (!npass && !nfail)
		wrong("nothing ran")
	n = split(suites, want, " ")
	for (i = 1; i <= n; i++)
		if (!(want[i] in found))
			wrong("suite " want[i] " is missing")
	printf "%d passed, %d failed%s\n", npass, nfail + errors, nskip ? ", " nskip " skipped" : ""
	exit errors || failures
}
