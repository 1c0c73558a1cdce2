/* http - heads of HTTP/1.x requests and responses. SPDX-License-Identifier: MIT */
#include "codec/http.h"

#include "base/bytes.h"
#include "base/compiler.h"
#include "codec/chars.h"
#include "codec/chars_stops.h"
#include "codec/http_field.h"

#include <limits.h>

enum head_kind { HEAD_REQUEST, HEAD_RESPONSE };

static const uint8_t http_name[5] = {'H', 'T', 'T', 'P', '/'};

/* ------------------------------------------------------------ refusing */

static void clear(struct wsp_head *h)
{
    const struct wsp_slice none = {NULL, 0};
    h->header_count = 0;
    h->method = none;
    h->target = none;
    h->reason = none;
    h->version = 0;
    h->status = 0;
    h->rule = NULL;
}

static int refuse(struct wsp_head *h, unsigned status, const char *rule)
{
    clear(h);
    h->status = status;
    h->rule = rule;
    return WSP_ERR_SYNTAX;
}

static int refuse_size(struct wsp_head *h, const char *rule)
{
    (void)refuse(h, 431, rule); /* RFC 6585 5 */
    return WSP_ERR_TOO_BIG;
}

/* ------------------------------------------------------------ the scan: where does the head end */

/* What is no HTTP (the first byte of a TLS hello) is not waited for. */
static const char *start_rule(enum head_kind kind, uint8_t byte, size_t at)
{
    if (kind == HEAD_REQUEST && at == 0 && !wsp_char_is(byte, WSP_CLASS_TOKEN))
        return "RFC 9112 3: request does not begin with a method";
    if (kind == HEAD_RESPONSE && at < sizeof http_name && byte != http_name[at])
        return "RFC 9112 4: response does not begin with HTTP/";
    return NULL;
}

/* The rules that one byte and the one before it decide. */
static const char *byte_rule(uint8_t before, uint8_t byte)
{
    if (byte == '\n')
        return before != '\r' ? "RFC 9112 2.2: line ends without CR" : NULL;
    if (before == '\r')
        return "RFC 9112 2.2: CR without LF";
    if (byte != '\r' && !wsp_char_is(byte, WSP_CLASS_FIELD))
        return "RFC 9110 5.5: control character";
    return NULL;
}

/* An empty line ends the head; byte_rule has seen to it that each LF has its CR. */
static bool ends_here(const uint8_t *buf, size_t at)
{
    return at >= 2 && buf[at] == '\n' && buf[at - 2] == '\n';
}

/* Returns the length of the head, 0 or an error. */
static int scan(struct wsp_head *h, enum head_kind kind, const uint8_t *buf, size_t len)
{
    size_t max = len < INT_MAX ? len : INT_MAX;
    size_t at = h->scanned;
    while (at < max) {
        const char *rule = start_rule(kind, buf[at], at);
        if (rule == NULL)
            rule = byte_rule(at > 0 ? buf[at - 1] : 0, buf[at]);
        if (rule != NULL)
            return refuse(h, 400, rule);
        if (ends_here(buf, at))
            return (int)(at + 1);
        at++;
        if (at >= sizeof http_name && buf[at - 1] != '\r')
            at = wsp_span(WSP_SPAN_PLAIN, buf, at, max);
    }
    h->scanned = at;
    return len > max ? refuse_size(h, "limit: head is longer than INT_MAX bytes") : 0;
}

bool wsp_head_goes_on_any(struct wsp_head *h, const uint8_t *buf)
{
    size_t at = h->scanned;
    if (WSP_SMALL_CODE || at < sizeof http_name || byte_rule(buf[at - 1], buf[at]) != NULL ||
        ends_here(buf, at))
        return false;
    h->scanned = at + 1;
    return true;
}

/* ------------------------------------------------------------ the parse of a complete head */

/* RFC 9112 2.3; leaves h->version as 10 or 11. */
static int parse_version(struct wsp_head *h, struct wsp_slice s)
{
    size_t n = 0;
    while (n < sizeof http_name && n < s.len && s.data[n] == http_name[n])
        n++;
    if (n < sizeof http_name || s.len != 8 || !wsp_char_is(s.data[5], WSP_CLASS_DIGIT) ||
        s.data[6] != '.' || !wsp_char_is(s.data[7], WSP_CLASS_DIGIT))
        return refuse(h, 400, "RFC 9112 2.3: malformed HTTP version");
    if (s.data[5] != '1')
        return refuse(h, 505, "RFC 9110 15.6.6: HTTP major version is not 1");
    h->version = s.data[7] == '0' ? 10 : 11;
    return WSP_OK;
}

