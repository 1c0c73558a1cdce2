#include "support/feed.h"

#include "support/testing.h"

static const uint8_t peer_key[4] = {0x12, 0x9A, 0xC4, 0x7F};

enum wsp_role conn_role(const wsp_conn *c)
{
    struct wsp_agreed agreed;
    wsp_conn_agreed(c, &agreed);
    return agreed.role;
}

static void feed_all(wsp_conn *c, struct log *log, struct wsp_input *in)
{
    struct wsp_event ev;
    while (wsp_feed(c, in, &ev) != WSP_EVENT_NONE) {
        if (log != NULL)
            log_event(log, &ev);
    }
}

void feed_bytes(wsp_conn *c, struct log *log, const void *data, size_t len)
{
    struct blob copy = {0};
    blob_add(&copy, data, len);
    struct wsp_input in = {.data = copy.data, .len = len};
    feed_all(c, log, &in);
    assert_int_equal(in.len, 0);
    blob_free(&copy);
}

void feed_frame(wsp_conn *c, struct log *log, uint8_t head, const void *data, size_t len)
{
    struct blob frame = {0};
    frame_add(&frame, head, data, len, conn_role(c) == WSP_SERVER ? peer_key : NULL);
    struct wsp_input in = {.data = frame.data, .len = frame.len};
    feed_all(c, log, &in);
    assert_int_equal(in.len, 0);
    blob_free(&frame);
}

void feed_script(wsp_conn *c, struct log *log, const char *text)
{
    struct script s = {.masked = conn_role(c) == WSP_SERVER};
    script_build(&s, text);
    feed_bytes(c, log, s.bytes.data, s.bytes.len);
    script_free(&s);
}

void feed_end(wsp_conn *c, struct log *log, enum wsp_end end)
{
    struct wsp_input in = {.end = end};
    if ((wsp_wants(c) & WSP_WANT_SHUT) != 0)
        wsp_shut(c);
    feed_all(c, log, &in);
}

size_t take_output(wsp_conn *c, struct blob *out, size_t max)
{
    struct wsp_slice s[8];
    size_t taken = 0, n;
    while (taken < max && (n = wsp_pending(c, s, ARRAY_LEN(s))) > 0) {
        size_t total = 0;
        for (size_t i = 0; i < n && taken + total < max; i++) {
            size_t len = s[i].len < max - taken - total ? s[i].len : max - taken - total;
            if (out != NULL)
                blob_add(out, s[i].data, len);
            total += len;
        }
        wsp_sent(c, total);
        taken += total;
    }
    return taken;
}

static void frame_word(struct blob *line, uint8_t head, const struct blob *payload)
{
    const char *letters = (head & 0x80) != 0 ? "CTB?????XPO?????" : "ctb?????xpo?????";
    size_t skip = 0;
    if (line->len > 0)
        blob_text(line, " ");
    if ((head & 0x70) != 0)
        blob_format(line, "r%u", (head >> 4) & 7U);
    blob_add(line, &letters[head & 0x0F], 1);
    if ((head & 0x0F) == WSP_CLOSE && payload->len >= 2) {
        blob_format(line, "%u", (unsigned)(payload->data[0] << 8 | payload->data[1]));
        skip = 2;
    }
    if ((head & 0x0F) != WSP_CLOSE || payload->len > skip)
        log_payload(line, payload->data + skip, payload->len - skip);
}

const char *frames_line(struct blob *line, const struct blob *wire)
{
    struct blob payload = {0};
    size_t at = 0;
    line->len = 0;
    while (at < wire->len) {
        struct seen_frame f;
        payload.len = 0;
        blob_add(&payload, "", 0);
        size_t used = frame_read(&f, &payload, wire->data + at, wire->len - at);
        if (used == 0) {
            blob_text(line, " ...");
            break;
        }
        frame_word(line, f.head, &payload);
        at += used;
    }
    blob_free(&payload);
    return blob_string(line);
}

void assert_output(wsp_conn *c, const char *expected)
{
    struct blob wire = {0}, line = {0};
    (void)take_output(c, &wire, SIZE_MAX);
    assert_string_equal(frames_line(&line, &wire), expected);
    blob_free(&wire);
    blob_free(&line);
}
