#include "codec/payload_small.h"
#include "support/guard.h"
#include "support/testing.h"

static const uint8_t key[4] = {0x21, 0x80, 0xFF, 0x7A};

struct place {
    struct guard *memory, *other;
    bool at_end; /* of the memory that may be touched; else at its start */
};

/* What the function does with these bytes, in place or elsewhere: the naive twin's answer. odd: no
 * byte of it, or len. */
static void check(const struct place *p, size_t len, size_t odd, enum wsp_small what)
{
    uint8_t plain[WSP_PAYLOAD_SMALL], wire[WSP_PAYLOAD_SMALL];
    bool masked = what != WSP_SMALL_ASCII;
    uint64_t word = masked ? wsp_mask_word(key, 0) : 0;
    for (size_t i = 0; i < len; i++) {
        plain[i] = (uint8_t)('A' + i % 60);
        if (i == odd)
            plain[i] |= 0x80;
        wire[i] = plain[i] ^ (masked ? key[i % 4] : 0);
    }
    uint8_t *at =
        p->at_end ? guard_at_end(p->memory, wire, len) : guard_at_start(p->memory, wire, len);
    uint8_t *to =
        p->at_end ? guard_at_end(p->other, NULL, len) : guard_at_start(p->other, NULL, len);
    memset(to, 0x55, len);
    bool good = wsp_payload_small(to, at, len, word, what);
    if (good != (what == WSP_SMALL_UNMASK || odd >= len))
        fail_msg("len %zu, odd %zu, what %d: %d", len, odd, (int)what, good);
    assert_memory_equal(at, wire, len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(to[i], good && masked ? plain[i] : 0x55);
    assert_int_equal(wsp_payload_small(at, at, len, word, what), good);
    if (memcmp(at, good ? plain : wire, len) != 0)
        fail_msg("len %zu, odd %zu, what %d: other bytes", len, odd, (int)what);
}

static void small_every_length_and_odd_byte_agrees_with_the_naive_one(void **state)
{
    (void)state;
    struct place p = {guard_new(WSP_PAYLOAD_SMALL), guard_new(WSP_PAYLOAD_SMALL), true};
    for (size_t len = 0; len < WSP_PAYLOAD_SMALL; len++) {
        for (size_t odd = 0; odd <= len; odd++) {
            for (int what = WSP_SMALL_UNMASK; what <= WSP_SMALL_ASCII; what++) {
                p.at_end = true;
                check(&p, len, odd, (enum wsp_small)what);
                p.at_end = false;
                check(&p, len, odd, (enum wsp_small)what);
            }
        }
    }
    guard_free(p.memory);
    guard_free(p.other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_every_length_and_odd_byte_agrees_with_the_naive_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