/* RFC 9112 3: method SP request-target SP HTTP-version */
static int parse_request_line(struct wsp_head *h, struct wsp_slice line)
{
    h->method = wsp_cut(&line, wsp_run(line, WSP_CLASS_TOKEN));
    if (h->method.len == 0 || !wsp_cut_byte(&line, ' '))
        return refuse(h, 400, "RFC 9112 3.1: method is no token");
    h->target = wsp_cut(&line, wsp_run(line, WSP_CLASS_TARGET));
    if (h->target.len == 0 || !wsp_cut_byte(&line, ' '))
        return refuse(h, 400, "RFC 9112 3.2: malformed request target");
    return parse_version(h, line);
}

static unsigned digit(uint8_t byte)
{
    return (unsigned)(byte - '0');
}

/* RFC 9112 4: HTTP-version SP status-code SP [ reason-phrase ] */
static int parse_status_line(struct wsp_head *h, struct wsp_slice line)
{
    int rc = parse_version(h, wsp_cut(&line, 8));
    if (rc < 0)
        return rc;
    bool space = wsp_cut_byte(&line, ' ');
    struct wsp_slice code = wsp_cut(&line, wsp_run(line, WSP_CLASS_DIGIT));
    if (!space || code.len != 3 || code.data[0] == '0')
        return refuse(h, 400, "RFC 9112 4: malformed status code");
    h->status = digit(code.data[0]) * 100 + digit(code.data[1]) * 10 + digit(code.data[2]);
    if (line.len > 0 && (!wsp_cut_byte(&line, ' ') || wsp_run(line, WSP_CLASS_FIELD) < line.len))
        return refuse(h, 400, "RFC 9112 4: malformed reason phrase");
    h->reason = line;
    return WSP_OK;
}

/* RFC 9112 2.2, 5: what ends a line at at is not its CR LF */
static int refuse_line(struct wsp_head *h, const uint8_t *buf, size_t at, size_t len)
{
    return refuse(h, 400,
                  at == len || buf[at] == '\n' ? "RFC 9112 2.2: line ends without CR"
                                               : "RFC 9110 5.5: control character");
}

/* RFC 9112 5: the name ends at at, and not in its colon */
static int refuse_name(struct wsp_head *h, const uint8_t *buf, size_t at, size_t name_len)
{
    if (!wsp_char_is(buf[at], WSP_CLASS_OWS))
        return refuse(h, 400, "RFC 9110 5.1: field name is no token");
    return refuse(h, 400,
                  name_len == 0 ? "RFC 9112 5.2: folded header line"
                                : "RFC 9112 5.1: white space before the colon");
}

static bool crlf(const uint8_t *buf, size_t at, size_t len)
{
    return len - at >= 2 && memcmp(buf + at, "\r\n", 2) == 0;
}

/* RFC 9110 5.5: where the content of a line ends: HTAB is as good in it as SP. Is that its CR LF,
 * which then is passed over? */
static inline bool line_end(struct wsp_stops *stops, size_t *end)
{
    *end = wsp_stops_next(stops);
    while (!crlf(stops->buf, *end, stops->len)) {
        if (*end == stops->len || stops->buf[*end] != '\t')
            return false;
        *end = wsp_stops_next(stops);
    }
    wsp_stops_skip(stops);
    return true;
}

/* RFC 9112 5: field-name ":" field-value, from at to end, as the field number count */
static inline int parse_field(struct wsp_head *h, struct wsp_slice text, size_t at, size_t end,
                              size_t count)
{
    const uint8_t *buf = text.data;
    size_t colon = wsp_span(WSP_SPAN_LETTER, buf, at, text.len);
    while (buf[colon] != ':' && wsp_char_is(buf[colon], WSP_CLASS_TOKEN))
        colon++;
    if (buf[colon] != ':' || colon == at)
        return refuse_name(h, buf, colon, colon - at);
    if (count >= h->max_headers)
        return refuse_size(h, "limit: too many header fields");
    h->headers[count].name = (struct wsp_slice){buf + at, colon - at};
    h->headers[count].value = wsp_field_value(buf + colon + 1, buf + end);
    return WSP_OK;
}

/* The fields from at on, and the empty line: where the head ends, or an error. */
static WSP_NOINLINE int parse_fields(struct wsp_head *h, struct wsp_slice text, size_t at,
                                     size_t *hosts)
{
    struct wsp_stops stops = {.buf = text.data, .len = text.len, .at = at};
    size_t count = 0; /* h may be written to with every field */
    *hosts = 0;
    for (;;) {
        size_t end;
        if (!line_end(&stops, &end))
            return refuse_line(h, text.data, end, text.len);
        if (end == at) {
            h->header_count = count;
            return (int)(end + 2);
        }
        int rc = parse_field(h, text, at, end, count);
        if (rc < 0)
            return rc;
        if (wsp_field_is_host(h->headers[count].name))
            ++*hosts;
        count++;
        at = end + 2;
    }
}

