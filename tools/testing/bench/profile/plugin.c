// SPDX-License-Identifier: GPL-2.0-only
/*
 * A QEMU plugin that counts executed instructions between two marks, by the address of their block.
 * Arguments: begin=ADDRESS (clears the counts), end=ADDRESS (writes the counts), out=FILE. It
 * supports one virtual CPU.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plugin.h"

API int qemu_plugin_version = 1;

/* Hash table of blocks. It never gets full: a boot and a read execute some 100,000 blocks. */
#define SLOT_BITS	21
#define SLOTS		(1U << SLOT_BITS)

static struct block {
	uint64_t address;
	uint64_t count;
} block[SLOTS];

static uint64_t begin, end;
static const char *out;

static void clear(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	for (uint32_t i = 0; i < SLOTS; i++)
		block[i].count = 0;
}

static void dump(unsigned int cpu, void *data)
{
	FILE *f = fopen(out, "w");

	(void)cpu;
	(void)data;
	if (!f) {
		perror(out);
		return;
	}
	for (uint32_t i = 0; i < SLOTS; i++)
		if (block[i].count)
			fprintf(f, "%016llx %llu\n", (unsigned long long)block[i].address,
				(unsigned long long)block[i].count);
	fclose(f);
}

static struct block *block_of(uint64_t address)
{
	uint32_t i = address * 0x9e3779b97f4a7c15ULL >> (64 - SLOT_BITS);

	while (block[i].address && block[i].address != address)
		i = (i + 1) & (SLOTS - 1);
	block[i].address = address;
	return &block[i];
}

static void count_block(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);

	(void)id;
	if (address == begin)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, clear, NO_REGISTERS, NULL);
	if (address == end)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, dump, NO_REGISTERS, NULL);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD, &block_of(address)->count,
						 qemu_plugin_tb_n_insns(tb));
}

/* Called by QEMU when it loads the plugin. */
API int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "begin=", 6))
			begin = strtoull(argv[i] + 6, NULL, 16);
		else if (!strncmp(argv[i], "end=", 4))
			end = strtoull(argv[i] + 4, NULL, 16);
		else if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	}
	if (!begin || !end || !out) {
		fputs("profile: begin=, end= and out= are needed\n", stderr);
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, count_block);
	return 0;
}
