# SPDX-License-Identifier: GPL-2.0-only
# Prints the KCSAN reports of a console log in which the module's code appears, then the number of
# all reports and of these; what matches `allowed` is not the module's. A report begins and ends
# with a line of =, and names functions of modules with the module's name in brackets.
function flush()
{
	if (report == "")
		return
	all++
	if (report ~ /\[dualstack\]/ && (allowed == "" || report !~ allowed)) {
		ours++
		printf "%s", report
	}
	report = ""
}
/BUG: KCSAN:/		{ flush(); inside = 1 }
/^(\[ *[0-9.]*\] )?=====/	{ if (inside) { flush(); inside = 0 } }
inside			{ report = report $0 "\n" }
END			{ flush(); printf "%d reports, %d with the module in them\n", all, ours }
