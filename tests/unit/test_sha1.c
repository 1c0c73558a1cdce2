#include "base/bytes.h"
#include "base/cpu.h"
#include "codec/sha1.h"
#include "support/guard.h"
#include "support/testing.h"

/* Whole blocks where they lie, the rest with its padding (FIPS 180-4 5.1.1) in a copy. */
static void digest(uint8_t out[WSP_SHA1_SIZE], const uint8_t *data, size_t len, unsigned cpu)
{
    uint32_t h[5] = WSP_SHA1_BEGIN;
    uint8_t last[2 * WSP_SHA1_BLOCK] = {0};
    size_t left = len % WSP_SHA1_BLOCK;
    size_t blocks = left < WSP_SHA1_BLOCK - 8 ? 1 : 2;
    wsp_sha1_take(h, data, len / WSP_SHA1_BLOCK, cpu);
    if (left > 0)
        memcpy(last, data + (len - left), left);
    last[left] = 0x80;
    wsp_store_be64(last + blocks * WSP_SHA1_BLOCK - 8, (uint64_t)len << 3);
    wsp_sha1_take(h, last, blocks, cpu);
    wsp_sha1_digest(out, h);
}

static void expect_by(const uint8_t *data, size_t len, const char *hex, unsigned cpu)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[WSP_SHA1_SIZE];
    char text[2 * WSP_SHA1_SIZE + 1] = {0};
    digest(bytes, data, len, cpu);
    for (size_t i = 0; i < WSP_SHA1_SIZE; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    assert_string_equal(text, hex);
}

/* Portable, and by this processor's instructions. */
static void expect(const uint8_t *data, size_t len, const char *hex)
{
    expect_by(data, len, hex, 0);
    expect_by(data, len, hex, wsp_cpu_features());
}

