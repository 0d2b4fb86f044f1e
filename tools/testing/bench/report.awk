# SPDX-License-Identifier: GPL-2.0-only
# Makes tables of the driver's lines: awk -v rst=0|1 -f report.awk BARS RESULT...
# rst=1 writes the whole page as reStructuredText. native=1 writes only the tables of the readers
# inside the kernel.

function pad(text, width)
{
	return sprintf("%-" width "s", text)
}

# Name of a program in a table.
function short(name)
{
	if (name == "cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6")
		return "cat /proc/net/{tcp,tcp6,udp,udp6}"
	return name
}

function heading(text, mark,	line)
{
	line = text
	gsub(/./, mark, line)
	print text "\n" line "\n"
}

# cell[row, column] from row 1; head[] names the columns; the first column is left-aligned.
function table(rows, columns,	r, c, width, line)
{
	for (c = 1; c <= columns; c++) {
		width[c] = length(head[c])
		for (r = 1; r <= rows; r++)
			if (length(cell[r, c]) > width[c])
				width[c] = length(cell[r, c])
		line = line (c > 1 ? "  " : "") rule(width[c])
	}
	print line
	row_of(0, columns, width)
	print line
	for (r = 1; r <= rows; r++)
		row_of(r, columns, width)
	print line "\n"
}

function rule(n,	text)
{
	text = sprintf("%" n "s", "")
	gsub(/ /, "=", text)
	return text
}

function row_of(r, columns, width,	c, text, value)
{
	for (c = 1; c <= columns; c++) {
		value = r ? cell[r, c] : head[c]
		if (c == 1 || left_aligned)
			text = (c == 1 ? "" : text "  ") pad(value, width[c])
		else
			text = text "  " sprintf("%" width[c] "s", value)
	}
	sub(/ +$/, "", text)
	print text
}

function milliseconds(seconds)
{
	return sprintf(seconds < 0.01 ? "%.2f" : "%.1f", seconds * 1000)
}

FNR == 1 { file++ }

file == 1 && !/^#/ && NF {
	split($0, bar_field, "|")
	nbars++
	for (i = 1; i <= 6; i++)
		bar[nbars, i] = bar_field[i]
	next
}

file == 1 { next }

BEGIN { FS = "\t" }

$1 == "scene" {
	scenes[++nscenes] = $2
	title[$2] = $3
}

$1 == "run" || $1 == "slow" {
	n = ++count[$2]
	name[$2, n] = $3
}

$1 == "run" {
	runs[$2, n] = $4
	median[$2, n] = $5
	min[$2, n] = $6
	max[$2, n] = $7
	lines[$2, n] = $9
	value[$2 ":" $3] = $5
	value[$2 ":maxrss " $3] = $11
	known[$2 ":" $3] = known[$2 ":maxrss " $3] = 1
}

# Killed after so many seconds; without that it would have taken longer.
$1 == "slow" {
	limit[$2, n] = $4
	value[$2 ":" $3] = $4
	known[$2 ":" $3] = longer[$2 ":" $3] = 1
}

$1 == "figure" {
	n = ++figures[$2]
	figure[$2, n] = $3
	value[$2 ":" $3] = $4
	value[$2 ":min " $3] = $5
	known[$2 ":" $3] = known[$2 ":min " $3] = 1
	low[$2, n] = $5
	high[$2, n] = $6
	unit[$2, n] = $7
}

$1 == "meta" { meta[$2] = $3 }

$1 == "host" {
	before[$2] = $3
	after[$2] = $4
	stolen[$2] = $5
}

function times_of(scene,	r, base)
{
	split("program|runs|median ms|min|max|times ours|lines", head, "|")
	base = runs[scene, 1] ? median[scene, 1] : 0
	for (r = 1; r <= count[scene]; r++) {
		cell[r, 1] = short(name[scene, r])
		cell[r, 2] = runs[scene, r]
		cell[r, 3] = milliseconds(median[scene, r])
		cell[r, 4] = milliseconds(min[scene, r])
		cell[r, 5] = milliseconds(max[scene, r])
		cell[r, 6] = base ? sprintf("%.2f", median[scene, r] / base) : "-"
		cell[r, 7] = lines[scene, r]
		if ((scene, r) in limit) {
			cell[r, 2] = "-"
			cell[r, 3] = sprintf("> %d", limit[scene, r] * 1000)
			cell[r, 4] = cell[r, 5] = cell[r, 7] = "-"
			if (base)
				cell[r, 6] = sprintf("> %.0f", limit[scene, r] / base)
		}
	}
	table(count[scene], 7)
}

function figures_of(scene,	r)
{
	split("figure|median|min|max|unit", head, "|")
	for (r = 1; r <= figures[scene]; r++) {
		cell[r, 1] = figure[scene, r]
		cell[r, 2] = sprintf("%.6g", value[scene ":" figure[scene, r]])
		cell[r, 3] = sprintf("%.6g", low[scene, r])
		cell[r, 4] = sprintf("%.6g", high[scene, r])
		cell[r, 5] = unit[scene, r]
	}
	table(figures[scene], 5)
}

