// SPDX-License-Identifier: GPL-2.0-only
/* Asks the module or sock_diag whether a bind succeeds, with the reader's own code. */
#include <stdio.h>
#include <stdlib.h>
#include "holders.h"
#include "../../dualstack/holders.h"

/* Ask about the holders of @b's address, or about all of them: both must give the same result. */
enum said reader_says(const struct scene *s, const struct ds_binder *b, bool of_address)
{
	const struct holding *in_the_way;
	enum free_answer answer;
	struct fail f = { 0 };
	struct holders h;
	bool ok;

	ok = teller == TELLS_DIAG ? holders_from_diag(&h, b->proto, s->port, &f) :
		holders_ask(&h, b->proto, s->port, of_address ? &b->addr : NULL, &f);
	if (!ok) {
		printf("Bail out! %s\n", f.text);
		exit(1);
	}
	answer = holders_judge(&h, b, &in_the_way);
	holders_free(&h);
	if (answer == FREE_UNKNOWN)
		return SAYS_UNKNOWN;
	return answer == FREE_YES ? SAYS_FREE : SAYS_TAKEN;
}

void module_print(const struct scene *s)
{
	char line[512];
	FILE *file = fopen(ASK_FILE, "r+e");

	if (!file || setvbuf(file, NULL, _IONBF, 0))
		return;
	fprintf(file, "holders %s %d", s->proto == DS_TCP ? "tcp" : "udp", s->port);
	while (fgets(line, sizeof(line), file))
		printf("# %s", line);
	fclose(file);
}