/* The same; cpu: bits of enum wsp_cpu. */
static int find_fields(struct wsp_head *h, struct wsp_slice text, size_t at, size_t *hosts,
                       unsigned cpu)
{
    int end = 0;
#if WSP_SIMD_X86
    if (!WSP_SMALL_CODE && (cpu & WSP_CPU_AVX512))
        end = wsp_fields_avx512(h, text, at, hosts);
    else if (!WSP_SMALL_CODE && (cpu & WSP_CPU_AVX2))
        end = wsp_fields_avx2(h, text, at, hosts);
#else
    (void)cpu;
#endif
    return end > 0 ? end : parse_fields(h, text, at, hosts);
}

static int first_line(struct wsp_slice *rest, struct wsp_slice *line)
{
    size_t lf = wsp_index(*rest, '\n');
    *line = wsp_cut(rest, lf);
    if (line->len == 0 || line->data[line->len - 1] != '\r' || !wsp_cut_byte(rest, '\n'))
        return WSP_ERR_SYNTAX;
    line->len--;
    return WSP_OK;
}

/* RFC 9112 3: a request line with nothing to refuse and of HTTP/1.1, as nearly all are: its length;
 * 0: another. */
static size_t usual_request_line(struct wsp_head *h, struct wsp_slice text)
{
    static const char end[] = " HTTP/1.1\r\n";
    struct wsp_slice rest = text;
    struct wsp_slice method = wsp_cut(&rest, wsp_run(rest, WSP_CLASS_TOKEN));
    if (!wsp_cut_byte(&rest, ' '))
        return 0;
    struct wsp_slice target = wsp_cut(&rest, wsp_run(rest, WSP_CLASS_TARGET));
    if (method.len == 0 || target.len == 0 || rest.len < sizeof end - 1 ||
        memcmp(rest.data, end, sizeof end - 1) != 0)
        return 0;
    h->method = method;
    h->target = target;
    h->version = 11;
    return (size_t)(rest.data - text.data) + sizeof end - 1;
}

/* The first line: its length, or an error. */
static int parse_first_line(struct wsp_head *h, enum head_kind kind, struct wsp_slice text)
{
    size_t usual = !WSP_SMALL_CODE && kind == HEAD_REQUEST ? usual_request_line(h, text) : 0;
    if (usual > 0)
        return (int)usual;
    struct wsp_slice rest = text;
    struct wsp_slice line;
    if (first_line(&rest, &line) < 0)
        return refuse(h, 400, "RFC 9112 2.2: line ends without CR");
    int rc = kind == HEAD_REQUEST ? parse_request_line(h, line) : parse_status_line(h, line);
    return rc < 0 ? rc : (int)(text.len - rest.len);
}

/* The length of the head that buf begins with, when all of it is there; otherwise an error, which
 * is told of only when it is known that all is there. */
static int parse_all(struct wsp_head *h, enum head_kind kind, struct wsp_slice text, unsigned cpu)
{
    size_t hosts;
    int begin = parse_first_line(h, kind, text);
    if (begin < 0)
        return begin;
    int end = find_fields(h, text, (size_t)begin, &hosts, cpu);
    /* RFC 9112 3.2: more than one Host is answered with 400 */
    if (end > 0 && kind == HEAD_REQUEST && hosts > 1)
        return refuse(h, 400, "RFC 9112 3.2: more than one Host");
    return end;
}

static int parse_head(struct wsp_head *h, enum head_kind kind, struct wsp_slice text, unsigned cpu)
{
    clear(h);
    /* Most heads come whole: then one pass does it. What it refuses may not be the first bad byte,
     * or the head is not complete. */
    if (!WSP_SMALL_CODE && h->scanned == 0 && text.len > 0 && text.len <= INT_MAX) {
        int end = parse_all(h, kind, text, cpu);
        if (end > 0)
            return end;
        clear(h);
    }
    int end = scan(h, kind, text.data, text.len);
    text.len = end > 0 ? (size_t)end : 0;
    return end > 0 ? parse_all(h, kind, text, cpu) : end;
}

int wsp_request_parse_by(struct wsp_head *h, const uint8_t *buf, size_t len, unsigned cpu)
{
    return parse_head(h, HEAD_REQUEST, (struct wsp_slice){buf, len}, cpu);
}

