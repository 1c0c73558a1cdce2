#include "support/packer.h"

#include "support/entropy.h"
#include "support/testing.h"

static const uint8_t tail[4] = {0x00, 0x00, 0xFF, 0xFF};

struct wsp_deflate_params packed_params(unsigned bits, bool takeover)
{
    return (struct wsp_deflate_params){
        .enabled = true,
        .server_no_context_takeover = !takeover,
        .client_no_context_takeover = !takeover,
        .server_max_window_bits = (uint8_t)bits,
        .client_max_window_bits = (uint8_t)bits,
    };
}

wsp_conn *adopt_packed(wsp_endpoint *e, enum wsp_role role, struct wsp_deflate_params agreed)
{
    const struct wsp_agreed a = {.role = role, .deflate = agreed};
    wsp_conn *c = NULL;
    struct wsp_event ev;
    assert_int_equal(wsp_adopt_new(&c, e, &a), WSP_OK);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_OPEN);
    return c;
}

void packer_begin(struct packer *p, int level, unsigned bits, bool takeover)
{
    memset(p, 0, sizeof *p);
    p->takeover = takeover;
    assert_int_equal(deflateInit2(&p->z, level, Z_DEFLATED, -(int)bits, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
}

void packer_end(struct packer *p)
{
    (void)deflateEnd(&p->z);
}

void packer_pack(struct packer *p, struct blob *out, const void *data, size_t len)
{
    uint8_t piece[4096];
    if (!p->takeover)
        assert_int_equal(deflateReset(&p->z), Z_OK);
    size_t start = out->len;
    p->z.next_in = (Bytef *)(uintptr_t)data;
    p->z.avail_in = (uInt)len;
    do {
        p->z.next_out = piece;
        p->z.avail_out = sizeof piece;
        int r = deflate(&p->z, Z_SYNC_FLUSH);
        assert_true(r == Z_OK || r == Z_BUF_ERROR);
        blob_add(out, piece, sizeof piece - p->z.avail_out);
    } while (p->z.avail_out == 0);
    if (out->len == start) { /* nothing to flush: the empty message (7.2.3.6) */
        blob_add(out, "", 1);
        return;
    }
    assert_memory_equal(out->data + out->len - sizeof tail, tail, sizeof tail);
    out->len -= sizeof tail;
}

void unpacker_begin(struct unpacker *u, unsigned bits, bool takeover)
{
    memset(u, 0, sizeof *u);
    u->takeover = takeover;
    assert_int_equal(inflateInit2(&u->z, -(int)bits), Z_OK);
}

void unpacker_end(struct unpacker *u)
{
    (void)inflateEnd(&u->z);
}

static void unpack_input(struct unpacker *u, struct blob *out, const uint8_t *data, size_t len)
{
    uint8_t byte;
    u->z.next_in = (Bytef *)(uintptr_t)data;
    u->z.avail_in = (uInt)len;
    do {
        u->z.next_out = &byte;
        u->z.avail_out = 1;
        int r = inflate(&u->z, Z_SYNC_FLUSH);
        if (r != Z_OK && r != Z_BUF_ERROR)
            fail_msg("zlib: %d %s", r, u->z.msg != NULL ? u->z.msg : "");
        blob_add(out, &byte, 1 - u->z.avail_out);
    } while (u->z.avail_out == 0 || u->z.avail_in > 0);
}

void unpacker_unpack(struct unpacker *u, struct blob *out, const void *data, size_t len)
{
    if (!u->takeover)
        assert_int_equal(inflateReset(&u->z), Z_OK);
    unpack_input(u, out, data, len);
    unpack_input(u, out, tail, sizeof tail);
    /* between blocks, and no bits are left over */
    assert_int_equal(u->z.data_type & 0x9F, 0x80);
}

void random_text(struct blob *out, size_t len, uint64_t *seed)
{
    static const char *const words[] = {"{\"id\":", "name", "price", "\":\"", "true",   ",\"",
                                        "}",        "東京", "Größe", " ",     "status", "0"};
    size_t end = out->len + len;
    for (;;) {
        const char *word = words[test_random_below(seed, ARRAY_LEN(words))];
        char number[2] = {(char)('0' + test_random_below(seed, 10)), '\0'};
        if (test_random_below(seed, 4) == 0)
            word = number;
        if (strlen(word) > end - out->len)
            return;
        blob_text(out, word);
    }
}

void random_bytes(struct blob *out, size_t len, uint64_t *seed)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)(test_random(seed) >> 24);
        blob_add(out, &byte, 1);
    }
}
