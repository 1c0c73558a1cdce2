/* rows - the table: what is measured, and the bar of each row. SPDX-License-Identifier: MIT */
#include "bench/row.h"

#include "base/cpu.h"

#define KI *1024
#define ANY SIZE_MAX

/* With a queue for each connection between the call and the wire. uWebSockets has none here: what
 * it prepares is the caller's to hand to each socket. */
#define QUEUED (WS_BIT(WS_BEAST) | WS_BIT(WS_WSLAY))
#define UWS WS_BIT(WS_UWS)
#define NO_SIMD (WS_ALL & ~WS_SIMD)
#define SIMD_BAR(id)                  \
    {                                 \
        {                             \
            ANY, 1 / 0.85, WS_BIT(id) \
        }                             \
    }
#define ALL_AVX (WSP_CPU_AVX2 | WSP_CPU_AVX512)

#define MESSAGE_SIZES                                \
    {                                                \
        8, 32, 125, 512, 1 KI, 16 KI, 64 KI, 1024 KI \
    }
#define SEND_SIZES                          \
    {                                       \
        8, 125, 1 KI, 16 KI, 64 KI, 1024 KI \
    }
#define BLOCK_SIZES    \
    {                  \
        64 KI, 1024 KI \
    }

const struct series all_series[] = {
    {.group = "receive",
     .name = "server, binary",
     .contest = &contest_receive,
     .sizes = MESSAGE_SIZES,
     .bars = {{125, 0.65, WS_ALL}, {16 KI, 1.00, WS_ALL}, {ANY, 0.90, WS_ALL}}},
    {.group = "receive",
     .name = "server, ASCII text",
     .contest = &contest_receive,
     .content = CONTENT_ASCII,
     .sizes = MESSAGE_SIZES,
     .bars = {{ANY, 0.70, WS_ALL}}},
    {.group = "receive",
     .name = "server, mixed text",
     .contest = &contest_receive,
     .content = CONTENT_MIXED,
     .sizes = MESSAGE_SIZES,
     .bars = {{511, 0, WS_ALL}, {ANY, 0.10, WS_ALL}}},
    {.group = "receive",
     .name = "client, binary",
     .contest = &contest_receive,
     .role = WSP_CLIENT,
     .sizes = MESSAGE_SIZES,
     .bars = {{125, 0.50, WS_ALL}, {ANY, 1.00, WS_ALL}}},
    {.group = "receive",
     .name = "client, ASCII text",
     .contest = &contest_receive,
     .role = WSP_CLIENT,
     .content = CONTENT_ASCII,
     .sizes = MESSAGE_SIZES,
     .bars = {{125, 0.50, WS_ALL}, {ANY, 1.00, WS_ALL}}},
    {.group = "receive",
     .name = "client, mixed text",
     .contest = &contest_receive,
     .role = WSP_CLIENT,
     .content = CONTENT_MIXED,
     .sizes = MESSAGE_SIZES,
     .bars = {{125, 0.50, WS_ALL}, {ANY, 1.00, WS_ALL}}},
    {.group = "receive",
     .name = "server, binary, fragments of 1 B",
     .contest = &contest_receive,
     .sizes = {1024 KI},
     .fragment = 1,
     .bars = {{ANY, 0.95, WS_ALL}}},
    {.group = "receive",
     .name = "server, binary, fragments of 64 B",
     .contest = &contest_receive,
     .sizes = {1024 KI},
     .fragment = 64,
     .bars = {{ANY, 0.95, WS_ALL}}},
    {.group = "receive",
     .name = "server, binary, fragments of 1 KiB",
     .contest = &contest_receive,
     .sizes = {1024 KI},
     .fragment = 1 KI,
     .bars = {{ANY, 0.95, WS_ALL}}},
    {.group = "receive",
     .name = "server, binary, fed a byte at a time",
     .contest = &contest_receive,
     .sizes = {125},
     .piece = 1,
     .copied = true,
     .bars = {{ANY, 0.95, WS_ALL}}},
    {.group = "send",
     .name = "server",
     .contest = &contest_send,
     .sizes = SEND_SIZES,
     .bars = {{1 KI, 0.40, QUEUED}, {ANY, 1.05, WS_ALL}}},
    {.group = "send",
     .name = "server, the codec alone",
     .contest = &contest_frame,
     .sizes = SEND_SIZES,
     .bars = {{ANY, 1.05, UWS}}},
    {.group = "send",
     .name = "client",
     .contest = &contest_send,
     .role = WSP_CLIENT,
     .sizes = SEND_SIZES,
     .bars = {{ANY, 0.40, WS_ALL}}},
    {.group = "send",
     .name = "server, one prepared message to 64",
     .contest = &contest_broadcast,
     .sizes = {125, 1 KI, 16 KI},
     .bars = {{1 KI, 0.40, QUEUED}, {ANY, 1.05, QUEUED}}},
    {.group = "handshake",
     .name = "request of a browser to 101",
     .contest = &contest_greet,
     .sizes = {546},
     .bars = {{ANY, 1.00, WS_ALL}}},
    {.group = "handshake",
     .name = "the same, a byte at a time",
     .contest = &contest_greet,
     .sizes = {546},
     .piece = 1,
     .bars = {{ANY, 1.00, WS_ALL}}},
    {.group = "kernels",
     .name = "masking in place",
     .contest = &contest_mask,
     .sizes = BLOCK_SIZES,
     .bars = {{ANY, 1.00, NO_SIMD}}},
    {.group = "kernels",
     .name = "masking to another place",
     .contest = &contest_mask,
     .sizes = BLOCK_SIZES,
     .apart = true,
     .bars = {{ANY, 1.00, NO_SIMD}}},
    {.group = "kernels",
     .name = "UTF-8, ASCII",
     .contest = &contest_utf8,
     .content = CONTENT_ASCII,
     .sizes = BLOCK_SIZES,
     .bars = {{ANY, 1.00, NO_SIMD}}},
    {.group = "kernels",
     .name = "UTF-8, mixed",
     .contest = &contest_utf8,
     .content = CONTENT_MIXED,
     .sizes = BLOCK_SIZES,
     .bars = {{ANY, 1.00, NO_SIMD}}},
    {.group = "kernels",
     .name = "UTF-8, ASCII, with AVX-512",
     .contest = &contest_utf8,
     .content = CONTENT_ASCII,
     .sizes = BLOCK_SIZES,
     .bars = SIMD_BAR(WS_SIMD_512)},
    {.group = "kernels",
     .name = "UTF-8, ASCII, with AVX2",
     .contest = &contest_utf8,
     .content = CONTENT_ASCII,
     .sizes = BLOCK_SIZES,
     .without = WSP_CPU_AVX512,
     .bars = SIMD_BAR(WS_SIMD_256)},
    {.group = "kernels",
     .name = "UTF-8, ASCII, with SSSE3",
     .contest = &contest_utf8,
     .content = CONTENT_ASCII,
     .sizes = BLOCK_SIZES,
     .without = ALL_AVX,
     .bars = SIMD_BAR(WS_SIMD_128)},
    {.group = "kernels",
     .name = "UTF-8, mixed, with AVX-512",
     .contest = &contest_utf8,
     .content = CONTENT_MIXED,
     .sizes = BLOCK_SIZES,
     .bars = SIMD_BAR(WS_SIMD_512)},
    {.group = "kernels",
     .name = "UTF-8, mixed, with AVX2",
     .contest = &contest_utf8,
     .content = CONTENT_MIXED,
     .sizes = BLOCK_SIZES,
     .without = WSP_CPU_AVX512,
     .bars = SIMD_BAR(WS_SIMD_256)},
    {.group = "kernels",
     .name = "UTF-8, mixed, with SSSE3",
     .contest = &contest_utf8,
     .content = CONTENT_MIXED,
     .sizes = BLOCK_SIZES,
     .without = ALL_AVX,
     .bars = SIMD_BAR(WS_SIMD_128)},
    {.group = "kernels",
     .name = "unmasking and UTF-8, ASCII",
     .contest = &contest_unmask_utf8,
     .content = CONTENT_ASCII,
     .sizes = BLOCK_SIZES,
     .bars = {{ANY, 1.00, NO_SIMD}}},
    {.group = "kernels",
     .name = "unmasking and UTF-8, mixed",
     .contest = &contest_unmask_utf8,
     .content = CONTENT_MIXED,
     .sizes = BLOCK_SIZES,
     .bars = {{ANY, 1.00, NO_SIMD}}},
};
const size_t all_series_count = sizeof all_series / sizeof *all_series;

const struct bar *series_bar(const struct series *s, size_t size)
{
    for (unsigned i = 0; i < BARS_MAX && s->bars[i].size > 0; i++)
        if (size <= s->bars[i].size)
            return s->bars[i].limit > 0 ? &s->bars[i] : NULL;
    return NULL;
}