int wsp_response_parse_by(struct wsp_head *h, const uint8_t *buf, size_t len, unsigned cpu)
{
    int rc = parse_head(h, HEAD_RESPONSE, (struct wsp_slice){buf, len}, cpu);
    if (rc < 0)
        h->status = 0; /* there is nobody to answer */
    return rc;
}

/* What the compiler was told the processor has: there is no endpoint that has asked it. */
#if defined(__AVX2__)
#    define CPU_BUILT_FOR WSP_CPU_AVX2
#else
#    define CPU_BUILT_FOR 0
#endif

int wsp_request_parse(struct wsp_head *h, const uint8_t *buf, size_t len)
{
    return wsp_request_parse_by(h, buf, len, CPU_BUILT_FOR);
}

int wsp_response_parse(struct wsp_head *h, const uint8_t *buf, size_t len)
{
    return wsp_response_parse_by(h, buf, len, CPU_BUILT_FOR);
}

/* ------------------------------------------------------------ looking into a parsed head */

const struct wsp_header *wsp_head_find(const struct wsp_head *h, const char *name, size_t *from)
{
    size_t len = strlen(name);
    for (size_t i = from != NULL ? *from : 0; i < h->header_count; i++) {
        if (h->headers[i].name.len != len || !wsp_slice_equal(h->headers[i].name, name))
            continue;
        if (from != NULL)
            *from = i + 1;
        return &h->headers[i];
    }
    return NULL;
}

bool wsp_element_next(struct wsp_slice *rest, struct wsp_slice *element)
{
    while (rest->len > 0) {
        struct wsp_slice one = wsp_trim(wsp_cut(rest, wsp_index(*rest, ',')));
        (void)wsp_cut_byte(rest, ',');
        /* RFC 9110 5.6.1.2: empty elements are skipped */
        if (one.len > 0) {
            *element = one;
            return true;
        }
    }
    return false;
}

int wsp_list_next(struct wsp_slice *rest, struct wsp_slice *token)
{
    struct wsp_slice after = *rest;
    struct wsp_slice element;
    if (!wsp_element_next(&after, &element)) {
        *rest = after;
        return 0;
    }
    /* RFC 9110 5.6.2 */
    if (!wsp_all(element, WSP_CLASS_TOKEN))
        return WSP_ERR_SYNTAX;
    *rest = after;
    *token = element;
    return 1;
}

static bool list_has(struct wsp_slice list, const char *token)
{
    struct wsp_slice element;
    while (wsp_element_next(&list, &element))
        if (wsp_slice_equal(element, token))
            return true;
    return false;
}

bool wsp_head_token(const struct wsp_head *h, const char *name, const char *token)
{
    size_t from = 0;
    const struct wsp_header *field = wsp_head_find(h, name, &from);
    /* RFC 9110 5.3: repeated fields are one list */
    while (field != NULL && !list_has(field->value, token))
        field = wsp_head_find(h, name, &from);
    return field != NULL;
}

static int parse_decimal(struct wsp_slice s, uint64_t *out)
{
    if (!wsp_all(s, WSP_CLASS_DIGIT))
        return WSP_ERR_SYNTAX;
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned d = digit(s.data[i]);
        if (value > (UINT64_MAX - d) / 10)
            return WSP_ERR_TOO_BIG;
        value = value * 10 + d;
    }
    *out = value;
    return WSP_OK;
}

int wsp_head_content_length(const struct wsp_head *h, uint64_t *length)
{
    size_t from = 0;
    const struct wsp_header *field = wsp_head_find(h, "Content-Length", &from);
    uint64_t first = 0;
    int found = 0;
    for (; field != NULL; field = wsp_head_find(h, "Content-Length", &from)) {
        uint64_t value = 0;
        int rc = parse_decimal(field->value, &value);
        if (rc < 0)
            return rc;
        /* RFC 9112 6.3: lengths that differ are an error that cannot be recovered from */
        if (found != 0 && value != first)
            return WSP_ERR_SYNTAX;
        first = value;
        found = 1;
    }
    if (found != 0)
        *length = first;
    return found;
}

/* ------------------------------------------------------------ what the caller supplies */

bool wsp_field_name_valid(struct wsp_slice name)
{
    return wsp_all(name, WSP_CLASS_TOKEN);
}

bool wsp_field_value_valid(struct wsp_slice value)
{
    return wsp_run(value, WSP_CLASS_FIELD) == value.len;
}

bool wsp_target_valid(struct wsp_slice target)
{
    return wsp_all(target, WSP_CLASS_TARGET) && target.data[0] == '/';
}
