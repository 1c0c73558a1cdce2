/* corpus_mixed - Chinese, Latin with and without accents, emoji. SPDX-License-Identifier: MIT */
#include "bench/corpus_make.h"

struct script {
    uint32_t first, count; /* code points: first to first + count - 1 */
};

static const struct script plain = {'a', 26}, accented = {0xDF, 32}, chinese = {0x4E00, 20900},
                           emoji = {0x1F600, 80}, space = {' ', 1};

/* One of these code points, if it fits before end: else a letter of one byte. */
static void add(struct maker *m, const uint8_t *end, struct script s)
{
    size_t room = (size_t)(end - m->at);
    uint32_t c = s.first + below(m, s.count);
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (len > room)
        len = 1;
    if (len == 1) {
        *m->at++ = (uint8_t)(c < 0x80 ? c : 'a' + c % 26);
        return;
    }
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        m->at[i] = (uint8_t)(0x80 | (c & 0x3F));
    m->at[0] = (uint8_t)(lead[len] | c);
    m->at += len;
}

static void word(struct maker *m, const uint8_t *end)
{
    for (uint32_t n = 1 + below(m, 8); n > 0 && m->at < end; n--)
        add(m, end, below(m, 4) == 0 ? accented : plain);
}

static void run(struct maker *m, const uint8_t *end, struct script s, uint32_t most)
{
    for (uint32_t n = 1 + below(m, most); n > 0 && m->at < end; n--)
        add(m, end, s);
}

void corpus_mixed(struct maker *m, size_t len)
{
    const uint8_t *end = m->at + len;
    while (m->at < end) {
        uint32_t what = below(m, 8);
        if (what < 4)
            word(m, end);
        else if (what < 7)
            run(m, end, chinese, 6);
        else
            run(m, end, emoji, 2);
        if (m->at < end && what != 4)
            add(m, end, space);
    }
}
