// SPDX-License-Identifier: GPL-2.0-only
/* Files: reads in any order and size give the same text; reads after the end. */
#include <linux/fs.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include "file.h"
#include "fixture.h"

#define MAX_RECORD	60U

/**
 * struct content - the content of these tests' files: numbered records of several lengths
 * @number: number of the collection, which is part of the text
 * @records: number of records
 */
struct content {
	int number;
	u32 records;
};

static u32 next_records;
static int taken, given_back, records_put;

static void *take(struct ds_file *f)
{
	struct content *c;
	int err = ds_charge_add(&f->charge, 1000);

	if (err)
		return ERR_PTR(err);
	if (!next_records)
		return ERR_PTR(-ENOMEM);
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->number = taken++;
	c->records = next_records;
	return c;
}

static void give_back(void *content)
{
	given_back++;
	kfree(content);
}

static u32 records(const void *content)
{
	return ((const struct content *)content)->records;
}

static char *put_record(const struct content *c, u32 i, char *p)
{
	p += sprintf(p, "%d %u ", c->number, i);
	memset(p, '.', i * 7 % 40);
	p += i * 7 % 40;
	*p++ = '\n';
	return p;
}

static char *put(const struct ds_file *f, const void *content, u32 first, u32 n, char *p)
{
	records_put += n;
	for (; n; n--, first++)
		p = put_record(content, first, p);
	return p;
}

static const struct ds_file_ops ops = {
	.max = MAX_RECORD, .take = take, .free = give_back, .records = records, .put = put,
};

static struct file *open_file(struct kunit *test, u32 n)
{
	struct file *file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, file);
	file->f_cred = current_cred();
	next_records = n;
	taken = 0;
	given_back = 0;
	KUNIT_ASSERT_EQ(test, ds_file_open(file, &ops, NULL), 0);
	KUNIT_EXPECT_EQ(test, taken, 0);
	return file;
}

static void close_file(struct kunit *test, struct file *file)
{
	ds_file_release(NULL, file);
	KUNIT_EXPECT_EQ(test, given_back, taken);
}

static ssize_t read_at(struct file *file, void *buf, size_t count, loff_t pos)
{
	struct kvec vec = { .iov_base = buf, .iov_len = count };
	struct kiocb iocb = { .ki_filp = file, .ki_pos = pos };
	struct iov_iter to;
	ssize_t n;

	iov_iter_kvec(&to, READ, &vec, 1, count);
	n = ds_file_read_iter(&iocb, &to);
	if (iocb.ki_pos != pos + max_t(ssize_t, n, 0))
		return -EIO;
	return n;
}

/* The expected text of collection @number. */
static char *text_of(struct kunit *test, int number, u32 n, size_t *len)
{
	const struct content c = { .number = number };
	char *text = kunit_kzalloc(test, (size_t)n * MAX_RECORD, GFP_KERNEL), *p = text;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < n; i++)
		p = put_record(&c, i, p);
	*len = p - text;
	return text;
}

static const u32 sizes[] = { 1, 2, 255, 256, 257, 511, 512, 513, 3000 };

static void describe(const u32 *n, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%u records", *n);
}

KUNIT_ARRAY_PARAM(size, sizes, describe);

static void read_in_pieces(struct kunit *test, struct file *file, const char *text, size_t len,
			   char *buf, size_t piece)
{
	size_t pos;
	ssize_t n = 1;

	memset(buf, '#', len);
	for (pos = 0; n > 0; pos += n) {
		n = read_at(file, buf + pos, min(piece, len - pos + 1), pos);
		KUNIT_ASSERT_GE(test, n, (ssize_t)0);
		if (pos < len)
			KUNIT_ASSERT_EQ(test, n, (ssize_t)min(piece, len - pos));
	}
	KUNIT_EXPECT_EQ(test, pos, len);
	KUNIT_EXPECT_EQ(test, memcmp(buf, text, len), 0);
}

