#include "support/script.h"

#include <ctype.h>
#include <stdio.h>

#include "support/testing.h"

void blob_add(struct blob *b, const void *data, size_t len)
{
    if (b->cap - b->len < len + 1) {
        b->cap = (b->cap + len + 64) * 2;
        b->data = realloc(b->data, b->cap);
        assert_non_null(b->data);
    }
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
}

void blob_text(struct blob *b, const char *text)
{
    blob_add(b, text, strlen(text));
}

void blob_format(struct blob *b, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof text);
    blob_add(b, text, (size_t)n);
}

const char *blob_string(struct blob *b)
{
    blob_add(b, "", 0);
    b->data[b->len] = '\0';
    return (const char *)b->data;
}

void blob_free(struct blob *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

static void frame_length_add(struct blob *out, uint8_t mask_bit, uint64_t len)
{
    uint8_t bytes[9];
    unsigned extra = len < 126 ? 0 : len < 65536 ? 2 : 8;
    bytes[0] = (uint8_t)(mask_bit | (extra == 0 ? len : extra == 2 ? 126 : 127));
    for (unsigned i = 0; i < extra; i++)
        bytes[1 + i] = (uint8_t)(len >> (8 * (extra - 1 - i)));
    blob_add(out, bytes, 1 + extra);
}

void frame_add(struct blob *out, uint8_t head, const void *payload, size_t len, const uint8_t *key)
{
    blob_add(out, &head, 1);
    frame_length_add(out, key != NULL ? 0x80 : 0, len);
    if (key == NULL) {
        blob_add(out, payload, len);
        return;
    }
    blob_add(out, key, 4);
    blob_add(out, payload, len);
    for (size_t i = 0; i < len; i++)
        out->data[out->len - len + i] ^= key[i % 4];
}

size_t frame_read(struct seen_frame *f, struct blob *payload, const uint8_t *wire, size_t len)
{
    if (len < 2)
        return 0;
    size_t extra = (wire[1] & 0x7F) == 126 ? 2 : (wire[1] & 0x7F) == 127 ? 8 : 0;
    f->head = wire[0];
    f->masked = (wire[1] & 0x80) != 0;
    size_t at = 2 + extra + (f->masked ? 4 : 0);
    if (len < at)
        return 0;
    uint64_t size = extra == 0 ? wire[1] & 0x7F : 0;
    for (size_t i = 0; i < extra; i++)
        size = size << 8 | wire[2 + i];
    memset(f->key, 0, 4);
    if (f->masked)
        memcpy(f->key, wire + 2 + extra, 4);
    if (size > len - at)
        return 0;
    size_t start = payload->len;
    blob_add(payload, wire + at, (size_t)size);
    for (size_t i = 0; i < size; i++)
        payload->data[start + i] ^= f->key[i % 4];
    return at + (size_t)size;
}

static unsigned hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, c);
    if (found == NULL)
        fail_msg("not a hex digit: %c", c);
    return (unsigned)(found - digits);
}

static const char *hex_add(struct blob *out, const char *text)
{
    while (isxdigit((unsigned char)text[0])) {
        uint8_t byte = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
        blob_add(out, &byte, 1);
        text += 2;
    }
    return text;
}

static const char *letters_add(struct blob *out, const char *text)
{
    char *end = NULL;
    unsigned long count = strtoul(text, &end, 10);
    while (count-- > 0)
        blob_add(out, "a", 1);
    return end;
}

void script_payload(struct blob *out, const char **text)
{
    const char *t = *text;
    while (*t == '\'' || *t == '<' || *t == '#') {
        if (*t == '#') {
            t = letters_add(out, t + 1);
        } else if (*t == '<') {
            t = hex_add(out, t + 1) + 1;
        } else {
            const char *end = strchr(t + 1, '\'');
            assert_non_null(end);
            blob_add(out, t + 1, (size_t)(end - t - 1));
            t = end + 1;
        }
    }
    *text = t;
}

