#include "support/log.h"

#include "support/testing.h"

const char *log_error(int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {
#define WORD(name, value, text) {name, #name},
        WSP_ERROR_LIST(WORD)
#undef WORD
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].error == error)
            return error == WSP_OK ? "OK" : names[i].name + strlen("WSP_ERR_");
    }
    return "UNKNOWN";
}

static bool all_printable(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] < 0x20 || data[i] > 0x7E || data[i] == '\'')
            return false;
    }
    return true;
}

static bool all_same(const uint8_t *data, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        if (data[i] != data[0])
            return false;
    }
    return true;
}

void log_payload(struct blob *out, const uint8_t *data, size_t len)
{
    bool printable = all_printable(data, len);
    if (len > 40 && printable && all_same(data, len)) {
        blob_format(out, "'%c*%zu'", data[0], len);
    } else if (len > 40) {
        uint32_t sum = 2166136261U;
        for (size_t i = 0; i < len; i++)
            sum = (sum ^ data[i]) * 16777619U;
        blob_format(out, "'%zu:%08x'", len, (unsigned)sum);
    } else if (printable) {
        blob_text(out, "'");
        blob_add(out, data, len);
        blob_text(out, "'");
    } else {
        blob_text(out, "<");
        for (size_t i = 0; i < len; i++)
            blob_format(out, "%02x", data[i]);
        blob_text(out, ">");
    }
}

void log_word(struct log *l, const char *word)
{
    if (l->line.len > 0)
        blob_text(&l->line, " ");
    blob_text(&l->line, word);
}

static void log_slice(struct log *l, const char *word, struct wsp_slice s)
{
    log_word(l, word);
    log_payload(&l->line, s.data, s.len);
}

static void log_data(struct log *l, const struct wsp_event *ev)
{
    assert_true(ev->opcode == WSP_TEXT || ev->opcode == WSP_BINARY);
    assert_int_equal(ev->first, !l->in_message);
    if (l->in_message)
        assert_int_equal(ev->opcode, l->opcode);
    l->data_events++;
    l->opcode = ev->opcode;
    l->in_message = !ev->last;
    blob_add(&l->message, ev->data.data, ev->data.len);
    if (!ev->last)
        return;
    l->messages++;
    struct wsp_slice whole = {l->message.data, l->message.len};
    log_slice(l, ev->opcode == WSP_TEXT ? "TEXT" : "BIN", whole);
    l->message.len = 0;
}

/* "RFC 6455 5.1: frame ..." -> " [6455 5.1]"; nothing for other texts. */
static void log_section(struct log *l, const char *detail)
{
    if (detail == NULL || strncmp(detail, "RFC ", 4) != 0)
        return;
    size_t len = strcspn(detail + 4, ":");
    blob_text(&l->line, " [");
    blob_add(&l->line, detail + 4, len);
    blob_text(&l->line, "]");
}

static void log_close(struct log *l, const struct wsp_event *ev)
{
    l->closed = true;
    l->close_code = ev->code;
    l->close_error = ev->error;
    l->close_clean = ev->clean;
    log_word(l, "CLOSE(");
    blob_format(&l->line, "%u%s%s", ev->code, ev->clean ? " clean" : "",
                ev->by_peer ? " peer" : " own");
    if (ev->error != WSP_OK)
        blob_format(&l->line, " %s", log_error(ev->error));
    log_section(l, ev->detail);
    if (ev->data.len > 0)
        log_slice(l, "", ev->data);
    if (ev->head != NULL)
        blob_format(&l->line, " HTTP %u", ev->head->status);
    if (ev->body.len > 0)
        log_slice(l, "", ev->body);
    blob_text(&l->line, ")");
}

static void log_request(struct log *l, const struct wsp_event *ev)
{
    assert_non_null(ev->head);
    if (ev->upgrade_ok)
        log_word(l, "REQ(ok");
    else
        log_word(l, "REQ(");
    if (!ev->upgrade_ok)
        blob_format(&l->line, "%u", ev->status);
    blob_text(&l->line, ")");
}

void log_event(struct log *l, const struct wsp_event *ev)
{
    assert_false(l->closed);
    if (ev->type != WSP_EVENT_OPEN && ev->type != WSP_EVENT_REQUEST && ev->type != WSP_EVENT_CLOSE)
        assert_true(l->opened);
    switch (ev->type) {
    case WSP_EVENT_NONE:
        fail_msg("NONE is no event");
        break;
    case WSP_EVENT_REQUEST:
        assert_false(l->opened);
        log_request(l, ev);
        break;
    case WSP_EVENT_OPEN:
        assert_false(l->opened);
        l->opened = true;
        log_word(l, "OPEN");
        break;
    case WSP_EVENT_DATA:
        log_data(l, ev);
        break;
    case WSP_EVENT_PING:
        l->pings++;
        log_slice(l, "PING", ev->data);
        break;
    case WSP_EVENT_PONG:
        l->pongs++;
        log_slice(l, "PONG", ev->data);
        break;
    case WSP_EVENT_DRAIN:
        l->drains++;
        log_word(l, "DRAIN");
        break;
    case WSP_EVENT_CLOSE:
        log_close(l, ev);
        break;
    }
}

const char *log_line(struct log *l)
{
    return blob_string(&l->line);
}

void log_free(struct log *l)
{
    blob_free(&l->line);
    blob_free(&l->message);
    memset(l, 0, sizeof *l);
}

bool log_matches(const char *expected, const char *line)
{
    while (*line != '\0') {
        if (strncmp(line, " [", 2) == 0 && strncmp(expected, " [", 2) != 0) {
            line += strcspn(line, "]") + 1;
            continue;
        }
        if (*expected != *line)
            return false;
        expected++;
        line++;
    }
    return *expected == '\0';
}
