/* What the compressor makes of data by its kind: of numbers, and of text in other scripts. */
#include "base/compiler.h"
#include "flate/deflate.h"
#include "support/testing.h"

#include <zlib.h>

enum { LONGEST = 16384 };

static uint64_t seed = 11;

static uint32_t random_below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33) % n;
}

/* ------------------------------------------------------------ data */

static void put_u32(uint8_t *out, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(v >> 8 * i);
}

/* Records of 32 bytes whose numbers move a little: most matches have three or four bytes. */
static void put_records(uint8_t *out, size_t len)
{
    uint32_t place[3] = {random_below(1u << 24), random_below(1u << 24), random_below(1u << 24)};
    for (uint32_t i = 0; i < len / 32; i++, out += 32) {
        memset(out, 0, 32);
        put_u32(out, 70000 + i / 2);
        put_u32(out + 4, 1000 + random_below(random_below(200) + 1));
        for (unsigned k = 0; k < 3; k++)
            put_u32(out + 8 + 4 * k, place[k] += random_below(400) - 200);
        put_u32(out + 20, random_below(360) | 100u << 16);
        put_u32(out + 24, random_below(8));
    }
}

/* Words of letters of two bytes, as Cyrillic and Greek have in UTF-8. */
static void put_greek(uint8_t *out, size_t len)
{
    uint8_t words[64][16];
    for (unsigned i = 0; i < 64 * 8; i++) {
        unsigned letter = random_below(1 + random_below(24));
        words[i / 8][i % 8 * 2] = (uint8_t)(0xCE + letter / 16);
        words[i / 8][i % 8 * 2 + 1] = (uint8_t)(0x80 + letter);
    }
    for (size_t at = 0; at < len;) {
        const uint8_t *word = words[random_below(1 + random_below(64))];
        for (unsigned n = 2 + 2 * random_below(7); n > 0 && at < len; n--)
            out[at++] = *word++;
        if (at < len)
            out[at++] = ' ';
    }
}

/* Bytes of 120 values, and from the change on of 120 others. */
static void put_changing(uint8_t *out, size_t len, size_t change)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((i < change ? 0x48 : 0xC0) + random_below(120));
}

/* ------------------------------------------------------------ both compressors */

static struct wsp_deflate *open_ours(unsigned level)
{
    struct wsp_deflate *z = malloc(wsp_deflate_size(15, level));
    assert_non_null(z);
    wsp_deflate_init(z, 15, level);
    return z;
}

/* Sends a message; zlib, which has read what came before, reads the same. */
static size_t send_data(struct wsp_deflate *z, z_stream *reader, const uint8_t *in, size_t len)
{
    static uint8_t wire[LONGEST + 64], back[LONGEST + 1];
    size_t size = wsp_deflate_run(z, wire, in, len);
    reader->next_in = wire;
    reader->avail_in = (uInt)size;
    reader->next_out = back;
    reader->avail_out = sizeof back;
    assert_int_equal(inflate(reader, Z_SYNC_FLUSH), Z_OK);
    assert_int_equal(sizeof back - reader->avail_out, len);
    assert_memory_equal(back, in, len);
    return size;
}

static size_t size_of_zlib(const uint8_t *in, size_t len, unsigned level)
{
    static uint8_t out[2 * LONGEST];
    z_stream z = {.next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)len, .next_out = out};
    z.avail_out = sizeof out;
    assert_int_equal(deflateInit2(&z, (int)level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK);
    size_t size = sizeof out - z.avail_out;
    deflateEnd(&z);
    return size;
}

/* permille: of zlib's size, at level 1 and at the others */
static void assert_against_zlib(void (*put)(uint8_t *, size_t), const unsigned permille[2])
{
    static uint8_t data[LONGEST];
    for (unsigned level = 1; level <= 9; level++) {
        size_t ours = 0;
        size_t theirs = 0;
        for (size_t len = 1024; len <= LONGEST; len *= 2) {
            struct wsp_deflate *z = open_ours(level);
            z_stream reader = {0};
            assert_int_equal(inflateInit2(&reader, -15), Z_OK);
            put(data, len);
            ours += send_data(z, &reader, data, len);
            theirs += size_of_zlib(data, len, level);
            inflateEnd(&reader);
            free(z);
        }
        assert_true(ours * 1000 <= theirs * permille[level > 1]);
    }
}

/* ------------------------------------------------------------ tests */

static void deflate_dense_data_gets_matches_of_three(void **unused)
{
    (void)unused;
    assert_against_zlib(put_records, (const unsigned[]){1060, 1030});
}

static void deflate_text_of_other_scripts_is_text(void **unused)
{
    (void)unused;
    assert_against_zlib(put_greek, (const unsigned[]){1000, 1020});
}