static void mark(struct script *s)
{
    assert_true(s->mark_count < SCRIPT_MARKS);
    s->marks[s->mark_count++] = s->bytes.len;
}

static const char *http_add(struct script *s, const char *t)
{
    for (; *t != '`'; t++) {
        assert_true(*t != '\0');
        if (*t == '\n') {
            blob_add(&s->bytes, "\r\n", 2);
        } else if (*t == '%' && (t[1] == 'A' || t[1] == 'K')) {
            blob_text(&s->bytes, t[1] == 'A' ? s->accept : s->key);
            t++;
        } else {
            blob_add(&s->bytes, t, 1);
        }
    }
    return t + 1;
}

static uint8_t opcode_of(const char **text)
{
    static const struct {
        char letter;
        uint8_t opcode;
    } letters[] = {{'C', 0}, {'T', 1}, {'B', 2}, {'X', 8}, {'P', 9}, {'O', 10}};
    char c = *(*text)++;
    if (c == 'K')
        return (uint8_t)(0x80 | hex_digit(*(*text)++));
    unsigned fin = isupper((unsigned char)c) ? 0x80U : 0U;
    for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
        if (letters[i].letter == toupper((unsigned char)c))
            return (uint8_t)(fin | letters[i].opcode);
    }
    fail_msg("script: no element begins with %c%s", c, *text);
    return 0;
}

static const char *frame_element(struct script *s, const char *t)
{
    static const uint8_t keys[][4] = {
        {0x37, 0xFA, 0x21, 0x3D}, {0, 0, 0, 0}, {0x81, 0x05, 0xFF, 0x10}};
    const uint8_t *key = keys[s->mark_count / 2 % ARRAY_LEN(keys)];
    bool masked = s->masked;
    uint8_t rsv = 0;
    if (*t == '!') {
        masked = !masked;
        t++;
    }
    if (*t == 'r') {
        rsv = (uint8_t)(hex_digit(t[1]) << 4);
        t += 2;
    }
    uint8_t head = (uint8_t)(opcode_of(&t) | rsv);
    struct blob payload = {0};
    if ((head & 0x0F) == 8 && isdigit((unsigned char)*t)) {
        char *end = NULL;
        unsigned long code = strtoul(t, &end, 10);
        uint8_t bytes[2] = {(uint8_t)(code >> 8), (uint8_t)code};
        blob_add(&payload, bytes, 2);
        t = end;
    }
    script_payload(&payload, &t);
    mark(s);
    frame_add(&s->bytes, head, payload.data, payload.len, masked ? key : NULL);
    s->marks[s->mark_count] = s->bytes.len - payload.len;
    s->mark_count++;
    blob_free(&payload);
    return t;
}

static const char *stop_element(struct script *s, const char *t)
{
    assert_true(s->stop_count < SCRIPT_STOPS);
    s->stops[s->stop_count++] = (struct script_stop){s->bytes.len, t};
    struct blob skipped = {0};
    for (t++; isalnum((unsigned char)*t) || *t == '_'; t++)
        ;
    script_payload(&skipped, &t);
    blob_free(&skipped);
    return t;
}

void script_build(struct script *s, const char *text)
{
    const char *t = text;
    while (*t != '\0') {
        if (isspace((unsigned char)*t))
            t++;
        else if (*t == '=')
            t = hex_add(&s->bytes, t + 1);
        else if (*t == '`')
            t = http_add(s, t + 1);
        else if (*t == '&' || *t == '$')
            t = stop_element(s, t);
        else
            t = frame_element(s, t);
        if (*t != '\0' && strchr(" \n=`&$", *t) == NULL && !isalpha((unsigned char)*t) && *t != '!')
            fail_msg("script: cannot read on at %s", t);
    }
}

void script_free(struct script *s)
{
    blob_free(&s->bytes);
    memset(s, 0, sizeof *s);
}