static void pieces(struct kunit *test)
{
	static const size_t piece[] = { 1, 2, 59, 60, 61, 4095, 4096, 4097, SZ_32K, SZ_1M };
	const u32 n = *(const u32 *)test->param_value;
	struct file *file = open_file(test, n);
	char *buf, *text;
	size_t len;
	int i;

	for (i = 0; i < ARRAY_SIZE(piece); i++) {
		text = text_of(test, i, n, &len);
		buf = kunit_kzalloc(test, len + 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		records_put = 0;
		read_in_pieces(test, file, text, len, buf, piece[i]);
		/* a record is only written again if a read ended in its middle */
		KUNIT_EXPECT_LE(test, (size_t)records_put, n + DIV_ROUND_UP(len, piece[i]));
		/* freed at the end */
		KUNIT_EXPECT_EQ(test, given_back, i + 1);
	}
	close_file(test, file);
}

/* Reads at any position; a read far away does not write all the text in between. */
static void anywhere(struct kunit *test)
{
	const u32 n = *(const u32 *)test->param_value;
	struct file *file = open_file(test, n);
	char buf[200], *text;
	size_t len, pos, want;
	int i;

	text = text_of(test, 0, n, &len);
	for (i = 0; i < 3000; i++) {
		pos = 1 + get_random_u32() % (len - 1);
		want = 1 + get_random_u32() % sizeof(buf);
		records_put = 0;
		KUNIT_ASSERT_EQ(test, read_at(file, buf, want, pos),
				(ssize_t)min(want, len - pos));
		KUNIT_ASSERT_EQ(test, memcmp(buf, text + pos, min(want, len - pos)), 0);
		if (i > 1000)
			KUNIT_ASSERT_LE(test, records_put, 512 + 200);
	}
	KUNIT_EXPECT_EQ(test, taken, 1);
	KUNIT_EXPECT_EQ(test, given_back, 0);
	close_file(test, file);
}

static void after_the_end(struct kunit *test)
{
	struct file *file = open_file(test, 300);
	size_t len;
	char buf[8];

	text_of(test, 0, 300, &len);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 100), (ssize_t)8);
	/* this read returns the last bytes; only a read behind them returns 0 */
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, len - 3), (ssize_t)3);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 100), (ssize_t)8);
	KUNIT_EXPECT_EQ(test, given_back, 0);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, len), (ssize_t)0);
	KUNIT_EXPECT_EQ(test, given_back, 1);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, len - 1), (ssize_t)-ESTALE);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 1), (ssize_t)-ESTALE);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, len), (ssize_t)0);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, LLONG_MAX - 8), (ssize_t)0);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 0, 1), (ssize_t)0);
	KUNIT_EXPECT_EQ(test, taken, 1);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 2, 0), (ssize_t)2);
	KUNIT_EXPECT_EQ(test, buf[0], '1');
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 1), (ssize_t)8);
	close_file(test, file);
}

/* A first read far beyond the end of the text. */
static void behind_the_end(struct kunit *test)
{
	struct file *file = open_file(test, 1000);
	char buf[8];

	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 1 << 30), (ssize_t)0);
	KUNIT_EXPECT_EQ(test, taken, 1);
	KUNIT_EXPECT_EQ(test, given_back, 1);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 1), (ssize_t)-ESTALE);
	close_file(test, file);
}

/* Another reader of the same account drops the content. */
static void dropped(struct kunit *test)
{
	struct file *file = open_file(test, 1000);
	struct ds_file *f = file->private_data;
	char buf[8];

	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 0), (ssize_t)8);
	ds_charge_drop(&f->charge);
	KUNIT_EXPECT_EQ(test, given_back, 1);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 8), (ssize_t)-ESTALE);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 1 << 30), (ssize_t)-ESTALE);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 0), (ssize_t)8);
	KUNIT_EXPECT_EQ(test, buf[0], '1');
	close_file(test, file);
}

/* A failed collection gives an errno, and not the text of the one before. */
static void no_memory(struct kunit *test)
{
	struct file *file = open_file(test, 0);
	char buf[8];

	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 0), (ssize_t)-ENOMEM);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 5), (ssize_t)-ENOMEM);
	next_records = 10;
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 5), (ssize_t)8);
	next_records = 0;
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 0), (ssize_t)-ENOMEM);
	KUNIT_EXPECT_EQ(test, read_at(file, buf, 8, 5), (ssize_t)-ESTALE);
	close_file(test, file);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pieces, size_gen_params),
	KUNIT_CASE_PARAM(anywhere, size_gen_params),
	KUNIT_CASE(after_the_end),
	KUNIT_CASE(behind_the_end),
	KUNIT_CASE(dropped),
	KUNIT_CASE(no_memory),
	{ }
};

static struct kunit_suite suite = {
	.name = "dualstack_file",
	.test_cases = cases,
};

kunit_test_suite(suite);