/* Text that was entered as such is found where dense data has followed it. */
static void deflate_history_outlives_a_change_of_data(void **unused)
{
    (void)unused;
    uint8_t data[1100];
    for (unsigned level = 1; level <= 9; level++) {
        struct wsp_deflate *z = open_ours(level);
        z_stream reader = {0};
        assert_int_equal(inflateInit2(&reader, -15), Z_OK);
        for (unsigned i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)(i < 100 ? ' ' + random_below(95) : random_below(256));
        send_data(z, &reader, data, 100);
        send_data(z, &reader, data + 100, 1000);
        assert_true(send_data(z, &reader, data, 100) < 40);
        inflateEnd(&reader);
        free(z);
    }
}

/* Noise that comes again from the far end of the window, where most of it is in no table. */
static void deflate_dense_data_is_found_far_away(void **unused)
{
    (void)unused;
    static uint8_t data[2 * LONGEST - 1200];
    for (unsigned level = 2; level <= 9; level++) {
        struct wsp_deflate *z = open_ours(level);
        z_stream reader = {0};
        assert_int_equal(inflateInit2(&reader, -15), Z_OK);
        for (unsigned i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)random_below(256);
        send_data(z, &reader, data, LONGEST);
        send_data(z, &reader, data + LONGEST, sizeof data - LONGEST);
        assert_true(send_data(z, &reader, data, LONGEST) < LONGEST / 12);
        inflateEnd(&reader);
        free(z);
    }
}

/* Codes for each half save a bit a byte, which codes for both do not. */
static void deflate_dense_data_that_changes_gets_two_blocks(void **unused)
{
    (void)unused;
    static uint8_t data[LONGEST];
    for (unsigned level = 7; level <= 9 && !WSP_SMALL_CODE; level++) {
        for (size_t change = 2500; change < LONGEST - 2500; change += 3333) {
            struct wsp_deflate *z = open_ours(level);
            z_stream reader = {0};
            assert_int_equal(inflateInit2(&reader, -15), Z_OK);
            put_changing(data, sizeof data, change);
            size_t size = send_data(z, &reader, data, sizeof data);
            assert_true(size * 100 < sizeof data * 92);
            inflateEnd(&reader);
            free(z);
        }
    }
}

/* How many bytes the first block of a stream stands for. */
static size_t first_block(const uint8_t *wire, size_t len)
{
    static uint8_t back[2 * LONGEST];
    const int block_ended = 128;
    z_stream z = {.next_in = (Bytef *)(uintptr_t)wire, .avail_in = (uInt)len, .next_out = back};
    z.avail_out = sizeof back;
    assert_int_equal(inflateInit2(&z, -15), Z_OK);
    do
        assert_int_equal(inflate(&z, Z_BLOCK), Z_OK);
    while ((z.data_type & block_ended) == 0 || z.total_out == 0);
    size_t n = z.total_out;
    inflateEnd(&z);
    return n;
}

static void deflate_dense_data_block_ends_where_it_changes(void **unused)
{
    (void)unused;
    static uint8_t data[LONGEST], wire[LONGEST + 64];
    for (unsigned level = 7; level <= 9 && !WSP_SMALL_CODE; level++) {
        for (size_t change = 2048; change <= 3072; change += 1024) {
            struct wsp_deflate *z = open_ours(level);
            put_changing(data, sizeof data, change);
            size_t first = first_block(wire, wsp_deflate_run(z, wire, data, sizeof data));
            assert_in_range(first, change, change + 257); /* a match may go on beyond it */
            free(z);
        }
    }
}

/* Where a block ends is looked for in a part of what is to come, however long that is. */
static void deflate_dense_data_longer_than_what_is_looked_at(void **unused)
{
    (void)unused;
    enum { LONG = 5 * LONGEST };
    static uint8_t data[LONG], wire[LONG + 64], back[LONG + 1];
    for (unsigned level = 7; level <= 9; level++) {
        struct wsp_deflate *z = open_ours(level);
        z_stream reader = {.next_in = wire, .next_out = back, .avail_out = sizeof back};
        assert_int_equal(inflateInit2(&reader, -15), Z_OK);
        put_changing(data, sizeof data, sizeof data / 2);
        reader.avail_in = (uInt)wsp_deflate_run(z, wire, data, sizeof data);
        assert_int_equal(inflate(&reader, Z_SYNC_FLUSH), Z_OK);
        assert_int_equal(reader.total_out, sizeof data);
        assert_memory_equal(back, data, sizeof data);
        inflateEnd(&reader);
        free(z);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deflate_dense_data_gets_matches_of_three),
        cmocka_unit_test(deflate_text_of_other_scripts_is_text),
        cmocka_unit_test(deflate_history_outlives_a_change_of_data),
        cmocka_unit_test(deflate_dense_data_is_found_far_away),
        cmocka_unit_test(deflate_dense_data_that_changes_gets_two_blocks),
        cmocka_unit_test(deflate_dense_data_block_ends_where_it_changes),
        cmocka_unit_test(deflate_dense_data_longer_than_what_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
