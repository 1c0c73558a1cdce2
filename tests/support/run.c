#include "support/run.h"

#include "support/run_one.h"
#include "support/testing.h"

#define CUT_ALL 512 /* rows up to this many bytes are cut everywhere */

struct job {
    const struct run_row *row;
    struct script script;
    struct guard *page;
    struct blob expected_out;
    char key[25], accept[29];
};

/* --- what is compared ------------------------------------------------------------------------- */

/* The client's masked frames as unmasked ones, so that they can be compared; its request stays. */
static void out_normalise(const struct run_row *row, struct blob *out)
{
    if (row->role == WSP_SERVER)
        return;
    struct blob plain = {0}, payload = {0};
    size_t at = 0;
    if (row->setup != NULL && (row->setup->flags & RUN_HANDSHAKE) != 0) {
        const char *end = strstr(blob_string(out), "\r\n\r\n");
        assert_non_null(end);
        at = (size_t)(end - (const char *)out->data) + 4;
        blob_add(&plain, out->data, at);
    }
    while (at < out->len) {
        struct seen_frame f;
        payload.len = 0;
        size_t used = frame_read(&f, &payload, out->data + at, out->len - at);
        if (used == 0 || !f.masked)
            fail_msg("%s: the client sent %s", row->name,
                     used == 0 ? "no whole frame" : "an unmasked frame");
        frame_add(&plain, f.head, payload.data, payload.len, NULL);
        at += used;
    }
    blob_free(&payload);
    blob_free(out);
    *out = plain;
}

/* Each of the texts between | stands in out; one that begins with ! does not. */
static bool out_holds(struct blob *out, const char *texts)
{
    while (*texts != '\0') {
        char text[256];
        size_t len = strcspn(texts, "|");
        assert_true(len < sizeof text);
        memcpy(text, texts, len);
        text[len] = '\0';
        bool absent = text[0] == '!';
        if ((strstr(blob_string(out), text + absent) == NULL) != absent)
            return false;
        texts += texts[len] == '|' ? len + 1 : len;
    }
    return true;
}

static void fail_run(const struct job *j, const struct run_mode *m, const char *what,
                     struct run_result *r)
{
    struct blob out = {0};
    log_payload(&out, r->out.data, r->out.len < 40 ? r->out.len : 40);
    r->log.line.len = r->line_len;
    fail_msg("%s\n  %s%s [cut %zu piece %zu ro %d stream %d space %d front %d drip %d "
             "alloc %zu entropy %zu sticky %d write %zu]\n"
             "  expected %s\n  got      %s\n  sent     %s (%zu)",
             j->row->name, what, j->row->role == WSP_CLIENT ? " (client)" : " (server)", m->cut,
             m->piece, m->read_only, m->streaming, m->space, m->front, m->drip, m->fail_alloc,
             m->fail_entropy, m->sticky, m->write_limit, j->row->events, log_line(&r->log),
             blob_string(&out), r->out.len);
}

static void expect_out(struct job *j, const struct run_mode *m, struct run_result *r)
{
    const char *want = j->row->out;
    if (want == NULL)
        return;
    out_normalise(j->row, &r->out);
    bool same = *want == '~' ? out_holds(&r->out, want + 1)
                             : r->out.len == j->expected_out.len &&
                                   (r->out.len == 0 ||
                                    memcmp(r->out.data, j->expected_out.data, r->out.len) == 0);
    if (!same)
        fail_run(j, m, "output differs", r);
}

static void run_mode_once(struct run_result *r, struct job *j, const struct run_mode *m)
{
    struct run_mode mode = *m;
    mode.page = j->page;
    run_once(r, j->row, &j->script, &mode);
}

/* A run in which nothing was failed. */
static void run_same(struct job *j, const struct run_mode *m)
{
    struct run_result r;
    run_mode_once(&r, j, m);
    if (r.refused != WSP_OK)
        fail_run(j, m, "refused", &r);
    r.log.line.len = r.line_len;
    if (!log_matches(j->row->events, log_line(&r.log)))
        fail_run(j, m, "events differ", &r);
    expect_out(j, m, &r);
    run_result_free(&r);
}

/* The line without its sections. */
static char *line_bare(const char *line)
{
    char *bare = malloc(strlen(line) + 1);
    size_t len = 0;
    assert_non_null(bare);
    while (*line != '\0') {
        if (strncmp(line, " [", 2) == 0)
            line += strcspn(line, "]") + 1;
        else
            bare[len++] = *line++;
    }
    bare[len] = '\0';
    return bare;
}

/* From the word on in which the line leaves the expected one; empty when it is the same, or stops
 * early. */
static const char *first_difference(const char *expected, const char *line)
{
    size_t i = 0, word = 0;
    while (line[i] != '\0' && line[i] == expected[i]) {
        if (line[i] == ' ')
            word = i;
        i++;
    }
    return line[i] == '\0' ? line + i : line + word;
}

/* A failure was told when the line leaves the expected one with a word of it; or it did not matter:
 * the CLOSE that was expected came all the same, or all that was expected had happened before. */
static bool failure_told(const char *expected, const char *line, int error)
{
    const char *rest = first_difference(expected, line);
    const char *close = strstr(line, "CLOSE(");
    const char *wanted = strstr(expected, "CLOSE(");
    if (*rest == '\0' || strstr(rest, log_error(error)) != NULL)
        return true;
    if (strncmp(line, expected, strlen(expected)) == 0)
        return true;
    /* it may come earlier, or without the body of an answer, for which there was no memory */
    return close != NULL && wanted != NULL && strncmp(close, wanted, strcspn(close, ")")) == 0;
}

