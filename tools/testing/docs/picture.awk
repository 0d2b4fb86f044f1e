# SPDX-License-Identifier: GPL-2.0-only
# usage: awk -f picture.awk STORY >Documentation/picture.svg
# Draws the README's picture from the output of `make run`: netstat's lines of sshd and httpd, our
# lines, and curl's result. Pids are left out, since they differ between runs. So does the order of
# netstat's lines, which are sorted here by port and family.

/^--- / { section = $2 }

section == "netstat" && $1 ~ /^tcp/ && $4 ~ /:(22|80)$/ {
	sub(/^[0-9]+\//, "", $7)
	sub(/:$/, "", $7)
	place = sprintf("%05d %s", substr($4, match($4, /[0-9]+$/)), $1)
	for (i = ++n; i > 1 && order[i - 1] > place; i--) {
		order[i] = order[i - 1]
		netstat[i] = netstat[i - 1]
	}
	order[i] = place
	netstat[i] = sprintf("%-6s %-14s %-8s %s", $1, $4, $6, $7)
}

section == "dualstack" && ($1 == "PROTO" || $1 ~ /^tcp/ && ($2 == 22 || $2 == 80)) {
	sub(/\(.*/, "", $7)
	ours[++m] = sprintf("%-6s %4s  %-4s %-4s %-9s %s", $1, $2, $3, $4, $5, $7)
}

/^curl / && /127\.0\.0\.1/ { curl = $1 " " $2 " " $3 "   " $4 " " $5 }

function escape(text)
{
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}

function line(x, y, class, text)
{
	printf "<text x=\"%d\" y=\"%d\" class=\"%s\" xml:space=\"preserve\">%s</text>\n",
		x, y, class, escape(text)
}

function panel(x, width, height, title)
{
	printf "<rect x=\"%d\" y=\"10\" width=\"%d\" height=\"%d\" rx=\"6\" class=\"panel\"/>\n",
		x, width, height
	line(x + 14, 34, "prompt", title)
}

END {
	if (n < 3 || m < 4 || curl !~ /200 OK$/) {
		print "picture.awk: this is no output of make run" >"/dev/stderr"
		exit 1
	}
	# REUSE-IgnoreStart
	print "<!-- SPDX-License-Identifier: GPL-2.0-only -->"
	# REUSE-IgnoreEnd
	print "<!-- Drawn by tools/testing/docs/picture.awk from the output of `make run`. -->"
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 880 190\" role=\"img\""
	print " aria-label=\"netstat shows httpd as tcp6 alone; dualstack shows tcp46, yes and yes\">"
	print "<style>"
	print "text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #24292f }"
	print ".page { fill: #ffffff; stroke: #d0d7de } .panel { fill: #f6f8fa; stroke: #d0d7de }"
	print ".prompt { fill: #57606a } .good { fill: #116329; font-weight: bold }"
	print ".bad { fill: #a40e26; font-weight: bold }"
	print "@media (prefers-color-scheme: dark) {"
	print "text { fill: #e6edf3 } .page { fill: #0d1117; stroke: #30363d } .panel { fill: #161b22; stroke: #30363d }"
	print ".prompt { fill: #8b949e } .good { fill: #56d364 } .bad { fill: #ff7b72 }"
	print "}"
	print "</style>"
	print "<rect x=\"1\" y=\"1\" width=\"878\" height=\"188\" rx=\"6\" class=\"page\"/>"
	panel(10, 418, 112, "$ netstat -tulnp")
	for (i = 1; i <= n; i++)
		line(24, 34 + 20 * i, netstat[i] ~ /:80 / ? "bad" : "row", netstat[i])
	panel(444, 426, 112, "$ dualstack 22 80")
	for (i = 1; i <= m; i++)
		line(458, 34 + 20 * i, ours[i] ~ / 80 / ? "good" : "row", ours[i])
	line(24, 148, "row", "One and the same socket of Apache httpd. Who is right about IPv4?")
	line(24, 172, "good", "$ " curl)
	print "</svg>"
}