/* FIPS 180 and its examples at csrc.nist.gov */
static void sha1_fips_vectors_match(void **unused)
{
    (void)unused;
    expect(NULL, 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    expect((const uint8_t *)"abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
    expect((const uint8_t *)"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
           "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    expect((const uint8_t *)"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                            "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
           112, "a49b2446a02c645bf419f995b67091253a04a259");
}

static void sha1_million_letters_match(void **unused)
{
    (void)unused;
    size_t len = 1000000;
    uint8_t *data = malloc(len);
    assert_non_null(data);
    memset(data, 'a', len);
    expect(data, len, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    free(data);
}

/* A schedule that is given makes what the block makes that it is of. */
static void sha1_words_as_their_block(void **unused)
{
    (void)unused;
#if WSP_SHA1_WORDS
    uint8_t block[WSP_SHA1_BLOCK];
    uint32_t w[WSP_SHA1_ROUNDS], reversed[WSP_SHA1_ROUNDS];
    const unsigned cpus[] = {0, wsp_cpu_features()};
    for (unsigned seed = 0; seed < 200; seed++) {
        uint32_t expected[5] = WSP_SHA1_BEGIN;
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = (uint8_t)(seed * 31 + i * (seed + 7));
        for (size_t t = 0; t < WSP_SHA1_ROUNDS; t++) {
            uint32_t x = t < 16 ? 0 : w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16];
            w[t] = t < 16 ? wsp_load_be32(block + 4 * t) : x << 1 | x >> 31;
            reversed[t ^ 3] = w[t];
        }
        wsp_sha1_take(expected, block, 1, 0);
        for (size_t i = 0; i < ARRAY_LEN(cpus); i++) {
            uint32_t h[5] = WSP_SHA1_BEGIN;
            wsp_sha1_take_words(h, reversed, cpus[i]);
            assert_memory_equal(h, expected, sizeof h);
        }
    }
#endif
}

struct row {
    size_t len;
    const char *hex;
};

/* Bytes i * 7 + 3, round the edges of blocks and of padding; made with Python's hashlib */
static const struct row rows[] = {
    {0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {1, "9842926af7ca0a8cca12604f945414f07b01e13d"},
    {2, "1f5ae6b976eaa448d6756c593ceb816ac8799ef1"},
    {3, "4201de9f98cb0a9b8cf52398be7802b55d45266a"},
    {31, "d21a51503aa50e23029493030a1d0704a84cb2ea"},
    {32, "64b5168088b6692cfd749ab0b699a8b5b225189b"},
    {54, "0617d0e2db51b03d5d09c217b3fe0643ed6d152f"},
    {55, "ddf57317ef34bfee3b6df83d359098930eb278bc"},
    {56, "a0d492bb0fc889d0eca3bc137066ab6f4f74f369"},
    {57, "11a02dcf95859677a62e75024067c22b165d890f"},
    {59, "5850f256241b06d25bc20b9dc85d7944ce96fa1a"},
    {60, "4a72dc48088734d6ee17cccbb158de29744e9733"},
    {61, "92b2db0c849997e88b21b8a509eecaa46f00c6b8"},
    {62, "363c4d8b28918eacfb4b945bafd31cb62997a5cd"},
    {63, "c55856749bef509bdfe6bfebfc7bf4e793e82132"},
    {64, "bede92be29c3874e1b54ddc77988d606fc857a8e"},
    {65, "b05a80522b053d6dc7e0a517d0e70212c7dad11f"},
    {66, "13e53bec6f6ee5a157a4f62ad14f702bf9f6d167"},
    {111, "4a01b1272627e5be00f57bc3c3029c23a452e629"},
    {118, "55bfbde27c9acb13670a70e765a687b2da3435fc"},
    {119, "504e27376a6e0f0dba8295b85cb25dc4dfa17d23"},
    {120, "82134b02fb3f702491be9bed581eeab59334acb2"},
    {121, "f004a54c50aa3705ccc2f03f21016ca6a25755cb"},
    {127, "34d5e582029e9b9b85b2febe31da3db7cdabaaea"},
    {128, "a09133e6730ffe899efb70204cb5646cd5dc24ee"},
    {129, "808aea332ce367541d37adae7f94e59c5c1a934e"},
    {183, "4efb0f6868187c46710adedf4854bf058f80884e"},
    {184, "8b065304a2f4298ac4c002c99aefff091e7404c3"},
    {191, "49a4616be00bceb6192664c19a6a06dccd8bfd3d"},
    {192, "d4a590a7cfcb57efd1733aac508a22d4fea1b6e9"},
    {193, "4ae37a089bdbe2cb6b0138d66a182d0ec5c00897"},
    {255, "da81fcfbf37e226a0113af12bb6e9271b828c012"},
    {256, "6aa0e62cd373dc2eb2bd8d9d9ed6e6ef196cc931"},
    {1000, "4231a8a50a10fa9758db8ec71fdef855b751048a"},
    {10000, "504bab9f255da75e2c3c08dfbc11061a05996bbf"},
};

static void fill(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(i * 7 + 3);
}

static void sha1_lengths_round_block_edges_match(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(10000);
    uint8_t data[10000];
    fill(data, sizeof data);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        expect(guard_at_end(g, data, rows[i].len), rows[i].len, rows[i].hex);
    guard_free(g);
}

/* The digest of the digests of every length from 0 to 300 */
static void sha1_all_lengths_to_300_match(void **unused)
{
    (void)unused;
    uint8_t data[300];
    uint8_t digests[301 * WSP_SHA1_SIZE];
    fill(data, sizeof data);
    for (size_t len = 0; len <= 300; len++)
        digest(digests + len * WSP_SHA1_SIZE, data, len, len % 2 > 0 ? wsp_cpu_features() : 0);
    expect(digests, sizeof digests, "43debf5006166594c976375f1c06253e43d53ddf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha1_fips_vectors_match),
        cmocka_unit_test(sha1_million_letters_match),
        cmocka_unit_test(sha1_words_as_their_block),
        cmocka_unit_test(sha1_lengths_round_block_edges_match),
        cmocka_unit_test(sha1_all_lengths_to_300_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