# Sets got. Returns 0 if a part was not measured.
function evaluate(b,	left, right)
{
	left = bar[b, 2]
	right = bar[b, 3]
	if (!(left in known) || (right != "" && !(right in known)))
		return 0
	# a program that was killed only proves that a ratio is at least so large
	at_least = left in longer ? "> " : ""
	if (right in longer || (at_least && bar[b, 4] !~ />=/))
		return 0
	if (right == "")
		got = value[left]
	else if (bar[b, 4] ~ /^-/)
		got = value[left] - value[right]
	else
		got = value[left] / value[right]
	return 1
}

function bars(	b, r, how, met)
{
	split("bar|wanted|measured|verdict", head, "|")
	for (b = 1; b <= nbars; b++) {
		if (!evaluate(b)) {
			missing = missing (missing ? "; " : "") bar[b, 1]
			continue
		}
		how = bar[b, 4] ~ />=/ ? ">=" : "<="
		met = how == ">=" ? got >= bar[b, 5] : got <= bar[b, 5]
		r++
		cell[r, 1] = bar[b, 1]
		cell[r, 2] = how " " bar[b, 5]
		cell[r, 3] = at_least sprintf(got >= 1000 ? "%.0f" : "%.3g", got)
		cell[r, 4] = met ? "met" : "MISSED"
	}
	if (r)
		table(r, 4)
}

# What prevents a stricter limit of each bar.
function limits(	b, r)
{
	split("bar|what sets the next limit", head, "|")
	for (b = 1; b <= nbars; b++) {
		if (bar[b, 6] == "")
			continue
		r++
		cell[r, 1] = bar[b, 1]
		cell[r, 2] = bar[b, 6]
	}
	left_aligned = 1
	table(r, 2)
	left_aligned = 0
}

function ns(scene, what)
{
	return value[scene ":" what]
}

# $1: warm or caches emptied
function side_by_side(state,	s, r, i, ours, name, scene)
{
	split("sockets|ours: min|median|four files: min|median|times ours|sock_diag: min|median|times ours",
	      head, "|")
	split("/proc/net/{tcp,tcp6,udp,udp6}|sock_diag dump", name, "|")
	for (s = 1; s <= nscenes; s++) {
		scene = scenes[s]
		if (scene !~ /^native/)
			continue
		ours = "/proc/net/dualstack, " state
		r++
		cell[r, 1] = title[scene]
		cell[r, 2] = ns(scene, "min " ours)
		cell[r, 3] = ns(scene, ours)
		for (i = 1; i <= 2; i++) {
			cell[r, 3 * i + 1] = ns(scene, "min " name[i] ", " state)
			cell[r, 3 * i + 2] = ns(scene, name[i] ", " state)
			cell[r, 3 * i + 3] = sprintf("%.2f", cell[r, 3 * i + 1] / cell[r, 2])
		}
	}
	table(r, 9)
}

function parts_of_ours(	s, r, i, p, state, part, scene)
{
	split("sockets|walk|order|verdicts|text|walk, emptied|order|verdicts|text", head, "|")
	split("- its walk|- its order|- its verdicts|- its text and the rest", part, "|")
	split("warm|caches emptied", state, "|")
	for (s = 1; s <= nscenes; s++) {
		scene = scenes[s]
		if (scene !~ /^native/)
			continue
		r++
		cell[r, 1] = title[scene]
		for (i = 1; i <= 2; i++)
			for (p = 1; p <= 4; p++)
				cell[r, 4 * i + p - 3] = ns(scene, part[p] ", " state[i])
	}
	table(r, 9)
}

function hosts(	s, r, scene)
{
	split("sockets|load before|load after|stolen %", head, "|")
	for (s = 1; s <= nscenes; s++) {
		scene = scenes[s]
		if (!(scene in before))
			continue
		r++
		cell[r, 1] = title[scene]
		cell[r, 2] = before[scene]
		cell[r, 3] = after[scene]
		cell[r, 4] = stolen[scene]
	}
	table(r, 4)
}

function native_tables()
{
	heading("Warm: the same reader has read just before", "~")
	side_by_side("warm")
	heading("Caches emptied", "~")
	side_by_side("caches emptied")
	heading("Where ours spends it (medians)", "~")
	parts_of_ours()
	heading("How loaded the host was", "~")
	hosts()
}

END {
	if (native) {
		native_tables()
		exit
	}
	if (!nscenes) {
		print "report: no results" >"/dev/stderr"
		exit 1
	}
	heading("Bars", "-")
	bars()
	if (missing && rst)
		print "Not measured: " missing ".\n"
	if (rst) {
		heading("The next limit of each bar", "-")
		limits()
	}
	heading("Times", "-")
	for (s = 1; s <= nscenes; s++) {
		if (scenes[s] ~ /^native/)
			continue
		heading(title[scenes[s]], "~")
		if (count[scenes[s]])
			times_of(scenes[s])
		if (figures[scenes[s]])
			figures_of(scenes[s])
	}
}