/* A run in which something is failed. Returns whether it was. */
static bool run_failing(struct job *j, const struct run_mode *m, int error)
{
    struct run_result r;
    run_mode_once(&r, j, m);
    bool disturbed = r.disturbed;
    char *line = line_bare(log_line(&r.log));
    char *expected = line_bare(j->row->events);
    r.line_len = r.log.line.len;
    if (r.refused != WSP_OK && r.refused != error)
        fail_run(j, m, "refused with another error", &r);
    if (r.refused == WSP_OK && !failure_told(expected, line, error))
        fail_run(j, m, "the failure is not told", &r);
    free(line);
    free(expected);
    run_result_free(&r);
    return disturbed;
}

/* --- the ways to run a row -------------------------------------------------------------------- */

static void run_cut(struct job *j, size_t cut)
{
    for (int streaming = 0; streaming < 2; streaming++) {
        if (streaming && j->row->setup != NULL && (j->row->setup->flags & RUN_WHOLE) != 0)
            continue;
        struct run_mode m = {.cut = cut, .streaming = streaming != 0};
        m.read_only = cut % 2 != 0;
        m.front = cut % 3 == 0;
        run_same(j, &m);
    }
}

static void run_cuts(struct job *j)
{
    size_t len = j->script.bytes.len;
    if (len <= CUT_ALL) {
        for (size_t cut = 1; cut < len; cut += test_subset() ? 7 : 1)
            run_cut(j, cut);
        return;
    }
    for (size_t i = 0; i < j->script.mark_count; i++) {
        for (size_t cut = j->script.marks[i] < 2 ? 1 : j->script.marks[i] - 2;
             cut <= j->script.marks[i] + 2 && cut < len; cut++)
            run_cut(j, cut);
    }
}

/* Every mix of the flags, whole, byte by byte and in pieces. */
static void run_mixes(struct job *j, bool one_piece, bool whole_only)
{
    static const size_t pieces[] = {0, 1, 7, 1000};
    for (size_t p = 0; p < (one_piece ? 1 : ARRAY_LEN(pieces)); p++) {
        for (unsigned bits = 0; bits < 32; bits++) {
            struct run_mode m = {.piece = pieces[p],
                                 .read_only = (bits & 1) != 0,
                                 .streaming = (bits & 2) != 0,
                                 .drip = (bits & 4) != 0,
                                 .front = (bits & 8) != 0,
                                 .statistics = (bits & 8) != 0,
                                 .space = (bits & 16) != 0};
            bool heavy = j->script.bytes.len > CUT_ALL || test_subset();
            bool skip = (m.streaming && whole_only) || (heavy && bits % 5 != 0) ||
                        (pieces[p] == 1 && j->script.bytes.len > 20000);
            if (!skip)
                run_same(j, &m);
        }
    }
}

static void run_failures(struct job *j)
{
    size_t piece = j->script.bytes.len > CUT_ALL ? 1000 : 1;
    for (unsigned bits = 0; bits < 8; bits++) {
        struct run_mode m = {.piece = (bits & 1) != 0 ? piece : 0,
                             .sticky = (bits & 2) != 0,
                             .streaming = (bits & 4) != 0};
        for (m.fail_alloc = 1; run_failing(j, &m, WSP_ERR_NOMEM); m.fail_alloc++)
            ;
        m.fail_alloc = 0;
        for (m.fail_entropy = 1; run_failing(j, &m, WSP_ERR_ENTROPY); m.fail_entropy++)
            ;
    }
    struct run_mode m = {0};
    for (m.write_limit = 1; run_failing(j, &m, WSP_ERR_IO); m.write_limit += 1 + m.write_limit / 64)
        ;
}

static void job_begin(struct job *j)
{
    const struct run_row *row = j->row;
    bool handshake = row->setup != NULL && (row->setup->flags & RUN_HANDSHAKE) != 0;
    struct script out = {0};
    if (handshake && row->role == WSP_CLIENT)
        run_client_key(row, j->key, j->accept);
    else
        wsp_accept_key(j->accept, "dGhlIHNhbXBsZSBub25jZQ==");
    j->script.accept = out.accept = j->accept;
    j->script.key = out.key = j->key;
    j->script.masked = row->role == WSP_SERVER;
    script_build(&j->script, row->in);
    j->page = guard_new(j->script.bytes.len);
    if (row->out != NULL && row->out[0] != '~')
        script_build(&out, row->out);
    j->expected_out = out.bytes;
}

void run_row(const struct run_row *row)
{
    struct job j = {.row = row};
    unsigned flags = row->setup != NULL ? row->setup->flags : 0;
    job_begin(&j);
    struct run_mode plain = {0};
    run_same(&j, &plain);
    run_mixes(&j, (flags & RUN_ONE_PIECE) != 0, (flags & RUN_WHOLE) != 0);
    if ((flags & RUN_ONE_PIECE) == 0)
        run_cuts(&j);
    run_failures(&j);
    guard_free(j.page);
    script_free(&j.script);
    blob_free(&j.expected_out);
}

void run_rows(const struct run_row *rows, size_t count)
{
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        struct run_row row = rows[i];
        if (rows[i].role == RUN_BOTH) {
            row.role = WSP_CLIENT;
            run_row(&row);
            row.role = WSP_SERVER;
        }
        run_row(&row);
    }
}
