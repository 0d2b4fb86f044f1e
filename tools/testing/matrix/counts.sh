# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# How many verdicts the truth test compared, from its output.

# shellcheck disable=SC2034 # the scripts that source this compare with them
verdicts=${MATRIX_VERDICTS:-3000}
# shellcheck disable=SC2034
bpf_verdicts=${MATRIX_BPF_VERDICTS:-5000}

# The table's, of random rounds alone, in file $1.
verdicts_in()
{
	sed -n 's/.*random: \([0-9]*\) verdicts compared.*/\1/p' "$1" 2>/dev/null | grep . || echo 0
}

# The reader's without the module, of random rounds and of fixed suites; `?` does not count.
bpf_verdicts_in()
{
	sed -n -e 's/.*reader: \([0-9]*\) verdicts by BPF.*/\1/p' \
		-e 's/.*fixed suites: \([0-9]*\) verdicts of the reader.*/\1/p' "$1" 2>/dev/null |
		awk '{ n += $1 } END { print n + 0 }'
}

# enough WHAT COUNT WANTED
enough() { [ "$2" -ge "$3" ] || { echo "only $2 verdicts $1, $3 wanted"; return 1; }; }
